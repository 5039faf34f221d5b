//! Buyers: who leads are sold to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    id::BuyerRef,
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
};

/// A buyer (BID) of leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    /// The reference the seller chose for it.
    pub bid: BuyerRef,
    /// Its name, for people.
    pub name: String,
    /// Deliveries of an inactive buyer are skipped.
    #[serde(default = "active_by_default")]
    pub active: bool,
}

impl Record for Buyer {
    const KIND: Kind = Kind::Buyer;

    fn reference(&self) -> &str {
        self.bid.as_str()
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
        found
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }
}
