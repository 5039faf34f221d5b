//! Something that is said of a lead: gathered, judged, written into the lead, and noted beside it with what came of it.

use std::sync::atomic::{AtomicBool, Ordering};

use dispatch::{decide::DecideError, deliver::DeliverError};
use domain::{
    access::Principal,
    delivery::Delivery,
    feedback::{Event, EventKind, OTHER_ROUND, TOO_EARLY, check_round, judge, judge_refusal},
    id::{DeliveryRef, LeadId},
    lead::{Actor, Lead},
    notice::Notice,
    returned::ReturnOutcome,
};
use jiff::Timestamp;
use lambda::Problem;
use store::SaidOfLead;

use crate::{App, claim, post_feedback::not_yours, tally};

/// It has changed the lead.
const APPLIED: &str = "applied";
/// The lead says so already.
const ALREADY: &str = "already";
/// It changes nothing here, and is kept for the seller.
const NOTED: &str = "noted";
/// Things of those that move no money that are kept of what somebody says of a lead: who has more to say does not know what it says. Of an honest one
/// they are a dozen.
const MAX_SAID: usize = 100;
/// What moves no money, and is all that is counted: of a sale and its return, the lead itself allows a few.
const COUNTED: [EventKind; 3] = [EventKind::Contacted, EventKind::NotReached, EventKind::Converted];

/// Something that is said, by somebody who is known by now.
pub(crate) struct Hearing<'a> {
    pub(crate) app: &'a App,
    pub(crate) lead: LeadId,
    /// What it is called.
    pub(crate) id: &'a str,
    pub(crate) event: &'a Event,
    pub(crate) correlation_id: &'a str,
    pub(crate) now: Timestamp,
}

/// What came of it.
pub(crate) struct Heard {
    pub(crate) lead: LeadId,
    pub(crate) said: SaidOfLead,
    /// It came of it the first time.
    pub(crate) replayed: bool,
}

/// In one word, and why nothing did.
type Outcome = (String, Option<String>);

impl Hearing<'_> {
    /// Said by who got the lead by this delivery.
    ///
    /// # Errors
    /// 404 when the delivery never had the lead; 409 when the id is that of something else, or too much was said; the tables'.
    pub(crate) async fn by_delivery(&self, delivery: &Delivery) -> Result<Heard, Problem> {
        let (store, id) = (&self.app.dispatcher.store, self.hashed_id());
        let (lead, before) = tokio::try_join!(store.lead(self.lead), store.said(self.lead, Some(&delivery.did), &id))?;
        let went_there = |lead: &Lead| lead.deliveries.get(&delivery.did).is_some_and(|own| own.attempts > 0);
        let lead = lead.filter(went_there).ok_or_else(not_yours)?;
        match before {
            Some(before) if before.result != TOO_EARLY => return self.again(before).await,
            // It has its place among them.
            Some(_) => {}
            None if COUNTED.contains(&self.event.event) => self.check_room(Some(&delivery.did), &COUNTED).await?,
            None => {}
        }
        let sold = lead.sale(&delivery.did).is_ok();
        let outcome = match self.event.event {
            EventKind::Returned if sold => match check_round(&lead, &delivery.did, self.event) {
                Ok(()) => self.returned(&lead, delivery).await?,
                Err(no) => (no.code.to_owned(), Some(no.detail)),
            },
            EventKind::Sold
            | EventKind::Unsold
            | EventKind::Returned
            | EventKind::ReturnRefused
            | EventKind::Contacted
            | EventKind::Converted
            | EventKind::NotReached => self.decided(delivery).await?,
        };
        self.note(&lead, Some(&delivery.did), outcome).await
    }

    /// Said by who sent the lead: that it does not take it back.
    ///
    /// # Errors
    /// As for [`Self::by_delivery`]; 422 for anything else.
    pub(crate) async fn by_supplier(&self, lead: &Lead) -> Result<Heard, Problem> {
        if self.event.event != EventKind::ReturnRefused {
            let detail =
                "Of a lead that you sent, say return_refused; of one that you got, name the delivery by ?did=.";
            return Err(Problem::unprocessable("not_for_supplier", detail));
        }
        match self.app.dispatcher.store.said(self.lead, None, &self.hashed_id()).await? {
            Some(before) => self.again(before).await,
            None => {
                self.check_room(None, &[EventKind::ReturnRefused]).await?;
                let outcome = match judge_refusal(lead) {
                    Ok(()) => (NOTED.to_owned(), None),
                    Err(no) => (no.code.to_owned(), Some(no.detail)),
                };
                self.note(lead, None, outcome).await
            }
        }
    }

    /// What is known by its id is answered however much was said. Who says several things at the same moment may be a few over.
    async fn check_room(&self, did: Option<&DeliveryRef>, kinds: &[EventKind]) -> Result<(), Problem> {
        if self.app.dispatcher.store.count_said(self.lead, did, kinds, MAX_SAID).await? < MAX_SAID {
            return Ok(());
        }
        let detail =
            format!("You have said {MAX_SAID} such things of this lead, and no more are kept; talk to the seller.");
        Err(Problem::conflict("too_much_said", detail))
    }

    async fn decided(&self, delivery: &Delivery) -> Result<Outcome, Problem> {
        let changed = AtomicBool::new(false);
        let (by, id) = (self.actor(delivery), self.hashed_id());
        let judged = |lead: &Lead, now: Timestamp| {
            let after = judge(lead, &delivery.did, (&id, self.event), delivery, now)?;
            changed.store(after != *lead, Ordering::Relaxed);
            Ok(after)
        };
        let decided =
            self.app.dispatcher.decide(self.lead, by.as_ref(), self.now, Some(self.correlation_id), judged).await;
        match decided {
            Ok(Some(_)) if changed.load(Ordering::Relaxed) => Ok((APPLIED.to_owned(), None)),
            Ok(Some(_)) => Ok((ALREADY.to_owned(), None)),
            Ok(None) => Err(not_yours()),
            Err(DecideError::Refused(why)) => Ok((why.code.to_owned(), Some(why.detail))),
            Err(DecideError::Failed(DeliverError::Store(error))) => Err(error.into()),
            Err(DecideError::Failed(DeliverError::Conflicts)) => Err(Problem::try_again()),
            Err(DecideError::Failed(error @ (DeliverError::NothingToSend | DeliverError::Illegal(_)))) => {
                Err(Problem::broken(&error))
            }
        }
    }

    async fn returned(&self, lead: &Lead, delivery: &Delivery) -> Result<Outcome, Problem> {
        let Some(Principal::Buyer { bid }) = self.actor(delivery).map(|by| by.principal) else {
            return Ok((ReturnOutcome::NotSold.word().to_owned(), None));
        };
        claim::make(self, lead, delivery, &bid).await
    }

    /// The buyer, by this event; none: nobody pays for what this delivery takes.
    pub(crate) fn actor(&self, delivery: &Delivery) -> Option<Actor> {
        Some(Actor::with_feedback(Principal::Buyer { bid: delivery.bid.clone()? }, &self.hashed_id()))
    }

    /// What it is called, in what stays when the lead is deleted: others make ids of what they like.
    pub(crate) fn hashed_id(&self) -> String {
        self.app.dispatcher.identity.idempotency_key(self.id)
    }

    /// It was said before. Who died then may not have told the seller.
    async fn again(&self, before: SaidOfLead) -> Result<Heard, Problem> {
        // Why may be told in other words, or in none: its words are gone where who tells it has deleted the lead meanwhile.
        if before.event != self.event.event || before.revenue != self.event.revenue {
            let detail = "This webhook-id was used for another event of the lead; give each its own.";
            return Err(Problem::conflict("webhook_id_reused", detail));
        }
        self.tell_seller(&before).await?;
        Ok(Heard { lead: self.lead, said: before, replayed: true })
    }

    /// Of a lead that is deleted, no words are kept: nobody comes by again to take them away.
    async fn note(&self, lead: &Lead, did: Option<&DeliveryRef>, (result, detail): Outcome) -> Result<Heard, Problem> {
        let Event { event, code, reason, revenue, .. } = self.event.clone();
        let (did, id, at) = (did.cloned(), self.hashed_id(), self.now);
        let shown = if lead.is_deleted() { id.clone() } else { self.id.to_owned() };
        let (code, reason) = (code.filter(|_| !lead.is_deleted()), reason.filter(|_| !lead.is_deleted()));
        let said = SaidOfLead { did, id, shown, event, code, reason, revenue, result, detail, at };
        if let Some(there) = self.app.dispatcher.store.put_said(self.lead, &said).await? {
            return self.again(there).await;
        }
        let (lead_id, event, result) = (self.lead, said.event.word(), said.result.as_str());
        tracing::info!(%lead_id, event, result, "feedback heard");
        tally::heard(&said);
        self.tell_seller(&said).await?;
        Ok(Heard { lead: self.lead, said, replayed: false })
    }

    /// What is not done is the seller's to see to.
    async fn tell_seller(&self, said: &SaidOfLead) -> Result<(), Problem> {
        if !needs_seller(said) {
            return Ok(());
        }
        let SaidOfLead { did, id, event, result, at, .. } = said;
        let notice = Notice::feedback_not_taken(self.lead, did.as_ref(), (id, *event, result), *at);
        Ok(self.app.dispatcher.store.put_notice(&notice).await?)
    }
}

/// Whether it leaves something open between the seller and whoever says it. What is a matter of terms is answered by them.
fn needs_seller(said: &SaidOfLead) -> bool {
    match said.event {
        EventKind::Sold | EventKind::Unsold => ![APPLIED, ALREADY, TOO_EARLY].contains(&said.result.as_str()),
        EventKind::Returned => said.result == OTHER_ROUND,
        EventKind::ReturnRefused => said.result == NOTED,
        EventKind::Contacted | EventKind::Converted | EventKind::NotReached => false,
    }
}
