//! What a responder has come to: counted with each step of an enrolment, and added up when somebody asks.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{
    id::ResponderRef,
    responder::{Count, Enrolment, counts},
};

use crate::{
    Error, Store,
    item::{Item, key_attributes, number, text},
    keys,
};

/// The numbers of a responder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponderNumbers(BTreeMap<Count, u64>);

impl ResponderNumbers {
    /// How many there are.
    pub fn of(&self, count: Count) -> u64 {
        self.0.get(&count).copied().unwrap_or_default()
    }

    /// All that are not zero.
    pub fn iter(&self) -> impl Iterator<Item = (Count, u64)> {
        self.0.iter().map(|(count, number)| (*count, *number))
    }

    /// The leads that have joined and are neither through nor stopped.
    pub fn active(&self) -> u64 {
        let is_end = |count: &Count| matches!(count, Count::Finished | Count::Stopped(_));
        let ended: u64 = self.iter().filter(|(count, _)| is_end(count)).map(|(_, number)| number).sum();
        self.of(Count::Joined).saturating_sub(ended)
    }
}

impl Store {
    /// What a responder has come to.
    ///
    /// # Errors
    /// The table's.
    pub async fn responder_numbers(&self, rid: &ResponderRef) -> Result<ResponderNumbers, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::all_responder_numbers(rid)))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let mut numbers = BTreeMap::new();
        for (count, number) in got.items().iter().flat_map(numbers_of) {
            *numbers.entry(count).or_default() += number;
        }
        Ok(ResponderNumbers(numbers))
    }

    /// What a step of an enrolment adds to the numbers; there has to be something.
    pub(super) fn numbers_write(
        &self,
        before: Option<&Enrolment>,
        after: &Enrolment,
    ) -> Result<TransactWriteItem, Error> {
        let slot = keys::shard(after.lead, keys::NUMBER_SLOTS);
        let mut update = Update::builder()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::responder_numbers(&after.rid, slot))))
            .expression_attribute_values(":one", number(1));
        let mut adds = Vec::new();
        for (at, count) in counts(before, after).into_iter().enumerate() {
            update = update.expression_attribute_names(format!("#c{at}"), count.key());
            adds.push(format!("#c{at} :one"));
        }
        let update = update.update_expression(format!("ADD {}", adds.join(", "))).build().map_err(Error::item)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn numbers_of(item: &Item) -> impl Iterator<Item = (Count, u64)> {
    item.iter().filter_map(|(key, value)| Some((Count::of_key(key)?, value.as_n().ok()?.parse().ok()?)))
}
