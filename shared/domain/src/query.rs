//! Which leads are asked for, what each word of that means, and how the leads are found with the least reading.
//!
//! A [`LeadQuery`] says what is asked; [`LeadQuery::takes`] is the one place that decides whether a lead is meant. A [`Path`] is a
//! way to all leads that may be meant, newest first; [`plan`] picks the cheapest of them. Whoever walks it may leave out what
//! [`LeadQuery::may_take`] refuses by what an index tells, and asks `takes` about the rest.

mod fold;
mod path;
mod plan;
#[cfg(test)]
mod properties;
mod sought;
mod takes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    path::Path,
    plan::{Considered, Known, Numbers, Plan, SUPPLIER_PARTS, plan, status_parts},
    sought::{Sought, UnreadableSought},
};
use crate::{
    contact::Country,
    field::FieldName,
    finder::Activity,
    id::{BuyerRef, CampaignRef, DeliveryRef, LeadId, SupplierRef},
    lead::{DeliveryStatus, FollowUpStage, Method, SoldStatus},
};

/// From one instant to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    #[serde(with = "crate::time")]
    pub from: Timestamp,
    /// The last.
    #[serde(with = "crate::time")]
    pub until: Timestamp,
}

/// Which leads are asked for: all that is named has to hold; where one thing has several values, one of them. What names nothing asks
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadQuery {
    /// When they came in.
    pub received: Span,
    /// Their campaigns.
    pub campaigns: BTreeSet<CampaignRef>,
    /// Their suppliers.
    pub suppliers: BTreeSet<SupplierRef>,
    /// Who bought them, also if they were returned since. Where buyers are named, sold and delivery status are judged by what these have.
    pub buyers: BTreeSet<BuyerRef>,
    /// Deliveries that they were given to: not those that were skipped. Where some are named, so they are for the delivery status.
    pub deliveries: BTreeSet<DeliveryRef>,
    /// The countries of their campaigns when they came in.
    pub countries: BTreeSet<Country>,
    /// What has happened to them since.
    pub activities: BTreeSet<Activity>,
    /// How far who got them has got with the person by now: of deliveries and buyers that are named, if some are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub followed_up: BTreeSet<FollowUpStage>,
    /// How they came in.
    pub methods: BTreeSet<Method>,
    /// Whether they are sold.
    pub sold_statuses: BTreeSet<SoldStatus>,
    /// How their deliveries did.
    pub delivery_statuses: BTreeSet<DeliveryStatus>,
    /// What identifies them, whatever field it is in.
    pub text: BTreeSet<Sought>,
    /// What identifies them, by field.
    pub fields: BTreeMap<FieldName, BTreeSet<Sought>>,
}

/// A lead as an index or a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The lead.
    pub lead: LeadId,
    /// When it came in.
    pub received: Timestamp,
    /// What an index tells besides; lists tell nothing.
    pub facts: Option<Facts>,
}

/// What indexes tell of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The campaign.
    #[serde(rename = "c")]
    pub campid: CampaignRef,
    /// The supplier.
    #[serde(rename = "s")]
    pub sid: SupplierRef,
    /// The source, as the supplier names it.
    #[serde(rename = "so", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How it came in.
    #[serde(rename = "m")]
    pub method: Method,
    /// The campaign's country when it came in.
    #[serde(rename = "cc")]
    pub country: Country,
    /// It is deleted: the one thing here that changes, once.
    #[serde(rename = "gx", default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl LeadQuery {
    /// The same but for its texts, which may name a person.
    #[must_use]
    pub fn without_texts(self) -> Self {
        Self { text: BTreeSet::new(), fields: BTreeMap::new(), ..self }
    }

    /// All leads of a time.
    pub fn received(received: Span) -> Self {
        Self {
            received,
            campaigns: BTreeSet::new(),
            suppliers: BTreeSet::new(),
            buyers: BTreeSet::new(),
            deliveries: BTreeSet::new(),
            countries: BTreeSet::new(),
            activities: BTreeSet::new(),
            followed_up: BTreeSet::new(),
            methods: BTreeSet::new(),
            sold_statuses: BTreeSet::new(),
            delivery_statuses: BTreeSet::new(),
            text: BTreeSet::new(),
            fields: BTreeMap::new(),
        }
    }
}
