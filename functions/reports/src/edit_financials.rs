//! `POST /v1/financial-edits`: prices and payouts that the seller puts right, each as an entry with who and why.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::HeaderValue,
    response::{IntoResponse, Response},
};
use domain::{
    id::LeadId,
    lead::{EditOrder, IllegalTransition, Lead},
};
use jiff::Timestamp;
use lambda::{
    Problem,
    auth::Seller,
    body::{ApiJson, IDEMPOTENCY_REPLAYED, IdempotencyKey},
};
use serde::Serialize;
use store::{Commit, Store};
use utoipa::ToSchema;

use crate::{
    App,
    edit_form::{FinancialEdit, FinancialEditsForm, OrderName, Planned},
    once,
};

/// Others write a lead that is sold seldom; who loses this often may come again.
const TRIES: usize = 5;

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FinancialEdits {
    /// What became of each edit, in the order of the request.
    items: Vec<EditOutcome>,
}

/// What became of an edit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FinancialEditOutcome)]
struct EditOutcome {
    lead_id: LeadId,
    /// `changed`; `unchanged`: the amounts were so already; `refused`, with code and detail; `not_found`.
    outcome: &'static str,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Why it was refused, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// What became of an edit, and whether it happened now.
struct Carried {
    outcome: EditOutcome,
    is_new: bool,
    is_repeated: bool,
}

/// Change prices and payouts
///
/// Of up to 100 leads. Each lead is changed by itself: an edit that a lead does not allow is `refused`, and says why, while the
/// others are carried out. The difference is booked as an entry of its own, with the key that ordered it and the reason; what was
/// booked before stays as it is.
///
/// Safe to send again with the same `Idempotency-Key`: what was changed is not changed twice, and is answered as `changed`. The
/// same key with another body is 422 `idempotency_key_reused`.
#[utoipa::path(
    post,
    path = "/v1/financial-edits",
    tag = "money",
    params(("Idempotency-Key" = String, Header, description = "Marks a repeated request; see the answer's Idempotency-Replayed.")),
    request_body = FinancialEditsForm,
    responses((status = 200, body = FinancialEdits), Problem),
    security(("key" = []))
)]
pub(crate) async fn edit_financials(
    State(app): State<App>,
    Seller(caller): Seller,
    key: IdempotencyKey,
    ApiJson(form): ApiJson<FinancialEditsForm>,
) -> Result<Response, Problem> {
    let key = once::required(key)?;
    let reason = form.check()?;
    let name = OrderName::new(&key, &form).map_err(|error| Problem::broken(&error))?;
    let mut leads = leads(&app.store, &form.edits).await?;
    if leads.values().any(|lead| name.is_anothers_in(lead)) {
        return Err(once::reused());
    }
    let (mut items, mut is_new, mut is_repeated) = (Vec::with_capacity(form.edits.len()), false, false);
    for (number, edit) in form.edits.iter().enumerate() {
        let (order, by) = (name.of_edit(number), caller.key_id.as_str());
        let order = EditOrder { order: &order, by, reason: &reason };
        let carried = carry_out(&app.store, &mut leads, edit, order, lambda::now()).await?;
        is_new |= carried.is_new;
        is_repeated |= carried.is_repeated;
        items.push(carried.outcome);
    }
    tracing::info!(edits = items.len(), is_new, is_repeated, "financial edits were carried out");
    let mut answer = Json(FinancialEdits { items }).into_response();
    if is_repeated && !is_new {
        answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(answer)
}

/// The leads of an order, as they were a moment ago: what is written is conditional on nobody having written since.
async fn leads(store: &Store, edits: &[FinancialEdit]) -> Result<BTreeMap<LeadId, Lead>, Problem> {
    let mut ids: Vec<LeadId> = edits.iter().map(|edit| edit.lead_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(store.leads(&ids).await?.into_iter().map(|lead| (lead.id, lead)).collect())
}

/// Carries out one edit, on the lead as it is by then.
async fn carry_out(
    store: &Store,
    leads: &mut BTreeMap<LeadId, Lead>,
    edit: &FinancialEdit,
    order: EditOrder<'_>,
    now: Timestamp,
) -> Result<Carried, Problem> {
    let id = edit.lead_id;
    let mut known = leads.remove(&id);
    for _ in 0..TRIES {
        let present = match known.take() {
            Some(lead) => Some(lead),
            None => store.lead(id).await?,
        };
        let Some(lead) = present else { return Ok(Carried::other(EditOutcome::new(id, "not_found"))) };
        let after = match edit.plan(&lead, order, now) {
            Planned::Change(after) => after,
            Planned::Done => {
                leads.insert(id, lead);
                return Ok(Carried { outcome: EditOutcome::new(id, "changed"), is_new: false, is_repeated: true });
            }
            Planned::Unchanged => {
                leads.insert(id, lead);
                return Ok(Carried::other(EditOutcome::new(id, "unchanged")));
            }
            Planned::Refused(why) => {
                leads.insert(id, lead);
                return Ok(Carried::other(EditOutcome::refused(id, why)));
            }
        };
        match store.commit(&lead, &after).await? {
            Commit::Done(after) | Commit::Repeated(after) => {
                tracing::info!(lead_id = %id, "its money was changed by the seller");
                leads.insert(id, *after);
                return Ok(Carried { outcome: EditOutcome::new(id, "changed"), is_new: true, is_repeated: false });
            }
            // What is there decides, read consistently.
            Commit::Stale(_) => {}
        }
    }
    Err(Problem::try_again())
}

impl Carried {
    fn other(outcome: EditOutcome) -> Self {
        Self { outcome, is_new: false, is_repeated: false }
    }
}

impl EditOutcome {
    fn new(lead_id: LeadId, outcome: &'static str) -> Self {
        Self { lead_id, outcome, code: None, detail: None }
    }

    fn refused(lead_id: LeadId, why: IllegalTransition) -> Self {
        Self { code: Some(why.code), detail: Some(why.detail), ..Self::new(lead_id, "refused") }
    }
}
