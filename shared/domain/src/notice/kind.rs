//! What notices are about, and who is told of what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Principal;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A delivery failed time after time, and is left in peace for a while.
    DeliveryPaused,
    /// Nobody knows whether a buyer has a lead, and only the seller can say.
    DecisionNeeded,
    /// Little is left of a buyer's credit.
    LowCredit,
    /// Buyers ask for sales to be taken back, and the seller has to decide.
    ReturnRequested,
    /// A buyer has returned as many leads of a month as it may.
    ReturnCapReached,
    /// Leads of a supplier were returned.
    Returned,
    /// The seller has refused returns of a buyer.
    ReturnRefused,
    /// Returns were undone: the sales stand again.
    ReturnUndone,
    /// A file of returns is read to its end.
    ReturnFileFinished,
    /// What somebody says of a lead is not what is known of it.
    FeedbackNotTaken,
    /// A file of leads is read to its end.
    LeadImportFinished,
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::DeliveryPaused,
        Self::DecisionNeeded,
        Self::LowCredit,
        Self::ReturnRequested,
        Self::ReturnCapReached,
        Self::Returned,
        Self::ReturnRefused,
        Self::ReturnUndone,
        Self::ReturnFileFinished,
        Self::FeedbackNotTaken,
        Self::LeadImportFinished,
    ];

    /// The word for it: `decision_needed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::DeliveryPaused => "delivery_paused",
            Self::DecisionNeeded => "decision_needed",
            Self::LowCredit => "low_credit",
            Self::ReturnRequested => "return_requested",
            Self::ReturnCapReached => "return_cap_reached",
            Self::Returned => "returned",
            Self::ReturnRefused => "return_refused",
            Self::ReturnUndone => "return_undone",
            Self::ReturnFileFinished => "return_file_finished",
            Self::FeedbackNotTaken => "feedback_not_taken",
            Self::LeadImportFinished => "lead_import_finished",
        }
    }

    /// The kind with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The `type` of a webhook: `returns.returned`.
    pub fn event(self) -> &'static str {
        match self {
            Self::DeliveryPaused => "deliveries.paused",
            Self::DecisionNeeded => "deliveries.decision_needed",
            Self::LowCredit => "credit.low",
            Self::ReturnRequested => "returns.requested",
            Self::ReturnCapReached => "returns.cap_reached",
            Self::Returned => "returns.returned",
            Self::ReturnRefused => "returns.refused",
            Self::ReturnUndone => "returns.undone",
            Self::ReturnFileFinished => "returns.file_finished",
            Self::FeedbackNotTaken => "feedback.not_taken",
            Self::LeadImportFinished => "leads.import_finished",
        }
    }

    /// Whether what happens within a minute is told in one notice: it comes in thousands.
    pub fn is_grouped(self) -> bool {
        match self {
            Self::DeliveryPaused
            | Self::DecisionNeeded
            | Self::LowCredit
            | Self::ReturnCapReached
            | Self::ReturnFileFinished
            | Self::FeedbackNotTaken
            | Self::LeadImportFinished => false,
            Self::ReturnRequested | Self::Returned | Self::ReturnRefused | Self::ReturnUndone => true,
        }
    }

    /// Whether somebody is ever told of it.
    #[rustfmt::skip]
    pub fn is_told_to(self, who: &Principal) -> bool {
        let (seller, supplier, buyer) = match self {
            Self::DeliveryPaused     => (true,  false, false),
            Self::DecisionNeeded     => (true,  false, false),
            Self::LowCredit          => (true,  false, false),
            Self::ReturnRequested    => (true,  false, false),
            Self::ReturnCapReached   => (true,  false, false),
            Self::Returned           => (false, true,  false),
            Self::ReturnRefused      => (false, false, true),
            Self::ReturnUndone       => (false, true,  true),
            Self::ReturnFileFinished => (true,  false, true),
            Self::FeedbackNotTaken   => (true,  false, false),
            Self::LeadImportFinished => (true,  true,  false),
        };
        match who {
            Principal::Seller => seller,
            Principal::Supplier { .. } => supplier,
            Principal::Buyer { .. } => buyer,
        }
    }
}
