//! A request that its buyer pays for on credit: what it would cost is set aside before it is written down.
//!
//! After the caps: a balance is shared by all deliveries of a buyer, so what a cap keeps out should not stand in the way of
//! others, nor make the seller believe that little is left.

use domain::{
    credit::CreditRule,
    delivery::Delivery,
    id::{AttemptId, BuyerRef},
    lead::{Agreed, Lead, SkipReason, WATCH_AFTER, reservation_id},
    money::Money,
    routing::Candidate,
    time::later,
};
use jiff::Timestamp;
use store::{CreditReserved, OpenCredit, Reservation};

use crate::{
    deliver::{DeliverError, Dispatcher, sending},
    reserved::SetAside,
    turn::Turn,
};

/// Whether the buyer can pay.
enum Credit {
    /// This much is set aside.
    Agreed(Money),
    /// Not enough is left.
    NoneLeft,
    /// Somebody set the same aside before and is gone, or will be by then; the lead is to be looked at anew.
    Later(Timestamp),
}

impl Dispatcher {
    /// Agrees the terms of a request that may be made: its price, which is set aside if its buyer buys on credit, the least that
    /// the buyer may name instead, and how it may be returned. What the caps have counted is given up again if the buyer cannot pay.
    pub(crate) async fn agreed(
        &self,
        lead: &Lead,
        delivery: &Delivery,
        candidate: &Candidate<'_>,
        min_revenue: Option<Money>,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Turn, DeliverError> {
        let did = &delivery.did;
        let (intent, attempt, lease_until) = match turn {
            Turn::Write(intent) => match sending(&intent, did) {
                Some((attempt, lease_until)) => (intent, attempt, lease_until),
                None => return Ok(Turn::Write(intent)),
            },
            Turn::Later(due) => return Ok(Turn::Later(due)),
        };
        let rule = candidate.buyer.and_then(|buyer| Some((&buyer.bid, buyer.credit.as_ref()?)));
        let credit = match rule {
            Some(rule) => Some(Box::pin(self.paid_for(lead, delivery, rule, (attempt, lease_until), now)).await?),
            None => None,
        };
        let counted = SetAside::of(&intent, did);
        let returns = candidate.buyer.and_then(|buyer| buyer.returns.clone());
        let least = min_revenue.filter(|_| delivery.lets_buyer_name_price());
        let agreed = |credit| Agreed { price: Some(delivery.price), least, credit, returns };
        Ok(match credit {
            None => intent.agreeing(did, agreed(None)).into(),
            Some(Credit::Agreed(amount)) => intent.agreeing(did, agreed(Some(amount))).into(),
            Some(Credit::NoneLeft) => {
                self.forget(did, counted).await;
                self.skipped(lead, did, SkipReason::Credit, now).await?.into()
            }
            Some(Credit::Later(due)) => {
                self.forget(did, counted).await;
                Turn::Later(due)
            }
        })
    }

    /// Sets aside what a request of the delivery may cost.
    async fn paid_for(
        &self,
        lead: &Lead,
        delivery: &Delivery,
        (bid, rule): (&BuyerRef, &CreditRule),
        (attempt, lease_until): (AttemptId, Timestamp),
        now: Timestamp,
    ) -> Result<Credit, DeliverError> {
        let reservation = Reservation { id: reservation_id(attempt), lead: lead.id, lease_until };
        match self.store.reserve_credit(bid, rule, delivery.least_credit(), &reservation, now).await? {
            CreditReserved::Done(amount) | CreditReserved::Already(amount) => Ok(Credit::Agreed(amount)),
            CreditReserved::NoneLeft { .. } => Ok(Credit::NoneLeft),
            CreditReserved::Held(held) => {
                // What was set aside for this lead at another delivery is rightly so.
                let is_stray = |one: &&OpenCredit| {
                    lead.credit_leftover(bid, &one.id, one.amount).is_some_and(|owed| owed.minor == 0)
                };
                let Some(stray) = held.iter().find(is_stray) else { return Ok(Credit::NoneLeft) };
                let free_at = later(stray.lease_until, WATCH_AFTER);
                if free_at > now {
                    return Ok(Credit::Later(free_at));
                }
                if self.store.fence(lead).await? {
                    self.store.settle_credit(bid, &stray.id, stray.amount, Money::zero(stray.amount.currency)).await?;
                }
                Ok(Credit::Later(now))
            }
        }
    }
}
