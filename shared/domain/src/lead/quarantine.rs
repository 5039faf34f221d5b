//! Quarantine: a lead that waits for a person, or for its time, before it is sold or turned away.

use jiff::Timestamp;

use super::{Approval, DeliveryState, IllegalTransition, Lead, PayoutState, Rejection};
use crate::campaign::PayoutMode;

/// How often one lead may be put into quarantine: once, and three times again. After that it stays what it is.
pub const MAX_QUARANTINES: u8 = 4;

impl Lead {
    /// Puts a lead aside that nobody has been asked about, until somebody decides, or `until`.
    ///
    /// # Errors
    /// `not_approved` unless it is for sale; `has_been_sent` once a request was made; `quarantined_too_often`.
    pub fn on_quarantined(&self, reason: String, until: Option<Timestamp>) -> Result<Self, IllegalTransition> {
        if !self.is_for_sale() {
            let detail = format!("The lead is {}; only approved leads are put aside.", self.approval.word());
            return Err(IllegalTransition::new("not_approved", detail));
        }
        let untouched = |delivery: &super::LeadDelivery| {
            delivery.attempts == 0 && matches!(delivery.state, DeliveryState::Skipped { .. })
        };
        if !self.deliveries.values().all(untouched) {
            return Err(IllegalTransition::new("has_been_sent", "The lead is on its way to buyers, or has been."));
        }
        if self.quarantines >= MAX_QUARANTINES {
            let detail = format!("The lead has been in quarantine {MAX_QUARANTINES} times.");
            return Err(IllegalTransition::new("quarantined_too_often", detail));
        }
        let mut lead = self.clone();
        lead.approval = Approval::Quarantined { reason, until };
        lead.quarantines += 1;
        lead.swept = None;
        Ok(lead)
    }

    /// The lead with nothing earned: it was put aside before its supplier was told that it is taken. What a supplier has been
    /// told that it earns, it keeps, whatever becomes of the lead in quarantine.
    #[must_use]
    pub fn not_earned_yet(mut self) -> Self {
        self.payout.state = PayoutState::Pending;
        self.payout.earned_at = None;
        self
    }

    /// Lets it go: it is good to sell, and everybody it was kept from may be asked again.
    ///
    /// # Errors
    /// `not_quarantined`.
    pub fn on_released(&self, now: Timestamp) -> Result<Self, IllegalTransition> {
        let mut lead = self.out_of_quarantine(Approval::Approved)?;
        lead.deliveries.retain(|_, delivery| !matches!(delivery.state, DeliveryState::Skipped { .. }));
        lead.paused_since = None;
        if lead.terms.payout_mode == PayoutMode::SystemAccept && lead.payout.state == PayoutState::Pending && !lead.test
        {
            lead.payout.state = PayoutState::Earned;
            lead.payout.earned_at = Some(now);
        }
        Ok(lead)
    }

    /// Turns it away for good.
    ///
    /// # Errors
    /// `not_quarantined`.
    pub fn on_turned_away(&self, code: Rejection, reason: String) -> Result<Self, IllegalTransition> {
        self.out_of_quarantine(Approval::Rejected { code, reason })
    }

    /// Leaves it to a person, as the rule is gone by which its time would end the quarantine.
    ///
    /// # Errors
    /// `not_quarantined`.
    pub fn on_left_to_a_person(&self) -> Result<Self, IllegalTransition> {
        let reason = match &self.approval {
            Approval::Quarantined { reason, .. } => reason.clone(),
            Approval::Pending | Approval::Approved | Approval::Rejected { .. } => String::new(),
        };
        self.out_of_quarantine(Approval::Quarantined { reason, until: None })
    }

    /// Whether it was taken in when it came, whatever became of it since.
    pub fn was_taken_in(&self) -> bool {
        self.approval == Approval::Approved || self.quarantines > 0
    }

    /// When its quarantine ends by itself.
    pub fn quarantined_until(&self) -> Option<Timestamp> {
        match &self.approval {
            Approval::Quarantined { until, .. } => *until,
            Approval::Pending | Approval::Approved | Approval::Rejected { .. } => None,
        }
    }

    fn out_of_quarantine(&self, approval: Approval) -> Result<Self, IllegalTransition> {
        match self.approval {
            Approval::Quarantined { .. } => Ok(Self { approval, swept: None, ..self.clone() }),
            Approval::Pending | Approval::Approved | Approval::Rejected { .. } => {
                let detail = format!("The lead is {}, not in quarantine.", self.approval.word());
                Err(IllegalTransition::new("not_quarantined", detail))
            }
        }
    }
}
