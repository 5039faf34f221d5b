//! Deliveries that a lead was not offered to and never passed over by either: their turn did not come, or not yet.

use crate::{
    campaign::Campaign,
    distribution::Group,
    id::DeliveryRef,
    lead::{Lead, SoldStatus},
};

/// Why a delivery's turn has not come. Told by the campaign as it is now, for nothing of it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReached {
    /// The lead is offered to nobody: it is rejected, put aside, or a test.
    NotForSale,
    /// All its sales are taken.
    NoSlot,
    /// One of the same group took it, and one is enough there.
    GroupTaken,
    /// Others have their turn before.
    NotYet,
    /// The lead had come to its end when the delivery was added to the campaign.
    AddedLater,
}

impl NotReached {
    /// The stable code of it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotForSale => "not_for_sale",
            Self::NoSlot => "no_slot",
            Self::GroupTaken => "group_taken",
            Self::NotYet => "not_yet",
            Self::AddedLater => "added_later",
        }
    }

    /// The reason as a person would put it.
    pub fn detail(self) -> &'static str {
        match self {
            Self::NotForSale => "the lead is offered to nobody, as it is not approved, or a test",
            Self::NoSlot => "all sales of the lead are taken, or may be by now",
            Self::GroupTaken => "another delivery of its group took the lead, and one is enough there",
            Self::NotYet => "its turn comes after deliveries that have the lead now",
            Self::AddedLater => "it was added to the campaign when the lead had come to its end",
        }
    }
}

/// The campaign's deliveries that the lead has not reached, in their order, and why not.
pub fn not_reached<'a>(lead: &Lead, campaign: &'a Campaign) -> Vec<(&'a DeliveryRef, NotReached)> {
    let missed = |group: &'a Group| {
        let members = group.weights();
        let has_it = |did: &DeliveryRef| lead.deliveries.get(did).is_some_and(|one| one.state.occupies_slot());
        let one_is_enough = match group {
            Group::All { .. } => false,
            Group::Priority { .. } | Group::RoundRobin { .. } | Group::Weighted { .. } => true,
        };
        let taken = one_is_enough && members.iter().any(|(did, _)| has_it(did));
        let reason = reason(lead, taken);
        members.into_iter().filter(|(did, _)| !lead.deliveries.contains_key(*did)).map(move |(did, _)| (did, reason))
    };
    campaign.distribution.iter().flat_map(missed).collect()
}

fn reason(lead: &Lead, group_is_taken: bool) -> NotReached {
    if !lead.is_for_sale() {
        NotReached::NotForSale
    } else if lead.occupied_slots() >= usize::from(lead.terms.max_sales) {
        NotReached::NoSlot
    } else if group_is_taken {
        NotReached::GroupTaken
    } else if lead.sold_status() == SoldStatus::Open {
        NotReached::NotYet
    } else {
        NotReached::AddedLater
    }
}
