//! Sales that come back: claims judged and decisions carried out, each in one write of the lead, with what follows from it.

use domain::{
    campaign::Campaign,
    id::{DeliveryRef, LeadId},
    lead::{Actor, IllegalTransition, Lead},
    returned::{self, Claim, Judgement, ReturnDecision, ReturnId, ReturnOutcome, Room, ShareOf, View},
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    Change, Changed, DeliveryQueue, Error, Identity, LineUpError, ShareChunks, Store,
    share::{PlaceFrom, SHARE_OF_RETURNS},
};

/// How often a claim is judged anew because somebody else took the last place under its buyer's share.
const TRIES: usize = 5;

/// What it takes to take sales back.
#[derive(Clone, Copy, Debug)]
pub struct Returning<'a> {
    /// The tables.
    pub store: &'a Store,
    /// The key of all hashes of personal data.
    pub identity: &'a Identity,
    /// Where leads go on that are offered to others.
    pub queue: &'a DeliveryQueue,
    /// Who wants it, as the lead is to say; none: it comes about by itself.
    pub by: Option<&'a Actor>,
    /// What the messages of it have in common.
    pub correlation_id: Option<&'a str>,
}

/// What claims are judged by beside lead and claim.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The account's zone.
    pub zone: &'a TimeZone,
    /// The account's reason codes.
    pub reasons: &'a [String],
    /// When the claim came, by which the window is kept.
    pub came: Timestamp,
    /// The time.
    pub now: Timestamp,
}

/// Where a return takes its place under its buyer's share.
#[derive(Clone, Copy, Debug)]
pub enum Places<'a> {
    /// Under the share itself, in the write of its lead.
    Each,
    /// Among those that its file has set aside.
    Chunks {
        /// The file's.
        chunks: &'a ShareChunks,
        /// The row that wants it, from 1; its claim is called by [`crate::row_order`]. After an error it is tried again before any
        /// row behind its batch is.
        row: u64,
    },
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// In one word.
    pub outcome: ReturnOutcome,
    /// The return that there is.
    pub id: Option<ReturnId>,
    /// Why it was not done, with what to do; none where it was.
    pub detail: Option<String>,
    /// The lead as it is by then; none: there is no such lead.
    pub lead: Option<Lead>,
}

/// What became of a decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided {
    /// It stands; this is the lead by then.
    Done(Box<Lead>),
    /// The lead as it is does not allow it.
    Refused(IllegalTransition),
    /// There is no such lead.
    NotFound,
}

impl Returning<'_> {
    /// Judges a claim, and does what it comes to.
    ///
    /// # Errors
    /// [`LineUpError`]; the claim may be made again, see [`Claim::order`].
    pub async fn claim(&self, id: LeadId, claim: &Claim<'_>, now: Timestamp) -> Result<Claimed, LineUpError> {
        let (settings, zone) = tokio::try_join!(self.store.cached_settings(), self.store.zone())?;
        let Some(lead) = self.store.lead(id).await? else {
            let detail = Some("There is no such lead; check the id.".to_owned());
            return Ok(Claimed { outcome: ReturnOutcome::NotFound, id: None, detail, lead: None });
        };
        let standing = Standing { zone: &zone, reasons: &settings.return_reasons, came: now, now };
        self.claim_on(lead, claim, &standing, Places::Each).await
    }

    /// The same on a lead as it was read a moment ago.
    ///
    /// # Errors
    /// As for [`Returning::claim`].
    pub async fn claim_on(
        &self,
        lead: Lead,
        claim: &Claim<'_>,
        standing: &Standing<'_>,
        places: Places<'_>,
    ) -> Result<Claimed, LineUpError> {
        let claimed = self.judged(lead, claim, standing, places).await?;
        if let Places::Chunks { chunks, row } = places {
            chunks.settle(row, claimed.lead.as_ref()).await;
        }
        Ok(claimed)
    }

    async fn judged(
        &self,
        lead: Lead,
        claim: &Claim<'_>,
        standing: &Standing<'_>,
        places: Places<'_>,
    ) -> Result<Claimed, LineUpError> {
        let Standing { zone, reasons, came, now } = *standing;
        let mut change = self.store.change(lead, self.identity).by(self.by);
        let (mut room, mut tries): (Option<Room>, usize) = (None, 0);
        loop {
            let view = View { zone, reasons, room: room.as_ref(), came, now };
            let (after, outcome, id) = match returned::judge(change.lead(), claim, &view)? {
                Judgement::NeedsRoom(of) => {
                    let (found, from) = self.room(of, places, now).await?;
                    change.take_place(from);
                    room = Some(found);
                    continue;
                }
                Judgement::Unchanged { outcome, id, detail } => {
                    // What it has done before, it has done: it is answered as it was, or would have been.
                    let detail = Some(detail).filter(|_| !outcome.is_done());
                    return Ok(Claimed { outcome, id, detail, lead: Some(change.into_lead()) });
                }
                Judgement::Change { after, outcome, id } => (after, outcome, id),
            };
            match self.write(&mut change, *after, &id.did, now).await {
                Ok(Changed::Done(lead)) => {
                    return Ok(Claimed { outcome, id: Some(id), detail: None, lead: Some(*lead) });
                }
                Ok(Changed::Gone) => {
                    return Ok(Claimed { outcome: ReturnOutcome::NotFound, id: None, detail: None, lead: None });
                }
                Ok(Changed::Stale) => {}
                // Somebody else took the last place: there may be none any more.
                Err(LineUpError::Store(Error::Contended { what: SHARE_OF_RETURNS })) if tries < TRIES => {
                    (room, tries) = (None, tries + 1);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What is left of a buyer's share, and where a place under it comes from.
    async fn room(&self, of: ShareOf, places: Places<'_>, now: Timestamp) -> Result<(Room, PlaceFrom), Error> {
        match places {
            Places::Each => Ok((self.store.share_of_returns(of, now).await?, PlaceFrom::Share)),
            Places::Chunks { chunks, row } => chunks.place(row, &of, now).await,
        }
    }

    /// Carries out a decision about a return. One that is carried out already is found so.
    ///
    /// # Errors
    /// [`LineUpError`]; the decision may be made again.
    pub async fn decide(
        &self,
        id: &ReturnId,
        decision: ReturnDecision<'_>,
        now: Timestamp,
    ) -> Result<Decided, LineUpError> {
        let Some(lead) = self.store.lead(id.lead).await? else { return Ok(Decided::NotFound) };
        let mut change = self.store.change(lead, self.identity).by(self.by);
        loop {
            let after = match returned::decide(change.lead(), id, decision, now) {
                Ok(after) if after == *change.lead() => return Ok(Decided::Done(Box::new(after))),
                Ok(after) => after,
                Err(refused) => return Ok(Decided::Refused(refused)),
            };
            match self.write(&mut change, after, &id.did, now).await? {
                Changed::Done(lead) => return Ok(Decided::Done(lead)),
                Changed::Gone => return Ok(Decided::NotFound),
                Changed::Stale => {}
            }
        }
    }

    /// Writes a step of a return; a lead whose sale it takes back is offered to others, if its campaign wants that.
    async fn write(
        &self,
        change: &mut Change<'_>,
        after: Lead,
        did: &DeliveryRef,
        now: Timestamp,
    ) -> Result<Changed, LineUpError> {
        let after = self.store.offered_again(change.lead(), after, did, now).await?;
        let changed = change.to(after).await?;
        if let Changed::Done(after) = &changed {
            self.queue.send_follow_ups(Some(change.lead()), after, now, self.correlation_id).await;
        }
        Ok(changed)
    }
}

impl Store {
    /// `after`, in which the sale of a delivery stands no longer: where its campaign wants that, it is offered to others.
    ///
    /// # Errors
    /// [`LineUpError`].
    pub(crate) async fn offered_again(
        &self,
        before: &Lead,
        after: Lead,
        did: &DeliveryRef,
        now: Timestamp,
    ) -> Result<Lead, LineUpError> {
        let stood = |lead: &Lead| lead.sale(did).is_ok_and(|sale| sale.stands());
        if !stood(before) || stood(&after) || !after.is_for_sale() {
            return Ok(after);
        }
        let Some(campaign) = self.cached::<Campaign>(after.campid.as_str()).await? else { return Ok(after) };
        if !campaign.active || !campaign.reoffer.is_some_and(|rule| rule.covers(&after, now)) {
            return Ok(after);
        }
        match self.give_out(&after.on_reoffered(did)?, &campaign, now).await {
            // Money does not wait for a record that somebody has to mend.
            Err(LineUpError::Store(error @ (Error::Unreadable(_) | Error::Item(_)))) => {
                tracing::error!(lead_id = %after.id, %did, error = %error, "a lead that came back is offered to nobody else");
                Ok(after)
            }
            offered => offered,
        }
    }
}
