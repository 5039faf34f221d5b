//! `POST /v1/dead-letters/redrive`: sends dead letters to the delivery queue again.

use std::time::Duration;

use axum::{Json, extract::State};
use lambda::{Problem, auth::Seller, body::ApiJson, problem::FieldError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;

/// Messages that are moved, unless asked for otherwise.
const DEFAULT_LIMIT: usize = 100;
/// Most messages that one call moves.
const MAX_LIMIT: usize = 1_000;
/// No more are begun after this, so that the answer comes in time.
const WITHIN: Duration = Duration::from_secs(15);

/// How many are to be moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedriveForm {
    /// At most so many, 1 to 1,000; 100 without it.
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RedrivenDeadLetters)]
pub(crate) struct RedrivenView {
    /// Sent to the delivery queue.
    moved: usize,
    /// Still here: the delivery queue did not take them. Try again later.
    failed: usize,
    /// Still here: nobody can read them, so they would only fail again.
    unreadable: usize,
    /// About how many are here now, those of the last two lines included.
    left: u64,
}

/// Redrives dead letters
///
/// Sends them to the delivery queue first and takes them away then, so none is lost. One that is moved twice, by two calls
/// or because one was cut short, does nothing twice: a message for a step that is done finds nothing to do. So this is safe
/// to send again; each call goes on where the last one ended. Mend what made them fail first, or they come back.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/redrive",
    tag = "dead letters",
    request_body = RedriveForm,
    responses((status = 200, body = RedrivenView), Problem),
    security(("key" = []))
)]
pub(crate) async fn redrive_dead_letters(
    State(app): State<App>,
    _: Seller,
    ApiJson(form): ApiJson<RedriveForm>,
) -> Result<Json<RedrivenView>, Problem> {
    let limit = form.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let finding = FieldError::new("limit", "range", format!("Use a limit from 1 to {MAX_LIMIT}."));
        return Err(Problem::invalid([finding]));
    }
    let done = app.dead_letters.redrive(&app.dispatcher.queue, limit, WITHIN).await?;
    let store::Redriven { moved, failed, unreadable, left } = done;
    tracing::info!(moved, failed, unreadable, left, "dead letters were sent again");
    Ok(Json(RedrivenView { moved, failed, unreadable, left }))
}
