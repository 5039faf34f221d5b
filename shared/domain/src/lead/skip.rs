//! Why a delivery was never tried for a lead, for programs and for people.

use serde::{Deserialize, Serialize};

use super::DELETED;
use crate::cap::CapPer;

/// Why a delivery was never tried for a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The delivery is switched off.
    DeliveryInactive,
    /// The campaign names it, but it is not set up.
    DeliveryMissing,
    /// Its buyer is switched off, or not set up.
    BuyerInactive,
    /// All sales of the lead were taken when its turn came.
    NoSlot,
    /// It was closed, and does not hold leads back until it opens.
    OutsideHours,
    /// One of its filters; why, in its words.
    Filter(String),
    /// It has had as many leads as it may have in this period.
    Cap(CapPer),
    /// Its buyer has no credit left that it could pay with.
    Credit,
    /// Its buyer pays less than the campaign asks for.
    MinRevenue,
    /// Its buyer has had a lead with the same data.
    BuyerHasIt,
    /// Its buyer had the lead, and returned it.
    BuyerReturnedIt,
    /// It failed time after time, and the lead could not wait any longer.
    Paused,
    /// The lead was deleted before its turn.
    Deleted,
}

impl SkipReason {
    /// The stable code of it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DeliveryInactive => "delivery_inactive",
            Self::DeliveryMissing => "delivery_missing",
            Self::BuyerInactive => "buyer_inactive",
            Self::NoSlot => "no_slot",
            Self::OutsideHours => "outside_hours",
            Self::Filter(_) => "filter",
            Self::Cap(_) => "cap",
            Self::Credit => "credit",
            Self::MinRevenue => "min_revenue",
            Self::BuyerHasIt => "buyer_has_it",
            Self::BuyerReturnedIt => "buyer_returned_it",
            Self::Paused => "paused",
            Self::Deleted => "deleted",
        }
    }

    /// The reason as a person would put it.
    pub fn detail(&self) -> String {
        match self {
            Self::DeliveryInactive => "the delivery is switched off".to_owned(),
            Self::DeliveryMissing => "the campaign names this delivery, but it is not set up".to_owned(),
            Self::BuyerInactive => "its buyer is switched off".to_owned(),
            Self::NoSlot => "all sales of the lead were taken when its turn came".to_owned(),
            Self::OutsideHours => "it was outside the delivery's hours".to_owned(),
            Self::Filter(why) => format!("a filter of the delivery keeps it out: {why}"),
            Self::Cap(per) => format!("the delivery's cap was reached: {}", full(*per)),
            Self::Credit => "its buyer has no credit left".to_owned(),
            Self::MinRevenue => "its buyer pays less than the campaign's least revenue".to_owned(),
            Self::BuyerHasIt => "its buyer has had a lead with the same data".to_owned(),
            Self::BuyerReturnedIt => "its buyer had the lead, and returned it".to_owned(),
            Self::Paused => "the delivery was paused because it failed time after time".to_owned(),
            Self::Deleted => DELETED.to_owned(),
        }
    }
}

fn full(per: CapPer) -> &'static str {
    match per {
        CapPer::Hour => "no more in this hour",
        CapPer::Day => "no more on this day",
        CapPer::Week => "no more in this week",
        CapPer::Month => "no more in this month",
        CapPer::Total => "no more at all",
    }
}
