//! Deliveries as set up: where a campaign's leads are sent, what is sent, how the answer reads, when to try again.

mod auth;
mod request;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    auth::Auth,
    request::{BodyFormat, MAX_ENTRIES, MAX_TIMEOUT_MS, RequestRule},
};
use crate::{
    answer::AnswerRules,
    campaign::Campaign,
    id::{BuyerRef, CampaignRef, DeliveryRef},
    money::Money,
    retry::RetryRule,
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
    template::{ValueTemplate, known_names},
};

/// A configured way to send the leads of one campaign somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The reference the seller chose for it.
    pub did: DeliveryRef,
    /// Its name, for people.
    pub name: String,
    /// Inactive deliveries are skipped.
    #[serde(default = "active_by_default")]
    pub active: bool,
    /// The campaign whose leads it takes.
    pub campid: CampaignRef,
    /// The buyer that pays for what it accepts. Without one an acceptance is a delivery, but no sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// What the buyer pays for an accepted lead, unless its answer names a price.
    pub price: Money,
    /// The request.
    pub request: RequestRule,
    /// How the answer reads.
    pub answer: AnswerRules,
    /// When and how often to try again.
    #[serde(default)]
    pub retry: RetryRule,
}

impl Delivery {
    /// What its templates name that leads of its campaign do not have.
    pub fn check_names(&self, campaign: &Campaign) -> Vec<Invalid> {
        let known = known_names(campaign.fields.iter().map(|field| &field.name));
        let unknown = |(place, template): (String, &ValueTemplate)| {
            let error = template.check_against(&known).err()?;
            Some(Invalid::new(place, error.code(), error.to_string()))
        };
        self.request.templates().filter_map(unknown).collect()
    }
}

impl Record for Delivery {
    const KIND: Kind = Kind::Delivery;

    fn reference(&self) -> &str {
        self.did.as_str()
    }

    fn is_active(&self) -> bool {
        self.active
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check_name(&self.name, &mut found);
        if self.price.is_negative() {
            found.push(Invalid::new("price", "range", "A price is zero or more."));
        }
        if self.bid.is_none() && self.price.minor != 0 {
            found.push(Invalid::new(
                "price",
                "no_buyer",
                "Nobody pays without a buyer: name bid, or make the price zero.",
            ));
        }
        self.request.check(&mut found);
        self.answer.check(&mut found);
        self.retry.check(&mut found);
        found
    }

    fn links(&self) -> Vec<Link> {
        let campaign = Link { field: "campid".to_owned(), kind: Kind::Campaign, reference: self.campid.to_string() };
        let buyer = self.bid.as_ref().map(|bid| Link {
            field: "bid".to_owned(),
            kind: Kind::Buyer,
            reference: bid.to_string(),
        });
        std::iter::once(campaign).chain(buyer).collect()
    }

    fn keep_secrets_of(&mut self, stored: &Self) {
        self.request.auth.keep_secret_of(&stored.request.auth);
    }

    fn without_secrets(mut self) -> Self {
        self.request.auth.forget_secret();
        self
    }
}

#[cfg(test)]
mod tests;
