//! Deleting: what is left of a lead is a tombstone of ids, times and amounts, from which the books can be folded again.
//!
//! A lead that is deleted is for sale no more, at once. Who is asking a buyer at that moment is waited for, as the answer may be a sale;
//! then everything that was said of a person goes in one step, and what is kept beside the lead is removed, twice: once right away, and
//! once more when nobody can be left who was held up with an answer and puts it there afterwards.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Approval, Clearing, DeliveryState, IllegalTransition, Lead, Return, Sale, SkipReason, Stage};
use crate::time::later;

/// What stands where somebody's words stood.
pub const DELETED: &str = "the lead was deleted";
/// Nobody who held the lead when it was deleted lives longer than that.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(20);

/// That a lead is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When that was ordered.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// How far it is.
    #[serde(flatten)]
    pub stage: DeletionStage,
}

/// How far the deletion of a lead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum DeletionStage {
    /// A buyer is being asked; the lead has its data until that has come to its end.
    Waiting {
        /// When to look again.
        #[serde(rename = "u", with = "crate::time")]
        until: Timestamp,
    },
    /// Its data is gone; what lies beside it is removed now, and once more then.
    Erasing {
        /// When.
        #[serde(rename = "u", with = "crate::time")]
        until: Timestamp,
    },
    /// Nothing is left but the tombstone.
    Erased,
}

impl Deletion {
    /// When something is still to be done; none: it is over.
    pub fn due(&self) -> Option<Timestamp> {
        match self.stage {
            DeletionStage::Waiting { until } | DeletionStage::Erasing { until } => Some(until),
            DeletionStage::Erased => None,
        }
    }
}

impl Lead {
    /// Whether it is deleted, or will be as soon as nobody is asked about it.
    pub fn is_deleted(&self) -> bool {
        self.deletion.is_some()
    }

    /// Whether nothing is left of it but its tombstone.
    pub fn is_tombstone(&self) -> bool {
        self.deletion.is_some_and(|deletion| !matches!(deletion.stage, DeletionStage::Waiting { .. }))
    }

    /// Deletes it, now or as soon as no buyer is being asked.
    ///
    /// # Errors
    /// `deleted` when it is already.
    pub fn on_deleted(&self, now: Timestamp) -> Result<Self, IllegalTransition> {
        self.check_not_deleted()?;
        let stage = DeletionStage::Waiting { until: now };
        let ordered = Self { deletion: Some(Deletion { at: now, stage }), swept: None, ..self.clone() };
        ordered.erased(now)
    }

    /// The next step of its deletion; none: it is not deleted, or nothing is to be done yet, or any more.
    ///
    /// # Errors
    /// As for [`Lead::on_repeat_given_up`], which this never meets.
    pub fn on_deletion_due(&self, now: Timestamp) -> Result<Option<Self>, IllegalTransition> {
        let Some(deletion) = self.deletion else { return Ok(None) };
        match deletion.stage {
            // Who asks, or has died asking, is settled by the delivery's own next message.
            DeletionStage::Waiting { .. } if self.lease_until().is_some() => Ok(None),
            DeletionStage::Waiting { .. } => self.erased(now).map(Some),
            DeletionStage::Erasing { until } if until <= now => {
                Ok(Some(Self { deletion: Some(Deletion { stage: DeletionStage::Erased, ..deletion }), ..self.clone() }))
            }
            DeletionStage::Erasing { .. } | DeletionStage::Erased => Ok(None),
        }
    }

    /// # Errors
    /// `deleted`.
    pub(crate) fn check_not_deleted(&self) -> Result<(), IllegalTransition> {
        if self.is_deleted() {
            return Err(IllegalTransition::new("deleted", "The lead is deleted; only its money is left."));
        }
        Ok(())
    }

    /// Until when a buyer may be being asked; none: nobody is.
    fn lease_until(&self) -> Option<Timestamp> {
        let leases = self.deliveries.values().filter_map(|delivery| match delivery.state {
            DeliveryState::Sending { lease_until, .. } => Some(lease_until),
            DeliveryState::Queued
            | DeliveryState::Held { .. }
            | DeliveryState::Retry { .. }
            | DeliveryState::Accepted { .. }
            | DeliveryState::Rejected { .. }
            | DeliveryState::AwaitingFeedback { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Failed { .. }
            | DeliveryState::Skipped { .. } => None,
        });
        leases.max()
    }

    /// The tombstone; or what it is until nobody is asked any more: no other delivery begins.
    fn erased(&self, now: Timestamp) -> Result<Self, IllegalTransition> {
        let Some(deletion) = self.deletion else { return Ok(self.clone()) };
        let mut lead = self.clone();
        for (did, delivery) in &self.deliveries {
            match (&delivery.state, delivery.state.stage()) {
                (_, Stage::Waiting) => {
                    let state = match delivery.attempts {
                        0 => DeliveryState::Skipped { reason: SkipReason::Deleted },
                        _ => DeliveryState::Failed { reason: DELETED.to_owned() },
                    };
                    lead = lead.with_state(did, state, now);
                }
                // It cannot be made again without the data.
                (DeliveryState::Unknown { clearing: Clearing::ByRepeat(_), .. }, _) => {
                    lead = lead.on_repeat_given_up(did, DELETED, now)?;
                }
                _ => {}
            }
        }
        if let Some(until) = lead.lease_until() {
            lead.deletion = Some(Deletion { stage: DeletionStage::Waiting { until }, ..deletion });
            return Ok(lead);
        }
        lead.deletion = Some(Deletion { stage: DeletionStage::Erasing { until: later(now, GONE_AFTER) }, ..deletion });
        lead.forget();
        Ok(lead)
    }

    /// Whether a buyer has it, or may have it, and it is not known yet whether it is sold.
    pub fn may_still_be_sold(&self) -> bool {
        let open = |stage| matches!(stage, Stage::Asking | Stage::Undecided);
        self.deliveries.values().any(|delivery| open(delivery.state.stage()))
    }

    /// A tombstone, without what was said since it became one: it can still be returned, and answered late.
    #[must_use]
    pub fn without_words_if_deleted(mut self) -> Self {
        if self.is_tombstone() {
            self.forget_words();
        }
        self
    }

    /// Drops everything that somebody sent or said. Reasons of edits stay: they stand in the journal.
    fn forget(&mut self) {
        (self.paused_since, self.swept) = (None, None);
        self.forget_words();
    }

    fn forget_words(&mut self) {
        self.fields.clear();
        (self.ssid, self.source) = (None, None);
        match &mut self.approval {
            Approval::Rejected { reason, .. } => DELETED.clone_into(reason),
            Approval::Quarantined { reason, until } => {
                DELETED.clone_into(reason);
                *until = None;
            }
            Approval::Pending | Approval::Approved => {}
        }
        for delivery in self.deliveries.values_mut() {
            delivery.state.forget();
        }
    }
}

impl DeliveryState {
    fn forget(&mut self) {
        match self {
            Self::Accepted { sale } => sale.forget(),
            Self::AwaitingFeedback { reference, .. } => *reference = None,
            Self::Rejected { reason }
            | Self::Unknown { reason, .. }
            | Self::Failed { reason }
            | Self::Retry { reason, .. } => DELETED.clone_into(reason),
            // Filters say what they have met.
            Self::Skipped { reason: SkipReason::Filter(why) } => DELETED.clone_into(why),
            Self::Skipped { .. } | Self::Queued | Self::Held { .. } | Self::Sending { .. } => {}
        }
    }
}

impl Sale {
    fn forget(&mut self) {
        (self.reference, self.redirect_url) = (None, None);
        self.earlier.iter_mut().chain(self.returned.as_deref_mut()).for_each(Return::forget);
    }
}

impl Return {
    fn forget(&mut self) {
        (self.comment, self.why) = (None, None);
    }
}

#[cfg(test)]
mod tests;
