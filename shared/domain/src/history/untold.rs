//! What the row of a lead knows of its history, and no entry tells.

use std::collections::BTreeMap;

use super::{Entry, What};
use crate::{
    id::DeliveryRef,
    lead::{Approval, Lead, Return, ReturnState},
};

/// What there are entries of, and how many.
type Counted<'a> = BTreeMap<(What, Option<&'a DeliveryRef>, Option<u8>), usize>;

/// How many steps the lead is known to have taken by its row that none of the entries tells: they are on their way, or gone. Of what
/// leaves nothing in the row, such as a word of the seller's on an undecided request, or a request to return that was decided in the
/// same moment, nobody can say so.
pub fn untold(lead: &Lead, entries: &[Entry]) -> usize {
    let mut told: Counted<'_> = BTreeMap::new();
    for Entry { step, .. } in entries {
        *told.entry((step.what, step.did.as_ref(), step.number)).or_default() += 1;
    }
    let left = |(what, known): (_, usize)| known.saturating_sub(told.get(&what).copied().unwrap_or(0));
    known(lead).into_iter().map(left).sum()
}

/// The least that must have happened to the lead.
fn known(lead: &Lead) -> Counted<'_> {
    let mut known: Counted<'_> = BTreeMap::new();
    for (did, delivery) in &lead.deliveries {
        let again = usize::try_from(delivery.round.saturating_sub(1)).unwrap_or(usize::MAX);
        known.insert((What::Redelivered, Some(did), None), again);
        known.insert((What::Feedback, Some(did), None), usize::from(delivery.heard.is_some()));
    }
    for (did, _, sale) in lead.sales() {
        for back in sale.returns() {
            known.extend(way_of(back).map(|what| ((what, Some(did), Some(back.number)), 1)));
        }
    }
    for edit in &lead.edits {
        let what = if edit.sale.is_some() { What::RevenueUpdated } else { What::PayoutUpdated };
        *known.entry((what, edit.sale.as_ref(), None)).or_default() += 1;
    }
    for said in &lead.said {
        let what = if said.yes { What::Resubscribed } else { What::Unsubscribed };
        *known.entry((what, None, None)).or_default() += 1;
    }
    for joined in &lead.joined {
        let what = if joined.is_message() { What::MessageOrdered } else { What::JoinedResponder };
        *known.entry((what, None, None)).or_default() += 1;
    }
    known.insert((What::Quarantined, None, None), lead.quarantines.into());
    let ended = match &lead.approval {
        Approval::Approved => Some(What::Released),
        Approval::Rejected { .. } => Some(What::TurnedAway),
        Approval::Pending | Approval::Quarantined { .. } => None,
    };
    known.extend(ended.filter(|_| lead.quarantines > 0).map(|what| ((what, None, None), 1)));
    known
}

/// What a return has been through by now.
fn way_of(back: &Return) -> impl Iterator<Item = What> {
    // What takes effect at once was never asked for.
    let was_asked = back.taken.as_ref().is_none_or(|taken| taken.at != back.asked_at);
    let end = match back.state {
        ReturnState::Requested | ReturnState::Approved => None,
        ReturnState::Refused => Some(What::ReturnRefused),
        ReturnState::Undone => Some(What::ReturnUndone),
    };
    let asked = was_asked.then_some(What::ReturnRequested);
    asked.into_iter().chain(back.taken.as_ref().map(|_| What::Returned)).chain(end)
}
