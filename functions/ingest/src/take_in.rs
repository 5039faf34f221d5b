//! One lead on its way in: gathered and judged, then stored with its answer.

use std::sync::Mutex;

use domain::{
    access::Principal,
    campaign::Campaign,
    distribution::Turns,
    field::FieldProblem,
    id::SupplierRef,
    intake::{self, Intake, Submission},
    lead::{Lead, Method, Rejection},
    supplier::Supplier,
};
use jiff::Timestamp;
use lambda::problem::{FieldError, Problem};
use store::{Answering, Incoming, LineUpError, Once, TakenIn};

use crate::{
    App,
    answered::{About, Taken, answer, answer_without_lead},
    form::LeadForm,
    live,
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
    Kept {
        /// The lead.
        incoming: Box<Incoming>,
        /// What is wrong with its fields.
        problems: Vec<FieldProblem>,
    },
    /// Nothing of it is to be kept.
    Refused(Box<LeadReceipt>),
}

/// Takes one lead in.
pub(crate) async fn take_in(app: &App, sender: &Sender, form: LeadForm, once: Option<&Once>) -> Result<Taken, Problem> {
    let judged = judge(app, sender, form, &Mutex::default()).await?;
    let rule = match &judged {
        Judged::Kept { incoming, .. } => incoming.campaign().live,
        Judged::Refused(_) => None,
    };
    let open_until = rule.map(|rule| live::open_until(rule, sender.now));
    let once = once.map(|once| Once { open_until, ..once.clone() });
    let mut taken = write(app, judged, once.as_ref(), sender.now).await?;
    if let About::New { lead, live } = &mut taken.about {
        *live = rule.filter(|_| lead.is_for_sale());
    }
    Ok(taken)
}

/// Gathers what the rules need, and judges the lead by them.
///
/// `pending` are the turns that other leads of the same request take.
pub(crate) async fn judge(
    app: &App,
    sender: &Sender,
    form: LeadForm,
    pending: &Mutex<Turns>,
) -> Result<Judged, Problem> {
    let sid = supplier_of(&sender.principal, form.sid.as_ref())?;
    let (campaign, supplier, zone) = tokio::try_join!(
        app.dispatcher.store.cached::<Campaign>(form.campid.as_str()),
        app.dispatcher.store.cached::<Supplier>(sid.as_str()),
        app.dispatcher.store.zone(),
    )?;
    let (campaign, supplier) = match (campaign, supplier) {
        (Some(campaign), Some(supplier)) if intake::may_post(&campaign, &supplier) => (campaign, supplier),
        (Some(campaign), Some(supplier)) => {
            // Nothing is kept that would tell the seller which supplier has it wrong.
            tracing::info!(campid = %campaign.campid, sid = %supplier.sid, "supplier may not post into the campaign");
            return Ok(not_authorised(&form, &sid));
        }
        (_, _) => return Ok(not_authorised(&form, &sid)),
    };

    let test = form.test;
    if form.via.contains(&app.dispatcher.own.id) {
        let message = "The lead has been here before, on its way to you; nothing of it was kept.";
        return Ok(refused(LeadReceipt::refused(Rejection::Duplicate, message, Vec::new()).marked(test)));
    }
    let sent = Submission {
        id: lambda::random::new_lead_id(),
        received: sender.now,
        method: form.upstream.as_ref().map_or(sender.method, |_| Method::L2l),
        ssid: form.ssid,
        source: form.source,
        test,
        fields: form.fields,
    };
    match intake::judge(sent, &campaign, &supplier, &zone) {
        Intake::Refused { problems } => {
            let errors = problems.into_iter().map(field_error).collect();
            let message = "The lead carries markup, script or control characters; nothing of it was kept.";
            Ok(refused(LeadReceipt::refused(Rejection::UnsafeContent, message, errors).marked(test)))
        }
        Intake::Kept { lead, problems } => {
            let lead = Lead { upstream: form.upstream, via: form.via, ..*lead };
            let incoming = app.dispatcher.store.incoming(&lead, campaign, supplier, pending).await;
            Ok(Judged::Kept { incoming: Box::new(incoming.map_err(not_lined_up)?), problems })
        }
    }
}

/// Writes a judged lead down with its answer, which is the earlier one if `once` was answered before.
pub(crate) async fn write(app: &App, judged: Judged, once: Option<&Once>, now: Timestamp) -> Result<Taken, Problem> {
    let (incoming, problems) = match judged {
        Judged::Kept { incoming, problems } => (*incoming, problems),
        Judged::Refused(receipt) => return answer_without_lead(app, &receipt, once, now).await,
    };
    let receipt = |lead: &Lead| answer(&LeadReceipt::of(lead, &problems));
    let answering = once.map(|once| Answering { once, answer: &receipt });
    let taken_in = app.dispatcher.store.take_in(incoming, answering, &app.dispatcher.identity).await;
    match taken_in.map_err(store::Error::from)? {
        TakenIn::Stored { lead, answer } => {
            let answer = answer.map_or_else(|| receipt(&lead), Ok).map_err(|error| Problem::broken(&error))?;
            Ok(Taken { answer, about: About::New { lead, live: None } })
        }
        TakenIn::Earlier(earlier) => Taken::earlier(earlier),
    }
}

fn not_lined_up(error: LineUpError) -> Problem {
    match error {
        LineUpError::Store(error) => error.into(),
        LineUpError::Illegal(error) => Problem::broken(&error),
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

/// A campaign that is not there is answered like one that the supplier may not post into, so that nobody finds out which
/// there are; and nothing is kept for either.
fn not_authorised(form: &LeadForm, sid: &SupplierRef) -> Judged {
    let detail = format!("There is no campaign {} that supplier {sid} may post into.", form.campid);
    let error = FieldError::new("campid", "unknown_campaign", detail);
    let message = "The supplier may not post into this campaign.";
    refused(LeadReceipt::refused(Rejection::SupplierNotAuthorised, message, vec![error]).marked(form.test))
}

fn refused(receipt: LeadReceipt) -> Judged {
    Judged::Refused(Box::new(receipt))
}
