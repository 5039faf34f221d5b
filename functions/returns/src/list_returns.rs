//! `GET /v1/returns`: returns, newest first.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use domain::{
    access::Principal,
    finder::FoundReturn,
    id::{CampaignRef, LeadId},
    lead::{Lead, ReturnState},
    returned::ReturnId,
    time::later,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use lambda::{
    Problem,
    auth::Caller,
    list::{Listing, bad_cursor},
    problem::FieldError,
    query::Asked,
    sheet::{self, Format},
};
use store::Store;

use crate::{
    App,
    own::{self, Whose},
    return_view::ReturnView,
};

/// Where a CSV file goes on.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("next-cursor");
/// Of how many leads a CSV file lacks the returns, as they cannot be read; as JSON they are named.
const UNREADABLE: HeaderName = HeaderName::from_static("unreadable");
/// Most days from one end to the other.
const MAX_DAYS: i64 = 366;
/// Lines that are looked at for a page: filters may leave most of them out.
const MAX_LOOKED_AT: usize = 2_000;
/// Leads that are read at once.
const BATCH: usize = 100;

/// List returns
///
/// Newest first, by when they were asked for. The seller sees all; a buyer its own, a supplier those of its leads that have taken
/// effect. With `state=requested`, what waits for the seller, each with how long it has.
///
/// A page looks at 2,000 returns at most, so where few of them are asked for it may be short, or empty, and have a `next_cursor` all
/// the same. As CSV, the header `Next-Cursor` says where the next file goes on, and `Unreadable` of how many leads returns are left
/// out, as they cannot be read; JSON names them. The list may lag behind by some seconds.
#[utoipa::path(
    get,
    path = "/v1/returns",
    tag = "returns",
    params(
        ("state" = Option<ReturnState>, Query, description = "Where they stand."),
        ("bid" = Option<String>, Query, description = "The buyer."),
        ("sid" = Option<String>, Query, description = "The supplier."),
        ("campid" = Option<Vec<String>>, Query, description = "The campaign; may be repeated."),
        ("reason" = Option<Vec<String>>, Query, description = "The reason code; may be repeated."),
        ("from" = Option<String>, Query, format = Date, description = "The first day on which they were asked for, in the account's zone; a year before `to` without it."),
        ("to" = Option<String>, Query, format = Date, description = "The last day, at most 366 days later; today without it."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Returns of a page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before; without it, the first page."),
        ("format" = Option<String>, Query, description = "`json` or `csv`, if not as Accept says."),
    ),
    responses((status = 200, content((Listing<ReturnView> = "application/json"), (String = "text/csv"))), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_returns(
    State(app): State<App>,
    caller: Caller,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let (format, paging) = (asked.format(), asked.paging());
    let filter = Filter::read(&mut asked);
    let (paging, filter) = asked.finish(paging.zip(Some(filter)))?;
    let filter = Filter { whose: filter.whose.of(&caller.principal)?, ..filter };

    let now = lambda::now();
    let span = filter.span(&app.store.zone().await?, now)?;
    let bound_to = format!("returns {} {filter:?}", caller.principal.tag());
    let after = match paging.cursor {
        Some(sealed) => Some(app.identity.unseal(&bound_to, &sealed).ok_or_else(bad_cursor)?),
        None => None,
    };
    let place = Place { span, after, limit: paging.limit.into() };
    let Shown { items, unreadable, last } = page(&app.store, &caller.principal, &filter, place, now).await?;
    let sealed = last.and_then(|last| app.identity.seal(&bound_to, &last));
    let listing = Listing { unreadable, ..Listing::new(items, sealed) };
    Ok(match format {
        Format::Json => Json(listing).into_response(),
        Format::Csv => file(listing),
    })
}

/// Which returns are asked for.
#[derive(Clone, Debug)]
struct Filter {
    state: Option<ReturnState>,
    whose: Whose,
    campaigns: BTreeSet<CampaignRef>,
    reasons: BTreeSet<String>,
    from: Option<Date>,
    to: Option<Date>,
}

/// From one instant to another, both included.
type Span = (Timestamp, Timestamp);

impl Filter {
    fn read(asked: &mut Asked) -> Self {
        let state = asked.word("state", &ReturnState::ALL.map(|state| (state.word(), state)));
        let whose = Whose { bid: asked.reference("bid"), sid: asked.reference("sid") };
        let (campaigns, reasons) = (asked.many("campid"), asked.many("reason"));
        let (from, to) = (asked.day("from"), asked.day("to"));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            asked.finding("to", "backwards", "Name a day that is not before from.");
        }
        Self { state, whose, campaigns, reasons, from, to }
    }

    fn span(&self, zone: &TimeZone, now: Timestamp) -> Result<Span, Problem> {
        let to = self.to.unwrap_or_else(|| zone.to_datetime(now).date());
        let from = self.from.or_else(|| to.checked_sub(MAX_DAYS.days()).ok()).unwrap_or(to);
        if from.until(to).is_ok_and(|span| i64::from(span.get_days()) > MAX_DAYS) {
            let detail = format!("Name days that are {MAX_DAYS} days apart at most.");
            return Err(Problem::invalid_query(vec![FieldError::new("from", "too_long", detail)]));
        }
        let start = |day: Date| day.to_zoned(zone.clone()).map_or(now, |start| start.timestamp());
        let end = to.tomorrow().map_or(now, start);
        Ok((start(from), later(end, SignedDuration::from_millis(-1))))
    }

    /// Whether a return is asked for. It may have moved on since it was put on the list.
    fn takes(&self, lead: &Lead, found: &FoundReturn) -> bool {
        let delivery = lead.deliveries.get(&found.did);
        let back = delivery.and_then(|delivery| {
            let back = delivery.sale()?.returns().find(|back| back.number == found.number)?;
            (back.asked_at == found.asked_at && self.whose.has(lead, delivery)).then_some(back)
        });
        back.is_some_and(|back| {
            self.state.is_none_or(|state| state == back.state)
                && (self.campaigns.is_empty() || self.campaigns.contains(&lead.campid))
                && (self.reasons.is_empty() || self.reasons.contains(&back.reason))
        })
    }
}

/// Where a page begins, and how long it may get.
struct Place {
    span: Span,
    after: Option<String>,
    limit: usize,
}

/// What a page shows.
#[derive(Default)]
struct Shown {
    items: Vec<ReturnView>,
    /// Leads that cannot be read, whose returns are left out.
    unreadable: Vec<String>,
    /// Where the next one begins; none: that was all.
    last: Option<String>,
}

/// Goes on along the list until the page is full, or enough was looked at.
async fn page(
    store: &Store,
    viewer: &Principal,
    filter: &Filter,
    Place { span, mut after, limit }: Place,
    now: Timestamp,
) -> Result<Shown, Problem> {
    let (list, mut shown) = (filter.whose.list(filter.state), Shown::default());
    let is_none_shown = filter.state.is_some_and(|state| !own::is_state_shown(state, viewer));
    for _ in 0..MAX_LOOKED_AT / BATCH {
        if is_none_shown {
            break;
        }
        let found = store.returns(&list, span, after.as_deref(), BATCH).await?;
        let leads = leads(store, &found.items, &mut shown.unreadable).await?;
        let mut lines = found.items.into_iter();
        for back in lines.by_ref() {
            after = Some(Store::returns_cursor(&back));
            let lead = leads.get(&back.lead).filter(|lead| filter.takes(lead, &back));
            let id = ReturnId { lead: back.lead, number: back.number, did: back.did };
            shown.items.extend(lead.and_then(|lead| ReturnView::of(lead, &id, viewer, now)));
            if shown.items.len() >= limit {
                break;
            }
        }
        if lines.len() == 0 && found.last.is_none() {
            return Ok(shown);
        }
        if shown.items.len() >= limit {
            break;
        }
    }
    Ok(Shown { last: after.filter(|_| !is_none_shown), ..shown })
}

/// The leads of some returns, by their ids; those that cannot be read are noted.
async fn leads(
    store: &Store,
    found: &[FoundReturn],
    unreadable: &mut Vec<String>,
) -> Result<BTreeMap<LeadId, Lead>, Problem> {
    let ids: BTreeSet<LeadId> = found.iter().map(|back| back.lead).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (leads, broken) = store.leads(&Vec::from_iter(ids)).await?;
    unreadable.extend(broken.into_iter().map(|row| row.pk));
    Ok(leads.into_iter().map(|lead| (lead.id, lead)).collect())
}

fn file(listing: Listing<ReturnView>) -> Response {
    let mut answer = sheet::csv("returns", &ReturnView::COLUMNS, listing.items.iter().map(ReturnView::row));
    let unreadable = Some(listing.unreadable.len()).filter(|count| *count > 0).map(|count| count.to_string());
    for (name, value) in [(NEXT_CURSOR, listing.next_cursor), (UNREADABLE, unreadable)] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
