//! What the deliveries of a lead add up to: sold or not, delivered or not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Approval, Lead, Stage};

/// Whether a lead is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SoldStatus {
    /// No outcome yet.
    Open,
    /// Nobody bought it.
    Unsold,
    /// At least one sale stands.
    Sold,
    /// It was sold, and every sale is returned.
    Returned,
}

impl SoldStatus {
    /// All of them, in the order in which a lead passes through them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Unsold, Self::Sold, Self::Returned];

    /// The word for it: `open`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unsold => "unsold",
            Self::Sold => "sold",
            Self::Returned => "returned",
        }
    }
}

/// How the deliveries of a lead did, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// None assigned.
    Blank,
    /// Some are still on their way.
    Sending,
    /// All sent.
    Full,
    /// Some failed.
    Partial,
    /// All failed.
    Fail,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Blank, Self::Sending, Self::Full, Self::Partial, Self::Fail];

    /// The word for it: `partial`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Sending => "sending",
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Fail => "fail",
        }
    }
}

impl Lead {
    /// Whether it is sold. Deliveries without a buyer cannot sell it, but keep it open while they are on their way.
    pub fn sold_status(&self) -> SoldStatus {
        match self.approval {
            // Nobody will decide about it any more.
            Approval::Pending | Approval::Quarantined { .. } if self.is_tombstone() => return SoldStatus::Unsold,
            Approval::Pending | Approval::Quarantined { .. } => return SoldStatus::Open,
            Approval::Rejected { .. } => return SoldStatus::Unsold,
            Approval::Approved => {}
        }
        if self.standing_sales().next().is_some() {
            SoldStatus::Sold
        } else if self.deliveries.values().any(|delivery| delivery.state.is_in_motion()) {
            SoldStatus::Open
        } else if self.sales().next().is_some() {
            SoldStatus::Returned
        } else {
            SoldStatus::Unsold
        }
    }

    /// How its deliveries did, together; skipped ones do not count.
    pub fn delivery_status(&self) -> DeliveryStatus {
        let (mut assigned, mut accepted) = (0, 0);
        for delivery in self.deliveries.values() {
            match delivery.state.stage() {
                Stage::Waiting | Stage::Asking | Stage::Undecided => return DeliveryStatus::Sending,
                Stage::Accepted => {
                    assigned += 1;
                    accepted += 1;
                }
                Stage::CameToNothing => assigned += usize::from(!delivery.state.is_skipped()),
            }
        }
        match (assigned, accepted) {
            (0, _) => DeliveryStatus::Blank,
            (_, 0) => DeliveryStatus::Fail,
            (assigned, accepted) if assigned == accepted => DeliveryStatus::Full,
            _ => DeliveryStatus::Partial,
        }
    }
}
