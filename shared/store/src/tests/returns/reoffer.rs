//! Leads that come back and go on to others: to whom, how late, and until when their return can be undone.

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    lead::{Clearing, DeliveryState, NotNow, PayoutState, SkipReason},
    setup::Record,
};

use super::*;
use crate::{Commit, test_tables::TestTables};

async fn save<T: Record>(store: &Store, record: Value) {
    let record: T = serde_json::from_value(record).unwrap();
    assert_eq!(record.check(), []);
    store.save(record, None).await.unwrap();
}

/// A campaign that offers what comes back within two hours to `d2`, also of `b1`, then to `d3` of `b2`, then to `d4` of `b3`; and
/// lead 1, sold to `b1` through `d1`, after `others` have been asked.
async fn agency(reoffer: Value, others: impl FnOnce(Lead) -> Lead) -> Store {
    let store = TestTables::start().await.store();
    let line = [("d1", "b1"), ("d2", "b1"), ("d3", "b2"), ("d4", "b3")];
    for buyer in ["b1", "b2", "b3"] {
        save::<Buyer>(&store, json!({ "bid": buyer, "name": buyer })).await;
    }
    for (did, bid) in line {
        let delivery = json!({
            "did": did, "name": did, "campid": "solar", "bid": bid, "price": { "amount": "12.50", "currency": "GBP" },
            "channel": { "kind": "store" },
        });
        save::<Delivery>(&store, delivery).await;
    }
    let mut campaign = serde_json::to_value(super::super::campaign()).unwrap();
    campaign["reoffer"] = reoffer;
    campaign["distribution"] = json!([{ "mode": "priority", "deliveries": line.map(|(did, _)| did) }]);
    save::<Campaign>(&store, campaign).await;
    let terms = json!({ "window_days": 30, "approval": true });
    put(&store, &others(sold(1, terms))).await;
    store
}

fn two_hours() -> Value {
    json!({ "within_hours": 2 })
}

/// Has `b1` return lead 1 and the seller approve it at this second; tells who was asked next.
async fn come_back(store: &Store, seconds: i64) -> Vec<String> {
    by_b1(store, 1).await;
    let (queue, mut messages) = queue();
    returning(store, &queue).decide(&name(1, 1), APPROVED, at(seconds)).await.unwrap();
    told(&mut messages)
}

fn states(lead: &Lead) -> Vec<(&str, &DeliveryState)> {
    lead.deliveries.iter().map(|(did, delivery)| (did.as_str(), &delivery.state)).collect()
}

async fn step(store: &Store, after: &Lead) -> Lead {
    let before = store.lead(after.id).await.unwrap().unwrap();
    match store.commit(&before, after, &identity()).await.unwrap() {
        Commit::Done(lead) => *lead,
        now @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes, but there is {now:?}"),
    }
}

#[tokio::test]
async fn a_lead_that_comes_back_goes_to_the_next_that_was_not_asked_and_never_to_who_returned_it() {
    let store = agency(two_hours(), |lead| lead).await;
    assert_eq!(come_back(&store, 200).await, ["d3"]);
    let lead = lead(&store, 1).await;
    let skipped = DeliveryState::Skipped { reason: SkipReason::BuyerReturnedIt };
    assert_eq!(states(&lead)[1..], [("d2", &skipped), ("d3", &DeliveryState::Queued)]);
    assert_eq!((lead.sold_status(), lead.occupied_slots()), (SoldStatus::Open, 0));
}

#[tokio::test]
async fn who_was_passed_over_has_another_chance_and_who_was_asked_has_none() {
    let others = |lead: Lead| {
        // The sale stands behind them in this lead's history.
        let skipped = lead.on_skipped(&did("d4"), Some(bid("b3")), SkipReason::NoSlot, at(11)).unwrap();
        let mut lead = answered(&asked(&super::super::lead(1, "1@example.com", 0).0, "d3", "b2", 2), "d3", no(), 3);
        lead.deliveries.extend(skipped.deliveries);
        Lead { payout: skipped.payout, ..lead }
    };
    let store = agency(two_hours(), others).await;
    assert_eq!(come_back(&store, 200).await, ["d4"]);
    assert!(matches!(lead(&store, 1).await.deliveries[&did("d3")].state, DeliveryState::Rejected { .. }));
}

fn no() -> Outcome {
    Outcome::Rejected { reason: "no".to_owned() }
}

#[tokio::test]
async fn a_lead_that_is_too_old_or_whose_campaign_does_not_want_it_is_offered_to_nobody() {
    let hours = |hours: i64| hours * 3_600;
    for (rule, seconds, expected) in
        [(two_hours(), hours(2), &["d3"][..]), (two_hours(), hours(2) + 1, &[]), (Value::Null, 200, &[])]
    {
        let store = agency(rule.clone(), |lead| lead).await;
        assert_eq!(come_back(&store, seconds).await, expected, "{rule} {seconds}");
        let lead = lead(&store, 1).await;
        assert_eq!(lead.sold_status() == SoldStatus::Returned, expected.is_empty());
        assert_eq!(lead.occupied_slots(), usize::from(expected.is_empty()));
    }
}

#[tokio::test]
async fn a_request_that_is_refused_offers_nothing() {
    let store = agency(two_hours(), |lead| lead).await;
    assert_eq!(by_b1(&store, 1).await, ReturnOutcome::Requested);
    let (queue, mut messages) = queue();
    returning(&store, &queue).decide(&name(1, 1), REFUSED, at(200)).await.unwrap();
    assert!(told(&mut messages).is_empty());
    assert_eq!(lead(&store, 1).await.deliveries.len(), 1);
}

#[tokio::test]
async fn a_return_that_comes_again_offers_the_lead_once() {
    let store = agency(two_hours(), |lead| lead).await;
    assert_eq!(come_back(&store, 200).await, ["d3"]);
    let before = lead(&store, 1).await;
    assert_eq!(come_back(&store, 300).await, [""; 0]);
    assert_eq!(lead(&store, 1).await, before);
}

#[tokio::test]
async fn a_return_is_undone_until_somebody_has_the_lead_or_may_have_it() {
    let store = agency(two_hours(), |lead| lead).await;
    come_back(&store, 200).await;
    let offered = lead(&store, 1).await;
    let requested = step(&store, &asked(&offered, "d3", "b2", 210)).await;
    assert_eq!(decide(&store, &name(1, 1), UNDONE).await, Err("sold_again"), "it may have it by now");
    let unknown = Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(at(999)) };
    let unknown = step(&store, &answered(&requested, "d3", unknown, 220)).await;
    assert_eq!(decide(&store, &name(1, 1), UNDONE).await, Err("sold_again"));
    let refused = step(&store, &answered(&unknown, "d3", no(), 230)).await;
    assert_eq!(refused.sold_status(), SoldStatus::Returned);
    let undone = decide(&store, &name(1, 1), UNDONE).await.unwrap();
    assert_eq!((undone.sold_status(), undone.payout.state), (SoldStatus::Sold, PayoutState::Earned));
    assert_eq!((undone.occupied_slots(), undone.revenue()), (1, Ok(pounds(1_250))));
}

#[tokio::test]
async fn a_return_that_is_undone_before_the_next_buyer_is_asked_leaves_no_sale_for_it() {
    let store = agency(two_hours(), |lead| lead).await;
    come_back(&store, 200).await;
    let undone = decide(&store, &name(1, 1), UNDONE).await.unwrap();
    assert_eq!((undone.sold_status(), undone.occupied_slots()), (SoldStatus::Sold, 1));
    let intent = undone.on_intent(&did("d3"), 1, attempt(&undone, "d3"), at(210), at(250));
    assert_eq!(intent, Err(NotNow::NoSlot));
}

#[tokio::test]
async fn a_lead_that_was_sold_again_keeps_its_return_and_both_sales_count_for_themselves() {
    let store = agency(two_hours(), |lead| lead).await;
    come_back(&store, 200).await;
    let offered = lead(&store, 1).await;
    let requested = step(&store, &asked(&offered, "d3", "b2", 210)).await;
    let again = step(&store, &answered(&requested, "d3", accepted(), 220)).await;
    assert_eq!(decide(&store, &name(1, 1), UNDONE).await, Err("sold_again"));
    assert_eq!((again.sold_status(), again.payout.state), (SoldStatus::Sold, PayoutState::Earned));
    let revenue = ["b1", "b2"].map(|buyer| again.revenue_from(&bid(buyer)).unwrap().minor);
    assert_eq!((revenue, again.earned_payout()), ([0, 1_250], Ok(pounds(500))), "earned once more");
    assert_eq!(again.occupied_slots(), 1);
}
