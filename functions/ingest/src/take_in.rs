//! One lead on its way in: gathered and judged, then stored with its answer.

use std::sync::{Arc, Mutex};

use domain::{
    access::Principal,
    campaign::{Campaign, LiveRule},
    distribution::Credits,
    id::SupplierRef,
    intake::{self, Claim, Intake, Submission},
    lead::{Lead, Method, Rejection},
    routing::LinedUp,
    supplier::Supplier,
};
use jiff::Timestamp;
use lambda::problem::{FieldError, Problem};
use store::{Admitted, LineUpError, Once, Places, Room, Store, keys};

use crate::{
    App,
    answered::{Taken, answer, answer_without_lead, answered_before, key_reused, under_way},
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
    Kept(Box<Entry>),
    /// Nothing of it is to be kept.
    Refused(Box<LeadReceipt>),
}

/// A lead to be kept, with all that its write needs.
#[derive(Clone)]
pub(crate) struct Entry {
    campaign: Arc<Campaign>,
    supplier: Arc<Supplier>,
    lead: Lead,
    claim: Option<Claim>,
    receipt: LeadReceipt,
    live: Option<LiveRule>,
    /// The turns that its deliveries take if it is taken in as it is.
    turns: Credits,
}

/// Takes one lead in.
pub(crate) async fn take_in(app: &App, sender: &Sender, form: LeadForm, once: Option<&Once>) -> Result<Taken, Problem> {
    let judged = match judge(app, sender, form, &Mutex::default()).await? {
        Judged::Kept(entry) => {
            let live = entry.campaign.live.filter(|_| entry.lead.is_for_sale());
            Judged::Kept(Box::new(Entry { live, ..*entry }))
        }
        Judged::Refused(receipt) => Judged::Refused(receipt),
    };
    write(app, judged, once, sender.now).await
}

/// Gathers what the rules need, and judges the lead by them.
///
/// `pending` are the turns that other leads of the same request take.
pub(crate) async fn judge(
    app: &App,
    sender: &Sender,
    form: LeadForm,
    pending: &Mutex<Credits>,
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
    let sent = Submission {
        id: lambda::random::new_lead_id(),
        received: sender.now,
        method: sender.method,
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
        Intake::Kept { lead, claim, problems } => {
            let lined_up = app.dispatcher.store.line_up(&lead, &campaign, sender.now, pending).await;
            let LinedUp { lead, turns } = lined_up.map_err(not_lined_up)?;
            // What was put aside because nobody could be asked about it is not in the way of others.
            let claim = claim.filter(|_| lead.is_for_sale());
            let lead = if lead.is_for_sale() { lead } else { lead.not_earned_yet() };
            let receipt = LeadReceipt::of(&lead, problems);
            Ok(Judged::Kept(Box::new(Entry { campaign, supplier, lead, claim, receipt, live: None, turns })))
        }
    }
}

/// Writes a judged lead down with its answer, which is the earlier one if `once` was answered before.
pub(crate) async fn write(app: &App, judged: Judged, once: Option<&Once>, now: Timestamp) -> Result<Taken, Problem> {
    let entry = match judged {
        Judged::Kept(entry) => *entry,
        Judged::Refused(receipt) => return answer_without_lead(app, &receipt, once, now).await,
    };
    if !Store::is_capped(&entry.lead, &entry.campaign, &entry.supplier) {
        return admit(app, entry, once, &Places::default()).await;
    }
    // A request that was answered before must not find its own place taken.
    if let Some(once) = once
        && let Some(before) = answered_before(app, once, now).await?
    {
        return Ok(before);
    }
    let request = once.map(|once| once.name(&app.dispatcher.identity));
    let (store, Entry { lead, campaign, supplier, .. }) = (&app.dispatcher.store, &entry);
    match store.take_room(lead, campaign, supplier, request.as_deref(), now).await? {
        Room::Taken(places) => admit(app, entry, once, &places).await,
        Room::Full { whose, per } => {
            let entry = entry.with(intake::as_over_cap(&entry.lead, whose, per));
            admit(app, entry, once, &Places::default()).await
        }
    }
}

/// Stores a lead that has its places, if it has to have any; as a duplicate, if another one holds what it claims.
async fn admit(app: &App, entry: Entry, once: Option<&Once>, places: &Places) -> Result<Taken, Problem> {
    // Should this fail, nobody knows whether the lead is there: the sweeper will look, and settle its places.
    match store_lead(app, &entry, once).await? {
        Admitted::Stored => {
            let store = &app.dispatcher.store;
            tokio::join!(store.keep_room(places), store.take_turns(&entry.campaign, &entry.turns));
            taken(Admitted::Stored, entry)
        }
        Admitted::Duplicate { of } => {
            app.dispatcher.store.give_up_room(places).await;
            tracing::info!(lead_id = %entry.lead.id, duplicate_of = %of, "lead is a duplicate");
            let entry = entry.with(intake::as_duplicate(&entry.lead));
            taken(store_lead(app, &entry, once).await?, entry)
        }
        admitted @ (Admitted::Replayed { .. } | Admitted::KeyReused | Admitted::UnderWay) => {
            app.dispatcher.store.give_up_room(places).await;
            taken(admitted, entry)
        }
    }
}

impl Entry {
    /// The same with the lead as it was turned down.
    fn with(&self, lead: Lead) -> Self {
        let receipt = LeadReceipt::of(&lead, Vec::new());
        Self { claim: None, receipt, lead, live: None, turns: Credits::default(), ..self.clone() }
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

async fn store_lead(app: &App, entry: &Entry, once: Option<&Once>) -> Result<Admitted, Problem> {
    let once = match once {
        Some(once) => {
            let open_until = entry.live.map(|rule| live::open_until(rule, entry.lead.received));
            Some((Once { open_until, ..once.clone() }, answer(&entry.receipt)?))
        }
        None => None,
    };
    let once = once.as_ref().map(|(once, answer)| (once, answer.clone()));
    let shard = keys::campaign_shard(&entry.campaign, entry.lead.id, entry.lead.received);
    Ok(app.dispatcher.store.admit(&entry.lead, shard, entry.claim.as_ref(), once, &app.dispatcher.identity).await?)
}

fn taken(admitted: Admitted, entry: Entry) -> Result<Taken, Problem> {
    match admitted {
        Admitted::Stored => {
            let live = entry.live;
            Ok(Taken { lead: Some(Box::new(entry.lead)), live, ..Taken::without_lead(&entry.receipt)? })
        }
        Admitted::Replayed { answer, place } => Ok(Taken::with_answer(answer, true, place)),
        Admitted::KeyReused => Err(key_reused()),
        Admitted::UnderWay => Err(under_way()),
        Admitted::Duplicate { .. } => Err(Problem::internal()),
    }
}
