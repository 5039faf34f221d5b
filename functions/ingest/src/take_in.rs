//! One lead on its way in: gathered, judged, stored with its answer.

use domain::{
    access::Principal,
    campaign::Campaign,
    id::SupplierRef,
    intake::{self, Claim, Intake, Submission},
    lead::{Lead, Method, Rejection},
    routing::line_up,
    supplier::Supplier,
};
use jiff::Timestamp;
use lambda::problem::{FieldError, Problem};
use store::{Admitted, Once, StoredAnswer, keys};

use crate::{App, form::LeadForm, receipt::LeadReceipt, receipt::field_error};

/// Who sends a lead, how, and when.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) principal: Principal,
    pub(crate) method: Method,
    pub(crate) now: Timestamp,
}

/// A lead that has been answered.
pub(crate) struct Taken {
    /// The answer, to be given byte for byte.
    pub(crate) answer: StoredAnswer,
    /// It was given before.
    pub(crate) replayed: bool,
    /// The lead, if it is new and stored; its deliveries want messages.
    pub(crate) lead: Option<Box<Lead>>,
}

/// Takes one lead in.
pub(crate) async fn take_in(
    app: &App,
    sender: &Sender,
    form: &LeadForm,
    once: Option<&Once>,
) -> Result<Taken, Problem> {
    let sid = supplier_of(&sender.principal, form.sid.as_ref())?;
    let campaign = app.store.cached::<Campaign>(form.campid.as_str()).await?;
    let supplier = app.store.cached::<Supplier>(sid.as_str()).await?;
    let (Some(campaign), Some(supplier)) = (campaign, supplier) else { return unknown(form, &sid) };

    let sent = Submission {
        id: lambda::random::new_lead_id(),
        received: sender.now,
        method: sender.method,
        ssid: form.ssid.clone(),
        source: form.source.clone(),
        fields: form.fields(),
    };
    match intake::judge(sent, &campaign, &supplier) {
        Intake::Refused { problems } => {
            let errors = problems.into_iter().map(field_error).collect();
            let message = "The lead carries markup, script or control characters; nothing of it was kept.";
            unstored(LeadReceipt::refused(Rejection::UnsafeContent, message, errors))
        }
        Intake::Kept { lead, claim, problems } => {
            let line = app.store.line(&campaign).await?;
            let lead = line_up(&lead, &line.candidates(), sender.now).map_err(|error| Problem::broken(&error))?;
            let receipt = LeadReceipt::of(&lead, problems);
            match store_lead(app, &campaign, &lead, claim.as_ref(), once, &receipt).await? {
                Admitted::Duplicate { of } => {
                    tracing::info!(lead_id = %lead.id, duplicate_of = %of, "lead is a duplicate");
                    let lead = intake::as_duplicate(&lead);
                    let receipt = LeadReceipt::of(&lead, Vec::new());
                    let admitted = store_lead(app, &campaign, &lead, None, once, &receipt).await?;
                    taken(admitted, lead, &receipt)
                }
                admitted @ (Admitted::Stored | Admitted::Replayed(_) | Admitted::KeyReused) => {
                    taken(admitted, lead, &receipt)
                }
            }
        }
    }
}

/// The supplier whose lead it is: the caller itself, or whom the seller names.
fn supplier_of(principal: &Principal, named: Option<&SupplierRef>) -> Result<SupplierRef, Problem> {
    match (principal, named) {
        (Principal::Supplier { sid }, None) => Ok(sid.clone()),
        (Principal::Supplier { sid }, Some(named)) if sid == named => Ok(sid.clone()),
        (Principal::Supplier { .. }, Some(_)) => {
            Err(Problem::forbidden("other_supplier", "A supplier sends leads as itself; leave sid out."))
        }
        (Principal::Seller, Some(named)) => Ok(named.clone()),
        (Principal::Seller, None) => {
            let error = FieldError::new("sid", "required", "Name the supplier that the lead is from.");
            Err(Problem::unprocessable("invalid_body", "The supplier is missing.").with_errors(vec![error]))
        }
        (Principal::Buyer { .. }, _) => {
            Err(Problem::forbidden("suppliers_only", "Buyers receive leads; only suppliers and the seller send them."))
        }
    }
}

/// A campaign that is not there looks to suppliers like one that they may not post into.
fn unknown(form: &LeadForm, sid: &SupplierRef) -> Result<Taken, Problem> {
    let detail = format!("There is no campaign {} that supplier {sid} may post into.", form.campid);
    let error = FieldError::new("campid", "unknown_campaign", detail);
    let message = "The supplier may not post into this campaign.";
    unstored(LeadReceipt::refused(Rejection::SupplierNotAuthorised, message, vec![error]))
}

async fn store_lead(
    app: &App,
    campaign: &Campaign,
    lead: &Lead,
    claim: Option<&Claim>,
    once: Option<&Once>,
    receipt: &LeadReceipt,
) -> Result<Admitted, Problem> {
    let once = match once {
        Some(once) => Some((once, answer(receipt)?)),
        None => None,
    };
    let shard = keys::campaign_shard(campaign, lead.id, lead.received);
    Ok(app.store.admit(lead, shard, claim, once, &app.identity).await?)
}

fn taken(admitted: Admitted, lead: Lead, receipt: &LeadReceipt) -> Result<Taken, Problem> {
    match admitted {
        Admitted::Stored => Ok(Taken { answer: answer(receipt)?, replayed: false, lead: Some(Box::new(lead)) }),
        Admitted::Replayed(answer) => Ok(Taken { answer, replayed: true, lead: None }),
        Admitted::KeyReused => Err(Problem::unprocessable(
            "idempotency_key_reused",
            "This Idempotency-Key came with another body before; use a new key for a new request.",
        )),
        Admitted::Duplicate { .. } => Err(Problem::internal()),
    }
}

fn unstored(receipt: LeadReceipt) -> Result<Taken, Problem> {
    Ok(Taken { answer: answer(&receipt)?, replayed: false, lead: None })
}

fn answer(receipt: &LeadReceipt) -> Result<StoredAnswer, Problem> {
    let body = serde_json::to_string(receipt).map_err(|error| Problem::broken(&error))?;
    Ok(StoredAnswer { status: receipt.http_status(), body })
}
