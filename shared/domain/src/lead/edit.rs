//! Edits: a price or a payout that the seller puts right by hand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Approval, IllegalTransition, Lead, PayoutState};
use crate::{
    id::{BuyerRef, DeliveryRef},
    money::{Money, compact},
};

/// More edits of one lead than this are no corrections any more.
pub const MAX_EDITS: usize = 20;

/// One change of a price or a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What the order was called: the same order is carried out once.
    #[serde(rename = "i")]
    pub order: String,
    /// When.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// Who ordered it.
    #[serde(rename = "by")]
    pub by: String,
    /// Why.
    #[serde(rename = "w")]
    pub reason: String,
    /// The sale whose price is changed; none: the payout is.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<DeliveryRef>,
    /// Of the payout: the sale that had earned it; none: it was earned without one.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub earned_by: Option<DeliveryRef>,
    /// By how much it grows.
    #[serde(rename = "m", with = "compact")]
    pub delta: Money,
}

/// The order to change something, by whom and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditOrder<'a> {
    /// See [`Edit::order`].
    pub order: &'a str,
    /// Who orders it.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl Lead {
    /// The price of a sale is `price` from now on. A lead that was sold more than once needs to be told which sale it is, by its
    /// buyer or its delivery.
    ///
    /// # Errors
    /// `not_approved`; `not_sold`, also after a return; `name_the_buyer`, `name_the_delivery`; `wrong_currency`; `negative`; `too_large`;
    /// `too_many_edits`; `amount_overflow`.
    pub fn on_revenue_edited(
        &self,
        bid: Option<&BuyerRef>,
        did: Option<&DeliveryRef>,
        price: Money,
        order: EditOrder<'_>,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        if self.is_edited_by(order, true) {
            return Ok(self.clone());
        }
        if self.approval != Approval::Approved {
            let detail = format!("The lead is {}; only approved leads bring revenue.", self.approval.word());
            return Err(IllegalTransition::new("not_approved", detail));
        }
        self.check_amount(price)?;
        let did = self.sold_to(bid, did)?.clone();
        let delta = price.sub(self.sale(&did)?.price)?;
        let mut lead = self.edited(Some(did.clone()), delta, order, now)?;
        if let Some(sale) = lead.sale_mut(&did) {
            sale.price = price;
        }
        Ok(lead)
    }

    /// What the supplier earns is `payout` from now on.
    ///
    /// # Errors
    /// `not_earned`; `wrong_currency`; `negative`; `too_large`; `too_many_edits`; `amount_overflow`.
    pub fn on_payout_edited(
        &self,
        payout: Money,
        order: EditOrder<'_>,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        if self.is_edited_by(order, false) {
            return Ok(self.clone());
        }
        if self.payout.state != PayoutState::Earned {
            let detail = "The payout is not earned yet, or was taken back; there is nothing to change.";
            return Err(IllegalTransition::new("not_earned", detail));
        }
        self.check_amount(payout)?;
        let delta = payout.sub(self.earned_payout()?)?;
        let mut lead = self.edited(None, delta, order, now)?;
        lead.payout.amount = lead.payout.amount.add(delta)?;
        Ok(lead)
    }

    fn is_edited_by(&self, order: EditOrder<'_>, price: bool) -> bool {
        self.edits.iter().any(|edit| edit.order == order.order && edit.sale.is_some() == price)
    }

    fn check_amount(&self, amount: Money) -> Result<(), IllegalTransition> {
        let currency = self.terms.currency;
        if amount.currency != currency {
            let detail = format!("All money of this lead is in {currency}; name the amount in it.");
            return Err(IllegalTransition::new("wrong_currency", detail));
        }
        if amount.is_negative() {
            return Err(IllegalTransition::new(
                "negative",
                "An amount is zero or more; a return is what takes it back.",
            ));
        }
        if !amount.is_price() {
            return Err(IllegalTransition::new("too_large", "No lead is worth that much."));
        }
        Ok(())
    }

    fn edited(
        &self,
        sale: Option<DeliveryRef>,
        delta: Money,
        order: EditOrder<'_>,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        if self.edits.len() >= MAX_EDITS {
            let detail = format!("The lead has been changed {MAX_EDITS} times; it takes no more.");
            return Err(IllegalTransition::new("too_many_edits", detail));
        }
        let EditOrder { order, by, reason } = order;
        let earned_by = if sale.is_none() { self.earned_by().cloned() } else { None };
        let (order, by, reason) = (order.to_owned(), by.to_owned(), reason.to_owned());
        let edit = Edit { order, at: now, by, reason, sale, earned_by, delta };
        let mut lead = self.clone();
        lead.edits.push(edit);
        Ok(lead)
    }
}
