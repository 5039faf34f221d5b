//! Sales: what makes a delivery one, at which price, which of them stand, and how many a lead may still have.
//!
//! A lead is sold through a delivery once its buyer has taken it: by the answer to a request, by what the buyer says later, or
//! by the seller's word for it; all of these end in `Lead::sold`. The sale stands until a return of it is approved, and keeps
//! its slot even then, unless the lead is offered once more. Whether the lead as a whole is sold says [`Lead::sold_status`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeliveryState, IllegalTransition, Lead, LeadDelivery, PayoutState, Return, Stage};
use crate::{
    id::{AttemptId, BuyerRef, DeliveryRef},
    money::{self, Money, MoneyError},
};

/// One buyer accepted one lead at a price. Without a buyer it is a delivery only, at no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The request that was accepted.
    #[serde(rename = "i")]
    pub attempt: AttemptId,
    /// What the buyer pays, as it is by now.
    #[serde(rename = "pr", with = "money::compact")]
    pub price: Money,
    /// How many sales the lead had before it.
    #[serde(rename = "or", default, skip_serializing_if = "is_first")]
    pub ordinal: u8,
    /// What the supplier earned with it; none: nothing, or it had earned its payout before.
    #[serde(rename = "po", default, skip_serializing_if = "Option::is_none", with = "money::compact::optional")]
    pub payout: Option<Money>,
    /// With it, a payout is earned again that was taken back.
    #[serde(rename = "re", default, skip_serializing_if = "std::ops::Not::not")]
    pub restores: bool,
    /// The buyer's own reference.
    #[serde(rename = "br", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where the buyer wants the person to be sent on to: `http` or `https`, at most 500 characters.
    #[serde(rename = "ru", default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// When it was sold.
    #[serde(rename = "sa", with = "crate::time")]
    pub sold_at: Timestamp,
    /// The last return of it. Few sales have one.
    #[serde(rename = "rt", default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<Box<Return>>,
    /// Those before, which were refused or undone.
    #[serde(rename = "rx", default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Return>,
}

/// What a buyer says when it has bought.
pub(super) struct Bought {
    pub(super) price: Money,
    pub(super) reference: Option<String>,
    pub(super) redirect_url: Option<String>,
}

impl Sale {
    /// Whether the sale still counts: it does until a return of it is approved.
    pub fn stands(&self) -> bool {
        self.returned.as_ref().is_none_or(|back| !back.is_approved())
    }

    /// Whether the lead was offered to others after its return.
    fn was_handed_on(&self) -> bool {
        self.returned.as_ref().is_some_and(|back| back.reoffered)
    }
}

impl DeliveryState {
    /// What was agreed when it was accepted, if it was; without a buyer that is no sale, see [`LeadDelivery::sale`].
    pub fn sale(&self) -> Option<&Sale> {
        if let Self::Accepted { sale } = self { Some(sale) } else { None }
    }

    /// Whether it takes up one of the lead's sales: it is sold, or may be by now. A returned sale keeps its place until the
    /// lead is offered once more: one that was sold and came back is not handed on as if nobody had had it.
    pub fn occupies_slot(&self) -> bool {
        match self.stage() {
            Stage::Asking | Stage::Undecided => true,
            Stage::Accepted => !self.sale().is_some_and(Sale::was_handed_on),
            Stage::Waiting | Stage::CameToNothing => false,
        }
    }
}

impl LeadDelivery {
    /// The sale to its buyer, returned or not.
    pub fn sale(&self) -> Option<&Sale> {
        self.state.sale().filter(|_| self.bid.is_some())
    }
}

impl Lead {
    /// The lead sold at this delivery; with a buyer, a payout that waited for one is earned.
    ///
    /// # Errors
    /// `amount_overflow`.
    pub(super) fn sold(
        &self,
        did: &DeliveryRef,
        attempt: AttemptId,
        bought: Bought,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let Bought { price, reference, redirect_url } = bought;
        let has_buyer = self.deliveries.get(did).is_some_and(|delivery| delivery.bid.is_some());
        let payout = if has_buyer { self.payout_for(price)? } else { None };
        let sale = Sale {
            attempt,
            price,
            ordinal: u8::try_from(self.sales().count()).unwrap_or(u8::MAX),
            payout,
            restores: payout.is_some() && self.payout.state == PayoutState::Reversed,
            reference,
            redirect_url,
            sold_at: now,
            returned: None,
            earlier: Vec::new(),
        };
        let lead = self.with_state(did, DeliveryState::Accepted { sale }, now);
        match payout {
            Some(payout) => Ok(lead.earning(payout)?),
            None => Ok(lead),
        }
    }

    /// Every sale to a buyer, returned ones too, with its delivery.
    pub fn sales(&self) -> impl Iterator<Item = (&DeliveryRef, &LeadDelivery, &Sale)> {
        self.deliveries.iter().filter_map(|(did, delivery)| Some((did, delivery, delivery.sale()?)))
    }

    /// The sales that count.
    pub fn standing_sales(&self) -> impl Iterator<Item = (&DeliveryRef, &LeadDelivery, &Sale)> {
        self.sales().filter(|(.., sale)| sale.stands())
    }

    /// Whether a buyer had it and does not want it.
    pub fn was_returned_by(&self, bid: &BuyerRef) -> bool {
        self.sales().any(|(_, delivery, sale)| delivery.bid.as_ref() == Some(bid) && !sale.stands())
    }

    /// The sale through one of its deliveries, returned or not.
    ///
    /// # Errors
    /// `no_such_delivery`; `not_sold` without a sale to a buyer.
    pub fn sale(&self, did: &DeliveryRef) -> Result<&Sale, IllegalTransition> {
        self.delivery(did)?
            .sale()
            .ok_or_else(|| IllegalTransition::new("not_sold", format!("The lead is not sold through delivery {did}.")))
    }

    pub(super) fn sale_mut(&mut self, did: &DeliveryRef) -> Option<&mut Sale> {
        let DeliveryState::Accepted { sale } = &mut self.deliveries.get_mut(did)?.state else { return None };
        Some(sale)
    }

    /// The delivery through which it is sold to that buyer, or through that delivery, if only one is meant.
    ///
    /// # Errors
    /// `not_sold`, also after a return; `name_the_buyer` when it is sold more than once; `name_the_delivery` when that buyer has it
    /// more than once.
    pub(super) fn sold_to(
        &self,
        bid: Option<&BuyerRef>,
        did: Option<&DeliveryRef>,
    ) -> Result<&DeliveryRef, IllegalTransition> {
        let is_meant = |(own, delivery, _): &(&DeliveryRef, &LeadDelivery, &Sale)| {
            did.is_none_or(|did| did == *own) && (bid.is_none() || delivery.bid.as_ref() == bid)
        };
        let mut sales = self.standing_sales().filter(is_meant);
        match (sales.next(), sales.next()) {
            (Some((did, ..)), None) => Ok(did),
            (Some(_), Some(_)) if bid.is_some() => {
                let detail = "The buyer has the lead through several deliveries; say by did which sale it is.";
                Err(IllegalTransition::new("name_the_delivery", detail))
            }
            (Some(_), Some(_)) => {
                let detail = "The lead is sold more than once; say by bid or did whose price it is.";
                Err(IllegalTransition::new("name_the_buyer", detail))
            }
            (None, _) => {
                Err(IllegalTransition::new("not_sold", "No sale of the lead stands that this could be about."))
            }
        }
    }

    /// How many of its sales are taken, or may be by now.
    pub fn occupied_slots(&self) -> usize {
        self.to_buyers().filter(|delivery| delivery.state.occupies_slot()).count()
    }

    /// How many buyers have it, or are about to get it.
    pub(crate) fn promised_slots(&self) -> usize {
        let is_promised = |state: &DeliveryState| state.stage() == Stage::Waiting || state.occupies_slot();
        self.to_buyers().filter(|delivery| is_promised(&delivery.state)).count()
    }

    /// Whether one more buyer could get it.
    pub(crate) fn has_free_slot(&self) -> bool {
        self.promised_slots() < usize::from(self.terms.max_sales)
    }

    fn to_buyers(&self) -> impl Iterator<Item = &LeadDelivery> {
        self.deliveries.values().filter(|delivery| delivery.bid.is_some())
    }

    /// What buyers owe for it.
    ///
    /// # Errors
    /// When the sum cannot be held, or a sale is in a foreign currency.
    pub fn revenue(&self) -> Result<Money, MoneyError> {
        self.revenue_of(self.standing_sales())
    }

    /// What one buyer owes for it.
    ///
    /// # Errors
    /// As for [`Lead::revenue`].
    pub fn revenue_from(&self, bid: &BuyerRef) -> Result<Money, MoneyError> {
        self.revenue_of(self.standing_sales().filter(|(_, delivery, _)| delivery.bid.as_ref() == Some(bid)))
    }

    fn revenue_of<'a>(
        &self,
        mut sales: impl Iterator<Item = (&'a DeliveryRef, &'a LeadDelivery, &'a Sale)>,
    ) -> Result<Money, MoneyError> {
        sales.try_fold(Money::zero(self.terms.currency), |sum, (.., sale)| sum.add(sale.price))
    }
}

fn is_first(ordinal: &u8) -> bool {
    *ordinal == 0
}
