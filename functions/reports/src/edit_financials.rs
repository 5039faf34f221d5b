//! `POST /v1/financial-edits`: prices and payouts that the seller puts right, each as an entry with who and why.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    id::LeadId,
    lead::{Actor, EditOrder},
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda::{
    Problem,
    auth::{Caller, Seller},
    body::{ApiJson, IdempotencyKey, marked_replayed},
};
use store::{Changed, EditOutcome, Error, Order, OrderKind, RequestHash, Store};

use crate::{
    App,
    edit_form::{FinancialEdit, FinancialEditsForm, Leads, Planned},
    edit_outcome::FinancialEdits,
    once::{self, Ordered},
};

/// Leads that are read at the same time.
const CONCURRENCY: usize = 16;

/// Change prices and payouts
///
/// Of up to 100 leads. Each lead is changed by itself: an edit that a lead does not allow is `refused`, and says why, while the
/// others are carried out. The difference is booked as an entry of its own, with the order, the key that ordered it and the
/// reason; what was booked before stays as it is.
///
/// Safe to send again with the same `Idempotency-Key`, at any time: what becomes of each edit is decided when the order first
/// comes, is carried out once, and is answered as the first time. The same key with another body is 422
/// `idempotency_key_reused`, and changes nothing.
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
    let id = app.identity.idempotency_key(&once::required(key)?);
    let reason = form.check()?;
    let says = app.identity.request(&form.says().map_err(|error| Problem::broken(&error))?);
    let ordered = Ordered { id: &id, by: caller.key_id.as_str(), reason: &reason };

    let (kept, leads) = decided(&app.store, &caller, &form, ordered, says.clone()).await?;
    if kept.says != says {
        return Err(Problem::idempotency_key_reused());
    }
    let is_repeated = kept.is_done;
    let done = if is_repeated { kept } else { carried_out(&app, &caller, &form, ordered, kept, leads).await? };
    tracing::info!(edits = form.edits.len(), is_repeated, "financial edits were carried out");
    Ok(marked_replayed(Json(FinancialEdits::new(done, &form.edits)).into_response(), is_repeated))
}

/// The order as it is kept, with the leads that were read for it: it is decided when it first comes, and kept before anything
/// of it is done.
async fn decided(
    store: &Store,
    caller: &Caller,
    form: &FinancialEditsForm,
    ordered: Ordered<'_>,
    says: RequestHash,
) -> Result<(Order<EditOutcome>, Leads), Problem> {
    if let Some(kept) = store.order(OrderKind::Edits, &caller.principal, ordered.id).await? {
        return Ok((kept, Leads::new()));
    }
    let leads = leads(store, &form.edits).await?;
    let outcomes = form.decide(leads.clone(), ordered, lambda::now());
    let order = Order { id: ordered.id.to_owned(), says, outcomes, is_done: false };
    Ok((store.begin_order(OrderKind::Edits, &caller.principal, order).await?, leads))
}

/// The leads of an order. What is decided on them stands for good, so each is read consistently, and one that cannot be read
/// is not one that is not there.
async fn leads(store: &Store, edits: &[FinancialEdit]) -> Result<Leads, Problem> {
    let ids: BTreeSet<LeadId> = edits.iter().map(|edit| edit.lead_id).collect();
    let read = stream::iter(ids).map(|id| async move { Ok::<_, Error>((id, store.lead(id).await?)) });
    let read: Vec<_> = read.buffer_unordered(CONCURRENCY).try_collect().await?;
    Ok(read.into_iter().filter_map(|(id, lead)| Some((id, lead?))).collect())
}

/// Makes the changes that were decided. Whoever dies of it leaves the rest to who comes again: what is changed already is
/// known in its lead by the name of the edit.
async fn carried_out(
    app: &App,
    caller: &Caller,
    form: &FinancialEditsForm,
    ordered: Ordered<'_>,
    mut order: Order<EditOutcome>,
    mut leads: Leads,
) -> Result<Order<EditOutcome>, Problem> {
    for (number, (edit, outcome)) in form.edits.iter().zip(&mut order.outcomes).enumerate() {
        if *outcome == EditOutcome::Changed {
            let name = ordered.name(number);
            *outcome = change(app, &caller.actor(), &mut leads, edit, ordered.edit(&name)).await?;
        }
    }
    Ok(app.store.end_order(OrderKind::Edits, &caller.principal, order).await?)
}

/// Makes one change, on the lead as it is by then: it may allow it no more.
async fn change(
    app: &App,
    by: &Actor,
    leads: &mut Leads,
    edit: &FinancialEdit,
    order: EditOrder<'_>,
) -> Result<EditOutcome, Problem> {
    let (id, now) = (edit.lead_id, lambda::now());
    let known = match leads.remove(&id) {
        Some(lead) => Some(lead),
        None => app.store.lead(id).await?,
    };
    let Some(lead) = known else { return Ok(EditOutcome::NotFound) };
    let mut change = app.store.change(lead, &app.identity).by(Some(by));
    loop {
        let after = match edit.plan(change.lead(), order, now) {
            Planned::Change(after) => after,
            Planned::Not(outcome) => {
                leads.insert(id, change.into_lead());
                return Ok(outcome);
            }
        };
        match change.to(*after).await? {
            Changed::Done(after) => {
                tracing::info!(lead_id = %id, "its money was changed by the seller");
                leads.insert(id, *after);
                return Ok(EditOutcome::Changed);
            }
            Changed::Gone => return Ok(EditOutcome::NotFound),
            Changed::Stale => {}
        }
    }
}
