//! The line of a campaign: its deliveries with their buyers and how they stand, and giving a lead to whoever is next.

use std::sync::Arc;

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    id::DeliveryRef,
    lead::{IllegalTransition, Lead},
    routing::{self, Candidate, LinedUp, Standing, View},
};
use futures::future::try_join_all;
use jiff::{Timestamp, tz::TimeZone};

use crate::{Error, Store};

/// Why a lead was given to nobody.
#[derive(Debug, thiserror::Error)]
pub enum LineUpError {
    /// The tables.
    #[error(transparent)]
    Store(#[from] Error),
    /// The state machine refused a step that should be open.
    #[error("a step was refused: {0}")]
    Illegal(#[from] IllegalTransition),
}

/// Some deliveries, with what routing wants to know of them.
#[derive(Clone, Debug)]
pub struct Line {
    places: Vec<Place>,
    /// The account's.
    zone: TimeZone,
}

/// One of them.
#[derive(Clone, Debug)]
struct Place {
    did: DeliveryRef,
    delivery: Option<Arc<Delivery>>,
    buyer: Option<Arc<Buyer>>,
    standing: Standing,
}

impl Line {
    /// The deliveries as routing wants them.
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        self.places.iter().map(Place::candidate).collect()
    }

    /// The account's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Place {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            did: &self.did,
            delivery: self.delivery.as_deref(),
            buyer: self.buyer.as_deref(),
            standing: self.standing,
        }
    }
}

impl Store {
    /// The lead, given to whoever is next in its campaign. Nothing of it is written but the turns that were taken: if the
    /// lead is then not written either, somebody has paid for a lead that it did not get, which the next turns make up for.
    ///
    /// # Errors
    /// [`LineUpError`].
    pub async fn line_up(&self, lead: &Lead, campaign: &Campaign, now: Timestamp) -> Result<Lead, LineUpError> {
        if !lead.is_for_sale() {
            return Ok(lead.clone());
        }
        let (line, credits) = tokio::try_join!(self.line(campaign), self.credits(campaign))?;
        let candidates = line.candidates();
        let view = View { campaign, candidates: &candidates, credits: &credits, zone: &line.zone, now };
        let LinedUp { lead, turns } = routing::line_up(lead, &view)?;
        self.take_turns(campaign, &turns).await;
        Ok(lead)
    }

    /// Reads the line of a campaign.
    ///
    /// # Errors
    /// The table's.
    pub async fn line(&self, campaign: &Campaign) -> Result<Line, Error> {
        let places = try_join_all(campaign.deliveries().into_iter().map(|did| self.place(did)));
        let (places, zone) = tokio::try_join!(places, self.zone())?;
        Ok(Line { places, zone })
    }

    /// Reads one delivery as a line of its own: it may have left its campaign's since a lead was given to it.
    ///
    /// # Errors
    /// The table's.
    pub async fn line_of(&self, did: &DeliveryRef) -> Result<Line, Error> {
        let (place, zone) = tokio::try_join!(self.place(did), self.zone())?;
        Ok(Line { places: vec![place], zone })
    }

    async fn place(&self, did: &DeliveryRef) -> Result<Place, Error> {
        let delivery = self.cached::<Delivery>(did.as_str()).await?;
        let bid = delivery.as_ref().and_then(|delivery| delivery.bid.clone());
        let buyer = match bid {
            Some(bid) => self.cached::<Buyer>(bid.as_str()).await?,
            None => None,
        };
        Ok(Place { did: did.clone(), delivery, buyer, standing: self.standing(did).await })
    }
}
