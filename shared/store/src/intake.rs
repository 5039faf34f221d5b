//! The one way in for leads, whoever brings them: given to whoever is next in line, under the caps, the first with its data, and
//! its request answered once.

use std::sync::{Arc, Mutex};

use domain::{
    campaign::Campaign,
    distribution::Turns,
    intake::{Claim, as_duplicate, as_given_out, as_over_cap},
    lead::Lead,
    routing::LinedUp,
    supplier::Supplier,
};

use crate::{
    Earlier, Error, Identity, LineUpError, Once, Store, StoredAnswer,
    admit::Admitted,
    keys,
    room::{Places, Room, is_capped},
};

/// A judged lead on its way in, given to whoever is next in its campaign. Nothing of it is written yet.
#[derive(Clone, Debug)]
pub struct Incoming {
    campaign: Arc<Campaign>,
    supplier: Arc<Supplier>,
    lead: Lead,
    /// The turns that its deliveries take if it is taken in as it is.
    turns: Turns,
}

/// A request that may come twice, and how it is answered.
#[derive(Clone, Copy)]
pub struct Answering<'a> {
    /// The request.
    pub once: &'a Once,
    /// The answer to it, by the lead that is stored: on its way in, that may turn out to be a duplicate, or one too many.
    pub answer: &'a (dyn Fn(&Lead) -> serde_json::Result<StoredAnswer> + Sync),
}

/// What became of a lead that came in.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenIn {
    /// It is stored, taken or rejected.
    Stored {
        /// As it is stored.
        lead: Box<Lead>,
        /// What its request will be answered again, if that may come twice.
        answer: Option<StoredAnswer>,
    },
    /// It is not stored, for what its request was before.
    Earlier(Earlier),
}

/// The store failed before it was known what became of a lead.
#[derive(Debug, thiserror::Error)]
pub enum NotTakenIn {
    /// The lead is not there.
    #[error(transparent)]
    NotBegun(Error),
    /// It may be there; the same lead once more will find out.
    #[error(transparent)]
    InDoubt(Error),
}

impl From<NotTakenIn> for Error {
    fn from(error: NotTakenIn) -> Self {
        match error {
            NotTakenIn::NotBegun(error) | NotTakenIn::InDoubt(error) => error,
        }
    }
}

impl Incoming {
    /// The lead as it will be stored, if there is room for it, and nobody was first with its data.
    pub fn lead(&self) -> &Lead {
        &self.lead
    }

    /// Its campaign, as it was when the lead was judged.
    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }

    fn turned_down(self, lead: Lead) -> Self {
        Self { lead, turns: Turns::default(), ..self }
    }
}

impl Store {
    /// A judged lead, given to whoever is next in its campaign. Nothing is written. `pending` are the turns that other leads of
    /// the same request take.
    ///
    /// # Errors
    /// [`LineUpError`].
    pub async fn incoming(
        &self,
        judged: &Lead,
        campaign: Arc<Campaign>,
        supplier: Arc<Supplier>,
        pending: &Mutex<Turns>,
    ) -> Result<Incoming, LineUpError> {
        let LinedUp { lead, turns } = self.line_up(judged, &campaign, judged.received, pending).await?;
        Ok(Incoming { campaign, supplier, lead: as_given_out(lead), turns })
    }

    /// Stores a lead that comes in: as rejected, if there is no room for it, or another one has claimed what it claims; or not
    /// at all, if its request came before.
    ///
    /// # Errors
    /// [`NotTakenIn`] says whether the lead may be there.
    pub async fn take_in(
        &self,
        incoming: Incoming,
        answering: Option<Answering<'_>>,
        identity: &Identity,
    ) -> Result<TakenIn, NotTakenIn> {
        let Incoming { lead, campaign, supplier, .. } = &incoming;
        if !is_capped(lead, campaign, supplier) {
            return self.take_in_with(incoming, Places::default(), answering, identity).await;
        }
        let once = answering.map(|answering| answering.once);
        // A request that was answered before must not find its own place taken.
        if let Some(once) = once
            && let Some(earlier) = self.replay(once, identity, lead.received).await.map_err(NotTakenIn::NotBegun)?
        {
            return Ok(TakenIn::Earlier(earlier));
        }
        let request = once.map(|once| once.name(identity));
        let room = self.take_room(lead, campaign, supplier, request.as_deref(), lead.received).await;
        match room.map_err(NotTakenIn::NotBegun)? {
            Room::Taken(places) => self.take_in_with(incoming, places, answering, identity).await,
            Room::Full { whose, per } => {
                let over_cap = as_over_cap(lead, whose, per);
                self.take_in_with(incoming.turned_down(over_cap), Places::default(), answering, identity).await
            }
        }
    }

    /// Stores a lead that has its places, if it has to have any.
    async fn take_in_with(
        &self,
        mut incoming: Incoming,
        mut places: Places,
        answering: Option<Answering<'_>>,
        identity: &Identity,
    ) -> Result<TakenIn, NotTakenIn> {
        loop {
            let Incoming { lead, campaign, turns, .. } = &incoming;
            let answer = answering.map(|Answering { answer, .. }| answer(lead)).transpose();
            let answer = answer.map_err(|error| NotTakenIn::NotBegun(Error::item(error)))?;
            let shard = keys::campaign_shard(campaign, lead.id, lead.received);
            let claim = Claim::of(lead, campaign, lead.received);
            let once = answering.map(|answering| answering.once).zip(answer.as_ref());
            // Should this fail, nobody knows whether the lead is there: the sweeper will look, and settle its places.
            match self.admit(lead, shard, claim.as_ref(), once, identity).await.map_err(not_admitted)? {
                Admitted::Stored => {
                    tokio::join!(self.keep_room(&places), self.take_turns(campaign, turns));
                    return Ok(TakenIn::Stored { lead: Box::new(incoming.lead), answer });
                }
                Admitted::Earlier(earlier) => {
                    self.give_up_room(&places).await;
                    return Ok(TakenIn::Earlier(earlier));
                }
                // As such it claims nothing, and is one no more.
                Admitted::Duplicate { of } => {
                    self.give_up_room(&std::mem::take(&mut places)).await;
                    tracing::info!(lead_id = %lead.id, duplicate_of = %of, "lead is a duplicate");
                    let duplicate = as_duplicate(lead);
                    incoming = incoming.turned_down(duplicate);
                }
            }
        }
    }
}

fn not_admitted(error: Error) -> NotTakenIn {
    match error {
        Error::Contended { .. } => NotTakenIn::NotBegun(error),
        Error::Unreadable(_) | Error::Item(_) | Error::Service { .. } | Error::TooMuchToRead { .. } => {
            NotTakenIn::InDoubt(error)
        }
    }
}
