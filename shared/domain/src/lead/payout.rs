//! Payouts: what a supplier earns with a lead, when it is earned, and when it comes back.
//!
//! By the terms of its campaign, a lead earns one amount as soon as it is good to sell, or one amount with its first sale, or a
//! share of each sale. It comes back with a return, if whoever approves that wants it to: a share with its own sale, one amount
//! with the last sale that stands, as a lead that somebody else still pays for was worth it. A later sale earns it once more,
//! whichever way it was earned first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{IllegalTransition, Lead, LeadDelivery, Sale};
use crate::{
    campaign::PayoutMode,
    id::DeliveryRef,
    money::{self, Money, MoneyError},
};

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

impl Payout {
    /// Nothing of it is earned yet.
    pub fn pending(amount: Money) -> Self {
        Self { amount, state: PayoutState::Pending, earned_at: None }
    }
}

impl Lead {
    /// The lead with its payout earned from now on, if it is good to sell and its campaign pays for each that is.
    pub(crate) fn earning_without_a_sale(mut self, now: Timestamp) -> Self {
        let is_due = self.terms.payout_mode == PayoutMode::SystemAccept && self.payout.state == PayoutState::Pending;
        if is_due && self.is_for_sale() {
            self.payout.state = PayoutState::Earned;
            self.payout.earned_at = Some(now);
        }
        self
    }

    /// The lead with nothing earned: it was put aside before its supplier was told that it is taken. What a supplier has been
    /// told that it earns, it keeps, whatever becomes of the lead in quarantine.
    #[must_use]
    pub fn not_earned_yet(mut self) -> Self {
        self.payout = Payout::pending(self.payout.amount);
        self
    }

    /// The lead, let out of quarantine, where it was `aside`: if it was put aside again, or turned away, it earns nothing by that.
    /// What its supplier was told that it earns, it keeps.
    #[must_use]
    pub fn released_from(self, aside: &Self) -> Self {
        if self.is_for_sale() { self } else { Self { payout: aside.payout, ..self } }
    }

    /// What the supplier earns with a sale at this price; none: nothing more than it has.
    pub(super) fn payout_for(&self, price: Money) -> Result<Option<Money>, MoneyError> {
        match (self.terms.share, self.payout.state) {
            (Some(share), _) => share.of(price).map(Some),
            (None, PayoutState::Pending) => {
                Ok((self.terms.payout_mode == PayoutMode::BuyerAccept).then_some(self.payout.amount))
            }
            (None, PayoutState::Earned) => Ok(None),
            // What a return took back is earned once more.
            (None, PayoutState::Reversed) => {
                let earned_again = self.sales().filter(|(.., sale)| sale.restores).filter_map(|(.., sale)| sale.payout);
                earned_again.into_iter().try_fold(self.payout_taken_back()?, Money::sub).map(Some)
            }
        }
    }

    /// The lead with that earned by a sale.
    pub(super) fn earning(mut self, payout: Money) -> Result<Self, MoneyError> {
        // The amount of a payout that is one amount is known before it is earned.
        let is_known = self.terms.share.is_none() && self.payout.state == PayoutState::Pending;
        self.payout.amount = if is_known { payout } else { self.payout.amount.add(payout)? };
        self.payout.state = PayoutState::Earned;
        Ok(self)
    }

    /// The lead with what its supplier earned by a sale taken back with it, once a return of that sale is approved.
    pub(super) fn giving_payout_back(mut self, did: &DeliveryRef) -> Result<Self, IllegalTransition> {
        if self.payout.state != PayoutState::Earned {
            return Ok(self);
        }
        let left = self.earned_payout()?;
        let is_last = self.standing_sales().next().is_none();
        let back = match self.terms.share {
            None => is_last.then_some(left),
            Some(_) => self.own_payout(did)?.map(|own| if own.minor < left.minor { own } else { left }),
        };
        let reverses = back == Some(left);
        if reverses {
            self.payout.state = PayoutState::Reversed;
        }
        if let Some(returned) = self.sale_mut(did).and_then(|sale| sale.returned.as_mut()) {
            returned.payout_back = back;
            returned.reverses = reverses;
        }
        Ok(self)
    }

    /// What a share of this sale is worth, as it was put right.
    fn own_payout(&self, did: &DeliveryRef) -> Result<Option<Money>, IllegalTransition> {
        let Some(own) = self.sale(did)?.payout else { return Ok(None) };
        let edits = self.edits.iter().filter(|edit| edit.earned_by.as_ref() == Some(did));
        let own = edits.into_iter().try_fold(own, |own, edit| own.add(edit.delta))?;
        Ok(Some(if own.is_negative() { Money::zero(own.currency) } else { own }))
    }

    /// The sale that an edit of the payout is about: of those that earned it the last that stands, or the last of all. None: it
    /// was earned without one.
    pub(super) fn earned_by(&self) -> Option<&DeliveryRef> {
        let earning = self.sales().filter(|(.., sale)| sale.payout.is_some());
        earning.max_by_key(|(.., sale)| (sale.stands(), sale.ordinal)).map(|(did, ..)| did)
    }

    /// The sale that had earned what a return of `sale` took back of the payout; none: it was earned without one.
    pub(crate) fn taken_back_of(&self, sale: &Sale) -> Option<(&DeliveryRef, &LeadDelivery, &Sale)> {
        let earning = self.sales().filter(|(.., own)| own.payout.is_some() && own.ordinal <= sale.ordinal);
        earning.max_by_key(|(.., own)| own.ordinal)
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
    fn payout_taken_back(&self) -> Result<Money, MoneyError> {
        let taken_back = self.sales().filter_map(|(.., sale)| sale.returned.as_ref()?.payout_back);
        taken_back.into_iter().try_fold(Money::zero(self.terms.currency), Money::add)
    }
}

#[cfg(test)]
mod tests;
