//! The kind `transfer`: the lead goes into another campaign, where it is judged and given out like any that comes in.

use std::{collections::BTreeMap, sync::Mutex};

use domain::{
    campaign::Campaign,
    delivery::TransferChannel,
    field::{FieldName, FieldProblem},
    id::LeadId,
    intake::{self, Intake},
    lead::{Approval, Lead},
    supplier::Supplier,
};
use jiff::Timestamp;
use store::{Error, Exchange, LineUpError, NotTakenIn, TakenIn};

use super::HandOver;
use crate::{deliver::Dispatcher, render::values};

/// Puts the lead into the other campaign. Its id there is made of the request's, so that the same request finds what it
/// has done before.
pub(super) async fn hand_over(dispatcher: &Dispatcher, transfer: &TransferChannel, task: &HandOver<'_>) -> Exchange {
    transferred(dispatcher, transfer, task).await.unwrap_or_else(|instead| instead)
}

async fn transferred(
    dispatcher: &Dispatcher,
    transfer: &TransferChannel,
    task: &HandOver<'_>,
) -> Result<Exchange, Exchange> {
    let now = task.clock.now();
    let id = LeadId::from_ulid(task.attempt.id.ulid());
    if may_have_been(task)
        && let Some(there) = dispatcher.store.lead(id).await.map_err(not_begun)?
    {
        return Ok(told(dispatcher, task, there, Vec::new(), now).await);
    }
    let origin = transfer.origin(task.lead).map_err(|no| never(no.to_string()))?;
    let filled = filled(transfer, task)?;
    let (campaign, supplier) = tokio::try_join!(
        dispatcher.store.cached::<Campaign>(transfer.campid.as_str()),
        dispatcher.store.cached::<Supplier>(transfer.sid.as_str()),
    )
    .map_err(not_begun)?;
    let campaign = campaign.ok_or_else(|| never(format!("there is no campaign {}", transfer.campid)))?;
    let supplier = supplier.ok_or_else(|| never(format!("there is no supplier {}", transfer.sid)))?;

    let sent = transfer.submission(task.lead, &campaign, filled, id, now);
    let zone = dispatcher.store.zone().await.map_err(not_begun)?;
    match intake::judge(sent, &campaign, &supplier, &zone) {
        Intake::Refused { problems } => {
            Ok(Exchange::Refused { reason: with_fields("it carries what no lead may carry".to_owned(), &problems) })
        }
        Intake::Kept { lead, problems } => {
            let lead = Lead { origin: Some(origin), via: task.lead.via.clone(), ..*lead };
            let store = &dispatcher.store;
            let incoming = store.incoming(&lead, campaign, supplier, &Mutex::default()).await.map_err(not_lined_up)?;
            match store.take_in(incoming, None, &dispatcher.identity).await.map_err(not_taken_in)? {
                TakenIn::Stored { lead, .. } => Ok(told(dispatcher, task, *lead, problems, now).await),
                TakenIn::Earlier(_) => Err(never("it has no idempotency key, and was known by one".to_owned())),
            }
        }
    }
}

/// What a stored lead means for the one that it was made from. Its messages are sent, again if need be.
async fn told(
    dispatcher: &Dispatcher,
    task: &HandOver<'_>,
    lead: Lead,
    problems: Vec<FieldProblem>,
    now: Timestamp,
) -> Exchange {
    let status = lead.approval.word();
    tracing::info!(lead_id = %lead.id, campid = %lead.campid, from = %task.lead.id, status, "lead transferred");
    if let Approval::Rejected { reason, .. } = &lead.approval {
        return Exchange::Refused { reason: with_fields(format!("campaign {}: {reason}", lead.campid), &problems) };
    }
    dispatcher.queue.send_follow_ups(None, &lead, now, task.correlation_id).await;
    Exchange::Taken { reference: Some(lead.id.to_string()) }
}

fn filled(transfer: &TransferChannel, task: &HandOver<'_>) -> Result<BTreeMap<FieldName, String>, Exchange> {
    let values = values(task.lead, task.attempt);
    let fill = |(name, template): (&FieldName, &domain::template::ValueTemplate)| match template.render(&values) {
        Ok(value) => Ok((name.clone(), value)),
        Err(error) => Err(never(format!("the template of {name} cannot be filled in: {error}"))),
    };
    transfer.fields.iter().map(fill).collect()
}

/// Which fields it is about; what they hold is no part of a reason.
fn with_fields(reason: String, problems: &[FieldProblem]) -> String {
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    if fields.is_empty() { reason } else { format!("{reason} ({})", fields.join(", ")) }
}

/// It will not be otherwise another time.
fn never(reason: String) -> Exchange {
    Exchange::NotSent { reason, worth_retrying: false }
}

/// Whether this very request may have been made before.
fn may_have_been(task: &HandOver<'_>) -> bool {
    task.lead.deliveries.get(&task.delivery.did).is_some_and(|own| own.state.is_in_doubt())
}

/// Nothing has been written now.
fn not_begun(error: Error) -> Exchange {
    Exchange::NotSent { reason: error.to_string(), worth_retrying: true }
}

fn not_lined_up(error: LineUpError) -> Exchange {
    match error {
        LineUpError::Store(error) => not_begun(error),
        LineUpError::Illegal(refused) => never(refused.to_string()),
    }
}

fn not_taken_in(error: NotTakenIn) -> Exchange {
    match error {
        NotTakenIn::NotBegun(error) => not_begun(error),
        // The lead may be there; the same request again will find out.
        NotTakenIn::InDoubt(error) => Exchange::NoAnswer { reason: error.to_string() },
    }
}
