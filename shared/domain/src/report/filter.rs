//! Which part of the books a report is about.

use std::collections::BTreeSet;

use super::Place;
use crate::id::{BuyerRef, CampaignRef, DeliveryRef, SupplierRef};

/// Which part of the books a report is about; an empty set leaves nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Leads of these campaigns.
    pub campaigns: BTreeSet<CampaignRef>,
    /// Leads of these suppliers.
    pub suppliers: BTreeSet<SupplierRef>,
    /// Sales to these buyers.
    pub buyers: BTreeSet<BuyerRef>,
    /// Sales by these deliveries.
    pub deliveries: BTreeSet<DeliveryRef>,
}

impl Only {
    /// Whether what is counted there is part of it. What is about no sale is about no buyer and no delivery.
    pub fn lets_through(&self, place: &Place) -> bool {
        fn has<T: Ord>(wanted: &BTreeSet<T>, found: Option<&T>) -> bool {
            wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
        }
        has(&self.campaigns, Some(&place.campid))
            && has(&self.suppliers, Some(&place.sid))
            && has(&self.buyers, place.bid.as_ref())
            && has(&self.deliveries, place.did.as_ref())
    }

    /// Whether it is about sales alone: what says nothing of a buyer and a delivery is left out.
    pub fn is_of_sales(&self) -> bool {
        !self.buyers.is_empty() || !self.deliveries.is_empty()
    }
}
