//! `GET /v1/journal`: every entry, by the day on which it was booked.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use domain::{
    posted::PostedEntry,
    report::{MAX_DAYS, Period},
};
use jiff::{Timestamp, civil::Date};
use lambda::{
    Problem,
    auth::Seller,
    journal::posted,
    list::{Listing, bad_cursor},
    query::Asked,
    sheet::{self, Format},
};
use serde::Serialize;
use store::Store;
use utoipa::ToSchema;

use crate::App;

/// Where a CSV file goes on.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("next-cursor");

/// A page of the journal. Nothing is left out of it: where an entry cannot be read, there is no page.
#[derive(Serialize, ToSchema)]
struct JournalPage {
    /// By day, and within a day in the order in which they were written down.
    items: Vec<PostedEntry>,
    /// Pass it as `cursor` for the next page; null: that was all.
    next_cursor: Option<String>,
}

/// List the journal
///
/// Every entry that was booked on a day, or on the days from one to another; within a day in the order in which they were
/// written down. Entries never change; corrections are entries of their own. Each adds up to nothing.
///
/// A day takes entries until its month is closed, three days after its end: nearly all within seconds, and behind those that are
/// there. Only entries of the last two minutes may still come in before others. So that you miss none, ask with `settled=true`,
/// which leaves these two minutes out, for each day alone, and go on from the last `next_cursor` of that day.
///
/// As CSV each line of an entry is a row, and the header `Next-Cursor` says where the next file goes on.
#[utoipa::path(
    get,
    path = "/v1/journal",
    tag = "money",
    params(
        ("day" = Option<String>, Query, format = Date, description = "The day of booking, in the account's zone, as yyyy-mm-dd."),
        ("from" = Option<String>, Query, format = Date, description = "Instead of day: the first one."),
        ("to" = Option<String>, Query, format = Date, description = "Instead of day: the last one, a year later at most."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries of a page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before; without it, the first page."),
        ("settled" = Option<bool>, Query, description = "`true`: without entries of the last two minutes, so that none comes in before one that you have."),
        ("format" = Option<String>, Query, description = "`json` or `csv`, if not as Accept says."),
    ),
    responses((status = 200, content((JournalPage = "application/json"), (String = "text/csv"))), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_journal(State(app): State<App>, _: Seller, mut asked: Asked) -> Result<Response, Problem> {
    let format = asked.format();
    let paging = asked.paging();
    let settled = asked.word("settled", &[("true", true), ("false", false)]).unwrap_or(false);
    let period = days(&mut asked);
    let (paging, period) = asked.finish(paging.zip(period))?;

    let cursor = paging.cursor.map_or_else(|| Some(Cursor::start(period)), |cursor| Cursor::read(&cursor, period));
    let asked = Which { period, settled_at: settled.then(lambda::now), limit: paging.limit };
    let page = page(&app.store, asked, cursor.ok_or_else(bad_cursor)?).await?;
    let Listing { items, next_cursor, .. } = Listing::new(page.entries, page.next.map(|cursor| cursor.to_string()));
    let page = JournalPage { items, next_cursor };
    Ok(match format {
        Format::Json => Json(page).into_response(),
        Format::Csv => file(period, page),
    })
}

/// The days that are asked for: one, or all from one to another.
fn days(asked: &mut Asked) -> Option<Period> {
    if !asked.has("day") {
        return asked.period(|from, to| Period::new(from, to, MAX_DAYS));
    }
    for name in ["from", "to"] {
        if asked.one(name).is_some() {
            asked.finding(name, "not_with_day", "Name a day, or from and to.");
        }
    }
    let day = asked.day("day")?;
    Period::new(day, day, MAX_DAYS).ok()
}

/// A place in the journal: a day, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cursor {
    day: Date,
    after: Option<String>,
}

impl Cursor {
    fn start(period: Period) -> Self {
        Self { day: period.from(), after: None }
    }

    /// None: the journal of this period has given no such cursor.
    fn read(text: &str, period: Period) -> Option<Self> {
        let (day, after) = text.split_once('|')?;
        let day = day.parse().ok().filter(|day| (period.from()..=period.to()).contains(day))?;
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        after.as_deref().is_none_or(Store::is_journal_cursor).then_some(Self { day, after })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}|{}", self.day, self.after.as_deref().unwrap_or_default())
    }
}

/// Entries, and where the next ones are.
struct Entries {
    entries: Vec<PostedEntry>,
    next: Option<Cursor>,
}

/// Which entries are asked for.
#[derive(Clone, Copy, Debug)]
struct Which {
    period: Period,
    /// The present time, if those of the last moments are to be left out.
    settled_at: Option<Timestamp>,
    limit: u16,
}

/// Goes on from a place until the page is full, or the period over.
async fn page(store: &Store, Which { period, settled_at, limit }: Which, cursor: Cursor) -> Result<Entries, Problem> {
    let (mut entries, mut cursor): (Vec<PostedEntry>, Cursor) = (Vec::new(), cursor);
    loop {
        let missing = limit.saturating_sub(u16::try_from(entries.len()).unwrap_or(limit));
        if missing == 0 {
            return Ok(Entries { entries, next: Some(cursor) });
        }
        let after = cursor.after.as_deref();
        let page = match settled_at {
            Some(now) => store.settled_journal(cursor.day, after, missing, now).await?,
            None => store.journal(cursor.day, after, missing).await?,
        };
        entries.extend(page.items.iter().filter_map(posted));
        let following = match page.last {
            Some(last) => Some(Cursor { after: Some(last), ..cursor }),
            None => cursor.day.tomorrow().ok().map(|day| Cursor { day, after: None }),
        };
        match following.filter(|next| next.day <= period.to()) {
            Some(next) => cursor = next,
            None => return Ok(Entries { entries, next: None }),
        }
    }
}

fn file(period: Period, page: JournalPage) -> Response {
    let name = format!("journal-{}-{}", period.from(), period.to());
    let rows = page.items.iter().flat_map(PostedEntry::rows);
    let mut answer = sheet::csv(&name, &PostedEntry::COLUMNS, rows);
    if let Some(cursor) = page.next_cursor.and_then(|cursor| HeaderValue::try_from(cursor).ok()) {
        answer.headers_mut().insert(NEXT_CURSOR, cursor);
    }
    answer
}
