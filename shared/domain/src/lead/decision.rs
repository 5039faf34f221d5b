//! Decisions that reach a delivery from outside a request: feedback, the seller's word, a deadline.

use jiff::Timestamp;

use super::{Clearing, DeliveryState, IllegalTransition, Lead, sale::Bought};
use crate::{id::DeliveryRef, money::Money};

/// The reason of a delivery that nobody answered in time.
pub const NO_ANSWER: &str = "no_answer";

/// Whether the buyer bought, said by somebody who knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It did.
    Accepted {
        /// What it pays.
        price: Money,
        /// Its own reference, where it is told.
        reference: Option<String>,
    },
    /// It did not.
    Rejected {
        /// Why.
        reason: String,
    },
}

impl Lead {
    /// Somebody who knows, the buyer or the seller, says what became of a lead that the buyer took without deciding, or whose
    /// request went unanswered.
    ///
    /// # Errors
    /// `not_awaited` when the delivery waits for no such word.
    pub fn on_decided(&self, did: &DeliveryRef, decision: Decision, now: Timestamp) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        let (attempt, known_reference) = if let DeliveryState::Unknown { attempt, .. } = &delivery.state {
            (*attempt, None)
        } else if let DeliveryState::AwaitingFeedback { attempt, reference, .. } = &delivery.state {
            (*attempt, reference.clone())
        } else {
            let detail = format!("Delivery {did} is {}; there is nothing to decide.", delivery.state.word());
            return Err(IllegalTransition::new("not_awaited", detail));
        };
        Ok(match decision {
            Decision::Accepted { price, reference } => {
                let reference = reference.or(known_reference);
                self.sold(did, attempt, Bought { price, reference, redirect_url: None }, now)?
            }
            Decision::Rejected { reason } => self.with_state(did, DeliveryState::Rejected { reason }, now),
        })
    }

    /// Nobody answered in time. Awaited feedback counts as a refusal; what is unknown stays so until the seller decides,
    /// and is shown as needing a decision.
    ///
    /// # Errors
    /// `no_deadline` when no deadline of the delivery has passed.
    pub fn on_deadline(&self, did: &DeliveryRef, now: Timestamp) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        let state = if let DeliveryState::AwaitingFeedback { deadline, .. } = &delivery.state
            && *deadline <= now
        {
            DeliveryState::Rejected { reason: NO_ANSWER.to_owned() }
        } else if let DeliveryState::Unknown { attempt, clearing: Clearing::ByAnswer(deadline), reason } =
            &delivery.state
            && *deadline <= now
        {
            let clearing = Clearing::BySeller(*deadline);
            DeliveryState::Unknown { attempt: *attempt, clearing, reason: reason.clone() }
        } else {
            return Err(IllegalTransition::new("no_deadline", format!("No deadline of delivery {did} has passed.")));
        };
        Ok(self.with_state(did, state, now))
    }
}
