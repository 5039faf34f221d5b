//! What the deliveries of a lead add up to: sold or not, delivered or not, and the money.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Approval, DeliveryState, Lead, LeadDelivery, Sale};
use crate::{
    id::{BuyerRef, DeliveryRef},
    money::{self, Money, MoneyError},
};

/// Whether a lead is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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

/// What a supplier earns with a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// How much: all of it, or what the shares of the sales come to so far; as edited, and whether or not it was taken back.
    #[serde(rename = "a", with = "money::compact")]
    pub amount: Money,
    /// Whether it is earned.
    #[serde(rename = "s")]
    pub state: PayoutState,
    /// When it was, if no sale earned it.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    pub earned_at: Option<Timestamp>,
}

/// Whether a payout is earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// Not yet, and perhaps never.
    Pending,
    /// The supplier is owed it.
    Earned,
    /// It was earned, and a return took it back.
    Reversed,
}

impl Lead {
    /// Whether it is sold. Deliveries without a buyer cannot sell it, but keep it open while they are on their way.
    pub fn sold_status(&self) -> SoldStatus {
        match self.approval {
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
            match delivery.state {
                DeliveryState::Skipped { .. } => {}
                DeliveryState::Accepted { .. } => {
                    assigned += 1;
                    accepted += 1;
                }
                DeliveryState::Rejected { .. } | DeliveryState::Failed { .. } => assigned += 1,
                DeliveryState::Queued
                | DeliveryState::Held { .. }
                | DeliveryState::Sending { .. }
                | DeliveryState::Retry { .. }
                | DeliveryState::AwaitingFeedback { .. }
                | DeliveryState::Unknown { .. } => return DeliveryStatus::Sending,
            }
        }
        match (assigned, accepted) {
            (0, _) => DeliveryStatus::Blank,
            (_, 0) => DeliveryStatus::Fail,
            (assigned, accepted) if assigned == accepted => DeliveryStatus::Full,
            _ => DeliveryStatus::Partial,
        }
    }

    /// Every sale to a buyer, returned ones too.
    pub fn sales(&self) -> impl Iterator<Item = (&DeliveryRef, &Sale)> {
        self.to_buyers().filter_map(|(did, delivery)| delivery.state.sale().map(|sale| (did, sale)))
    }

    /// The sales that count.
    pub fn standing_sales(&self) -> impl Iterator<Item = (&DeliveryRef, &Sale)> {
        self.sales().filter(|(_, sale)| sale.stands())
    }

    /// How many of its sales are taken, or may be by now.
    pub fn occupied_slots(&self) -> usize {
        self.to_buyers().filter(|(_, delivery)| delivery.state.occupies_slot()).count()
    }

    /// How many buyers have it, or are about to get it.
    pub(crate) fn promised_slots(&self) -> usize {
        self.to_buyers().filter(|(_, delivery)| delivery.state.occupies_slot() || delivery.state.is_in_motion()).count()
    }

    /// What buyers owe for it.
    ///
    /// # Errors
    /// When the sum cannot be held, or a sale is in a foreign currency.
    pub fn revenue(&self) -> Result<Money, MoneyError> {
        self.sum_of(self.standing_sales())
    }

    /// What one buyer owes for it.
    ///
    /// # Errors
    /// As for [`Lead::revenue`].
    pub fn revenue_from(&self, bid: &BuyerRef) -> Result<Money, MoneyError> {
        let own = self
            .standing_sales()
            .filter(|(did, _)| self.deliveries.get(*did).is_some_and(|delivery| delivery.bid.as_ref() == Some(bid)));
        self.sum_of(own)
    }

    /// What the supplier is owed for it by now.
    ///
    /// # Errors
    /// When an amount cannot be held.
    pub fn earned_payout(&self) -> Result<Money, MoneyError> {
        match self.payout.state {
            PayoutState::Pending => Ok(Money::zero(self.terms.currency)),
            PayoutState::Earned | PayoutState::Reversed => self.payout.amount.sub(self.payout_taken_back()?),
        }
    }

    /// What returns took back of it.
    ///
    /// # Errors
    /// When an amount cannot be held.
    pub(super) fn payout_taken_back(&self) -> Result<Money, MoneyError> {
        let taken_back = self.sales().filter_map(|(_, sale)| sale.returned.as_ref()?.payout_back);
        taken_back.into_iter().try_fold(Money::zero(self.terms.currency), Money::add)
    }

    fn sum_of<'a>(&self, mut sales: impl Iterator<Item = (&'a DeliveryRef, &'a Sale)>) -> Result<Money, MoneyError> {
        sales.try_fold(Money::zero(self.terms.currency), |sum, (_, sale)| sum.add(sale.price))
    }

    fn to_buyers(&self) -> impl Iterator<Item = (&DeliveryRef, &LeadDelivery)> {
        self.deliveries.iter().filter(|(_, delivery)| delivery.bid.is_some())
    }
}
