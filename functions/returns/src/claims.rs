//! What becomes of the returns of a request: each by itself, those of one lead one after the other.

use std::collections::BTreeMap;

use domain::{
    id::LeadId,
    returned::{Claim, ReturnId, ReturnOutcome},
};
use futures::{StreamExt, stream};
use lambda::{Problem, auth::Caller};
use serde::{Deserialize, Serialize};
use store::Claimed;
use utoipa::ToSchema;

use crate::{App, problem, return_form::ReturnForm};

/// Leads that are worked on at the same time. Those of one buyer may all move its credit or its share, and get into each other's way.
const CONCURRENCY: usize = 4;

/// What became of a wish to return a sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReturnOutcomeView {
    pub(crate) lead_id: LeadId,
    /// In one word; `returned` and `requested` were done.
    pub(crate) outcome: ReturnOutcome,
    /// The return that there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "return_01JCXV5A8M3Q4R5S6T7V8W9XYZ.1.bright-solar-crm")]
    pub(crate) return_id: Option<ReturnId>,
    /// Why it was not done, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

impl ReturnOutcomeView {
    fn new(lead_id: LeadId, Claimed { outcome, id, detail, .. }: Claimed) -> Self {
        Self { lead_id, outcome, return_id: id, detail }
    }
}

/// Who wants sales taken back, by which request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claiming<'a> {
    pub(crate) caller: &'a Caller,
    /// What the request is called, if it may come again.
    pub(crate) order: Option<&'a str>,
    pub(crate) correlation_id: &'a str,
}

/// Carries returns out, and says what became of each, in their order.
///
/// # Errors
/// The tables'. All others are carried out by then; a request with a name may be sent again.
pub(crate) async fn carry_out(
    app: &App,
    claiming: Claiming<'_>,
    forms: &[ReturnForm],
) -> Result<Vec<ReturnOutcomeView>, Problem> {
    let mut by_lead: BTreeMap<LeadId, Vec<usize>> = BTreeMap::new();
    for (at, form) in forms.iter().enumerate() {
        by_lead.entry(form.lead_id).or_default().push(at);
    }
    let work = by_lead.into_values().map(|places| async move {
        let mut outcomes = Vec::with_capacity(places.len());
        for at in places {
            outcomes.push((at, one(app, claiming, at, &forms[at]).await?));
        }
        Ok::<_, Problem>(outcomes)
    });
    // One that fails must not cut the others off.
    let done: Vec<_> = stream::iter(work).buffer_unordered(CONCURRENCY).collect().await;
    let mut in_order: BTreeMap<usize, ReturnOutcomeView> = BTreeMap::new();
    for outcomes in done {
        in_order.extend(outcomes?);
    }
    Ok(in_order.into_values().collect())
}

async fn one(app: &App, claiming: Claiming<'_>, at: usize, form: &ReturnForm) -> Result<ReturnOutcomeView, Problem> {
    let order = claiming.order.map(|order| format!("{order}.{at}"));
    let claim: Claim<'_> = form.claim(&claiming.caller.principal, order.as_deref());
    let by = claiming.caller.actor();
    let returning = app.returning(&by, claiming.correlation_id);
    let claimed = returning.claim(form.lead_id, &claim, lambda::now()).await.map_err(problem)?;
    tracing::info!(lead_id = %form.lead_id, outcome = claimed.outcome.word(), "a return was asked for");
    Ok(ReturnOutcomeView::new(form.lead_id, claimed))
}
