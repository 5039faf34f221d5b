//! Quarantine: a lead that waits for a person, or for its time, before it is sold or turned away.

use jiff::Timestamp;

use super::{Approval, IllegalTransition, Lead, LeadDelivery, Rejection};
use crate::campaign::QuarantineEnd;

/// How often one lead may be put into quarantine: once, and three times again. After that it stays what it is.
pub const MAX_QUARANTINES: u8 = 4;
/// As what leads are turned away: to the supplier, whoever decides is a filter.
const TURNED_AWAY_AS: Rejection = Rejection::Filter;
/// Why a lead is turned away that nobody has decided in time.
const NOBODY_DECIDED: &str = "The lead was put aside, and nobody released it in time.";

/// How a quarantine ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The lead is let go.
    Release,
    /// It is turned away for good, as by a filter.
    Reject {
        /// Why, for its supplier.
        reason: String,
    },
}

impl From<QuarantineEnd> for Ending {
    /// As a campaign decides when the time is over.
    fn from(end: QuarantineEnd) -> Self {
        match end {
            QuarantineEnd::Release => Self::Release,
            QuarantineEnd::Reject => Self::Reject { reason: NOBODY_DECIDED.to_owned() },
        }
    }
}

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
        if !self.deliveries.values().all(LeadDelivery::was_never_asked) {
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

    /// Ends its quarantine.
    ///
    /// # Errors
    /// `not_quarantined`, `deleted`.
    pub fn on_quarantine_ended(&self, ending: &Ending, now: Timestamp) -> Result<Self, IllegalTransition> {
        match ending {
            Ending::Release => self.on_released(now),
            Ending::Reject { reason } => {
                self.out_of_quarantine(Approval::Rejected { code: TURNED_AWAY_AS, reason: reason.clone() })
            }
        }
    }

    /// Whether its quarantine has ended in this way before: nothing is left to decide then. A release may have led to another
    /// rejection, as a duplicate.
    pub fn has_ended_so(&self, ending: &Ending) -> bool {
        let is_so = match (&self.approval, ending) {
            (Approval::Approved, Ending::Release) => true,
            (Approval::Rejected { code, .. }, Ending::Release) => *code != TURNED_AWAY_AS,
            (Approval::Rejected { code, reason }, Ending::Reject { reason: why }) => {
                *code == TURNED_AWAY_AS && reason == why
            }
            (Approval::Approved, Ending::Reject { .. }) | (Approval::Pending | Approval::Quarantined { .. }, _) => {
                false
            }
        };
        is_so && self.quarantines > 0
    }

    /// Lets it go: it is good to sell, and everybody it was kept from may be asked again.
    ///
    /// # Errors
    /// `not_quarantined`.
    pub fn on_released(&self, now: Timestamp) -> Result<Self, IllegalTransition> {
        let mut lead = self.out_of_quarantine(Approval::Approved)?;
        lead.deliveries.retain(|_, delivery| !delivery.state.is_skipped());
        lead.paused_since = None;
        Ok(lead.earning_without_a_sale(now))
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
        self.check_not_deleted()?;
        match self.approval {
            Approval::Quarantined { .. } => Ok(Self { approval, swept: None, ..self.clone() }),
            Approval::Pending | Approval::Approved | Approval::Rejected { .. } => {
                let detail = format!("The lead is {}, not in quarantine.", self.approval.word());
                Err(IllegalTransition::new("not_quarantined", detail))
            }
        }
    }
}
