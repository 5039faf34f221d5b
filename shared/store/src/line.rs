//! The line of a campaign: its deliveries in order, with their buyers, from the cache.

use std::sync::Arc;

use domain::{buyer::Buyer, campaign::Campaign, delivery::Delivery, id::DeliveryRef, routing::Candidate};
use futures::future::try_join_all;

use crate::{Error, Store};

/// The deliveries of a campaign, in the order in which they are offered a lead.
#[derive(Clone, Debug, Default)]
pub struct Line {
    places: Vec<Place>,
}

/// One of them.
#[derive(Clone, Debug)]
struct Place {
    did: DeliveryRef,
    delivery: Option<Arc<Delivery>>,
    buyer: Option<Arc<Buyer>>,
}

impl Line {
    /// The line as routing wants it.
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        self.places.iter().map(Place::candidate).collect()
    }
}

impl Place {
    fn candidate(&self) -> Candidate<'_> {
        Candidate { did: &self.did, delivery: self.delivery.as_deref(), buyer: self.buyer.as_deref() }
    }
}

impl Store {
    /// Reads the line of a campaign.
    ///
    /// # Errors
    /// The table's.
    pub async fn line(&self, campaign: &Campaign) -> Result<Line, Error> {
        let places = try_join_all(campaign.deliveries.iter().map(|did| self.place(did))).await?;
        Ok(Line { places })
    }

    /// Reads one delivery as a line of its own: it may have left its campaign's since a lead was given to it.
    ///
    /// # Errors
    /// The table's.
    pub async fn line_of(&self, did: &DeliveryRef) -> Result<Line, Error> {
        Ok(Line { places: vec![self.place(did).await?] })
    }

    async fn place(&self, did: &DeliveryRef) -> Result<Place, Error> {
        let delivery = self.cached::<Delivery>(did.as_str()).await?;
        let bid = delivery.as_ref().and_then(|delivery| delivery.bid.clone());
        let buyer = match bid {
            Some(bid) => self.cached::<Buyer>(bid.as_str()).await?,
            None => None,
        };
        Ok(Place { did: did.clone(), delivery, buyer })
    }
}
