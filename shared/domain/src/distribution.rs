//! Distribution: in which groups a campaign's deliveries stand, and who in a group is next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{id::DeliveryRef, setup::Invalid};

/// Groups of one campaign.
pub const MAX_GROUPS: usize = 20;
/// The largest weight: with more than this to one, a buyer may as well stand in a group behind.
pub const MAX_WEIGHT: u16 = 1_000;

/// Deliveries that are offered a lead in the same way. The groups of a campaign have their turn one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum Group {
    /// All of them get it at once, as long as the lead has sales left; whoever comes to nothing makes room for the next.
    All {
        /// In the order in which sales are given out.
        deliveries: Vec<DeliveryRef>,
    },
    /// One after the other in this order; the first that takes it ends the group.
    Priority {
        /// The first is asked first.
        deliveries: Vec<DeliveryRef>,
    },
    /// One after the other, each lead beginning with the next; the first that takes it ends the group.
    RoundRobin {
        /// Those that take turns.
        deliveries: Vec<DeliveryRef>,
    },
    /// One after the other, beginning with whoever is furthest behind its share; the first that takes it ends the group.
    Weighted {
        /// Those that share the leads.
        deliveries: Vec<WeightedDelivery>,
    },
}

/// A delivery, and its part of its group's leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedDelivery {
    /// Which.
    pub did: DeliveryRef,
    /// Its part: of 3 and 1, the first gets three leads in four. 1 to 1,000.
    pub weight: u16,
}

/// How much each delivery of a campaign is behind its share (more than zero) or ahead of it. The sum is always zero, as
/// what one turn gives to all that could have had it, it takes from the one that did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Turns(pub BTreeMap<DeliveryRef, i64>);

impl Turns {
    /// Whose turn it is among deliveries that could all take the lead, with their weights in the order of their group, and
    /// what that changes. This is smooth weighted round robin: each earns its weight, who has most pays what all earned.
    /// A delivery that is closed earns nothing, so none has to be made up to it when it opens.
    pub fn next(&self, open: &[(&DeliveryRef, u16)]) -> Option<(DeliveryRef, Self)> {
        let earned = |did: &DeliveryRef, weight: u16| self.0.get(did).copied().unwrap_or(0) + i64::from(weight);
        // The first of those with most: an order that everybody can see decides, not chance.
        let (chosen, _) = open.iter().rev().max_by_key(|(did, weight)| earned(did, *weight))?;
        let paid: i64 = open.iter().map(|(_, weight)| i64::from(*weight)).sum();
        let mut change: BTreeMap<_, _> =
            open.iter().map(|(did, weight)| ((*did).clone(), i64::from(*weight))).collect();
        *change.entry((*chosen).clone()).or_default() -= paid;
        Some(((*chosen).clone(), Self(change)))
    }

    /// After a turn.
    pub fn apply(&mut self, change: &Self) {
        for (did, by) in &change.0 {
            *self.0.entry(did.clone()).or_default() += by;
        }
    }
}

impl Group {
    /// Its deliveries in order, with the weights by which they share.
    pub fn weights(&self) -> Vec<(&DeliveryRef, u16)> {
        match self {
            Self::All { deliveries } | Self::Priority { deliveries } | Self::RoundRobin { deliveries } => {
                deliveries.iter().map(|did| (did, 1)).collect()
            }
            Self::Weighted { deliveries } => deliveries.iter().map(|one| (&one.did, one.weight)).collect(),
        }
    }

    /// Whether its deliveries take turns.
    pub fn takes_turns(&self) -> bool {
        match self {
            Self::RoundRobin { .. } | Self::Weighted { .. } => true,
            Self::All { .. } | Self::Priority { .. } => false,
        }
    }

    pub(crate) fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        for (at, (_, weight)) in self.weights().into_iter().enumerate() {
            if !(1..=MAX_WEIGHT).contains(&weight) {
                let field = format!("{place}.deliveries.{at}.weight");
                found.push(Invalid::new(field, "range", format!("Use a weight of 1 to {MAX_WEIGHT}.")));
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dids(count: usize) -> Vec<DeliveryRef> {
        (0..count).map(|n| format!("d{n}").parse().unwrap()).collect()
    }

    /// Who gets the next `leads`, while those in `closed` are closed.
    fn turns(taken: &mut Turns, weights: &[u16], leads: usize, closed: &[usize]) -> Vec<usize> {
        let dids = dids(weights.len());
        let open: Vec<_> = dids
            .iter()
            .zip(weights)
            .enumerate()
            .filter(|(at, _)| !closed.contains(at))
            .map(|(_, (d, w))| (d, *w))
            .collect();
        (0..leads)
            .map(|_| {
                let (chosen, change) = taken.next(&open).unwrap();
                taken.apply(&change);
                dids.iter().position(|did| *did == chosen).unwrap()
            })
            .collect()
    }

    #[test]
    fn equal_weights_take_turns_in_their_order() {
        assert_eq!(turns(&mut Turns::default(), &[1, 1, 1], 7, &[]), [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn a_larger_share_is_spread_and_not_taken_in_one_go() {
        assert_eq!(turns(&mut Turns::default(), &[3, 1], 8, &[]), [0, 0, 1, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn nothing_is_made_up_to_a_delivery_that_was_closed() {
        let mut taken = Turns::default();
        turns(&mut taken, &[1, 1], 100, &[1]);
        let after = turns(&mut taken, &[1, 1], 10, &[]);
        assert_eq!(after.iter().filter(|who| **who == 1).count(), 5, "{after:?}");
    }

    #[test]
    fn nobody_is_chosen_from_nobody() {
        assert_eq!(Turns::default().next(&[]), None);
    }

    proptest! {
        #[test]
        fn shares_come_out_by_weight_and_turns_add_up_to_nothing(weights in prop::collection::vec(1u16..50, 1..8), rounds in 1usize..6) {
            let mut taken = Turns::default();
            let sum: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
            let got = turns(&mut taken, &weights, sum * rounds, &[]);
            for (at, weight) in weights.iter().enumerate() {
                prop_assert_eq!(got.iter().filter(|who| **who == at).count(), usize::from(*weight) * rounds);
            }
            prop_assert_eq!(taken.0.values().sum::<i64>(), 0);
        }

        #[test]
        fn at_every_moment_nobody_is_a_whole_lead_of_everybodys_away_from_its_share(weights in prop::collection::vec(1u16..50, 2..8), leads in 1usize..200) {
            let got = turns(&mut Turns::default(), &weights, leads, &[]);
            let sum: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
            for (at, weight) in weights.iter().enumerate() {
                let count = got.iter().filter(|who| **who == at).count();
                // Both times the sum of the weights, so that nothing is rounded.
                let (had, share) = (count * sum, usize::from(*weight) * got.len());
                prop_assert!(had.abs_diff(share) < weights.len() * sum, "{had} instead of {share}");
            }
        }
    }
}
