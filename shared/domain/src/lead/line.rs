//! The line of deliveries: given the lead, passed over, held back, or given it once more.

use jiff::{SignedDuration, Timestamp};

use super::{Agreed, DeliveryState, IllegalTransition, Lead, LeadDelivery, SkipReason, Stage};
use crate::{
    id::{BuyerRef, DeliveryRef},
    time::later,
};

/// A lead waits this long for deliveries that are paused, while no request is made: as long as the longest of the usual
/// retries. Then it has to do without them.
pub const WAITS_FOR_PAUSED: SignedDuration = SignedDuration::from_hours(6);

impl Lead {
    /// Gives the lead to a delivery; a message has to follow.
    ///
    /// # Errors
    /// `deleted`, `not_for_sale` unless [`Lead::is_for_sale`]; `already_given` when the delivery has had its turn.
    pub fn on_queued(
        &self,
        did: &DeliveryRef,
        bid: Option<BuyerRef>,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        self.given(did, bid, DeliveryState::Queued, now)
    }

    /// Passes a delivery over, before its turn or while it waits for it.
    ///
    /// # Errors
    /// As for [`Lead::on_queued`]; `already_given` when a request was made.
    pub fn on_skipped(
        &self,
        did: &DeliveryRef,
        bid: Option<BuyerRef>,
        reason: SkipReason,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        match self.deliveries.get(did) {
            None => self.given(did, bid, DeliveryState::Skipped { reason }, now),
            Some(delivery) if delivery.state.stage() == Stage::Waiting => {
                Ok(self.with_state(did, DeliveryState::Skipped { reason }, now))
            }
            Some(delivery) => Err(already_given(did, delivery)),
        }
    }

    /// Takes the lead back from a delivery that has not begun with it, as if it had not been given it yet.
    ///
    /// # Errors
    /// `no_such_delivery`; `already_given` when it has begun.
    pub fn on_taken_back(&self, did: &DeliveryRef) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        if delivery.state.stage() != Stage::Waiting || delivery.attempts > 0 || delivery.round > 1 {
            return Err(already_given(did, delivery));
        }
        let mut lead = Self { swept: None, ..self.clone() };
        lead.deliveries.remove(did);
        Ok(lead)
    }

    /// Holds a waiting delivery back until the end of its pause, or gives it up if the lead has waited long enough.
    ///
    /// # Errors
    /// `no_such_delivery`; `already_given` when it is not waiting.
    pub fn on_paused(&self, did: &DeliveryRef, until: Timestamp, now: Timestamp) -> Result<Self, IllegalTransition> {
        if self.has_waited_for_paused(now) {
            let delivery = self.delivery(did)?;
            if delivery.state.stage() != Stage::Waiting {
                return Err(already_given(did, delivery));
            }
            let reason = SkipReason::Paused;
            let state = match delivery.attempts {
                0 => DeliveryState::Skipped { reason },
                _ => DeliveryState::Failed { reason: reason.detail() },
            };
            return Ok(self.with_state(did, state, now));
        }
        let lead = self.held_back(did, until, now)?;
        Ok(Self { paused_since: lead.paused_since.or(Some(now)), ..lead })
    }

    /// Whether it has waited for paused deliveries for as long as it should.
    pub fn has_waited_for_paused(&self, now: Timestamp) -> bool {
        self.paused_since.is_some_and(|since| later(since, WAITS_FOR_PAUSED) <= now)
    }

    /// Holds a waiting delivery back until its opening hours. That time is no part of what the lead waits for pauses.
    ///
    /// # Errors
    /// `no_such_delivery`; `already_given` when it is not waiting.
    pub fn on_held(&self, did: &DeliveryRef, until: Timestamp, now: Timestamp) -> Result<Self, IllegalTransition> {
        let lead = self.held_back(did, until, now)?;
        Ok(Self { paused_since: lead.paused_since.map(|since| later(since, now.duration_until(until))), ..lead })
    }

    fn held_back(&self, did: &DeliveryRef, until: Timestamp, now: Timestamp) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        if delivery.state.stage() != Stage::Waiting {
            return Err(already_given(did, delivery));
        }
        Ok(self.with_state(did, DeliveryState::Held { until }, now))
    }

    /// Starts a new round of a delivery that came to nothing.
    ///
    /// # Errors
    /// `deleted`, `not_for_sale` unless [`Lead::is_for_sale`]; `not_redeliverable` while it is in motion, or when the buyer has the lead.
    pub fn on_redelivered(&self, did: &DeliveryRef, now: Timestamp) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        self.check_for_sale()?;
        if delivery.state.stage() != Stage::CameToNothing {
            let detail =
                format!("Delivery {did} is {}; only what came to nothing is sent again.", delivery.state.word());
            return Err(IllegalTransition::new("not_redeliverable", detail));
        }
        let mut lead = Self { paused_since: None, ..self.with_state(did, DeliveryState::Queued, now) };
        if let Some(delivery) = lead.deliveries.get_mut(did) {
            delivery.round += 1;
            delivery.attempts_in_round = 0;
        }
        Ok(lead)
    }

    fn check_for_sale(&self) -> Result<(), IllegalTransition> {
        if self.is_for_sale() {
            return Ok(());
        }
        self.check_not_deleted()?;
        let word = if self.test { "a test" } else { self.approval.word() };
        let detail = format!("The lead is {word}; only approved leads are delivered.");
        Err(IllegalTransition::new("not_for_sale", detail))
    }

    fn given(
        &self,
        did: &DeliveryRef,
        bid: Option<BuyerRef>,
        state: DeliveryState,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        self.check_for_sale()?;
        if let Some(delivery) = self.deliveries.get(did) {
            return Err(already_given(did, delivery));
        }
        let place = self.deliveries.values().map(|delivery| delivery.place.saturating_add(1)).max().unwrap_or(0);
        let delivery = LeadDelivery {
            bid,
            place,
            round: 1,
            attempts: 0,
            attempts_in_round: 0,
            counted: None,
            agreed: Agreed::default(),
            follow_up: None,
            heard: None,
            since: now,
            state,
        };
        let mut lead = self.clone();
        lead.deliveries.insert(did.clone(), delivery);
        Ok(lead)
    }
}

fn already_given(did: &DeliveryRef, delivery: &LeadDelivery) -> IllegalTransition {
    let detail = format!("Delivery {did} has had the lead; it is {}.", delivery.state.word());
    IllegalTransition::new("already_given", detail)
}
