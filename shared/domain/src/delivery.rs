//! Deliveries as set up: how a campaign's leads are handed over, and when to try again.

mod auth;
mod breaker;
mod channel;
mod request;
mod secret_headers;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

pub use self::{
    auth::Auth,
    breaker::{Breaker, BreakerRule, OnFailure, Pass, Pause},
    channel::{
        Channel, Column, EmailChannel, Every, FileChannel, FilePeriod, HttpChannel, L2lChannel, MAX_TRANSFERS,
        NoTransfer, StoreChannel, TransferChannel,
    },
    request::{BodyFormat, MAX_ENTRIES, MAX_TIMEOUT_MS, Method, RequestRule},
    secret_headers::SecretHeaders,
};
use crate::{
    answer::AnswerRules,
    campaign::Campaign,
    cap::{self, Cap},
    filter::{self, Filter},
    id::{BuyerRef, CampaignRef, DeliveryRef},
    money::Money,
    outcome::FEEDBACK_WITHIN,
    retry::RetryRule,
    schedule::Schedule,
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
    /// How a lead is handed over.
    pub channel: Channel,
    /// Its opening hours; none: always open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Which leads it takes; every one has to let the lead through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How many leads it takes, by the calendar of its buyer's zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// Hours in which the buyer of a lead that it took without deciding has to say whether it buys it, 1 to 720; then it
    /// counts as refused. None: 72.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback_within_h: Option<u16>,
    /// When and how often to try again.
    #[serde(default)]
    pub retry: RetryRule,
    /// When to leave it alone for a while.
    #[serde(default)]
    pub breaker: BreakerRule,
}

impl Delivery {
    /// The longest that handing a lead over may take.
    pub fn timeout(&self) -> SignedDuration {
        self.channel.kind().timeout()
    }

    /// How long a buyer that took a lead may take to decide.
    pub fn feedback_within(&self) -> SignedDuration {
        self.feedback_within_h.map_or(FEEDBACK_WITHIN, |hours| SignedDuration::from_hours(hours.into()))
    }

    /// Whether the other side recognises a repeat, so that what was not answered may be sent again.
    pub fn is_idempotent(&self) -> bool {
        self.channel.kind().is_idempotent()
    }

    /// Where its requests go, with the place of that in the record; none for a kind that makes no requests.
    pub fn endpoint(&self) -> Option<(&'static str, &Url)> {
        self.channel.kind().endpoint()
    }

    /// How answers read; none for a kind that gets none.
    pub fn answer(&self) -> Option<&AnswerRules> {
        self.channel.kind().answer()
    }

    /// What is set aside of a buyer's credit for a request: its price, and something in any case where the buyer's answer names
    /// another; so who has nothing left is not asked.
    pub fn least_credit(&self) -> Money {
        Money { minor: self.price.minor.max(i64::from(self.lets_buyer_name_price())), ..self.price }
    }

    /// Whether its buyer may name the price, by its answer or later.
    pub fn lets_buyer_name_price(&self) -> bool {
        self.bid.is_some() && self.channel.kind().names_price()
    }

    /// What does not fit `target`, a campaign other than its own, that it puts leads into.
    pub fn check_target(&self, target: &Campaign) -> Vec<Invalid> {
        self.channel.kind().check_target(target)
    }

    /// What its templates and filters name that leads of its campaign do not have.
    pub fn check_names(&self, campaign: &Campaign) -> Vec<Invalid> {
        let known = known_names(campaign.fields.iter().map(|field| &field.name));
        let unknown = |(place, template): (String, &ValueTemplate)| {
            let error = template.check_against(&known).err()?;
            Some(Invalid::new(place, error.code(), error.to_string()))
        };
        let in_templates = self.channel.kind().templates().into_iter().filter_map(unknown);
        in_templates.chain(campaign.check_filters("filters", &self.filters)).collect()
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
        if !self.price.is_price() {
            found.push(Invalid::new("price", "range", "A price is zero or more, and at most what a lead may cost."));
        }
        if self.bid.is_none() && self.price.minor != 0 {
            found.push(Invalid::new(
                "price",
                "no_buyer",
                "Nobody pays without a buyer: name bid, or make the price zero.",
            ));
        }
        self.channel.kind().check(&self.campid, &mut found);
        if let Some(schedule) = &self.schedule {
            schedule.check("schedule", &mut found);
        }
        filter::check(&self.filters, "filters", &mut found);
        cap::check(&self.caps, "caps", &mut found);
        if self.feedback_within_h.is_some_and(|hours| !(1..=720).contains(&hours)) {
            found.push(Invalid::new("feedback_within_h", "range", "Use 1 to 720 hours."));
        }
        self.retry.check(&mut found);
        self.breaker.check(&mut found);
        found
    }

    fn links(&self) -> Vec<Link> {
        let campaign = Link { field: "campid".to_owned(), kind: Kind::Campaign, reference: self.campid.to_string() };
        let buyer = self.bid.as_ref().map(|bid| Link {
            field: "bid".to_owned(),
            kind: Kind::Buyer,
            reference: bid.to_string(),
        });
        std::iter::once(campaign).chain(buyer).chain(self.channel.kind().links()).collect()
    }

    fn keep_secrets_of(&mut self, stored: &Self) -> Vec<Invalid> {
        self.channel.keep_secrets_of(&stored.channel)
    }

    fn without_secrets(mut self) -> Self {
        self.channel.kind_mut().forget_secrets();
        self
    }
}

#[cfg(test)]
mod tests;
