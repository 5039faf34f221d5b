//! A request to a buyer: written down before it is made, and answered exactly once.

use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use super::{Clearing, DeliveryState, IllegalTransition, Lead, Stage, sale::Bought};
use crate::{
    id::{AttemptId, DeliveryRef},
    money::{self, Money},
};

/// Why a delivery must not be sent at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// Its turn is over: settled, of an earlier round, taken away, or the lead is not for sale.
    Passed,
    /// Another worker is sending it.
    Busy {
        /// When that worker's lease ends.
        until: Timestamp,
    },
    /// The worker that was sending it is gone, and the request may have been made.
    LeaseExpired {
        /// The request.
        attempt: AttemptId,
    },
    /// Too early.
    NotDue {
        /// When its time comes.
        due: Timestamp,
    },
    /// Nobody answered in time; see [`Lead::on_deadline`].
    Overdue,
    /// All sales of the lead are taken.
    NoSlot,
}

/// What became of a request. It is kept with what was heard of the request, so that later edits of the delivery do not change
/// what an answer meant when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The buyer took the lead.
    Accepted {
        /// What it pays.
        #[serde(rename = "pr", with = "money::compact")]
        price: Money,
        /// Its own reference.
        #[serde(rename = "br", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// Where the person may be sent on to.
        #[serde(rename = "ru", default, skip_serializing_if = "Option::is_none")]
        redirect_url: Option<String>,
    },
    /// The buyer does not want it.
    Rejected {
        /// Why.
        #[serde(rename = "w")]
        reason: String,
    },
    /// The buyer decides later.
    Pending {
        /// Its own reference.
        #[serde(rename = "br", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// No answer by then counts as a refusal.
        #[serde(rename = "u", with = "crate::time")]
        deadline: Timestamp,
    },
    /// It was not taken, and is worth another try.
    Retry {
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
        /// When.
        #[serde(rename = "u", with = "crate::time")]
        due: Timestamp,
    },
    /// It was not taken, and no attempts are left.
    Failed {
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
    },
    /// It may have been taken.
    Unknown {
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
        /// How that is to be cleared up.
        #[serde(rename = "cl")]
        clearing: Clearing,
    },
}

impl Lead {
    /// Writes down that a request is about to be made: the state becomes `sending`, and nobody else sends before
    /// `lease_until`. A request that is sent again because its answer was lost keeps its id; `attempt` is for new ones.
    ///
    /// # Errors
    /// [`NotNow`] says why not, and what to do instead.
    pub fn on_intent(
        &self,
        did: &DeliveryRef,
        round: u32,
        attempt: AttemptId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Self, NotNow> {
        let delivery = self.deliveries.get(did).ok_or(NotNow::Passed)?;
        if delivery.round != round {
            return Err(NotNow::Passed);
        }
        // What was begun comes to its end, whatever has become of the lead since.
        let sending = delivery.state.sending(attempt, now, lease_until)?;
        if !self.is_for_sale() {
            return Err(NotNow::Passed);
        }
        let takes_new_slot = delivery.bid.is_some() && !delivery.state.occupies_slot();
        if takes_new_slot && self.occupied_slots() >= usize::from(self.terms.max_sales) {
            return Err(NotNow::NoSlot);
        }
        let mut lead = Self { paused_since: None, ..self.with_state(did, sending, now) };
        if let Some(delivery) = lead.deliveries.get_mut(did) {
            delivery.attempts += 1;
            delivery.attempts_in_round += 1;
        }
        Ok(lead)
    }

    /// Writes down what became of the request `attempt`, the `number`-th of the delivery. It is taken while that request
    /// is `sending`, and also when it has turned `unknown` meanwhile: a late answer is still an answer, but only what tells
    /// whether the buyer has the lead is news. When the same request has been sent again since, only an acceptance of the
    /// earlier one counts; all else the later one will tell. What may have been taken before it was sent again stays
    /// `unknown` when it is not taken then.
    ///
    /// # Errors
    /// `no_such_delivery`; `attempt_settled` when the request was settled otherwise, sent again, or is `unknown` as it was.
    pub fn on_outcome(
        &self,
        did: &DeliveryRef,
        attempt: &AttemptId,
        number: u32,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let delivery = self.delivery(did)?;
        if number < delivery.attempts && !matches!(outcome, Outcome::Accepted { .. }) {
            let detail = format!("The request {attempt} has been sent again; its later answer counts.");
            return Err(IllegalTransition::new("attempt_settled", detail));
        }
        if !delivery.state.may_become(*attempt, &outcome) {
            let state = delivery.state.word();
            let detail =
                format!("The request {attempt} is settled, or this is no news of it; the delivery is {state}.");
            return Err(IllegalTransition::new("attempt_settled", detail));
        }
        let attempt = *attempt;
        let outcome = if delivery.state.is_in_doubt() { outcome.of_repeat(now) } else { outcome };
        Ok(match outcome {
            Outcome::Accepted { price, reference, redirect_url } => {
                self.sold(did, attempt, Bought { price, reference, redirect_url }, now)?
            }
            Outcome::Rejected { reason } => self.with_state(did, DeliveryState::Rejected { reason }, now),
            Outcome::Pending { reference, deadline } => {
                self.with_state(did, DeliveryState::AwaitingFeedback { attempt, deadline, reference }, now)
            }
            Outcome::Retry { reason, due } => self.with_state(did, DeliveryState::Retry { due, reason }, now),
            Outcome::Failed { reason } => self.with_state(did, DeliveryState::Failed { reason }, now),
            Outcome::Unknown { reason, clearing } => {
                self.with_state(did, DeliveryState::Unknown { attempt, clearing, reason }, now)
            }
        })
    }
}

impl DeliveryState {
    /// With the request written down that may be made now: a new one, or the one that is made again.
    fn sending(&self, new: AttemptId, now: Timestamp, lease_until: Timestamp) -> Result<Self, NotNow> {
        match self {
            Self::Held { until: due }
            | Self::Retry { due, .. }
            | Self::Unknown { clearing: Clearing::ByRepeat(due), .. }
                if *due > now =>
            {
                Err(NotNow::NotDue { due: *due })
            }
            Self::Queued | Self::Held { .. } | Self::Retry { .. } => {
                Ok(Self::Sending { attempt: new, lease_until, in_doubt: false })
            }
            Self::Unknown { attempt, clearing: Clearing::ByRepeat(_), .. } => {
                Ok(Self::Sending { attempt: *attempt, lease_until, in_doubt: true })
            }
            Self::Sending { lease_until, .. } if *lease_until > now => Err(NotNow::Busy { until: *lease_until }),
            Self::Sending { attempt, .. } => Err(NotNow::LeaseExpired { attempt: *attempt }),
            Self::Unknown { clearing: Clearing::ByAnswer(deadline), .. } | Self::AwaitingFeedback { deadline, .. }
                if *deadline <= now =>
            {
                Err(NotNow::Overdue)
            }
            Self::Unknown { .. }
            | Self::AwaitingFeedback { .. }
            | Self::Accepted { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. }
            | Self::Skipped { .. } => Err(NotNow::Passed),
        }
    }

    /// Whether this may become of the request `attempt`. Of one that is `unknown`, only what clears it up: else what its
    /// caps and its buyer's credit were settled for, and when the seller is asked, stays as it is.
    fn may_become(&self, attempt: AttemptId, outcome: &Outcome) -> bool {
        let (Self::Sending { attempt: open, .. } | Self::Unknown { attempt: open, .. }) = self else { return false };
        *open == attempt && (self.stage() == Stage::Asking || outcome.clears_up())
    }
}
