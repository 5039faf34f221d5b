//! Buyers' credit: what is left of it, and by what of that is not certain yet.
//!
//! One row a buyer: its balance, and an attribute per open reservation (`o#id`) with what is set aside. Every change is one
//! conditional write, so two workers can never spend the same money, and a change that is made again changes nothing. What
//! has no reservation to go by any more is moved in one transaction with the lead that it is about.

mod added;
mod low;
mod row;
mod write;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    buyer::Buyer,
    credit::CreditRule,
    delivery::Delivery,
    id::{BuyerRef, LeadId},
    lead::{CreditChange, CreditMove, Lead, reservation_id},
    money::Money,
};
use jiff::Timestamp;

pub use self::added::CreditAdded;
use self::row::Row;
use crate::{
    Error, Reservation, Store,
    conditional::{Conditional, Written},
    keys,
};

/// How often a reservation that others settle meanwhile is asked for, and one that changes is settled.
const TRIES: usize = 3;

/// What became of credit that was to be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditReserved {
    /// This much is set aside.
    Done(Money),
    /// It was before: this much, which may be another amount.
    Already(Money),
    /// It is not, because not enough is left; but something was set aside for the same lead under other names, and is not
    /// settled. Whoever did that may be gone.
    Held(Vec<OpenCredit>),
    /// It is not, because no more than this is left to buy for.
    NoneLeft {
        /// How much; below zero where edits or a lower limit took more than there was.
        left: Money,
    },
}

/// A reservation that nobody has settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCredit {
    /// Whose credit.
    pub bid: BuyerRef,
    /// What it is called.
    pub id: String,
    /// The lead that it is for.
    pub lead: LeadId,
    /// See [`Reservation::lease_until`].
    pub lease_until: Timestamp,
    /// What is set aside.
    pub amount: Money,
}

/// How a buyer's credit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// What was added, less what was bought, or may have been, and more what was returned; less what is set aside at the moment.
    pub balance: Money,
    /// What is set aside for requests that are under way, or to be made again.
    pub reserved: Money,
}

impl Store {
    /// How a buyer's credit stands; none: nothing was ever added, and nothing bought on it.
    ///
    /// # Errors
    /// The table's.
    pub async fn credit(&self, bid: &BuyerRef) -> Result<Option<Credit>, Error> {
        Ok(self.credit_row(bid).await?.credit())
    }

    /// Sets the amount aside, if so much is left, and in the rule's currency; nothing is written for an amount of zero. If
    /// little is left afterwards, the seller is told.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is set aside, and the same may be asked again.
    pub async fn reserve_credit(
        &self,
        bid: &BuyerRef,
        rule: &CreditRule,
        amount: Money,
        reservation: &Reservation,
        now: Timestamp,
    ) -> Result<CreditReserved, Error> {
        if amount.currency != rule.currency() {
            return Ok(CreditReserved::NoneLeft { left: Money::zero(rule.currency()) });
        }
        if amount.minor == 0 {
            return Ok(CreditReserved::Done(amount));
        }
        for _ in 0..TRIES {
            let row = match self.reserving_credit(bid, rule, amount, reservation)?.written().await? {
                Written::Done(row) => {
                    let row = Row::read(row.unwrap_or_default());
                    self.tell_if_low(bid, rule, &row, now).await;
                    return Ok(CreditReserved::Done(amount));
                }
                Written::Refused(row) => Row::read(row.unwrap_or_default()),
            };
            match row.reserved(&reservation.id) {
                Some(minor) if self.renewed(keys::credit(bid), reservation).await? => {
                    return Ok(CreditReserved::Already(Money { minor, ..amount }));
                }
                // Settled in this very moment, so it may be asked for anew.
                Some(_) => {}
                None => return Ok(self.not_enough(bid, rule, row, reservation, now).await),
            }
        }
        Err(Error::Contended { what: "a buyer's credit" })
    }

    async fn not_enough(
        &self,
        bid: &BuyerRef,
        rule: &CreditRule,
        row: Row,
        reservation: &Reservation,
        now: Timestamp,
    ) -> CreditReserved {
        self.tell_if_low(bid, rule, &row, now).await;
        // Credit in one currency buys nothing in another.
        let balance = if row.is_in(rule.currency()) { row.balance() } else { rule.floor() };
        let held: Vec<_> = row.open_of(bid).filter(|open| open.lead == reservation.lead).collect();
        if !held.is_empty() {
            return CreditReserved::Held(held);
        }
        let left = rule.left(balance);
        self.cache.credit_left.insert(bid.clone(), left).await;
        CreditReserved::NoneLeft { left: Money { minor: left, currency: rule.currency() } }
    }

    /// Whether a delivery's buyer is known to have too little credit left for it, as far as this worker has heard lately. What
    /// is added to it is so felt a little later.
    pub(crate) async fn lacks_credit(&self, buyer: Option<&Buyer>, delivery: Option<&Delivery>) -> bool {
        let (Some(buyer), Some(delivery)) = (buyer.filter(|buyer| buyer.credit.is_some()), delivery) else {
            return false;
        };
        let left = self.cache.credit_left.get(&buyer.bid).await;
        let least = delivery.least_credit().minor;
        least > 0 && left.is_some_and(|left| left < least)
    }

    /// Takes what is owed in place of what was set aside; nothing owed gives it all back. A reservation that is not open is
    /// left as it is. Should another amount have been set aside than the caller believes, that is what is replaced.
    ///
    /// # Errors
    /// The table's; `Contended` when the reservation keeps changing.
    pub async fn settle_credit(&self, bid: &BuyerRef, id: &str, reserved: Money, owed: Money) -> Result<(), Error> {
        let mut reserved = reserved;
        for _ in 0..TRIES {
            match self.settling_credit(bid, id, reserved, owed)?.written().await? {
                Written::Done(_) => return Ok(()),
                Written::Refused(row) => {
                    let Some(minor) = Row::read(row.unwrap_or_default()).reserved(id) else { return Ok(()) };
                    reserved.minor = minor;
                }
            }
        }
        Err(Error::Contended { what: "a buyer's credit" })
    }

    /// The parts of a transaction that move what goes with a write of the lead. They fail while a reservation that they are
    /// about is open; see [`Store::settle_charged`].
    pub(crate) fn moved_credit(&self, before: &Lead, after: &Lead) -> Result<Vec<TransactWriteItem>, Error> {
        let mut by_buyer: Vec<(BuyerRef, Money, Vec<String>)> = Vec::new();
        for CreditMove { bid, attempt, change } in after.credit_moves(before).map_err(Error::item)? {
            let CreditChange::Move(by) = change else { continue };
            let id = reservation_id(attempt);
            // A row can be in a transaction once.
            match by_buyer.iter_mut().find(|(known, ..)| *known == bid) {
                Some((_, sum, ids)) => {
                    *sum = sum.add(by).map_err(Error::item)?;
                    ids.push(id);
                }
                None => by_buyer.push((bid, by, vec![id])),
            }
        }
        let part = |(bid, by, ids): (BuyerRef, Money, Vec<String>)| {
            Ok(TransactWriteItem::builder().update(self.moving_credit(&bid, by, &ids)?).build())
        };
        by_buyer.into_iter().map(part).collect()
    }

    /// Settles the reservations that a lead, as it is written, leaves no doubt about. Whoever wrote it is about to, or gone.
    pub(crate) async fn settle_charged(&self, lead: &Lead) -> Result<(), Error> {
        for CreditMove { bid, attempt, change } in lead.charged() {
            if let CreditChange::Settle { reserved, owed } = change {
                self.settle_credit(&bid, &reservation_id(attempt), reserved, owed).await?;
            }
        }
        Ok(())
    }
}
