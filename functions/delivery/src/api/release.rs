//! `POST /v1/leads/{id}/release`: the seller decides what becomes of a lead that was put aside.

use axum::{Json, extract::State};
use domain::{
    campaign::Campaign,
    id::LeadId,
    lead::{Approval, Ending, Lead},
    words::one_line,
};
use lambda::{
    Problem,
    auth::Seller,
    body::ApiJson,
    http::{Correlation, Named},
    problem::FieldError,
};
use serde::{Deserialize, Serialize};
use store::{Commit, LineUpError};
use utoipa::ToSchema;

use super::App;

/// The reason of a lead that is turned away, where the seller gives no other. Its supplier reads it.
const TURNED_AWAY: &str = "The lead was looked at, and turned away.";
/// Most characters of a reason.
const MAX_REASON: usize = 200;
/// Others write a lead in quarantine seldom; who loses this often may come again.
const TRIES: usize = 5;

/// What is to become of the lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseForm {
    decision: ReleaseDecision,
    /// Why it is rejected, for its supplier: up to 200 characters on one line.
    reason: Option<String>,
}

/// What is to become of the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReleaseDecision {
    /// It goes on, as if it came in now.
    Release,
    /// It is turned away for good.
    Reject,
}

/// What has become of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReleasedLead {
    lead_id: LeadId,
    /// `approved` or `rejected`; `quarantined`, if every delivery passed it over and it was put aside again.
    status: &'static str,
    /// The rejection's number: -2 for a duplicate, -6 for a lead that was turned away.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    /// Why it is rejected, or put aside again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Decide on a lead in quarantine
///
/// `release` sends it on its way to buyers, as if it came in now: it may turn out to be a duplicate of a lead that came in
/// meanwhile, and may be put aside again if every delivery passes it over, three times more at most. `reject` turns it away with
/// -6 and the reason.
///
/// Safe to send again: what is decided so already stays so, and is answered as it is by then. Anything else that is not in
/// quarantine is 409 `not_quarantined`.
#[utoipa::path(
    post,
    path = "/v1/leads/{id}/release",
    tag = "leads",
    params(("id" = String, Path, description = "The lead's id.")),
    request_body = ReleaseForm,
    responses((status = 200, body = ReleasedLead), Problem),
    security(("key" = []))
)]
pub(crate) async fn release_lead(
    State(app): State<App>,
    Seller(caller): Seller,
    Named(id): Named<LeadId>,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<ReleaseForm>,
) -> Result<Json<ReleasedLead>, Problem> {
    let (ending, by) = (form.read()?, caller.actor());
    let store = &app.dispatcher.store;
    for _ in 0..TRIES {
        let lead = store.lead(id).await?.ok_or_else(|| Problem::not_found("lead"))?;
        if lead.has_ended_so(&ending) {
            return Ok(Json(ReleasedLead::of(&lead)));
        }
        let campaign = store.cached::<Campaign>(lead.campid.as_str()).await?.ok_or_else(Problem::internal)?;
        let (identity, now) = (&app.dispatcher.identity, lambda::now());
        match store.end_quarantine(&lead, &campaign, (&ending, Some(&by)), identity, now).await.map_err(problem)? {
            Commit::Done(after) | Commit::Repeated(after) => {
                tracing::info!(lead_id = %id, approval = after.approval.word(), "quarantine ended by the seller");
                app.dispatcher.queue.send_follow_ups(Some(&lead), &after, now, Some(&correlation_id)).await;
                return Ok(Json(ReleasedLead::of(&after)));
            }
            Commit::Stale(_) => {}
        }
    }
    Err(Problem::try_again())
}

impl ReleaseForm {
    fn read(self) -> Result<Ending, Problem> {
        match self.decision {
            ReleaseDecision::Release if self.reason.is_some() => {
                Err(Problem::invalid([FieldError::new("reason", "not_for_decision", "Only for reject.")]))
            }
            ReleaseDecision::Release => Ok(Ending::Release),
            ReleaseDecision::Reject => {
                let reason = self.reason.as_deref().unwrap_or(TURNED_AWAY);
                let reason = one_line("reason", reason, MAX_REASON).map_err(|finding| Problem::invalid([finding]))?;
                Ok(Ending::Reject { reason })
            }
        }
    }
}

impl ReleasedLead {
    fn of(lead: &Lead) -> Self {
        let (code, reason) = match &lead.approval {
            Approval::Pending | Approval::Approved => (None, None),
            Approval::Rejected { code, reason } => (Some(code.code()), Some(reason.clone())),
            Approval::Quarantined { reason, .. } => (None, Some(reason.clone())),
        };
        Self { lead_id: lead.id, status: lead.approval.word(), code, reason }
    }
}

fn problem(error: LineUpError) -> Problem {
    match error {
        LineUpError::Store(error) => error.into(),
        LineUpError::Illegal(refused) => Problem::conflict(refused.code, refused.detail),
    }
}
