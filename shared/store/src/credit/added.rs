//! Credit added by the seller, or put right: once for each id, together with what has to go with it.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{
    id::BuyerRef,
    money::{Money, compact},
};
use serde::{Deserialize, Serialize};

use super::{row::Row, write::IN_CURRENCY};
use crate::{
    Error, Store,
    conditional::{Transacted, all_or_none},
    item::{Item, from_item, key_attributes, number, text, to_item},
    keys,
};

/// What became of a change of credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditAdded {
    /// It is done.
    Done {
        /// The balance afterwards; see [`super::Credit::balance`].
        balance: Money,
    },
    /// It was done before, under the same id.
    Repeated {
        /// The balance by now.
        balance: Money,
    },
    /// It is not done: the id stands for another change.
    IdReused,
    /// It is not done: the buyer's credit counts in another currency.
    OtherCurrency,
}

/// That an id was used.
#[derive(Serialize, Deserialize)]
struct Marker {
    pk: String,
    sk: String,
    /// By how much the balance grew.
    #[serde(with = "compact")]
    d: Money,
}

impl Store {
    /// Moves a buyer's balance by `delta`, below its floor too, once for each id, and all of `along` with it or nothing. From
    /// an amount above zero on, the seller is told again when little is left. `id` is kept for good and must name no person.
    ///
    /// # Errors
    /// The table's, and then nobody knows whether it is done, so it may be asked again; `Contended` when others kept it
    /// out, or a condition of `along` did not hold.
    pub async fn add_credit(
        &self,
        bid: &BuyerRef,
        delta: Money,
        id: &str,
        along: Vec<TransactWriteItem>,
    ) -> Result<CreditAdded, Error> {
        let moved = TransactWriteItem::builder().update(self.adding_credit(bid, delta)?).build();
        let marked = TransactWriteItem::builder().put(self.marking_added(bid, delta, id)?).build();
        let writes: Vec<TransactWriteItem> = [marked, moved].into_iter().chain(along).collect();
        let what = "a change of credit";
        let mut refused = match all_or_none(self.db.transact_write_items(), writes, what).await? {
            Transacted::Done => return Ok(CreditAdded::Done { balance: self.balance(bid, delta).await? }),
            Transacted::Refused(refused) => refused,
        };
        if let Some(marker) = refused.remove(&0) {
            return self.added_before(bid, delta, marker.unwrap_or_default()).await;
        }
        if refused.contains_key(&1) {
            return Ok(CreditAdded::OtherCurrency);
        }
        Err(Error::Contended { what })
    }

    async fn added_before(&self, bid: &BuyerRef, delta: Money, marker: Item) -> Result<CreditAdded, Error> {
        if from_item::<Marker>(marker)?.d != delta {
            return Ok(CreditAdded::IdReused);
        }
        Ok(CreditAdded::Repeated { balance: self.balance(bid, delta).await? })
    }

    async fn balance(&self, bid: &BuyerRef, like: Money) -> Result<Money, Error> {
        let row: Row = self.credit_row(bid).await?;
        Ok(Money { minor: row.balance(), ..like })
    }

    fn adding_credit(&self, bid: &BuyerRef, delta: Money) -> Result<Update, Error> {
        let knows_again = if delta.minor > 0 { " REMOVE lo, lt" } else { "" };
        Update::builder()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::credit(bid))))
            .update_expression(format!("SET bal = if_not_exists(bal, :zero) + :delta, c = :c{knows_again}"))
            .condition_expression(IN_CURRENCY)
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":delta", number(delta.minor))
            .expression_attribute_values(":c", text(delta.currency.code()))
            .build()
            .map_err(Error::item)
    }

    fn marking_added(&self, bid: &BuyerRef, delta: Money, id: &str) -> Result<Put, Error> {
        let keys::Key { pk, sk } = keys::credit_added(bid, id);
        Put::builder()
            .table_name(&self.tables.setup)
            .set_item(Some(to_item(&Marker { pk, sk, d: delta })?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)
    }
}
