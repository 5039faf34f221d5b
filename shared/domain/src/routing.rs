//! Routing: which deliveries get a lead next, and why the others do not.
//!
//! The groups of a campaign have their turn one after the other. A group keeps its turn while it has the lead on the way to
//! a buyer; then, if the lead has sales left, the next one has it. Whoever is passed over is told why, once.

mod eligible;
mod left;

#[cfg(test)]
mod tests;

use jiff::{Timestamp, tz::TimeZone};

pub use self::{
    eligible::{Candidate, Obstacle, Standing},
    left::{NotReached, not_reached},
};
use crate::{
    campaign::Campaign,
    distribution::{Group, Turns},
    id::DeliveryRef,
    lead::{IllegalTransition, Lead, LeadDelivery, SkipReason, Stage},
};

/// Why a lead is put aside that nobody could be asked about.
pub const ALL_SKIPPED: &str = "every delivery was skipped";

/// All that routing looks at beside the lead.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The campaign, with its groups.
    pub campaign: &'a Campaign,
    /// Its deliveries, each with what is known of it.
    pub candidates: &'a [Candidate<'a>],
    /// Who is behind its share.
    pub turns: &'a Turns,
    /// The account's zone, whose day ages are judged by.
    pub zone: &'a TimeZone,
    /// The time.
    pub now: Timestamp,
}

/// What routing decides.
#[derive(Clone, Debug, PartialEq)]
pub struct LinedUp {
    /// The lead, given to whoever is next.
    pub lead: Lead,
    /// What the turns that were taken add to those before; empty when nobody took turns.
    pub turns: Turns,
}

/// Gives the lead to whoever is next in line: to buyers as long as it has sales to give. Those that cannot have it are
/// passed over with their reason, and when that were all of them, the campaign may put the lead aside. Calling it again
/// changes nothing until a delivery comes to nothing.
///
/// # Errors
/// None on an approved lead; a transition that should be impossible is passed on rather than hidden.
pub fn line_up(lead: &Lead, view: &View<'_>) -> Result<LinedUp, IllegalTransition> {
    let mut walk = Walk { lead: lead.clone(), turns: Turns::default(), paused: Vec::new(), view };
    if is_on_offer(lead) {
        for group in &view.campaign.distribution {
            if !walk.has_room() {
                break;
            }
            walk.offer(group)?;
            if walk.is_busy(group) {
                break;
            }
        }
        walk.wait_for_paused()?;
        walk.put_aside()?;
    }
    Ok(LinedUp { lead: walk.lead, turns: walk.turns })
}

/// Whether lining the lead up can change anything: it is for sale, and has sales that nobody has or is about to get.
pub fn is_on_offer(lead: &Lead) -> bool {
    lead.is_for_sale() && has_room(lead)
}

fn has_room(lead: &Lead) -> bool {
    lead.promised_slots() < usize::from(lead.terms.max_sales)
}

/// The way through the groups.
struct Walk<'a, 'v> {
    lead: Lead,
    turns: Turns,
    /// Deliveries that could have the lead if they were not paused, with the end of their pause.
    paused: Vec<(&'v Candidate<'v>, Timestamp)>,
    view: &'a View<'v>,
}

impl<'v> Walk<'_, 'v> {
    /// Whether the lead has sales that nobody has or is about to get.
    fn has_room(&self) -> bool {
        has_room(&self.lead)
    }

    fn offer(&mut self, group: &Group) -> Result<(), IllegalTransition> {
        match group {
            Group::All { .. } => self.offer_to_all(group),
            Group::Priority { .. } => self.offer_in_order(group),
            Group::RoundRobin { .. } | Group::Weighted { .. } => self.offer_by_turns(group),
        }
    }

    fn offer_to_all(&mut self, group: &Group) -> Result<(), IllegalTransition> {
        for (candidate, _) in self.new_ones(group) {
            // Without a buyer it takes no sale, and need not wait for one.
            let is_free = candidate.delivery.is_some_and(|delivery| delivery.bid.is_none());
            if is_free || self.has_room() {
                self.give(candidate)?;
            }
        }
        Ok(())
    }

    fn offer_in_order(&mut self, group: &Group) -> Result<(), IllegalTransition> {
        for (candidate, _) in self.new_ones(group) {
            if self.is_taken(group) || self.is_busy(group) {
                return Ok(());
            }
            self.give(candidate)?;
        }
        Ok(())
    }

    /// Those that are closed are passed over first, so that they neither earn nor pay.
    fn offer_by_turns(&mut self, group: &Group) -> Result<(), IllegalTransition> {
        if self.is_taken(group) || self.is_busy(group) {
            return Ok(());
        }
        let (mut open, mut held) = (Vec::new(), None);
        for (candidate, weight) in self.new_ones(group) {
            match candidate.eligible(&self.lead, self.view) {
                Ok(()) => open.push((candidate.did, weight)),
                Err(Obstacle::Closed(_)) => held = held.or(Some(candidate)),
                Err(Obstacle::Paused(_) | Obstacle::Skip(_)) => self.give(candidate)?,
            }
        }
        let mut turns = self.view.turns.clone();
        turns.apply(&self.turns);
        let Some((chosen, change)) = turns.next(&open) else {
            // Nobody is open: the first of those that hold leads back has it.
            return held.map_or(Ok(()), |candidate| self.give(candidate));
        };
        self.turns.apply(&change);
        self.view.candidate(&chosen).map_or(Ok(()), |candidate| self.give(candidate))
    }

    /// Gives the lead to a delivery, or says why not.
    fn give(&mut self, candidate: &'v Candidate<'v>) -> Result<(), IllegalTransition> {
        let bid = candidate.delivery.and_then(|delivery| delivery.bid.clone());
        let now = self.view.now;
        self.lead = match candidate.eligible(&self.lead, self.view) {
            Ok(()) => self.lead.on_queued(candidate.did, bid, now)?,
            Err(Obstacle::Closed(opens)) => {
                self.lead.on_queued(candidate.did, bid, now)?.on_held(candidate.did, opens, now)?
            }
            Err(Obstacle::Skip(reason)) => self.lead.on_skipped(candidate.did, bid, reason, now)?,
            Err(Obstacle::Paused(until)) => {
                self.paused.push((candidate, until));
                return Ok(());
            }
        };
        Ok(())
    }

    /// While others can take the lead, paused deliveries are not waited for; when nobody else can, they are.
    fn wait_for_paused(&mut self) -> Result<(), IllegalTransition> {
        let now = self.view.now;
        for (candidate, until) in std::mem::take(&mut self.paused) {
            let bid = candidate.delivery.and_then(|delivery| delivery.bid.clone());
            if self.lead.has_waited_for_paused(now) {
                self.lead = self.lead.on_skipped(candidate.did, bid, SkipReason::Paused, now)?;
            } else if self.has_room() && !self.lead.deliveries.values().any(is_on_its_way_to_a_buyer) {
                self.lead = self.lead.on_queued(candidate.did, bid, now)?.on_paused(candidate.did, until, now)?;
            }
        }
        Ok(())
    }

    /// Nobody could be asked about it: the campaign may want somebody to look at it.
    fn put_aside(&mut self) -> Result<(), IllegalTransition> {
        let Some(rule) = self.view.campaign.quarantine.as_ref().filter(|rule| rule.when_all_skipped) else {
            return Ok(());
        };
        let all_skipped = self.lead.deliveries.values().all(LeadDelivery::was_never_asked);
        if !all_skipped || self.lead.deliveries.is_empty() || self.lead.quarantines >= crate::lead::MAX_QUARANTINES {
            return Ok(());
        }
        self.lead = self.lead.on_quarantined(ALL_SKIPPED.to_owned(), Some(rule.ends(self.view.now)))?;
        Ok(())
    }

    /// The group's deliveries that have not had the lead, in order.
    fn new_ones(&self, group: &Group) -> Vec<(&'v Candidate<'v>, u16)> {
        let members = group.weights().into_iter();
        let new = members.filter(|(did, _)| !self.lead.deliveries.contains_key(*did));
        new.filter_map(|(did, weight)| Some((self.view.candidate(did)?, weight))).collect()
    }

    /// Whether the group has the lead on its way. In a group where all get it, those without a buyer hold nobody up.
    fn is_busy(&self, group: &Group) -> bool {
        let all_at_once = matches!(group, Group::All { .. });
        self.own(group).any(|delivery| is_on_its_way(delivery) && (delivery.bid.is_some() || !all_at_once))
    }

    /// Whether somebody in the group has it, or may have it by now.
    fn is_taken(&self, group: &Group) -> bool {
        self.own(group).any(|delivery| delivery.state.occupies_slot())
    }

    fn own(&self, group: &Group) -> impl Iterator<Item = &LeadDelivery> {
        group.weights().into_iter().filter_map(|(did, _)| self.lead.deliveries.get(did))
    }
}

impl<'a> View<'a> {
    /// One of the candidates.
    pub fn candidate(&self, did: &DeliveryRef) -> Option<&'a Candidate<'a>> {
        self.candidates.iter().find(|candidate| candidate.did == did)
    }
}

/// Whether its turn is not over yet. What the buyer has, or may have, is waited for by its slot alone.
fn is_on_its_way(delivery: &LeadDelivery) -> bool {
    match delivery.state.stage() {
        Stage::Waiting | Stage::Asking => true,
        Stage::Undecided | Stage::Accepted | Stage::CameToNothing => false,
    }
}

fn is_on_its_way_to_a_buyer(delivery: &LeadDelivery) -> bool {
    delivery.bid.is_some() && is_on_its_way(delivery)
}
