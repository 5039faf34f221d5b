//! What holds for every campaign and every history of answers.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Town, at, told};
use crate::{
    distribution::Group,
    lead::{DeliveryState, Lead},
};

/// Groups of any modes, in all of up to nine deliveries.
fn distributions() -> impl Strategy<Value = Value> {
    prop::collection::vec((0usize..4, 1usize..4, prop::collection::vec(1u16..9, 3)), 1..4).prop_map(|groups| {
        let mut next = 0;
        let groups = groups.into_iter().map(|(mode, count, weights)| {
            let dids: Vec<String> = (next..next + count).map(|n| format!("d{n}")).collect();
            next += count;
            match mode {
                0 => json!({ "mode": "all", "deliveries": dids }),
                1 => json!({ "mode": "priority", "deliveries": dids }),
                2 => json!({ "mode": "round_robin", "deliveries": dids }),
                _ => {
                    let shares = dids.iter().zip(weights).map(|(did, weight)| json!({ "did": did, "weight": weight }));
                    json!({ "mode": "weighted", "deliveries": shares.collect::<Vec<_>>() })
                }
            }
        });
        Value::Array(groups.collect())
    })
}

fn queued(lead: &Lead) -> Vec<String> {
    let queued = lead.deliveries.iter().filter(|(_, delivery)| delivery.state == DeliveryState::Queued);
    queued.map(|(did, _)| did.to_string()).collect()
}

/// Whoever was not even considered stands behind somebody who took it.
fn left_out(town: &Town, lead: &Lead) -> Option<String> {
    let sales_left = lead.occupied_slots() < usize::from(lead.terms.max_sales);
    let has_it = |did: &&crate::id::DeliveryRef| lead.deliveries.get(*did).is_some_and(|one| one.state.occupies_slot());
    town.campaign.distribution.iter().filter(|_| sales_left).find_map(|group| {
        let dids: Vec<_> = group.weights().into_iter().map(|(did, _)| did).collect();
        let one_is_enough = !matches!(group, Group::All { .. }) && dids.iter().any(has_it);
        let missed = dids.iter().find(|did| !lead.deliveries.contains_key(**did));
        missed.filter(|_| !one_is_enough).map(|did| did.to_string())
    })
}

proptest! {
    #[test]
    fn never_more_are_asked_than_sales_are_left_and_in_the_end_nobody_is_left_out(
        distribution in distributions(),
        max_sales in 1u8..4,
        answers in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 30),
        inactive in prop::collection::vec(any::<bool>(), 12),
    ) {
        let mut town = Town::new(max_sales, distribution);
        for (delivery, inactive) in town.deliveries.iter_mut().zip(&inactive) {
            delivery.active = !inactive;
        }
        let mut lead = town.lead();
        for (accepts, which) in answers {
            // Asked again, it says the same again.
            let again = town.line_up(&lead, at(2));
            prop_assert_eq!(told(&again.lead), told(&lead));
            prop_assert!(again.turns.0.is_empty());
            prop_assert!(lead.promised_slots() <= usize::from(max_sales));
            let waiting = queued(&lead);
            if waiting.is_empty() {
                break;
            }
            lead = town.after(&lead, which.get(&waiting).as_str(), accepts);
        }
        prop_assert!(queued(&lead).is_empty(), "{}", told(&lead));
        prop_assert_eq!(town.turns.0.values().sum::<i64>(), 0);
        prop_assert_eq!(left_out(&town, &lead), None, "{}", told(&lead));
    }

    #[test]
    fn an_order_of_priority_is_kept(refusals in 0usize..5) {
        let mut town = Town::new(1, json!([{ "mode": "priority", "deliveries": ["d0", "d1", "d2", "d3", "d4"] }]));
        let mut lead = town.lead();
        for refused in 0..refusals {
            prop_assert_eq!(queued(&lead), [format!("d{refused}")]);
            lead = town.after(&lead, &format!("d{refused}"), false);
        }
    }

    #[test]
    fn over_time_each_gets_its_share(weights in prop::collection::vec(1u16..20, 2..5)) {
        let shares = weights.iter().enumerate().map(|(at, weight)| json!({ "did": format!("d{at}"), "weight": weight }));
        let mut town = Town::new(1, json!([{ "mode": "weighted", "deliveries": shares.collect::<Vec<_>>() }]));
        let mut counts = vec![0u16; weights.len()];
        for _ in 0..weights.iter().sum::<u16>() * 2 {
            let did = queued(&town.lead())[0].clone();
            counts[did[1..].parse::<usize>().unwrap()] += 1;
        }
        prop_assert_eq!(counts, weights.iter().map(|weight| weight * 2).collect::<Vec<_>>());
    }
}
