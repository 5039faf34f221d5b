//! The writes of a counter's row.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{ReturnValue, Update, builders::UpdateBuilder},
};
use domain::cap::{Counted, Windows};

use super::{Scope, row::CountedIn};
use crate::{
    Error, Reservation, Store,
    item::{Item, key_attributes, number, text},
    keys,
    reservation::open,
};

/// An update expression with its names and values.
pub(super) struct Change {
    expression: String,
    names: HashMap<String, String>,
    values: Item,
}

/// One less in each window, and the reservation gone. A window that is forgotten is not brought back below nothing.
pub(super) fn take_back(counted: &Counted, id: &str) -> Change {
    let mut names = HashMap::from([("#o".to_owned(), open(id))]);
    let mut sets = Vec::new();
    for (at, name) in counted.names().enumerate() {
        names.insert(format!("#w{at}"), name.to_owned());
        sets.push(format!("#w{at} = if_not_exists(#w{at}, :one) - :one"));
    }
    let (set, values) = if sets.is_empty() {
        (String::new(), Item::new())
    } else {
        (format!("SET {} ", sets.join(", ")), Item::from([(":one".to_owned(), number(1))]))
    };
    Change { expression: format!("{set}REMOVE #o"), names, values }
}

impl Change {
    pub(super) fn into_update(self) -> UpdateBuilder {
        Update::builder()
            .update_expression(self.expression)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values((!self.values.is_empty()).then_some(self.values))
    }
}

impl Store {
    /// One more in each window that is not full, and the reservation; its answer is the row.
    pub(crate) fn reserving(
        &self,
        scope: &Scope,
        windows: &Windows,
        reservation: &Reservation,
    ) -> Result<UpdateItemFluentBuilder, Error> {
        let entry = reservation.of(CountedIn { counted: windows.counted() })?;
        let (mut adds, mut conditions) = (Vec::new(), vec!["attribute_not_exists(#o)".to_owned()]);
        let mut update = self
            .counter_update(scope)
            .expression_attribute_names("#o", open(&reservation.id))
            .expression_attribute_values(":o", entry)
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew);
        for (at, window) in windows.iter().enumerate() {
            adds.push(format!("#w{at} :one"));
            conditions.push(format!("(attribute_not_exists(#w{at}) OR #w{at} < :l{at})"));
            update = update
                .expression_attribute_names(format!("#w{at}"), &window.name)
                .expression_attribute_values(format!(":l{at}"), number(window.limit));
        }
        Ok(update
            .update_expression(format!("SET #o = :o ADD {}", adds.join(", ")))
            .condition_expression(conditions.join(" AND ")))
    }

    /// The reservation gone, if it is there.
    pub(crate) fn confirming(&self, scope: &Scope, id: &str) -> UpdateItemFluentBuilder {
        self.counter_update(scope)
            .update_expression("REMOVE #o")
            .condition_expression("attribute_exists(#o)")
            .expression_attribute_names("#o", open(id))
    }

    /// [`take_back`], if the reservation is there and counted in these windows.
    pub(crate) fn releasing(&self, scope: &Scope, id: &str, counted: &Counted) -> UpdateItemFluentBuilder {
        let Change { expression, names, values } = take_back(counted, id);
        self.counter_update(scope)
            .update_expression(expression)
            .condition_expression("#o.w = :w")
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .expression_attribute_values(":w", text(counted.to_string()))
    }

    /// These attributes gone.
    pub(super) fn forgetting(&self, scope: &Scope, names: &[String]) -> UpdateItemFluentBuilder {
        let places: Vec<String> = (0..names.len()).map(|at| format!("#p{at}")).collect();
        let names = places.iter().cloned().zip(names.iter().cloned()).collect();
        self.counter_update(scope)
            .update_expression(format!("REMOVE {}", places.join(", ")))
            .set_expression_attribute_names(Some(names))
    }

    fn counter_update(&self, scope: &Scope) -> UpdateItemFluentBuilder {
        self.db.update_item().table_name(&self.tables.setup).set_key(Some(key_attributes(keys::counter(scope))))
    }
}
