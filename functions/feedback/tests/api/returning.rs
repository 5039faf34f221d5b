//! Sales that come back by feedback, and returns that their supplier refuses.

use domain::lead::{PayoutState, SoldStatus};
use serde_json::json;

use super::harness::{SUPPLIERS, World, did, event, hashed};

#[tokio::test]
async fn a_return_is_judged_on_the_terms_of_the_sale_and_made_once() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("e1", &event(&lead, "sold", json!({}))).await;
    for _ in 0..2 {
        let answer = world.say("e2", &event(&lead, "returned", json!({ "code": "BACK" }))).await;
        assert_eq!((answer.status, answer.json["result"].as_str()), (200, Some("returned")), "{}", answer.text);
    }
    let after = world.lead(lead.id).await;
    assert_eq!((after.sold_status(), after.payout.state), (SoldStatus::Returned, PayoutState::Reversed));
    let back = after.deliveries[&did("d1")].sale().unwrap().returned.clone().unwrap();
    assert_eq!((back.reason.as_str(), back.comment), ("DUPE", None), "as its code is called here");
    let third = world.say("e3", &event(&lead, "returned", json!({ "code": "BACK" }))).await;
    assert_eq!(third.json["result"], "already_returned");
}

#[tokio::test]
async fn a_reason_that_nobody_has_given_a_meaning_is_kept_as_it_came() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("e1", &event(&lead, "sold", json!({}))).await;
    let answer = world.say("e2", &event(&lead, "returned", json!({ "code": "X9" }))).await;
    assert_eq!(answer.json["result"], "returned", "{}", answer.text);
    let back = world.lead(lead.id).await.deliveries[&did("d1")].sale().unwrap().returned.clone().unwrap();
    assert_eq!((back.reason.as_str(), back.comment.as_deref()), ("OTHER", Some("unrecognised (X9)")));
}

#[tokio::test]
async fn what_its_terms_do_not_allow_is_refused_with_the_reason() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("e1", &event(&lead, "sold", json!({}))).await;
    let answer = world.say("e2", &event(&lead, "returned", json!({ "code": "WP" }))).await;
    assert_eq!((answer.status, answer.json["result"].as_str()), (200, Some("reason_not_allowed")), "{}", answer.text);
    assert!(answer.json["detail"].is_string());
    assert_eq!(world.lead(lead.id).await.sold_status(), SoldStatus::Sold);
}

#[tokio::test]
async fn who_sent_a_lead_may_refuse_its_return_and_the_seller_hears_of_it() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("s1", &event(&lead, "sold", json!({}))).await;
    world.say("s2", &event(&lead, "returned", json!({ "code": "BACK" }))).await;
    let refused = event(&lead, "return_refused", json!({ "code": "window_expired" }));
    let answer = world.signed("", ("e1", SUPPLIERS), &refused).await;
    assert_eq!((answer.status, answer.json["result"].as_str()), (200, Some("noted")), "{}", answer.text);
    assert_eq!(world.signed("", ("e1", SUPPLIERS), &refused).await.json["replayed"], true);
    assert_eq!(
        world.store().said(lead.id, None, &hashed("e1")).await.unwrap().unwrap().code.as_deref(),
        Some("window_expired")
    );
    let notices = world.notices().await;
    assert_eq!(notices.len(), 1);
    let sold = world.signed("", ("e2", SUPPLIERS), &event(&lead, "sold", json!({}))).await;
    assert_eq!((sold.status, sold.json["code"].as_str()), (422, Some("not_for_supplier")));
}

#[tokio::test]
async fn a_refusal_of_what_was_never_taken_back_is_kept_and_nobody_is_called() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("s1", &event(&lead, "sold", json!({}))).await;
    let refused = event(&lead, "return_refused", json!({ "code": "refused" }));
    let answer = world.signed("", ("e1", SUPPLIERS), &refused).await;
    assert_eq!((answer.status, answer.json["result"].as_str()), (200, Some("contradicts")), "{}", answer.text);
    assert_eq!(world.store().said(lead.id, None, &hashed("e1")).await.unwrap().unwrap().result, "contradicts");
    assert_eq!(world.signed("", ("e1", SUPPLIERS), &refused).await.json["replayed"], true);
    assert_eq!(world.notices().await, []);
}
