//! Something that is said of a lead: gathered, judged, written into the lead, and noted beside it with what came of it.

use std::sync::atomic::{AtomicBool, Ordering};

use dispatch::{decide::DecideError, deliver::DeliverError};
use domain::{
    access::Principal,
    delivery::Delivery,
    feedback::{Codes, Event, EventKind, judge},
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
/// It may be true in a moment.
pub(crate) const TOO_EARLY: &str = "too_early";

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
    /// 404 when the delivery never had the lead; 409 when the id is that of something else; the tables'.
    pub(crate) async fn by_delivery(&self, delivery: &Delivery) -> Result<Heard, Problem> {
        let store = &self.app.dispatcher.store;
        let (lead, before) =
            tokio::try_join!(store.lead(self.lead), store.said(self.lead, Some(&delivery.did), self.id))?;
        let lead = lead.filter(|lead| lead.deliveries.contains_key(&delivery.did)).ok_or_else(not_yours)?;
        if let Some(before) = before.filter(|before| before.result != TOO_EARLY) {
            return self.again(before).await;
        }
        let sold = lead.sale(&delivery.did).is_ok();
        let outcome = match self.event.event {
            EventKind::Returned if sold => self.returned(&lead, delivery).await?,
            EventKind::Sold
            | EventKind::Unsold
            | EventKind::Returned
            | EventKind::ReturnRefused
            | EventKind::Contacted
            | EventKind::Converted
            | EventKind::NotReached => self.decided(delivery).await?,
        };
        self.note(Some(&delivery.did), outcome).await
    }

    /// Said by who sent the lead: that it does not take it back.
    ///
    /// # Errors
    /// As for [`Self::by_delivery`]; 422 for anything else.
    pub(crate) async fn by_supplier(&self) -> Result<Heard, Problem> {
        if self.event.event != EventKind::ReturnRefused {
            let detail =
                "Of a lead that you sent, say return_refused; of one that you got, name the delivery by ?did=.";
            return Err(Problem::unprocessable("not_for_supplier", detail));
        }
        match self.app.dispatcher.store.said(self.lead, None, self.id).await? {
            Some(before) => self.again(before).await,
            None => self.note(None, (NOTED.to_owned(), None)).await,
        }
    }

    async fn decided(&self, delivery: &Delivery) -> Result<Outcome, Problem> {
        let changed = AtomicBool::new(false);
        let by = self.actor(delivery);
        let judged = |lead: &Lead, now: Timestamp| {
            let after = judge(lead, &delivery.did, self.event, Codes::of(delivery), now)?;
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
        Some(Actor::with_feedback(Principal::Buyer { bid: delivery.bid.clone()? }, self.id))
    }

    /// It was said before. Who died then may not have told the seller.
    async fn again(&self, before: SaidOfLead) -> Result<Heard, Problem> {
        let same =
            before.event == self.event.event && before.code == self.event.code && before.revenue == self.event.revenue;
        if !same {
            let detail = "This webhook-id was used for another event of the lead; give each its own.";
            return Err(Problem::conflict("webhook_id_reused", detail));
        }
        self.tell_seller(&before).await?;
        Ok(Heard { lead: self.lead, said: before, replayed: true })
    }

    async fn note(&self, did: Option<&DeliveryRef>, (result, detail): Outcome) -> Result<Heard, Problem> {
        let Event { event, code, revenue, .. } = self.event.clone();
        let (did, id, at) = (did.cloned(), self.id.to_owned(), self.now);
        let said = SaidOfLead { did, id, event, code, revenue, result, detail, at };
        self.app.dispatcher.store.put_said(self.lead, &said).await?;
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
        EventKind::ReturnRefused => true,
        EventKind::Returned | EventKind::Contacted | EventKind::Converted | EventKind::NotReached => false,
    }
}
