//! That little is left of a buyer's credit: told once, until credit is added.
//!
//! First it is noted since when, so that whoever notices it tells the same; then it is told; then it is noted that it was. A
//! worker that dies in between leaves the rest to the next request of the buyer.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{credit::CreditRule, id::BuyerRef, money::Money};
use jiff::Timestamp;

use super::row::Row;
use crate::{
    Error, Notice, Store,
    conditional::{Conditional, Written},
    item::number,
};

impl Store {
    /// Tells the seller if little is left, unless it knows. That it cannot be told keeps no lead from its buyer.
    pub(super) async fn tell_if_low(&self, bid: &BuyerRef, rule: &CreditRule, row: &Row, now: Timestamp) {
        if row.told || !row.is_in(rule.currency()) || !rule.is_low(row.balance()) {
            return;
        }
        if let Err(error) = self.tell_of_low(bid, rule, row, now).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(%bid, error, "the notice that credit is low was not written");
        }
    }

    async fn tell_of_low(&self, bid: &BuyerRef, rule: &CreditRule, row: &Row, now: Timestamp) -> Result<(), Error> {
        let known = row.low_since_ms;
        let Some(since_ms) = (match known {
            Some(since_ms) => Some(since_ms),
            None => self.note_low(bid, rule, now).await?,
        }) else {
            return Ok(());
        };
        let since = Timestamp::from_millisecond(since_ms).unwrap_or(now);
        let left = Money { minor: rule.left(row.balance()), currency: rule.currency() };
        self.put_notice(&Notice::low_credit(bid, since, left)).await?;
        let told = self
            .credit_update(bid)
            .update_expression("SET lt = :one")
            .condition_expression("lo = :since")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":since", number(since_ms));
        // If not, credit was added meanwhile.
        told.written().await?;
        Ok(())
    }

    /// Since when little is left: the time that was noted first; none if credit was added meanwhile.
    async fn note_low(&self, bid: &BuyerRef, rule: &CreditRule, now: Timestamp) -> Result<Option<i64>, Error> {
        let noted = self
            .credit_update(bid)
            .update_expression("SET lo = if_not_exists(lo, :now)")
            .condition_expression("attribute_not_exists(bal) OR bal < :line")
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":line", number(rule.low_below().unwrap_or(i64::MIN)))
            .return_values(ReturnValue::AllNew);
        match noted.written().await? {
            Written::Done(noted) => Ok(Row::read(noted.unwrap_or_default()).low_since_ms),
            Written::Refused(_) => Ok(None),
        }
    }
}
