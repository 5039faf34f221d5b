//! One lead on its way in: gathered and judged, then stored with its answer.

use std::sync::Arc;

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

use crate::{
    App,
    form::LeadForm,
    receipt::{LeadReceipt, field_error},
};

/// Who sends a lead, how, and when.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) principal: Principal,
    pub(crate) method: Method,
    pub(crate) now: Timestamp,
}

/// A lead that is judged; nothing is written yet.
#[derive(Clone)]
pub(crate) enum Judged {
    /// It is to be kept, approved or rejected.
    Kept(Box<Entry>),
    /// Nothing of it is to be kept.
    Refused(Box<LeadReceipt>),
}

/// A lead to be kept, with all that its write needs.
#[derive(Clone)]
pub(crate) struct Entry {
    campaign: Arc<Campaign>,
    lead: Lead,
    claim: Option<Claim>,
    receipt: LeadReceipt,
}

/// A lead that has been answered.
pub(crate) struct Taken {
    /// The answer, to be given byte for byte.
    pub(crate) answer: StoredAnswer,
    /// It was given before.
    pub(crate) replayed: bool,
    /// The place of the lead that it was given to, if the key of a whole batch found it.
    pub(crate) place: Option<usize>,
    /// The lead, if it is new and stored; its deliveries want messages.
    pub(crate) lead: Option<Box<Lead>>,
}

impl Taken {
    /// A new answer, to a lead that is not stored.
    pub(crate) fn without_lead(receipt: &LeadReceipt) -> Result<Self, Problem> {
        Ok(Self { answer: answer(receipt)?, replayed: false, place: None, lead: None })
    }
}

/// Takes one lead in.
pub(crate) async fn take_in(app: &App, sender: &Sender, form: LeadForm, once: Option<&Once>) -> Result<Taken, Problem> {
    let judged = judge(app, sender, form).await?;
    write(app, judged, once, sender.now).await
}

/// Gathers what the rules need, and judges the lead by them.
pub(crate) async fn judge(app: &App, sender: &Sender, form: LeadForm) -> Result<Judged, Problem> {
    let sid = supplier_of(&sender.principal, form.sid.as_ref())?;
    let (campaign, supplier) = tokio::try_join!(
        app.store.cached::<Campaign>(form.campid.as_str()),
        app.store.cached::<Supplier>(sid.as_str()),
    )?;
    let (Some(campaign), Some(supplier)) = (campaign, supplier) else { return Ok(unknown(&form, &sid)) };

    let test = form.test;
    let sent = Submission {
        id: lambda::random::new_lead_id(),
        received: sender.now,
        method: sender.method,
        ssid: form.ssid,
        source: form.source,
        test,
        fields: form.fields,
    };
    match intake::judge(sent, &campaign, &supplier) {
        Intake::Refused { problems } => {
            let errors = problems.into_iter().map(field_error).collect();
            let message = "The lead carries markup, script or control characters; nothing of it was kept.";
            Ok(refused(LeadReceipt::refused(Rejection::UnsafeContent, message, errors).marked(test)))
        }
        Intake::Kept { lead, claim, problems } => {
            let line = app.store.line(&campaign).await?;
            let lead = line_up(&lead, &line.candidates(), sender.now).map_err(|error| Problem::broken(&error))?;
            let receipt = LeadReceipt::of(&lead, problems);
            Ok(Judged::Kept(Box::new(Entry { campaign, lead, claim, receipt })))
        }
    }
}

/// Writes a judged lead down with its answer, which is the earlier one if `once` was answered before.
pub(crate) async fn write(app: &App, judged: Judged, once: Option<&Once>, now: Timestamp) -> Result<Taken, Problem> {
    let entry = match judged {
        Judged::Kept(entry) => *entry,
        Judged::Refused(receipt) => return answer_without_lead(app, &receipt, once, now).await,
    };
    match store_lead(app, &entry, once).await? {
        Admitted::Duplicate { of } => {
            tracing::info!(lead_id = %entry.lead.id, duplicate_of = %of, "lead is a duplicate");
            let lead = intake::as_duplicate(&entry.lead);
            let receipt = LeadReceipt::of(&lead, Vec::new());
            let entry = Entry { lead, claim: None, receipt, ..entry };
            taken(store_lead(app, &entry, once).await?, entry)
        }
        admitted @ (Admitted::Stored | Admitted::Replayed { .. } | Admitted::KeyReused) => taken(admitted, entry),
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
        (Principal::Buyer { .. }, _) => Err(suppliers_only()),
    }
}

/// 403: the caller is a buyer.
pub(crate) fn suppliers_only() -> Problem {
    Problem::forbidden("suppliers_only", "Buyers receive leads; only suppliers and the seller send them.")
}

/// A campaign that is not there looks to suppliers like one that they may not post into.
fn unknown(form: &LeadForm, sid: &SupplierRef) -> Judged {
    let detail = format!("There is no campaign {} that supplier {sid} may post into.", form.campid);
    let error = FieldError::new("campid", "unknown_campaign", detail);
    let message = "The supplier may not post into this campaign.";
    refused(LeadReceipt::refused(Rejection::SupplierNotAuthorised, message, vec![error]).marked(form.test))
}

fn refused(receipt: LeadReceipt) -> Judged {
    Judged::Refused(Box::new(receipt))
}

/// What is not kept uses no idempotency key up; but where the same request was answered before, that answer stands.
async fn answer_without_lead(
    app: &App,
    receipt: &LeadReceipt,
    once: Option<&Once>,
    now: Timestamp,
) -> Result<Taken, Problem> {
    let before = match once {
        Some(once) => answered_before(app, once, now).await?,
        None => None,
    };
    before.map_or_else(|| Taken::without_lead(receipt), Ok)
}

/// The answer that `once` was given before.
pub(crate) async fn answered_before(app: &App, once: &Once, now: Timestamp) -> Result<Option<Taken>, Problem> {
    match app.store.replay(once, &app.identity, now).await? {
        Some(Admitted::Replayed { answer, place }) => Ok(Some(Taken { answer, replayed: true, place, lead: None })),
        Some(Admitted::KeyReused) => Err(key_reused()),
        Some(Admitted::Stored | Admitted::Duplicate { .. }) | None => Ok(None),
    }
}

async fn store_lead(app: &App, entry: &Entry, once: Option<&Once>) -> Result<Admitted, Problem> {
    let once = match once {
        Some(once) => Some((once, answer(&entry.receipt)?)),
        None => None,
    };
    let shard = keys::campaign_shard(&entry.campaign, entry.lead.id, entry.lead.received);
    Ok(app.store.admit(&entry.lead, shard, entry.claim.as_ref(), once, &app.identity).await?)
}

fn taken(admitted: Admitted, entry: Entry) -> Result<Taken, Problem> {
    match admitted {
        Admitted::Stored => Ok(Taken { lead: Some(Box::new(entry.lead)), ..Taken::without_lead(&entry.receipt)? }),
        Admitted::Replayed { answer, place } => Ok(Taken { answer, replayed: true, place, lead: None }),
        Admitted::KeyReused => Err(key_reused()),
        Admitted::Duplicate { .. } => Err(Problem::internal()),
    }
}

/// 422: the supplier's mistake that would otherwise look like a replay.
fn key_reused() -> Problem {
    Problem::unprocessable(
        "idempotency_key_reused",
        "This Idempotency-Key came with another body before; use a new key for a new request.",
    )
}

/// A receipt in the form in which it is given and kept.
fn answer(receipt: &LeadReceipt) -> Result<StoredAnswer, Problem> {
    let body = serde_json::to_string(receipt).map_err(|error| Problem::broken(&error))?;
    Ok(StoredAnswer { status: receipt.http_status(), body })
}
