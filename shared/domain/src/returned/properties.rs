//! What holds of the judge over every history of a lead and every claim.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::prelude::*;

use super::*;
use crate::{
    lead::{
        Agreed, ReturnState,
        properties::{events as history, on_any_terms, told},
        tests::at,
    },
    settings::Settings,
};

const DELIVERIES: [&str; 4] = ["d1", "d2", "d3", "crm"];

/// A lead after any history, its sales on any terms.
fn anywhere() -> impl Strategy<Value = Lead> {
    let terms = (any::<bool>(), any::<bool>(), prop::option::of(1u8..100), 1u16..3);
    (on_any_terms(), history(), prop::option::of(terms)).prop_map(|(lead, history, terms)| {
        let mut lead = told(&lead, &history).pop().unwrap();
        let returns = terms.map(|(approval, reverse_payout, max_share_percent, window_days)| ReturnTerms {
            window_days,
            approval,
            approved_after_hours: approval.then_some(24),
            approved_reasons: Vec::new(),
            reverse_payout,
            reasons: Vec::new(),
            max_share_percent,
        });
        for (did, _, _) in lead.clone().sales() {
            lead = lead.agreeing(did, Agreed { returns: returns.clone(), ..Agreed::default() });
        }
        lead
    })
}

#[derive(Clone, Debug)]
struct Asked {
    by_buyer: Option<usize>,
    bid: Option<usize>,
    did: Option<usize>,
    known_reason: bool,
    days: i64,
    sales: u32,
    taken: u32,
}

fn asked() -> impl Strategy<Value = Asked> {
    let which = || prop::option::of(0..DELIVERIES.len());
    (which(), which(), which(), any::<bool>(), 0i64..5, 0u32..40, 0u32..40).prop_map(
        |(by_buyer, bid, did, known_reason, days, sales, taken)| Asked {
            by_buyer,
            bid,
            did,
            known_reason,
            days,
            sales,
            taken,
        },
    )
}

/// The judgement, once the room is known.
fn judged(lead: &Lead, asked: &Asked, order: Option<&str>, now: Timestamp) -> Judgement {
    let bid = |which: usize| -> BuyerRef { format!("b-{}", DELIVERIES[which]).parse().unwrap() };
    let (own, named) = (asked.by_buyer.map(bid), asked.bid.map(bid));
    let did: Option<DeliveryRef> = asked.did.map(|which| DELIVERIES[which].parse().unwrap());
    let claim = Claim {
        by: own.as_ref().map_or(Claimant::Seller, Claimant::Buyer),
        order,
        bid: named.as_ref(),
        did: did.as_ref(),
        reason: if asked.known_reason { "DUPE" } else { "?" },
        comment: None,
        reverse_payout: None,
    };
    let reasons = Settings::default().return_reasons;
    let view = View { zone: &TimeZone::UTC, reasons: &reasons, room: None, came: now, now };
    match judge(lead, &claim, &view).unwrap() {
        Judgement::NeedsRoom(of) => {
            let room = Room::new(of, asked.sales, asked.taken);
            judge(lead, &claim, &View { room: Some(&room), ..view }).unwrap()
        }
        known @ (Judgement::Change { .. } | Judgement::Unchanged { .. }) => known,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_claim_changes_one_sale_and_nothing_else_and_only_as_it_says(lead in anywhere(), asked in asked()) {
        let now = at(10_000 + asked.days * 86_400);
        let Judgement::Change { after, outcome, id } = judged(&lead, &asked, Some("one"), now) else { return Ok(()) };
        for (did, delivery) in &lead.deliveries {
            prop_assert_eq!(after.deliveries.get(did) == Some(delivery), *did != id.did);
        }
        let (before, then) = (lead.sale(&id.did).unwrap(), after.sale(&id.did).unwrap());
        prop_assert!(before.stands());
        let state = then.returned.as_ref().unwrap().state;
        prop_assert!(matches!(outcome, ReturnOutcome::Returned | ReturnOutcome::Requested));
        let takes_effect = outcome == ReturnOutcome::Returned;
        let expected =
            if takes_effect { (ReturnState::Approved, before.price.minor) } else { (ReturnState::Requested, 0) };
        prop_assert_eq!((state, lead.revenue().unwrap().minor - after.revenue().unwrap().minor), expected);
        // I12: a buyer returns only its own.
        if let Some(which) = asked.by_buyer {
            let own = format!("b-{}", DELIVERIES[which]);
            prop_assert_eq!(lead.deliveries[&id.did].bid.as_ref().map(|bid| bid.as_str()), Some(own.as_str()));
            // I7: never over its share.
            if let Some(share) = then.returned.as_ref().unwrap().takes_share() {
                prop_assert!(asked.taken < share.limit);
                prop_assert!(u64::from(share.limit) * 100 <= u64::from(asked.sales) * 100);
            }
        }
        prop_assert!(asked.known_reason);
    }

    #[test]
    fn a_claim_that_comes_again_changes_nothing_and_is_answered_alike(lead in anywhere(), asked in asked()) {
        let now = at(10_000 + asked.days * 86_400);
        let Judgement::Change { after, outcome, id } = judged(&lead, &asked, Some("one"), now) else { return Ok(()) };
        let again = judged(&after, &asked, Some("one"), at(90 * 86_400));
        let Judgement::Unchanged { outcome: said, id: of, .. } = again else {
            return Err(TestCaseError::fail(format!("{again:?}")));
        };
        prop_assert_eq!((said, of), (outcome, Some(id)));
        let other = judged(&after, &asked, Some("two"), now);
        prop_assert!(matches!(other, Judgement::Unchanged { .. }), "{:?}", other);
    }

    #[test]
    fn the_terms_of_a_sale_bind_its_buyer(lead in anywhere(), asked in asked()) {
        let now = at(10_000 + asked.days * 86_400);
        let Judgement::Change { outcome, id, .. } = judged(&lead, &asked, None, now) else { return Ok(()) };
        if asked.by_buyer.is_none() {
            prop_assert_eq!(outcome, ReturnOutcome::Returned);
            return Ok(());
        }
        let sale = lead.sale(&id.did).unwrap();
        match &lead.deliveries[&id.did].agreed.returns {
            None => prop_assert_eq!(outcome, ReturnOutcome::Requested),
            Some(terms) => {
                prop_assert_eq!(outcome == ReturnOutcome::Requested, terms.approval);
                let days = sale.sold_at.duration_until(now).as_secs() / 86_400;
                prop_assert!(days <= i64::from(terms.window_days));
            }
        }
    }
}
