//! Payouts: what a supplier earns with a lead, when it is earned, and when it comes back.
//!
//! By the terms of its campaign, a lead earns one amount as soon as it is good to sell, or one amount with its first sale, or a
//! share of each sale. It comes back with a return, if whoever approves that wants it to: a share with its own sale, one amount
//! with the last sale that stands, as a lead that somebody else still pays for was worth it. A later sale earns it once more,
//! whichever way it was earned first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Approval, IllegalTransition, Lead, LeadDelivery, Sale};
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
            (None, PayoutState::Reversed) => self.payout_to_earn_again().map(Some),
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
        let from = match self.terms.share {
            None => self.earned_last()?,
            Some(_) => Some(did.clone()),
        };
        let reverses = back == Some(left);
        if reverses {
            self.payout.state = PayoutState::Reversed;
        }
        if let Some(taken) = self.sale_mut(did).and_then(|sale| sale.returned.as_mut()?.taken.as_mut()) {
            taken.payout = back;
            taken.payout_from = from.filter(|_| back.is_some());
            taken.reverses = reverses;
        }
        Ok(self)
    }

    /// Of one amount: where it counts as earned by now, at a sale or at none. It may have been earned, taken back and earned
    /// again at several, and stands at one.
    fn earned_last(&self) -> Result<Option<DeliveryRef>, MoneyError> {
        let without_a_sale = self.payout.earned_at.map(|_| None);
        let earning = self.sales().filter(|(.., sale)| sale.payout.is_some()).map(|(did, ..)| Some(did));
        let mut last = (None, None);
        for place in without_a_sale.into_iter().chain(earning) {
            let earned = self.earned_at(place)?.minor;
            if last.0.is_none_or(|most| earned >= most) {
                last = (Some(earned), place.cloned());
            }
        }
        Ok(last.1)
    }

    /// What of the payout counts at a sale, or at none.
    fn earned_at(&self, place: Option<&DeliveryRef>) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.terms.currency);
        let edits = || self.edits.iter().filter(|edit| edit.sale.is_none());
        let mut earned = match place {
            Some(did) => self.sales().find(|(own, ..)| *own == did).and_then(|(.., sale)| sale.payout).unwrap_or(zero),
            None => {
                let by_sales = self.sales().filter_map(|(.., sale)| sale.payout);
                let without_sales = by_sales.into_iter().try_fold(self.payout.amount, Money::sub)?;
                edits().try_fold(without_sales, |own, edit| own.sub(edit.delta))?
            }
        };
        for edit in edits().filter(|edit| edit.earned_by.as_ref() == place) {
            earned = earned.add(edit.delta)?;
        }
        for (.., sale) in self.sales() {
            for taken in sale.taken_back() {
                if let Some(payout) = taken.payout.filter(|_| taken.payout_from.as_ref() == place) {
                    earned = earned.sub(payout)?;
                }
                if let Some(payout) = taken.given_again.filter(|_| self.given_again_at(sale) == place) {
                    earned = earned.add(payout)?;
                }
            }
        }
        Ok(earned)
    }

    /// Where a payout counts that is given again with a sale.
    fn given_again_at(&self, sale: &Sale) -> Option<&DeliveryRef> {
        self.had_earned(sale).map(|(did, ..)| did)
    }

    /// What the supplier is given again when the return of that sale is undone: its share, or the one amount if it has none.
    pub(super) fn payout_given_again(&self, did: &DeliveryRef) -> Result<Option<Money>, IllegalTransition> {
        if self.terms.share.is_some() {
            return Ok(self.sale(did)?.returned.as_ref().and_then(|back| back.taken.as_ref()?.payout));
        }
        match self.payout.state {
            PayoutState::Reversed => Ok(Some(self.payout_to_earn_again()?)),
            PayoutState::Earned | PayoutState::Pending => Ok(None),
        }
    }

    /// What was taken back of one amount, and not earned again since.
    fn payout_to_earn_again(&self) -> Result<Money, MoneyError> {
        let earned_again = self.sales().filter(|(.., sale)| sale.restores).filter_map(|(.., sale)| sale.payout);
        earned_again.into_iter().try_fold(self.payout_taken_back()?, Money::sub)
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

    /// The sale that had earned the payout when `sale` was made; none: it was earned without one.
    pub(crate) fn had_earned(&self, sale: &Sale) -> Option<(&DeliveryRef, &LeadDelivery, &Sale)> {
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

    /// Whether it was turned away before anything was earned with it: what would have been is nobody's to see.
    pub fn earns_nothing(&self) -> bool {
        self.payout.state == PayoutState::Pending && matches!(self.approval, Approval::Rejected { .. })
    }

    /// What the supplier earns, as far as that is known: once it is earned, what is left of it by now; none while it is a share of what no
    /// buyer has paid yet, and where it [earns nothing](Self::earns_nothing). Of a test it is known that it is nothing.
    ///
    /// # Errors
    /// As for [`Lead::earned_payout`].
    pub fn known_payout(&self) -> Result<Option<Money>, MoneyError> {
        match self.payout.state {
            PayoutState::Pending if self.earns_nothing() => Ok(None),
            PayoutState::Pending => Ok((self.test || self.terms.share.is_none()).then_some(self.payout.amount)),
            PayoutState::Earned | PayoutState::Reversed => self.earned_payout().map(Some),
        }
    }

    /// What returns took back of it, and did not give again.
    fn payout_taken_back(&self) -> Result<Money, MoneyError> {
        let mut taken_back = Money::zero(self.terms.currency);
        for taken in self.sales().flat_map(|(.., sale)| sale.taken_back()) {
            taken_back = taken.payout.map_or(Ok(taken_back), |payout| taken_back.add(payout))?;
            taken_back = taken.given_again.map_or(Ok(taken_back), |payout| taken_back.sub(payout))?;
        }
        Ok(taken_back)
    }
}

#[cfg(test)]
mod tests;
