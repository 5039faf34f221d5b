//! What a step of a lead means for the credit of its buyers.
//!
//! As with caps (see `counts`), what a sale would cost is set aside before the request is written down. Once the buyer has
//! the lead, or may have it, the reservation is settled for what is owed; when nothing came of the request, it is given
//! back. What changes after that has no reservation to go by, and so it goes with the lead's write.

use super::{
    CountChange, Lead, LeadDelivery,
    counts::{change, is_settled, reservation_id},
};
use crate::{
    id::{AttemptId, BuyerRef, DeliveryRef},
    money::{Money, MoneyError},
};

/// What has to happen to a buyer's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditChange {
    /// The reservation is done with, and this much of it stays taken; nothing, where nothing came of the request. More than
    /// was set aside is taken too: the buyer itself has named the price.
    Settle {
        /// What was set aside.
        reserved: Money,
        /// What is owed.
        owed: Money,
    },
    /// The balance grows by this much. Not safe to repeat, so it goes with the lead's write.
    Move(Money),
}

/// A balance that has to change, by whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditMove {
    /// The buyer.
    pub bid: BuyerRef,
    /// The request that it is about.
    pub attempt: AttemptId,
    /// What has to happen.
    pub change: CreditChange,
}

impl Lead {
    /// What has to happen to balances when this lead is written in place of `before`.
    ///
    /// # Errors
    /// When an amount cannot be held.
    pub fn credit_moves(&self, before: &Self) -> Result<Vec<CreditMove>, MoneyError> {
        let mut moves = Vec::new();
        for (did, then) in &before.deliveries {
            let Some((bid, attempt, reserved)) = on_credit(then) else { continue };
            let now = self.deliveries.get(did).filter(|now| now.state.open_attempt() == Some(attempt));
            let (owed_then, owed) = (owed(then, reserved), now.map_or(zero(reserved), |now| owed(now, reserved)));
            let settles = match change(&then.state, now.map(|now| &now.state)) {
                // Of nothing there is no reservation.
                Some(CountChange::Confirm | CountChange::Release) => reserved.minor != 0,
                Some(CountChange::GiveBack) | None => false,
            };
            let change = if settles {
                CreditChange::Settle { reserved, owed }
            } else {
                CreditChange::Move(owed_then.sub(owed)?)
            };
            if change != CreditChange::Move(zero(reserved)) {
                moves.push(CreditMove { bid: bid.clone(), attempt, change });
            }
        }
        Ok(moves)
    }

    /// The requests that a buyer's balance has been charged for, with what was set aside and what is owed: reservations of
    /// theirs that are still open may be settled for that.
    pub fn charged(&self) -> impl Iterator<Item = CreditMove> {
        self.deliveries.values().filter_map(|delivery| {
            let (bid, attempt, reserved) = on_credit(delivery).filter(|_| is_settled(&delivery.state))?;
            let change = CreditChange::Settle { reserved, owed: owed(delivery, reserved) };
            Some(CreditMove { bid: bid.clone(), attempt, change })
        })
    }

    /// What an old reservation of a buyer's credit for this lead, which nobody is working on any more, may be settled for;
    /// none while nobody knows.
    pub fn credit_leftover(&self, bid: &BuyerRef, id: &str, reserved: Money) -> Option<Money> {
        let is_own = |delivery: &&LeadDelivery| {
            on_credit(delivery).is_some_and(|(own, attempt, _)| own == bid && reservation_id(attempt) == id)
        };
        let Some(delivery) = self.deliveries.values().find(is_own) else { return Some(zero(reserved)) };
        is_settled(&delivery.state).then(|| owed(delivery, reserved))
    }

    /// What the request that is written down has set aside of its buyer's credit.
    pub fn set_aside(&self, did: &DeliveryRef) -> Option<(&BuyerRef, Money)> {
        let (bid, _, reserved) = on_credit(self.deliveries.get(did)?)?;
        (reserved.minor != 0).then_some((bid, reserved))
    }
}

/// Whose credit it is about, by which request, and what was set aside.
fn on_credit(delivery: &LeadDelivery) -> Option<(&BuyerRef, AttemptId, Money)> {
    Some((delivery.bid.as_ref()?, delivery.state.open_attempt()?, delivery.agreed.credit?))
}

/// What a request that the buyer has, or may have, takes of its credit; nothing before that is known.
fn owed(delivery: &LeadDelivery, reserved: Money) -> Money {
    match delivery.state.sale() {
        Some(sale) if sale.stands() => sale.price,
        None if is_settled(&delivery.state) => reserved,
        Some(_) | None => zero(reserved),
    }
}

fn zero(like: Money) -> Money {
    Money::zero(like.currency)
}

#[cfg(test)]
mod tests;
