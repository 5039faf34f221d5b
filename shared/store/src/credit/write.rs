//! The writes of a buyer's credit row.

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{ReturnValue, Update},
};
use domain::{credit::CreditRule, id::BuyerRef, money::Money};

use super::row::Amount;
use crate::{
    Error, Reservation, Store,
    item::{key_attributes, number, text},
    keys,
    reservation::open,
};

/// Money of one currency is never added to money of another: the row's currency, once it has one, is the only one.
pub(super) const IN_CURRENCY: &str = "(attribute_not_exists(c) OR c = :c)";

impl Store {
    /// The amount taken off a balance that reaches for it, and the reservation; its answer is the row.
    pub(crate) fn reserving_credit(
        &self,
        bid: &BuyerRef,
        rule: &CreditRule,
        amount: Money,
        reservation: &Reservation,
    ) -> Result<UpdateItemFluentBuilder, Error> {
        let entry = reservation.of(Amount { minor: amount.minor })?;
        let least = amount.minor.saturating_add(rule.floor());
        // Before its first change a balance is zero.
        let enough = if least > 0 { "bal >= :least" } else { "(attribute_not_exists(bal) OR bal >= :least)" };
        Ok(self
            .credit_update(bid)
            .update_expression("SET bal = if_not_exists(bal, :zero) - :amount, c = :c, #o = :o")
            .condition_expression(format!("attribute_not_exists(#o) AND {IN_CURRENCY} AND {enough}"))
            .expression_attribute_names("#o", open(&reservation.id))
            .expression_attribute_values(":o", entry)
            .expression_attribute_values(":c", text(amount.currency.code()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":amount", number(amount.minor))
            .expression_attribute_values(":least", number(least))
            .return_values(ReturnValue::AllNew))
    }

    /// The reservation gone, if it is there and of this amount, and what is not owed of it back in the balance.
    pub(crate) fn settling_credit(
        &self,
        bid: &BuyerRef,
        id: &str,
        reserved: Money,
        owed: Money,
    ) -> Result<UpdateItemFluentBuilder, Error> {
        let back = reserved.sub(owed).map_err(Error::item)?;
        Ok(self
            .credit_update(bid)
            .update_expression("SET bal = bal + :back REMOVE #o")
            .condition_expression("#o.a = :reserved")
            .expression_attribute_names("#o", open(id))
            .expression_attribute_values(":back", number(back.minor))
            .expression_attribute_values(":reserved", number(reserved.minor)))
    }

    /// The part of a transaction that moves a balance whatever is left of it, unless one of these reservations is open, or it
    /// counts in another currency. What it goes with must see to it that it happens once.
    pub(super) fn moving_credit(&self, bid: &BuyerRef, by: Money, ids: &[String]) -> Result<Update, Error> {
        let mut update = Update::builder()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::credit(bid))))
            .update_expression("SET bal = if_not_exists(bal, :zero) + :by, c = :c")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":by", number(by.minor))
            .expression_attribute_values(":c", text(by.currency.code()));
        let mut conditions = vec![IN_CURRENCY.to_owned()];
        for (at, id) in ids.iter().enumerate() {
            update = update.expression_attribute_names(format!("#o{at}"), open(id));
            conditions.push(format!("attribute_not_exists(#o{at})"));
        }
        update.condition_expression(conditions.join(" AND ")).build().map_err(Error::item)
    }

    pub(super) fn credit_update(&self, bid: &BuyerRef) -> UpdateItemFluentBuilder {
        self.db.update_item().table_name(&self.tables.setup).set_key(Some(key_attributes(keys::credit(bid))))
    }
}
