//! What is agreed with a buyer at the moment a request to it is written down; later edits of the
//! delivery or its buyer do not reach it.

use serde::{Deserialize, Serialize};

use super::Lead;
use crate::{
    buyer::ReturnTerms,
    id::DeliveryRef,
    money::{Money, compact},
};

/// The terms of a request, and then of the sale that comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// What the buyer pays, unless its answer names another price.
    #[serde(rename = "pr", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub price: Option<Money>,
    /// The least that it may pay, where its answer can name a price: the campaign's least revenue.
    #[serde(rename = "le", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub least: Option<Money>,
    /// What of the buyer's credit is set aside for it; none: the buyer is sent bills. In a sale, its price is what is taken.
    #[serde(rename = "cr", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub credit: Option<Money>,
    /// On which terms it may be returned; none: on those that hold for everybody.
    #[serde(rename = "rt", default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnTerms>,
}

impl Agreed {
    /// Whether nothing is agreed beyond what holds for everybody.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Lead {
    /// The lead with the request that is written down made on these terms.
    #[must_use]
    pub fn agreeing(mut self, did: &DeliveryRef, agreed: Agreed) -> Self {
        if let Some(delivery) = self.deliveries.get_mut(did) {
            delivery.agreed = agreed;
        }
        self
    }
}
