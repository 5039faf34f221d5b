//! `POST /v1/return-decisions`: the seller's word on many returns.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use domain::{lead::ReturnState, returned::ReturnId};
use futures::{StreamExt, stream};
use lambda::{Problem, auth::Seller, body::ApiJson, http::Correlation, problem::FieldError};
use serde::{Deserialize, Serialize};
use store::Decided;
use utoipa::ToSchema;

use crate::{
    App,
    decision::{Decision, DecisionWord, state},
};

/// Most decisions of a request.
const MAX_DECISIONS: usize = 100;
/// Returns that are decided at the same time. Those of one buyer may all move its credit, and get into each other's way.
const CONCURRENCY: usize = 4;

/// Decisions about returns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionsForm {
    /// Up to 100, each about another return.
    #[schema(min_items = 1, max_items = 100)]
    decisions: Vec<DecisionForm>,
}

/// A decision about a return.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionForm {
    /// The return.
    #[schema(value_type = String, example = "return_01JCXV5A8M3Q4R5S6T7V8W9XYZ.1.bright-solar-crm")]
    return_id: ReturnId,
    decision: DecisionWord,
    /// Why it is rejected or undone, in up to 200 characters on one line. The buyer reads it.
    reason: Option<String>,
    /// Of approve: whether the supplier gives back what it earned with the sale.
    reverse_payout: Option<bool>,
}

/// What became of each decision, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionOutcomes {
    items: Vec<DecisionOutcome>,
}

/// What became of a decision.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionOutcome {
    #[schema(value_type = String)]
    return_id: ReturnId,
    /// `done`: it stands as you say; `not_done`, with code and detail; `not_found`.
    outcome: &'static str,
    /// Where the return stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<ReturnState>,
    /// Why it was not done, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Why it was not done, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Decide many returns
///
/// Approve, reject or undo up to 100 returns, each by itself: what cannot be decided so is `not_done`, and says why, while the
/// others are. Safe to send again: what stands as you say is `done`.
#[utoipa::path(
    post,
    path = "/v1/return-decisions",
    tag = "returns",
    request_body = DecisionsForm,
    responses((status = 200, body = DecisionOutcomes), Problem),
    security(("key" = []))
)]
pub(crate) async fn decide_returns(
    State(app): State<App>,
    Seller(caller): Seller,
    Correlation(correlation_id): Correlation,
    ApiJson(form): ApiJson<DecisionsForm>,
) -> Result<Json<DecisionOutcomes>, Problem> {
    let decisions = form.read()?;
    let (app, by, correlation_id) = (&app, &caller.actor(), correlation_id.as_str());
    let work = decisions.into_iter().map(|(id, decision)| async move {
        let decided = decision.carry_out(app, &id, by, correlation_id).await?;
        Ok::<_, Problem>(DecisionOutcome::new(id, decided))
    });
    // One that fails must not cut the others off.
    let decided: Vec<_> = stream::iter(work).buffered(CONCURRENCY).collect().await;
    Ok(Json(DecisionOutcomes { items: decided.into_iter().collect::<Result<_, _>>()? }))
}

impl DecisionsForm {
    fn read(self) -> Result<Vec<(ReturnId, Decision)>, Problem> {
        let (mut found, mut decisions, mut known) = (Vec::new(), Vec::new(), BTreeSet::new());
        if !(1..=MAX_DECISIONS).contains(&self.decisions.len()) {
            let detail = format!("Send 1 to {MAX_DECISIONS} decisions at a time.");
            found.push(FieldError::new("decisions", "count", detail));
        }
        for (at, form) in self.decisions.into_iter().enumerate().take(MAX_DECISIONS) {
            let place = |name: &str| format!("decisions.{at}.{name}");
            match Decision::read(form.decision, form.reason.as_deref(), form.reverse_payout, place) {
                Ok(decision) => decisions.push((form.return_id.clone(), decision)),
                Err(finding) => found.push(finding.into()),
            }
            if !known.insert(form.return_id) {
                found.push(FieldError::new(place("return_id"), "repeated", "Decide each return once."));
            }
        }
        if found.is_empty() { Ok(decisions) } else { Err(Problem::invalid(found)) }
    }
}

impl DecisionOutcome {
    fn new(return_id: ReturnId, decided: Decided) -> Self {
        let (outcome, state, why) = match decided {
            Decided::Done(lead) => ("done", state(&lead, &return_id), None),
            Decided::NotFound => ("not_found", None, None),
            Decided::Refused(why) if why.code == "no_such_return" => ("not_found", None, None),
            Decided::Refused(why) => ("not_done", None, Some(why)),
        };
        let (code, detail) = why.map(|why| (why.code, why.detail)).unzip();
        Self { return_id, outcome, state, code, detail }
    }
}
