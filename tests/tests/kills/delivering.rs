//! Delivery: every request is written down, no acceptance is lost, nobody is asked twice by mistake.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    buyer::Buyer,
    delivery::Delivery,
    lead::{DeliveryState, Lead, SoldStatus},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Fault, Faults, Lab, LabBuyer, Reply};

use super::{
    buyer, good_lead, is_sold_or_left_unknown, kinds::save, lab, lab_with, only_approved, post,
    with_a_second_kill_after_each_write, with_every_fault,
};

/// A lead that is taken in without faults, and then delivered with them.
async fn delivered(max_sales: u8, buyers: Vec<LabBuyer>, faults: &Faults) -> Lab {
    let mut lab = lab(max_sales, buyers).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    lab.drain(faults).await;
    lab.verify().await;
    lab.replay_everything().await;
    lab
}

async fn sold_at_first_try(faults: Faults) {
    let lab = delivered(1, vec![buyer("1", [Reply::accept("B-1")])], &faults).await;
    assert!(lab.requests()[0] <= 1, "a buyer that may have it is not asked again");
    assert!(is_sold_or_left_unknown(&only_approved(&lab).await, &faults));
}

#[tokio::test]
async fn a_lead_that_is_accepted_is_sold_or_unknown_whatever_fails() {
    with_every_fault(sold_at_first_try).await;
}

async fn rejected_then_sold(faults: Faults) {
    let buyers = vec![buyer("1", [Reply::reject("no")]), buyer("2", [Reply::accept("B-2")])];
    let lab = delivered(1, buyers, &faults).await;
    assert!(lab.requests().iter().all(|requests| *requests <= 1));
    let lead = only_approved(&lab).await;
    let first_is_unknown = matches!(lead.deliveries[&"d1".parse().unwrap()].state, DeliveryState::Unknown { .. });
    // Either nobody knows whether the first has it, or the second has its turn.
    assert_eq!(lead.deliveries.len(), if first_is_unknown { 1 } else { 2 }, "{lead:#?}");
    assert!(faults.are_deadly() || lab.requests() == [1, 1], "{lead:#?}");
    assert!(is_sold_or_left_unknown(&lead, &faults), "{lead:#?}");
}

#[tokio::test]
async fn a_lead_that_is_refused_goes_to_the_next_in_line_whatever_fails() {
    with_every_fault(rejected_then_sold).await;
}

#[tokio::test]
async fn a_lead_that_is_refused_survives_two_deaths_on_its_way_to_the_next() {
    with_a_second_kill_after_each_write(rejected_then_sold).await;
}

async fn retried_then_sold(faults: Faults) {
    let replies = [Reply::new(503, "busy"), Reply::new(500, "oops"), Reply::accept("B-1")];
    let lab = delivered(1, vec![buyer("1", replies)], &faults).await;
    assert!(lab.requests()[0] <= 3);
    assert!(is_sold_or_left_unknown(&only_approved(&lab).await, &faults));
}

#[tokio::test]
async fn a_lead_that_is_tried_again_is_never_tried_more_often_than_written_down() {
    with_every_fault(retried_then_sold).await;
}

async fn sold_twice(faults: Faults) {
    let buyers = vec![
        buyer("1", [Reply::accept("B-1")]),
        buyer("2", [Reply::reject("no")]),
        buyer("3", [Reply::accept("B-3")]),
        buyer("4", [Reply::accept("B-4")]),
    ];
    let lab = delivered(2, buyers, &faults).await;
    assert!(lab.requests().iter().all(|requests| *requests <= 1));
    let lead = only_approved(&lab).await;
    assert_eq!(lead.occupied_slots(), 2, "{lead:#?}");
    assert!(faults.are_deadly() || lead.standing_sales().count() == 2, "{lead:#?}");
}

#[tokio::test]
async fn a_lead_for_two_buyers_is_never_sold_to_three_whatever_fails() {
    with_every_fault(sold_twice).await;
}

/// A buyer that recognises repeats, takes the lead at once, and lets nobody know; to repeats it answers so.
fn silent(again: Reply) -> LabBuyer {
    let lost = Reply::accept("late").after(Duration::from_secs(60));
    LabBuyer { idempotent: true, ..buyer("1", [lost, again]) }
}

async fn answered_late(faults: Faults) {
    let lab = delivered(1, vec![silent(Reply::accept("again"))], &faults).await;
    assert!(is_sold_or_left_unknown(&only_approved(&lab).await, &faults));
}

#[tokio::test]
async fn a_buyer_that_recognises_repeats_is_asked_until_it_answers_whatever_fails() {
    with_every_fault(answered_late).await;
}

#[tokio::test]
async fn a_worker_that_dies_while_the_buyer_has_the_lead_leaves_it_unknown_whatever_the_buyer_would_have_said() {
    for reply in [Reply::accept("B-1"), Reply::reject("no"), Reply::new(503, "busy")] {
        let faults = Faults::default();
        let dying = reply.after(Duration::from_secs(60)).killing(&faults);
        let lab = delivered(1, vec![buyer("1", [dying]), buyer("2", [Reply::accept("B-2")])], &faults).await;
        let lead = only_approved(&lab).await;
        assert_eq!((lead.sold_status(), lab.requests()), (SoldStatus::Open, vec![1, 0]));
    }
}

#[tokio::test]
async fn a_worker_that_dies_while_a_buyer_that_recognises_repeats_has_the_lead_is_followed_by_one_that_asks_again() {
    let faults = Faults::default();
    let dying = Reply::accept("B-1").after(Duration::from_secs(60)).killing(&faults);
    let own = LabBuyer { idempotent: true, ..buyer("1", [dying, Reply::accept("B-1")]) };
    let lab = delivered(1, vec![own], &faults).await;
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Sold, vec![2]));
}

async fn never_answered(faults: Faults) {
    let capped = json!({ "caps": [{ "per": "total", "count": 1 }] });
    let own = LabBuyer { more: capped, ..silent(Reply::new(503, "busy")) };
    let mut lab = delivered(1, vec![own, buyer("2", [Reply::accept("B-2")])], &faults).await;
    let lead = only_approved(&lab).await;
    assert!(is_left_to_the_seller(&lead), "{lead:#?}");
    assert!(lab.requests()[0] <= 3 && lab.requests()[1] == 0, "nobody else gets what the first may have: {lead:#?}");
    lab.verify_counts().await;
}

#[tokio::test]
async fn a_buyer_that_may_have_a_lead_keeps_it_though_every_repeat_fails_and_workers_die() {
    let quiet = Faults::default();
    never_answered(quiet.clone()).await;
    let calls = quiet.calls();
    // From the first time on that what was heard is written down.
    let heard = calls.iter().position(|call| call.ends_with(".PutItem")).unwrap();
    for at in (heard..calls.len()).filter(|at| calls[*at].ends_with("Item") && !calls[*at].ends_with("GetItem")) {
        never_answered(Faults::at([(at, Fault::KillAfter)])).await;
    }
}

/// Nobody knows whether the first buyer has it, and nobody is asked any more.
fn is_left_to_the_seller(lead: &Lead) -> bool {
    let state = &lead.deliveries[&"d1".parse().unwrap()].state;
    state.decision_needed_since().is_some()
}

/// Whoever answers so is still at the first request, or knows the lead from it.
#[tokio::test]
async fn a_lead_in_doubt_is_sold_to_nobody_else_by_an_answer_that_says_nothing_of_it() {
    let lost = Reply::accept("late").after(Duration::from_secs(60));
    let under_way = Reply::new(409, r#"{"code":"request_under_way"}"#);
    for (replies, requests) in [(vec![lost.clone(), under_way], 3), (vec![lost, Reply::new(200, "had it before")], 2)] {
        let own = LabBuyer { idempotent: true, ..buyer("1", replies) };
        let mut lab = lab(1, vec![own, buyer("2", [Reply::accept("B-2")])]).await;
        let duplicate = json!({ "then": "duplicate", "keyword": "had it before" });
        change(&lab, "/channel/answer/rules/1", duplicate).await;
        post(&lab, &Faults::default(), None, &good_lead()).await;
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        let lead = only_approved(&lab).await;
        assert!(is_left_to_the_seller(&lead), "{lead:#?}");
        assert_eq!(lab.requests(), [requests, 0], "{lead:#?}");
    }
}

#[tokio::test]
async fn a_buyer_that_names_less_than_the_campaign_sells_for_has_bought_nothing_yet() {
    for (price, is_sold) in [("9.99", false), ("10.00", true)] {
        let least = json!({ "min_revenue": { "amount": "10.00", "currency": "GBP" } });
        let buyers = vec![buyer("1", [Reply::accept_at("B-1", price)]), buyer("2", [Reply::accept("B-2")])];
        let mut lab = lab_with(least, buyers).await;
        let accepted = json!({ "then": "accepted", "json": { "pointer": "/status", "equals": "accepted" } });
        change(&lab, "/channel/answer", json!({ "rules": [accepted], "price": { "json": "/price" } })).await;
        post(&lab, &Faults::default(), None, &good_lead()).await;
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        let lead = only_approved(&lab).await;
        assert_eq!((lead.sold_status() == SoldStatus::Sold, is_left_to_the_seller(&lead)), (is_sold, !is_sold));
        assert_eq!(lab.requests(), [1, 0], "{lead:#?}");
    }
}

/// The seller changes the first delivery.
pub(super) async fn change(lab: &Lab, path: &str, to: Value) {
    let stored = lab.tables.store().record::<Delivery>("d1").await.unwrap().unwrap();
    let mut record = serde_json::to_value(stored.record).unwrap();
    *record.pointer_mut(path).unwrap() = to;
    save::<Delivery>(lab, record, Some(stored.version)).await;
}

/// A lab in which the first message was handled with these faults.
async fn begun(first: LabBuyer, faults: &Faults) -> Lab {
    let mut lab = lab(1, vec![first, buyer("2", [Reply::accept("B-2")])]).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let message = lab.messages().await.remove(0);
    lab.handle(faults, &message).await;
    lab
}

#[tokio::test]
async fn an_answer_that_was_kept_means_what_it_meant_when_it_came() {
    let quiet = Faults::default();
    begun(buyer("1", [Reply::accept("B-1")]), &quiet).await;
    let kept = quiet.calls().iter().position(|call| call.ends_with(".PutItem")).unwrap();
    for (path, to) in [
        ("/price/amount", json!("20.00")),
        ("/channel/answer/rules/0/json/equals", json!("taken")),
        ("/active", json!(false)),
        ("/channel", json!({ "kind": "store" })),
    ] {
        let mut lab = begun(buyer("1", [Reply::accept("B-1")]), &Faults::at([(kept, Fault::KillAfter)])).await;
        let asked_at = lab.now();
        change(&lab, path, to).await;
        lab.drain(&quiet).await;
        lab.verify().await;
        let lead = only_approved(&lab).await;
        assert_eq!((lead.revenue().unwrap().amount(), lab.requests()), ("12.50".to_owned(), vec![1, 0]), "{path}");
        let after = asked_at.duration_until(lead.sales().next().unwrap().2.sold_at);
        assert!(after < SignedDuration::from_secs(15), "sold when it was said, not when it was found: {after}");
    }
}

#[tokio::test]
async fn a_repeat_is_at_the_price_that_was_agreed_before_the_first_request() {
    let mut lab = begun(silent(Reply::accept("B-1")), &Faults::default()).await;
    change(&lab, "/price/amount", json!("20.00")).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    let lead = only_approved(&lab).await;
    assert_eq!((lead.revenue().unwrap().amount(), lab.requests()), ("12.50".to_owned(), vec![2, 0]));
}

#[tokio::test]
async fn who_recognises_no_repeats_any_more_or_is_switched_off_is_not_asked_again() {
    let no_buyer = json!({ "bid": "b1", "name": "1", "active": false });
    for path in ["/channel/request/idempotent", "/active", "the buyer"] {
        let mut lab = begun(silent(Reply::accept("B-1")), &Faults::default()).await;
        if path.starts_with('/') {
            change(&lab, path, json!(false)).await;
        } else {
            save::<Buyer>(&lab, no_buyer.clone(), Some(1)).await;
        }
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        let lead = only_approved(&lab).await;
        assert!(is_left_to_the_seller(&lead), "{path}: {lead:#?}");
        assert_eq!(lab.requests(), [1, 0], "{path}");
    }
}

#[tokio::test]
async fn a_sale_may_be_returned_on_the_terms_that_held_when_its_request_was_made() {
    let mut lab = lab(1, vec![buyer("1", [Reply::accept("B-1"), Reply::accept("B-2")])]).await;
    for (version, window_days) in [(1, 7), (2, 1)] {
        let terms = json!({ "bid": "b1", "name": "1", "returns": { "window_days": window_days } });
        save::<Buyer>(&lab, terms, Some(version)).await;
        let lead = json!({ "campid": "solar", "email": format!("within-{window_days}@example.com") });
        post(&lab, &Faults::default(), None, &lead).await;
        lab.drain(&Faults::default()).await;
    }
    let window = |lead: Lead| {
        let agreed = &lead.deliveries[&"d1".parse().unwrap()].agreed;
        (lead.fields["email"].clone(), agreed.returns.as_ref().unwrap().window_days)
    };
    let windows: BTreeSet<(String, u16)> = lab.leads().await.into_iter().map(window).collect();
    let expected = [1, 7].map(|days| (format!("within-{days}@example.com"), days));
    assert_eq!(windows, expected.into());
}
