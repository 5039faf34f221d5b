//! Turns: who is behind its share of a campaign's leads, kept for groups whose deliveries take turns.
//!
//! Fairness is worth one read and one small write a lead, and no more: turns are added up without conditions, so two leads
//! at the very same time may both go to whoever is next, and a turn that cannot be written down is lost rather than waited
//! for. What comes after makes up for both.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{campaign::Campaign, distribution::Turns};

use crate::{
    Error, Store,
    item::{Item, key_attributes, number},
    keys,
};

/// Attributes about a delivery begin so.
const DELIVERY: &str = "d#";

impl Store {
    /// Who is behind its share; nobody, where nobody takes turns.
    ///
    /// # Errors
    /// The table's.
    pub(crate) async fn turns(&self, campaign: &Campaign) -> Result<Turns, Error> {
        if !campaign.takes_turns() {
            return Ok(Turns::default());
        }
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::turns(&campaign.campid))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        Ok(turns_of(&got.item.unwrap_or_default()))
    }

    /// Writes down what turns have changed. That they cannot be written is no reason to keep a lead from its buyer.
    pub(crate) async fn take_turns(&self, campaign: &Campaign, turns: &Turns) {
        if turns.0.is_empty() {
            return;
        }
        if let Err(error) = self.add_turns(campaign, turns).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(campid = %campaign.campid, error, "a turn was not written down");
        }
    }

    async fn add_turns(&self, campaign: &Campaign, turns: &Turns) -> Result<(), Error> {
        let mut names = HashMap::new();
        let mut values = HashMap::new();
        let mut adds = Vec::new();
        for (at, (did, by)) in turns.0.iter().enumerate() {
            names.insert(format!("#d{at}"), format!("{DELIVERY}{did}"));
            values.insert(format!(":d{at}"), number(by));
            adds.push(format!("#d{at} :d{at}"));
        }
        self.db
            .update_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::turns(&campaign.campid))))
            .update_expression(format!("ADD {}", adds.join(", ")))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .send()
            .await
            .map_err(Error::service("UpdateItem"))?;
        Ok(())
    }
}

fn turns_of(item: &Item) -> Turns {
    let turn = |(name, value): (&String, &AttributeValue)| {
        Some((name.strip_prefix(DELIVERY)?.parse().ok()?, value.as_n().ok()?.parse().ok()?))
    };
    Turns(item.iter().filter_map(turn).collect::<BTreeMap<_, _>>())
}
