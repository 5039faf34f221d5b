//! Turns: who is behind its share of a campaign's leads, kept for groups whose deliveries take turns.
//!
//! Fairness is worth one read and one small write a lead, and no more: turns are added up without conditions, so two leads
//! at the very same time may both go to whoever is next, and a turn that cannot be written down is lost rather than waited
//! for. What comes after makes up for both.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{campaign::Campaign, distribution::Credits};

use crate::{
    Error, Store,
    item::{Item, key_attributes, number},
    keys,
};

/// Attributes that are credits of a delivery begin so.
const CREDIT: &str = "d#";

impl Store {
    /// Who is behind its share; nobody, where nobody takes turns.
    ///
    /// # Errors
    /// The table's.
    pub(crate) async fn credits(&self, campaign: &Campaign) -> Result<Credits, Error> {
        if !campaign.takes_turns() {
            return Ok(Credits::default());
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
        Ok(credits_of(&got.item.unwrap_or_default()))
    }

    /// Writes down what turns have changed. That they cannot be written is no reason to keep a lead from its buyer.
    pub async fn take_turns(&self, campaign: &Campaign, turns: &Credits) {
        if turns.0.is_empty() {
            return;
        }
        if let Err(error) = self.add_turns(campaign, turns).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(campid = %campaign.campid, error, "a turn was not written down");
        }
    }

    async fn add_turns(&self, campaign: &Campaign, turns: &Credits) -> Result<(), Error> {
        let mut names = HashMap::new();
        let mut values = HashMap::new();
        let mut adds = Vec::new();
        for (at, (did, by)) in turns.0.iter().enumerate() {
            names.insert(format!("#d{at}"), format!("{CREDIT}{did}"));
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

fn credits_of(item: &Item) -> Credits {
    let credit = |(name, value): (&String, &AttributeValue)| {
        Some((name.strip_prefix(CREDIT)?.parse().ok()?, value.as_n().ok()?.parse().ok()?))
    };
    Credits(item.iter().filter_map(credit).collect::<BTreeMap<_, _>>())
}
