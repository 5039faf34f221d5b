//! Deliveries that somebody decides from outside.

use domain::{
    feedback::{EventKind, judge},
    lead::{DeliveryState, EditOrder, FollowUpStage, SoldStatus},
};
use serde_json::json;

use super::harness::{BUYERS, World, did, event, hashed, pounds};

#[tokio::test]
async fn a_sale_is_booked_once_however_often_and_by_whatever_name_it_is_said() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    let sold = event(&lead, "sold", json!({ "revenue": { "amount": "4.20", "currency": "GBP" } }));
    let answer = world.say("e1", &sold).await;
    assert_eq!(
        (answer.status, &answer.json),
        (200, &json!({ "lead_ref": lead.id.to_string(), "event": "sold", "result": "applied" }))
    );
    let booked = world.lead(lead.id).await;
    assert_eq!((booked.sold_status(), booked.revenue()), (SoldStatus::Sold, Ok(pounds(420))));
    let by = booked.last_touch().map(ToString::to_string);
    assert_eq!(by, Some(format!("buyer#b1 feedback {}", hashed("e1"))));
    let again = world.say("e1", &sold).await;
    assert_eq!((&again.json["result"], &again.json["replayed"]), (&json!("applied"), &json!(true)));
    assert_eq!(world.say("e2", &sold).await.json["result"], "already");
    assert_eq!(world.lead(lead.id).await, booked);
}

#[tokio::test]
async fn an_unsold_lead_goes_to_the_next_in_line_with_the_reason_as_it_is_called_here() {
    let world = World::start().await;
    for (number, code, reason) in [(1, json!("DUPE"), "Duplicate"), (2, json!("X9"), "unrecognised (X9)")] {
        let lead = world.awaiting(number).await;
        let answer = world.say("e1", &event(&lead, "unsold", json!({ "code": code }))).await;
        assert_eq!(answer.json["result"], "applied", "{}", answer.text);
        let after = world.lead(lead.id).await;
        assert_eq!(after.deliveries[&did("d1")].state, DeliveryState::Rejected { reason: reason.to_owned() });
        assert_eq!(after.deliveries[&did("d2")].state, DeliveryState::Queued);
        let messages: Vec<_> = world.queue.take_due().into_iter().map(|job| job.did).collect();
        assert_eq!(messages, [did("d2")]);
        assert_eq!(world.kept(lead.id, "e1").await.unwrap().code.as_deref(), code.as_str(), "as it came");
    }
}

#[tokio::test]
async fn what_is_said_before_the_outcome_of_the_request_is_known_is_to_be_said_again() {
    let world = World::start().await;
    let lead = world.asking(1).await;
    let sold = event(&lead, "sold", json!({}));
    let early = world.say("e1", &sold).await;
    assert_eq!((early.status, early.json["code"].as_str()), (409, Some("too_early")), "{}", early.text);
    assert_eq!(early.headers["retry-after"], "5");
    assert_eq!(world.kept(lead.id, "e1").await.unwrap().result, "too_early");
    let awaiting = {
        let pending = domain::lead::Outcome::Pending { reference: None, deadline: lambda::now() };
        let attempt = lead.deliveries[&did("d1")].state.open_attempt().unwrap();
        lead.on_outcome(&did("d1"), &attempt, 1, pending, lambda::now()).unwrap()
    };
    world.store().commit(&lead, &awaiting, &lambda::test_api::identity()).await.unwrap();
    assert_eq!(world.say("e1", &sold).await.json["result"], "applied", "under the same id");
}

#[tokio::test]
async fn what_contradicts_the_books_changes_nothing_and_the_seller_is_told_once() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("e1", &event(&lead, "sold", json!({}))).await;
    let booked = world.lead(lead.id).await;
    for (id, said, result) in [
        ("e2", event(&lead, "unsold", json!({ "code": "DUPE" })), "contradicts"),
        ("e3", event(&lead, "sold", json!({ "revenue": { "amount": "1.00", "currency": "GBP" } })), "contradicts"),
    ] {
        for _ in 0..2 {
            let answer = world.say(id, &said).await;
            assert_eq!((answer.status, answer.json["result"].as_str()), (200, Some(result)), "{}", answer.text);
            assert!(answer.json["detail"].is_string());
        }
    }
    assert_eq!(world.lead(lead.id).await, booked);
    let given_up = world.awaiting(2).await;
    world.say("e1", &event(&given_up, "unsold", json!({}))).await;
    assert_eq!(world.say("e2", &event(&given_up, "sold", json!({}))).await.json["result"], "too_late");
    let notices = world.notices().await;
    let told: Vec<_> = notices.iter().map(|notice| (notice.kind.word(), notice.lead_id)).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|(kind, _)| *kind == "feedback_not_taken"), "{told:?}");
}

#[tokio::test]
async fn a_buyer_of_any_kind_says_how_far_it_has_got_with_what_it_bought() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    world.say("e1", &event(&lead, "unsold", json!({}))).await;
    let queued = world.lead(lead.id).await;
    let (attempt, now) = (domain::id::AttemptId::from_ulid(ulid::Ulid(9)), lambda::now());
    let sending = queued.on_intent(&did("d2"), 1, attempt, now, now).unwrap();
    let accepted = domain::lead::Outcome::Accepted { price: pounds(500), reference: None, redirect_url: None };
    let sold = sending.on_outcome(&did("d2"), &attempt, 1, accepted, now).unwrap();
    world.store().commit(&queued, &sold, &lambda::test_api::identity()).await.unwrap();
    let say = async |id: &str, word: &str, more| world.signed("?did=d2", (id, BUYERS), &event(&lead, word, more)).await;
    assert_eq!(say("c1", "contacted", json!({})).await.json["result"], "applied");
    let value = json!({ "revenue": { "amount": "900.00", "currency": "GBP" }, "at": "2026-01-01T00:00:00Z" });
    assert_eq!(say("c2", "converted", value).await.json["result"], "applied");
    assert_eq!(say("c3", "not_reached", json!({})).await.json["result"], "contradicts");
    let after = world.lead(lead.id).await;
    let follow_up = after.deliveries[&did("d2")].follow_up.unwrap();
    assert_eq!((follow_up.stage, follow_up.value), (FollowUpStage::Converted, Some(pounds(90_000))));
    assert_eq!(follow_up.at, after.received, "no earlier than it came");
    assert_eq!(after.revenue(), Ok(pounds(500)));
    let kept = world.store().said(lead.id, Some(&did("d2")), &hashed("c2")).await.unwrap().unwrap();
    assert_eq!(kept.event, EventKind::Converted);
}

#[tokio::test]
async fn what_was_written_and_not_noted_is_not_made_again_over_what_the_seller_has_put_right() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    let sold = |amount: &str| event(&lead, "sold", json!({ "revenue": { "amount": amount, "currency": "GBP" } }));
    world.say("e1", &sold("3.00")).await;
    // Who raises it dies before it is noted.
    let (booked, delivery) = (world.lead(lead.id).await, world.store().record("d1").await.unwrap().unwrap());
    let more = serde_json::from_value(sold("5.50")).unwrap();
    let raised = judge(&booked, &did("d1"), (&hashed("x"), &more), &delivery.record, lambda::now()).unwrap();
    let order = EditOrder { order: "by hand", by: "seller", reason: "agreed by phone" };
    let put_right = raised.on_revenue_edited(None, Some(&did("d1")), pounds(400), order, lambda::now()).unwrap();
    world.store().commit(&booked, &put_right, &lambda::test_api::identity()).await.unwrap();
    assert_eq!(world.lead(lead.id).await.revenue(), Ok(pounds(400)));
    assert_eq!(world.say("x", &sold("5.50")).await.json["result"], "already");
    assert_eq!(world.lead(lead.id).await.revenue(), Ok(pounds(400)), "it was made before");
    assert_eq!(world.say("y", &sold("5.50")).await.json["result"], "applied", "another one is another edit");
    assert_eq!(world.lead(lead.id).await.revenue(), Ok(pounds(550)));
}
