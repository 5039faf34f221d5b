//! A delivery's turn: everything that is asked before its request is written down, and what becomes of the lead if the
//! answer is no.

use domain::{
    delivery::Delivery,
    id::DeliveryRef,
    lead::{CountChange, Lead, SkipReason, WATCH_AFTER, reservation_id},
    routing::{Candidate, Obstacle, Standing, View},
    time::later,
};
use jiff::Timestamp;
use store::{Line, Reservation, Reserved, Scope};

use crate::{
    deliver::{DeliverError, Dispatcher, sending},
    reserved::SetAside,
};

/// A request that may be made: the lead with its intent, which is not written yet.
pub(crate) struct Intent {
    pub(crate) lead: Lead,
    pub(crate) lease_until: Timestamp,
}

/// What is to be done at a delivery's turn.
pub(crate) enum Turn {
    /// The lead is to be written like this: with its intent, if the delivery may have its turn now, and counted against its
    /// caps; otherwise without, and given to whoever is next.
    Write(Box<Lead>),
    /// Somebody counted the same before and is gone, or will be by then; the lead is to be looked at anew.
    Later(Timestamp),
}

impl From<Lead> for Turn {
    fn from(lead: Lead) -> Self {
        Self::Write(Box::new(lead))
    }
}

impl Turn {
    /// The lead with its intent and the end of its lease, if a request is to be made.
    fn sending(&self, did: &DeliveryRef) -> Option<(&Lead, Timestamp)> {
        match self {
            Self::Write(lead) => sending(lead, did).map(|(_, lease_until)| (lead.as_ref(), lease_until)),
            Self::Later(_) => None,
        }
    }
}

impl Dispatcher {
    /// Asks everything that is to be asked at a delivery's turn.
    pub(crate) async fn turn(
        &self,
        lead: &Lead,
        did: &DeliveryRef,
        own: &Line,
        intent: Intent,
        now: Timestamp,
    ) -> Result<Turn, DeliverError> {
        let candidates = own.candidates();
        // What may be with the buyer already is seen through: whatever else keeps leads from it has no say in that.
        if lead.deliveries.get(did).is_some_and(|delivery| delivery.state.occupies_slot()) {
            return Ok(match not_repeated(candidates.first()) {
                None => intent.lead.into(),
                Some(why) => lead.on_repeat_given_up(did, &why, now)?.into(),
            });
        }
        let (Some(own_candidate), Some(campaign)) =
            (candidates.first(), self.store.cached::<domain::campaign::Campaign>(lead.campid.as_str()).await?)
        else {
            return Ok(self.skipped(lead, did, SkipReason::DeliveryMissing, now).await?.into());
        };
        let turns = domain::distribution::Turns::default();
        let view = View { campaign: &campaign, candidates: &candidates, turns: &turns, zone: own.zone(), now };
        match own_candidate.eligible(lead, &view) {
            Err(Obstacle::Skip(reason)) => return Ok(self.skipped(lead, did, reason, now).await?.into()),
            Err(Obstacle::Closed(until)) => return Ok(lead.on_held(did, until, now)?.into()),
            Err(Obstacle::Paused(until)) => return Ok(self.paused(lead, did, until, now).await?.into()),
            Ok(()) => {}
        }
        let Some(delivery) = own_candidate.delivery else {
            return Ok(self.skipped(lead, did, SkipReason::DeliveryMissing, now).await?.into());
        };
        if Box::pin(self.buyer_has_it(lead, own_candidate, now)).await? {
            return Ok(self.skipped(lead, did, SkipReason::BuyerHasIt, now).await?.into());
        }
        let turn = Box::pin(self.counted(lead, delivery, own_candidate, own, intent, now)).await?;
        let turn = Box::pin(self.agreed(lead, delivery, own_candidate, campaign.min_revenue, turn, now)).await?;
        // Last of all, as whoever is let through a pause is the only one for a while.
        let Some((after, lease_until)) = turn.sending(did) else { return Ok(turn) };
        match Box::pin(self.may_send(delivery, now, lease_until)).await? {
            None => Ok(turn),
            Some(until) => {
                Box::pin(self.forget(did, SetAside::of(after, did))).await;
                Ok(self.paused(lead, did, until, now).await?.into())
            }
        }
    }

    /// Counts the request against the delivery's caps, by the calendar of its buyer.
    async fn counted(
        &self,
        lead: &Lead,
        delivery: &Delivery,
        candidate: &Candidate<'_>,
        own: &Line,
        intent: Intent,
        now: Timestamp,
    ) -> Result<Turn, DeliverError> {
        let (did, scope) = (&delivery.did, Scope::Delivery(delivery.did.clone()));
        let Some(attempt) = intent.lead.delivery(did)?.state.open_attempt().filter(|_| !delivery.caps.is_empty())
        else {
            return Ok(intent.lead.into());
        };
        let windows = candidate.windows(own.zone(), now);
        let reservation = Reservation { id: reservation_id(attempt), lead: lead.id, lease_until: intent.lease_until };
        match self.store.reserve(&scope, &windows, &reservation).await? {
            Reserved::Done(counted) | Reserved::Already(counted) => Ok(intent.lead.counting(did, counted).into()),
            // A place that was taken for this very lead is in nobody's way but its own: once whoever took it is gone, it is
            // given up, and there is one place more than before.
            Reserved::Held(left) => {
                let free_at = later(left.lease_until, WATCH_AFTER);
                if free_at > now || lead.leftover(did, &left.id) != Some(CountChange::Release) {
                    return Ok(Turn::Later(free_at.max(later(now, WATCH_AFTER))));
                }
                if self.store.fence(lead).await? {
                    self.store.release(&scope, &left.id, Some(&left.counted)).await?;
                }
                Ok(Turn::Later(now))
            }
            Reserved::Full { per } => {
                let full = windows.iter().find(|window| window.per == per).cloned();
                self.store.note_standing(did, Standing { full, ..candidate.standing.clone() }).await;
                Ok(self.skipped(lead, did, SkipReason::Cap(per), now).await?.into())
            }
        }
    }

    async fn buyer_has_it(&self, lead: &Lead, candidate: &Candidate<'_>, now: Timestamp) -> Result<bool, DeliverError> {
        let Some((buyer, rule)) = candidate.buyer.and_then(|buyer| Some((buyer, buyer.dedupe.as_ref()?))) else {
            return Ok(false);
        };
        // Two deliveries of one buyer are one buyer.
        let others = lead.deliveries.iter().filter(|(did, _)| *did != candidate.did);
        let mut own = others.filter(|(_, other)| other.bid.as_ref() == Some(&buyer.bid));
        if own.any(|(_, other)| other.state.occupies_slot()) {
            return Ok(true);
        }
        Ok(self.store.has_had(&buyer.bid, rule, lead, &self.identity, now).await?)
    }

    /// Another delivery may take it meanwhile; one that has been tried already waits.
    async fn paused(
        &self,
        lead: &Lead,
        did: &DeliveryRef,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Lead, DeliverError> {
        self.store.note_standing(did, Standing { paused_until: Some(until), ..Standing::default() }).await;
        match lead.on_taken_back(did) {
            Ok(lead) => Box::pin(self.lined_up(lead, now)).await,
            Err(_) => Box::pin(self.lined_up(lead.on_paused(did, until, now)?, now)).await,
        }
    }
}

/// Why a request that may have been taken is not made again; none: it is. Where it had not been taken, a repeat sells the
/// lead, so nobody is asked who is switched off; and who does not recognise it could buy twice.
fn not_repeated(own: Option<&Candidate<'_>>) -> Option<String> {
    match own.map_or(Err(SkipReason::DeliveryMissing), Candidate::set_up) {
        Ok(delivery) if delivery.is_idempotent() => None,
        Ok(_) => Some("its buyer does not recognise repeats any more".to_owned()),
        Err(reason) => Some(reason.detail()),
    }
}
