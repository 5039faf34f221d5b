//! `GET /v1/bulk/{id}/outcomes`: what became of each lead.

use axum::{Json, extract::State};
use domain::{
    id::{BulkJobId, LeadId},
    money::Money,
};
use lambda::{
    Problem,
    auth::Seller,
    http::Named,
    list::{Listing, Paging, bad_cursor},
};
use serde::Serialize;
use store::{BulkChunk, BulkOutcome, Page};
use utoipa::ToSchema;

use crate::App;

/// Between the row and the place in it, in a cursor.
const IN_ROW: char = '.';

/// What became of a lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
pub(crate) struct OutcomeView {
    lead_id: LeadId,
    /// `changed`, or would be; `skipped`; `failed`; `waiting` for its turn, which it does not get if the job was called off.
    #[schema(value_type = String, example = "skipped")]
    outcome: &'static str,
    /// Why it was skipped or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// By how much what buyers owe for it grows; absent where no money moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<Money>,
    /// By how much what its supplier is owed for it grows.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<Money>,
}

/// List what became of the leads of a bulk job
///
/// Every lead that it is about, in the order in which they were named or found, newest first. Those of a hundred are told together, once all
/// of them are through.
#[utoipa::path(
    get,
    path = "/v1/bulk/{id}/outcomes",
    tag = "bulk",
    params(("id" = String, Path, description = "The job's id."), Paging),
    responses((status = 200, body = Listing<OutcomeView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_outcomes(
    State(app): State<App>,
    _caller: Seller,
    Named(id): Named<BulkJobId>,
    paging: Paging,
) -> Result<Json<Listing<OutcomeView>>, Problem> {
    let job = app.store.bulk_job(id).await?.ok_or_else(|| Problem::not_found("job"))?;
    let list = id.to_string();
    let (mut row, mut place) =
        paging.after(&list)?.map_or(Ok((0, 0)), |after| position(after).ok_or_else(bad_cursor))?;
    let (limit, mut items, mut last) = (usize::from(paging.limit), Vec::new(), None);
    while row < job.chunks {
        if items.len() >= limit {
            last = Some(format!("{row}{IN_ROW}{place}"));
            break;
        }
        let Some(chunk) = app.store.bulk_chunk(id, row).await? else { break };
        let shown = OutcomeView::all(&chunk);
        let taken: Vec<_> = shown.iter().skip(place).take(limit - items.len()).cloned().collect();
        place += taken.len();
        items.extend(taken);
        if place >= shown.len() {
            (row, place) = (row + 1, 0);
        }
    }
    Ok(Json(Listing::of(&list, Page { items, unreadable: Vec::new(), last })))
}

fn position(after: &str) -> Option<(u32, usize)> {
    let (row, place) = after.split_once(IN_ROW)?;
    Some((row.parse().ok()?, place.parse().ok()?))
}

impl OutcomeView {
    fn all(chunk: &BulkChunk) -> Vec<Self> {
        let outcomes = chunk.outcomes.as_deref().unwrap_or_default();
        chunk.leads.iter().enumerate().map(|(at, lead)| Self::new(*lead, outcomes.get(at))).collect()
    }

    fn new(lead_id: LeadId, outcome: Option<&BulkOutcome>) -> Self {
        let plain = Self { lead_id, outcome: "waiting", code: None, detail: None, revenue: None, payout: None };
        let why = |outcome, code: &String, detail: &String| {
            let (code, detail) = (Some(code.clone()), Some(detail.clone()));
            Self { outcome, code, detail, ..plain.clone() }
        };
        match outcome {
            None => plain,
            Some(BulkOutcome::Changed { moved }) => Self {
                outcome: "changed",
                revenue: moved.map(|moved| moved.revenue),
                payout: moved.map(|moved| moved.payout),
                ..plain
            },
            Some(BulkOutcome::Skipped { code, detail }) => why("skipped", code, detail),
            Some(BulkOutcome::Failed { code, detail }) => why("failed", code, detail),
        }
    }
}
