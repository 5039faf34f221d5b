//! `POST /v1/suppressions`: a list of people who may not be written to, or may again.

use axum::{
    Json,
    extract::{Request, State},
    http::header,
};
use domain::{
    consent::{How, Speaker, Word},
    contact::Country,
    setup::Invalid,
    suppression::{MAX_ENTRIES, Suppressed, SuppressionEntry},
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use lambda::{
    Problem,
    auth::Seller,
    body::{limited_body, read_json},
    problem::FieldError,
};
use serde::{Deserialize, Serialize};
use store::Error;
use utoipa::ToSchema;

use super::file;
use crate::App;

/// People who are written down at the same time.
const CONCURRENCY: usize = 16;

/// A list of people.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressionsForm {
    /// Up to 1,000.
    entries: Vec<SuppressionEntry>,
    /// The country of phones that are not international, where their entry names none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    country: Option<Country>,
}

/// What became of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuppressionsTaken {
    /// What became of each entry, in their order.
    items: Vec<SuppressionTaken>,
    changed: usize,
    unchanged: usize,
    invalid: usize,
}

/// What became of an entry.
#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionTaken {
    /// The row of a file, as spreadsheets count.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    #[serde(flatten)]
    outcome: SuppressionOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum SuppressionOutcome {
    /// It is written down.
    Changed,
    /// It held already, or is known.
    Unchanged,
    /// Nothing was done, as something is wrong with it.
    Invalid {
        /// What it is about; empty for the whole entry.
        field: String,
        /// Stable code for programs.
        code: &'static str,
        /// A sentence that says what to do.
        detail: String,
    },
}

/// An entry, or why there is none, and where it stood.
pub(super) type Entry = (Option<u64>, Result<SuppressionEntry, Invalid>);

/// Bring a list of people
///
/// Who may not be written to, or with `status` `yes` may again: as JSON, or as CSV with a row of names: `email`, `phone`, `contact`,
/// `channel`, `status`, `told`, `at`, `country`. It holds for all leads with that contact, those that come later too. Each entry is for itself: one that is
/// wrong keeps no other from being written down.
///
/// Sending it again changes nothing where what it says holds. An entry with `at` is known by that, and changes nothing however late it
/// comes again; without it, a `no` is said anew of who has said yes meanwhile.
#[utoipa::path(
    post,
    path = "/v1/suppressions",
    tag = "consent",
    request_body(content((SuppressionsForm = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = SuppressionsTaken), Problem),
    security(("key" = []))
)]
pub(crate) async fn post_suppressions(
    State(app): State<App>,
    Seller(caller): Seller,
    request: Request,
) -> Result<Json<SuppressionsTaken>, Problem> {
    let now = lambda::now();
    let (entries, country) = read(request).await?;
    if !(1..=MAX_ENTRIES).contains(&entries.len()) {
        let detail = format!("Send 1 to {MAX_ENTRIES} entries at once.");
        return Err(Problem::invalid([FieldError::new("entries", "length", detail)]));
    }
    let by = Speaker::Actor(caller.actor());
    let taken = entries
        .into_iter()
        .map(|(row, entry)| take(&app, &by, row, entry.and_then(|entry| entry.read(country, now)), now));
    let items: Vec<SuppressionTaken> =
        stream::iter(taken.collect::<Vec<_>>()).buffered(CONCURRENCY).try_collect().await?;
    let taken = SuppressionsTaken::new(items);
    let SuppressionsTaken { changed, unchanged, invalid, .. } = taken;
    tracing::info!(changed, unchanged, invalid, "a list of people was taken");
    Ok(Json(taken))
}

/// The entries of a list, and the country of its phones.
async fn read(request: Request) -> Result<(Vec<Entry>, Option<Country>), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = async || limited_body(request).await;
    match kind.as_str() {
        "application/json" => {
            let SuppressionsForm { entries, country } = read_json(&body().await?)?;
            Ok((entries.into_iter().map(|entry| (None, Ok(entry))).collect(), country))
        }
        "text/csv" => Ok((file::entries(&body().await?)?, None)),
        _ => {
            let detail = "Send JSON, with Content-Type: application/json, or CSV, with Content-Type: text/csv.";
            Err(Problem::unsupported_media_type(detail))
        }
    }
}

/// Writes an entry down, by each of its contacts.
async fn take(
    app: &App,
    by: &Speaker,
    row: Option<u64>,
    read: Result<Suppressed, Invalid>,
    now: Timestamp,
) -> Result<SuppressionTaken, Error> {
    let Suppressed { contacts, yes, at, told } = match read {
        Ok(read) => read,
        Err(Invalid { field, code, detail }) => {
            return Ok(SuppressionTaken { row, outcome: SuppressionOutcome::Invalid { field, code, detail } });
        }
    };
    let word = Word { yes, at: at.unwrap_or(now), by: by.clone(), how: How::List, told };
    let mut outcome = SuppressionOutcome::Unchanged;
    for contact in contacts {
        let (channel, hash) = (contact.channel(), app.identity.contact(&contact));
        let decide = |words: &domain::consent::Words| words.with_listed(&word, at.is_some());
        let (_, is_news) = app.store.say_if(channel, &hash, Some(contact.as_str()), decide).await?;
        if is_news {
            outcome = SuppressionOutcome::Changed;
        }
    }
    Ok(SuppressionTaken { row, outcome })
}

impl SuppressionsTaken {
    fn new(items: Vec<SuppressionTaken>) -> Self {
        let count = |is: fn(&SuppressionOutcome) -> bool| items.iter().filter(|item| is(&item.outcome)).count();
        let changed = count(|outcome| *outcome == SuppressionOutcome::Changed);
        let unchanged = count(|outcome| *outcome == SuppressionOutcome::Unchanged);
        Self { invalid: items.len() - changed - unchanged, changed, unchanged, items }
    }
}
