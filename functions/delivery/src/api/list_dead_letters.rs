//! `GET /v1/dead-letters`: what the delivery function gave up.

use axum::{Json, extract::State};
use domain::{
    id::{DeliveryRef, LeadId},
    time::rfc3339,
};
use lambda::{Problem, auth::Seller};
use serde::Serialize;
use store::DeadLetter;
use utoipa::ToSchema;

use super::App;

/// Messages that one answer looks at.
const MOST: usize = 100;

/// What is in the dead-letter queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetterList {
    /// Those that were looked at, up to 100, the oldest first.
    items: Vec<DeadLetterView>,
    /// About how many there are in all.
    in_queue: u64,
}

/// A message that failed as often as it was tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(crate) struct DeadLetterView {
    /// What SQS calls it; log lines of its failures name it too.
    message_id: String,
    /// Whether it says what it asks for. One that does not is none of ours, or of another version: its text is not shown,
    /// and it is not sent again.
    readable: bool,
    /// The lead whose next step it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    /// At which delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<DeliveryRef>,
    /// In which round of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<u32>,
    /// Leads to the log lines of the request that the message followed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    /// When it was first sent to the delivery queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    since: Option<String>,
    /// How often it was received: by the delivery function, and by each look at this list.
    received: u32,
}

/// Lists dead letters
///
/// Messages that the delivery function tried eight times without getting to the end of a step. Their leads are not lost: the
/// sweeper goes on asking for the step. Looks at up to 100 of them and takes none away; but SQS has no other way of looking
/// than to receive, so each look counts as a receipt, and for the second that it takes nobody else sees what it sees: a list
/// or a redrive at the same moment may miss some.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "dead letters",
    responses((status = 200, body = DeadLetterList), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_dead_letters(State(app): State<App>, _: Seller) -> Result<Json<DeadLetterList>, Problem> {
    let look = app.dead_letters.look(MOST).await?;
    let items = look.letters.into_iter().map(DeadLetterView::from).collect();
    Ok(Json(DeadLetterList { items, in_queue: look.in_queue }))
}

impl From<DeadLetter> for DeadLetterView {
    fn from(DeadLetter { message_id, job, since, received }: DeadLetter) -> Self {
        let readable = job.is_some();
        let (lead_id, did, round, correlation_id) = match job {
            Some(job) => (Some(job.lead_id), Some(job.did), Some(job.round), job.correlation_id),
            None => (None, None, None, None),
        };
        Self { message_id, readable, lead_id, did, round, correlation_id, since: since.map(rfc3339), received }
    }
}
