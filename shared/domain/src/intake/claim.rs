//! What a lead claims: to be the first with its data.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::SOURCE;
use crate::{campaign::Campaign, field::FieldName, id::CampaignRef, lead::Lead};

/// The data that makes two leads the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Leads of other campaigns are not compared with it.
    pub campid: CampaignRef,
    /// The compared fields and their values, in the order of their names.
    pub values: BTreeMap<FieldName, String>,
    /// When it is made.
    pub at: Timestamp,
    /// A claim made before this instant no longer holds.
    pub window_start: Timestamp,
}

impl Claim {
    /// What a lead of the campaign claims, or else it is a duplicate. What is not for sale is in nobody's way, and a lead
    /// without any of the compared fields cannot be told from others: these claim nothing.
    pub fn of(lead: &Lead, campaign: &Campaign, now: Timestamp) -> Option<Self> {
        let rule = campaign.dedupe.as_ref().filter(|_| lead.is_for_sale())?;
        let mut values = rule.values(&lead.fields);
        // It is kept as a label, but compared like any field where the campaign has a rule for it.
        let is_field = campaign.fields.iter().any(|field| field.name.as_str() == SOURCE);
        let compared = rule.fields.iter().find(|name| is_field && name.as_str() == SOURCE);
        if let Some((name, source)) = compared.zip(lead.source.as_ref()) {
            values.insert(name.clone(), source.to_lowercase());
        }
        let (campid, window_start) = (campaign.campid.clone(), rule.window_start(now));
        (!values.is_empty()).then_some(Self { campid, values, at: now, window_start })
    }
}
