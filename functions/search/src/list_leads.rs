//! `GET /v1/leads`: leads by whatever is known of them, newest first.

mod cursor;
mod explained;

use std::time::Duration;

use axum::{Json, extract::State};
use domain::{
    access::Principal,
    query::{LeadQuery, plan},
};
use futures::future::try_join;
use lambda::{
    Problem,
    auth::Caller,
    query::Asked,
    search_form::{Meaning, SearchForm},
};
use serde::Serialize;
use store::{Bounds, Examined, Search};
use utoipa::ToSchema;

use self::{
    cursor::Cursor,
    explained::{CountView, PlanView},
};
use crate::{App, lead_line::LeadLine};

/// A page ends earlier than it could rather than cost more: some 500 read units, or the patience of whoever waits.
const MAX_ENTRIES: usize = 20_000;
const MAX_READ: usize = 1_000;
const WITHIN: Duration = Duration::from_secs(8);
/// Up to so many leads are counted; beyond, it is said that there are more.
const MAX_COUNTED: usize = 1_000;
/// Leads that are read for a count, where entries do not tell enough.
const MAX_READ_TO_COUNT: usize = 200;

/// A page of leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadListing)]
pub(crate) struct LeadListing {
    /// The leads, newest first.
    items: Vec<LeadLine>,
    /// Pass it as `cursor` for the next page, within a day; null: that was all.
    next_cursor: Option<String>,
    /// Ids of leads that cannot be read, and are left out; absent: there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    /// To the seller, where there may be more: leads that came in after this have been looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    searched_to: Option<String>,
    /// How many leads there are in all, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<CountView>,
    /// How they were found, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanView>,
}

/// Search leads
///
/// All filters that are given have to hold; of several values of one, any. Newest first; leads that come in meanwhile, or change, neither
/// repeat nor hide others. A lead's id, e-mail address and phone are found at once and at all times; everything else within the days that are
/// asked for, a year without them.
///
/// Suppliers find the leads that they sent, buyers those that they bought, and cannot ask for what they are not shown.
///
/// A page looks at some 20,000 entries and 1,000 leads, so where few of them are asked for it may be short, or empty, and have a
/// `next_cursor` all the same; `searched_to` says how far it came. Lists of deliveries, buyers and activities lag by some seconds.
#[utoipa::path(
    get,
    path = "/v1/leads",
    tag = "leads",
    params(
        ("campid" = Option<Vec<String>>, Query, description = "The campaign; may be repeated, as all filters but the days."),
        ("from" = Option<String>, Query, format = Date, description = "The first day on which they came in, in the account's zone; a year before `to` without it."),
        ("to" = Option<String>, Query, format = Date, description = "The last day, at most 1,830 days later; today without it."),
        ("q" = Option<Vec<String>>, Query, description = "A lead's id, an e-mail address, a phone, or the beginning of any word of its data: `high st` finds 12 High Street."),
        ("field.{name}" = Option<Vec<String>>, Query, description = "The same in one field: `field.postcode=sw1a`. `lead_id`, `source` and `ssid` are read like fields."),
        ("country" = Option<Vec<String>>, Query, description = "The country of its campaign, as two letters."),
        ("did" = Option<Vec<String>>, Query, description = "A delivery that it was given to."),
        ("sid" = Option<Vec<String>>, Query, description = "The supplier."),
        ("bid" = Option<Vec<String>>, Query, description = "The buyer that bought it, also if it was returned since."),
        ("activity" = Option<Vec<domain::finder::Activity>>, Query, description = "What has happened to it since it came in."),
        ("followed_up" = Option<Vec<domain::lead::FollowUpStage>>, Query, description = "How far its buyer has got with it by now, as that says; where deliveries or buyers are named, these."),
        ("method" = Option<Vec<domain::lead::Method>>, Query, description = "How it came in."),
        ("sold_status" = Option<Vec<domain::lead::SoldStatus>>, Query, description = "Whether it is sold; where buyers are named, to these."),
        ("delivery_status" = Option<Vec<domain::lead::DeliveryStatus>>, Query, description = "How its deliveries did; where deliveries or buyers are named, these."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Leads of a page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same filters; without it, the first page."),
        ("count" = Option<bool>, Query, description = "`true`: say how many there are: up to 1,000, or among the newest 200 where each has to be looked at."),
        ("explain" = Option<bool>, Query, description = "`true`: say how they were found, and what that cost. For the seller alone."),
    ),
    responses((status = 200, body = LeadListing), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_leads(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    mut asked: Asked,
) -> Result<Json<LeadListing>, Problem> {
    let (paging, explain, count) = (asked.paging(), asked.flag("explain"), asked.flag("count"));
    let form = SearchForm::read(&mut asked);
    let (paging, form) = asked.finish(paging.zip(Some(form)))?;
    if explain && principal != Principal::Seller {
        return Err(Problem::forbidden("not_yours", "Leave explain out: it tells how many leads others have."));
    }

    let now = lambda::now();
    let query = asked_for(&app, &form, &principal, now).await?;
    let cursors = cursor::Cursors { identity: &app.identity, principal: &principal, form: &form, now };
    let (after, query) = match paging.cursor {
        Some(sealed) => {
            let Cursor { position, received, .. } = cursors.open(&sealed)?;
            (Some(position), LeadQuery { received, ..query })
        }
        None => (None, query),
    };
    let (known, looked) = app.store.known_leads(&query, now).await?;
    let plan = plan(&query, &known);
    let search = Search { query: &query, viewer: &principal, path: &plan.path };
    let page = Bounds { leads: paging.limit.into(), max_entries: MAX_ENTRIES, max_read: MAX_READ, within: WITHIN };
    let counted = Bounds { leads: MAX_COUNTED, max_read: MAX_READ_TO_COUNT, ..page };
    let (found, counted) = try_join(app.store.search(&app.identity, &search, after.as_deref(), &page), async {
        if !count {
            return Ok(None);
        }
        app.store.count_leads(&app.identity, &search, &counted).await.map(Some)
    })
    .await?;

    let zone = app.store.zone().await?;
    let lines = found.leads.iter().map(|lead| LeadLine::new(lead, &principal, &zone));
    let items = lines.collect::<Result<_, _>>().map_err(|error| Problem::broken(&error))?;
    let spent = [Some(looked), Some(found.examined), counted.as_ref().map(|(_, examined)| *examined)];
    let examined = spent.into_iter().flatten().fold(Examined::default(), Examined::and);
    Ok(Json(LeadListing {
        items,
        next_cursor: found.next.map(|position| cursors.seal(position, query.received)).transpose()?,
        unreadable: found.unreadable.into_iter().map(|row| row.pk).collect(),
        searched_to: found.searched_to.map(domain::time::rfc3339),
        count: counted.map(|(count, _)| CountView::new(count)),
        plan: explain.then(|| PlanView::new(plan, examined)),
    }))
}

/// What is asked for, by whom.
async fn asked_for(
    app: &App,
    form: &SearchForm,
    principal: &Principal,
    now: jiff::Timestamp,
) -> Result<LeadQuery, Problem> {
    let zone = app.store.zone().await?;
    let countries = if form.has_national_phones() { Some(app.store.countries().await?) } else { None };
    let meaning = Meaning { zone: &zone, countries: countries.as_deref().unwrap_or_default(), now };
    form.query(principal, &meaning).map_err(lambda::search_form::NotSearched::in_query)
}
