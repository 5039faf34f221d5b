//! From a lead's row before and after to what was done to it.

use super::{Step, Was, What, amounts};
use crate::{
    access::Principal,
    id::DeliveryRef,
    lead::{Approval, DeliveryState, Lead, LeadDelivery, NO_ANSWER, ReturnState, ReturnStep, Stage, return_steps},
};

/// What was done to a lead, of that which its history keeps. `before` is the lead as it was; none: it is new, or nobody knows.
/// The steps are those that [`crate::finder::finders`] lists leads by, each at its delivery, and some that it does not.
pub fn steps(before: Option<&Lead>, after: &Lead) -> Vec<Step> {
    let change = Change { before, after };
    let mut steps = Vec::new();
    steps.extend(change.quarantine());
    for (did, delivery) in &after.deliveries {
        steps.extend(change.redelivered(did, delivery));
        steps.extend(change.settled(did, delivery));
        steps.extend(change.heard(did, delivery));
    }
    steps.extend(return_steps(before, after).iter().map(|step| change.returned(step)));
    steps.extend(change.edits());
    steps.extend(change.consents());
    steps.extend(change.deletion());
    steps.extend(change.joined());
    steps
}

struct Change<'a> {
    before: Option<&'a Lead>,
    after: &'a Lead,
}

impl Change<'_> {
    fn redelivered(&self, did: &DeliveryRef, now: &LeadDelivery) -> Option<Step> {
        let was = self.before.and_then(|lead| lead.deliveries.get(did));
        let is_again = now.round > was.map_or(1, |was| was.round);
        is_again.then(|| Step { was: was.map(Was::of), ..self.at_delivery(What::Redelivered, did, now) })
    }

    /// What somebody else says later, or a late answer, is no word of the seller's.
    fn settled(&self, did: &DeliveryRef, now: &LeadDelivery) -> Option<Step> {
        let was = self.before?.deliveries.get(did)?;
        let is_by_seller = self.after.last_touch().is_some_and(|by| by.principal == Principal::Seller);
        let is_decided = matches!(now.state, DeliveryState::Accepted { .. } | DeliveryState::Rejected { .. });
        if !is_by_seller || !is_decided || was.state.stage() != Stage::Undecided {
            return None;
        }
        Some(Step {
            code: Some(now.state.word().to_owned()),
            revenue: now.sale().and_then(|sale| amounts::price(self.before, did, sale)),
            payout: amounts::payout(self.before, self.after),
            ..self.at_delivery(What::Settled, did, now)
        })
    }

    /// A word of who got the lead.
    fn heard(&self, did: &DeliveryRef, now: &LeadDelivery) -> Option<Step> {
        let was = self.before.and_then(|lead| lead.deliveries.get(did)).and_then(|was| was.heard);
        let heard = now.heard.filter(|heard| was != Some(*heard))?;
        Some(Step {
            at: heard.at,
            code: Some(heard.event.word().to_owned()),
            revenue: now.sale().and_then(|sale| amounts::price(self.before, did, sale)),
            payout: amounts::payout(self.before, self.after),
            ..self.at_delivery(What::Feedback, did, now)
        })
    }

    fn returned(&self, (did, delivery, back): &ReturnStep<'_>) -> Step {
        let what = match back.state {
            ReturnState::Requested => What::ReturnRequested,
            ReturnState::Approved => What::Returned,
            ReturnState::Refused => What::ReturnRefused,
            ReturnState::Undone => What::ReturnUndone,
        };
        Step {
            at: back.at,
            number: Some(back.number),
            code: Some(back.reason.clone()),
            revenue: delivery.sale().and_then(|sale| amounts::price(self.before, did, sale)),
            payout: amounts::payout(self.before, self.after),
            ..self.at_delivery(what, did, delivery)
        }
    }

    fn edits(&self) -> impl Iterator<Item = Step> {
        let known = self.before.map_or(0, |lead| lead.edits.len());
        let edits = self.after.edits.iter().enumerate().skip(known);
        edits.map(|(number, edit)| {
            let behind = self.after.edits.get(number + 1..).unwrap_or_default();
            let moved = amounts::edited(self.after, edit, behind);
            let Some(did) = &edit.sale else {
                return Step { payout: moved, ..Step::new(What::PayoutUpdated, edit.at) };
            };
            let bid = self.after.deliveries.get(did).and_then(|delivery| delivery.bid.clone());
            Step { did: Some(did.clone()), bid, revenue: moved, ..Step::new(What::RevenueUpdated, edit.at) }
        })
    }

    /// Each channel by itself.
    fn consents(&self) -> impl Iterator<Item = Step> {
        let news = self.after.said.get(self.before.map_or(0, |lead| lead.said.len())..).unwrap_or_default();
        news.iter().map(|said| {
            let what = if said.yes { What::Resubscribed } else { What::Unsubscribed };
            Step { code: Some(said.channel.word().to_owned()), ..Step::new(what, said.at) }
        })
    }

    fn deletion(&self) -> Option<Step> {
        let is_news = !self.before.is_some_and(Lead::is_deleted);
        self.after.deletion.filter(|_| is_news).map(|deletion| Step::new(What::Deleted, deletion.at))
    }

    fn joined(&self) -> impl Iterator<Item = Step> {
        self.after.joined_since(self.before).map(|one| {
            let what = if one.is_message() { What::MessageOrdered } else { What::JoinedResponder };
            Step { code: Some(one.rid.to_string()), ..Step::new(what, one.at) }
        })
    }

    fn quarantine(&self) -> impl Iterator<Item = Step> {
        let put_aside = self.after.quarantines > self.before.map_or(0, |lead| lead.quarantines);
        let was_aside = match self.before {
            Some(before) => matches!(before.approval, Approval::Quarantined { .. }),
            None => self.after.quarantines > 0,
        };
        let ended = match &self.after.approval {
            Approval::Approved if was_aside => Some((What::Released, None)),
            Approval::Rejected { code, .. } if was_aside => Some((What::TurnedAway, Some(code.code().to_string()))),
            Approval::Pending | Approval::Approved | Approval::Rejected { .. } | Approval::Quarantined { .. } => None,
        };
        let put_aside = put_aside.then_some((What::Quarantined, None));
        let at = self.after.deliveries.values().map(|delivery| delivery.since).fold(self.after.received, Ord::max);
        put_aside.into_iter().chain(ended).map(move |(what, code)| Step { code, ..Step::new(what, at) })
    }

    fn at_delivery(&self, what: What, did: &DeliveryRef, delivery: &LeadDelivery) -> Step {
        Step { did: Some(did.clone()), bid: delivery.bid.clone(), ..Step::new(what, delivery.since) }
    }
}

impl Was {
    /// The words of a state may be anybody's; what has a code tells that.
    fn of(delivery: &LeadDelivery) -> Self {
        let code = match &delivery.state {
            DeliveryState::Skipped { reason } => Some(reason.code()),
            DeliveryState::Rejected { reason } if reason == NO_ANSWER => Some(NO_ANSWER),
            DeliveryState::Queued
            | DeliveryState::Held { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::Retry { .. }
            | DeliveryState::Accepted { .. }
            | DeliveryState::Rejected { .. }
            | DeliveryState::AwaitingFeedback { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Failed { .. } => None,
        };
        let state = delivery.state.word().to_owned();
        Self { state, code: code.map(str::to_owned), attempts: delivery.attempts }
    }
}
