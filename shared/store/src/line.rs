//! The line of a campaign: its deliveries with their buyers and how they stand, and giving a lead to whoever is next.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    distribution::Turns,
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
    members: Vec<Member>,
    /// The account's.
    zone: TimeZone,
}

/// One of them.
#[derive(Clone, Debug)]
struct Member {
    did: DeliveryRef,
    delivery: Option<Arc<Delivery>>,
    buyer: Option<Arc<Buyer>>,
    standing: Standing,
}

impl Line {
    /// The deliveries as routing wants them.
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        self.members.iter().map(Member::candidate).collect()
    }

    /// The account's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Member {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            did: &self.did,
            delivery: self.delivery.as_deref(),
            buyer: self.buyer.as_deref(),
            standing: self.standing.clone(),
        }
    }
}

impl Store {
    /// The lead, given to whoever is next in its campaign, and the turns that this takes. Nothing is written: the turns are
    /// for `Store::take_turns`, once the lead is. Until then they are noted in `pending`, so that other leads of the same
    /// request go to others.
    ///
    /// # Errors
    /// [`LineUpError`].
    pub(crate) async fn line_up(
        &self,
        lead: &Lead,
        campaign: &Campaign,
        now: Timestamp,
        pending: &Mutex<Turns>,
    ) -> Result<LinedUp, LineUpError> {
        if !routing::is_on_offer(lead) {
            return Ok(LinedUp { lead: lead.clone(), turns: Turns::default() });
        }
        let (line, mut turns) = tokio::try_join!(self.line(campaign), self.turns(campaign))?;
        let candidates = line.candidates();
        let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
        turns.apply(&pending);
        let view = View { campaign, candidates: &candidates, turns: &turns, zone: &line.zone, now };
        let lined_up = routing::line_up(lead, &view)?;
        pending.apply(&lined_up.turns);
        Ok(lined_up)
    }

    /// `Store::line_up` for a lead that is written in any case: its turns are written down with no more ado. Where others
    /// write the lead first and it is lined up again, a turn too many is paid, which the next ones make up for.
    ///
    /// # Errors
    /// [`LineUpError`].
    pub async fn give_out(&self, lead: &Lead, campaign: &Campaign, now: Timestamp) -> Result<Lead, LineUpError> {
        let LinedUp { lead, turns } = self.line_up(lead, campaign, now, &Mutex::default()).await?;
        self.take_turns(campaign, &turns).await;
        Ok(lead)
    }

    /// Reads the line of a campaign.
    ///
    /// # Errors
    /// The table's.
    pub async fn line(&self, campaign: &Campaign) -> Result<Line, Error> {
        let members = try_join_all(campaign.deliveries().into_iter().map(|did| self.member(did)));
        let (members, zone) = tokio::try_join!(members, self.zone())?;
        Ok(Line { members, zone })
    }

    /// Reads one delivery as a line of its own: it may have left its campaign's since a lead was given to it.
    ///
    /// # Errors
    /// The table's.
    pub async fn line_of(&self, did: &DeliveryRef) -> Result<Line, Error> {
        let (member, zone) = tokio::try_join!(self.member(did), self.zone())?;
        Ok(Line { members: vec![member], zone })
    }

    async fn member(&self, did: &DeliveryRef) -> Result<Member, Error> {
        let delivery = self.cached::<Delivery>(did.as_str()).await?;
        let bid = delivery.as_ref().and_then(|delivery| delivery.bid.clone());
        let buyer = match bid {
            Some(bid) => self.cached::<Buyer>(bid.as_str()).await?,
            None => None,
        };
        let no_credit = self.lacks_credit(buyer.as_deref(), delivery.as_deref()).await;
        let standing = Standing { no_credit, ..self.standing(did).await };
        Ok(Member { did: did.clone(), delivery, buyer, standing })
    }
}
