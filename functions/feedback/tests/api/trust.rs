//! Who is believed, and what strangers find out.

use axum::{body::Body, http::Request};
use jiff::SignedDuration;
use serde_json::json;

use super::harness::{BUYERS, SUPPLIERS, THEIRS, World, event};

#[tokio::test]
async fn only_who_knows_the_secret_is_heard_and_only_for_five_minutes() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    let sold = event(&lead, "sold", json!({}));
    for (query, secret) in
        [("?did=d1", BUYERS), ("?did=d2", THEIRS), ("?did=nobody", THEIRS), ("", THEIRS), ("", BUYERS)]
    {
        let answer = world.signed(query, ("e1", secret), &sold).await;
        assert_eq!(
            (answer.status, answer.json["code"].as_str()),
            (401, Some("unverified")),
            "{query}: {}",
            answer.text
        );
    }
    for minutes in [-6, 6] {
        let then = lambda::now() + SignedDuration::from_mins(minutes);
        assert_eq!(
            world.signed_at(then, "?did=d1", ("e1", THEIRS), &sold).await.status,
            401,
            "overheard, and repeated"
        );
    }
    let unsigned = Request::post("/v1/feedback?did=d1").body(Body::from(sold.to_string())).unwrap();
    assert_eq!(world.send(unsigned).await.status, 401);
    assert_eq!(world.lead(lead.id).await, lead);
    assert_eq!(world.kept(lead.id, "e1").await, None);
}

#[tokio::test]
async fn a_lead_of_others_looks_like_none() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    let strangers = [
        event(&lead, "sold", json!({ "lead_ref": "lead_00000000000000000000000009" })),
        event(&lead, "sold", json!({ "lead_ref": "somebody else's" })),
    ];
    let mut answers = Vec::new();
    for stranger in strangers {
        answers.push(world.say("e1", &stranger).await);
    }
    // It is there, and never went to b2.
    answers.push(world.signed("?did=d2", ("e1", BUYERS), &event(&lead, "sold", json!({}))).await);
    for answer in &answers {
        assert_eq!((answer.status, &answer.json["detail"]), (404, &answers[0].json["detail"]), "{}", answer.text);
    }
    let unknown = event(&lead, "return_refused", json!({ "lead_ref": "lead_00000000000000000000000009" }));
    let (gone, mine) =
        (world.signed("", ("e1", SUPPLIERS), &unknown).await, world.signed("", ("e1", THEIRS), &unknown).await);
    assert_eq!((gone.status, mine.status), (401, 401), "nobody's lead is nobody's to speak of");
}

#[tokio::test]
async fn an_id_is_good_for_one_event_of_a_lead() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    assert_eq!(world.say("e1", &event(&lead, "sold", json!({}))).await.status, 200);
    let other = world.say("e1", &event(&lead, "unsold", json!({}))).await;
    assert_eq!((other.status, other.json["code"].as_str()), (409, Some("webhook_id_reused")), "{}", other.text);
    let unsold = world.awaiting(2).await;
    assert_eq!(world.say("e1", &event(&unsold, "unsold", json!({ "code": "DUPE" }))).await.status, 200);
    let reworded = world.say("e1", &event(&unsold, "unsold", json!({ "code": "deleted" }))).await;
    assert_eq!(
        (reworded.status, &reworded.json["replayed"]),
        (200, &json!(true)),
        "its words are gone there meanwhile"
    );
}

#[tokio::test]
async fn who_never_stops_saying_how_far_it_is_is_heard_a_hundred_times_and_of_money_all_the_same() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    for number in 0..100 {
        let word = ["contacted", "not_reached"][number % 2];
        let answer = world.say(&format!("e{number}"), &event(&lead, word, json!({}))).await;
        assert_eq!((answer.status, answer.json["result"].as_str()), (200, Some("not_sold")), "{}", answer.text);
    }
    let one_more = world.say("more", &event(&lead, "converted", json!({}))).await;
    assert_eq!((one_more.status, one_more.json["code"].as_str()), (409, Some("too_much_said")), "{}", one_more.text);
    assert_eq!((world.lead(lead.id).await, world.kept(lead.id, "more").await), (lead.clone(), None));
    let known = world.say("e8", &event(&lead, "contacted", json!({}))).await;
    assert_eq!((known.status, &known.json["replayed"]), (200, &json!(true)));
    let sold = world.say("sold", &event(&lead, "sold", json!({}))).await;
    assert_eq!((sold.status, sold.json["result"].as_str()), (200, Some("applied")), "{}", sold.text);
    let back = world.say("back", &event(&lead, "returned", json!({ "code": "BACK" }))).await;
    assert_eq!((back.status, back.json["result"].as_str()), (200, Some("returned")), "{}", back.text);
    let refused = world.signed("", ("s", SUPPLIERS), &event(&lead, "return_refused", json!({}))).await;
    assert_eq!(refused.json["result"], "noted", "each is counted for itself: {}", refused.text);
}

#[tokio::test]
async fn what_makes_no_sense_says_where() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    for (said, field, code) in [
        (event(&lead, "gone", json!({})), "event", "invalid"),
        (
            event(&lead, "unsold", json!({ "revenue": { "amount": "1.00", "currency": "GBP" } })),
            "revenue",
            "not_for_event",
        ),
        (event(&lead, "sold", json!({ "colour": "green" })), "colour", "unknown_field"),
    ] {
        let answer = world.say("e1", &said).await;
        assert_eq!(
            (answer.status, &answer.json["errors"][0]["field"], &answer.json["errors"][0]["code"]),
            (422, &json!(field), &json!(code)),
            "{}",
            answer.text
        );
    }
    assert_eq!(world.signed("?delivery=d1", ("e1", THEIRS), &event(&lead, "sold", json!({}))).await.status, 400);
}

#[tokio::test]
async fn of_a_lead_that_is_deleted_money_is_heard_and_no_words_are_kept() {
    let world = World::start().await;
    let lead = world.awaiting(1).await;
    let deleted = lead.on_deleted(lambda::now()).unwrap();
    world.store().commit(&lead, &deleted, &lambda::test_api::identity()).await.unwrap();
    let said = event(&lead, "sold", json!({ "reference": "lead_9", "code": "ann@example.com" }));
    assert_eq!(world.say("ann@example-com", &said).await.json["result"], "applied");
    let again = event(&lead, "unsold", json!({ "code": "ann@example.com", "reason": "ann@example.com" }));
    assert_eq!(world.say("ann2@example-com", &again).await.json["result"], "contradicts");
    assert_eq!(world.say("ann2@example-com", &again).await.json["replayed"], true);
    let whole = world.store().whole_lead(lead.id).await.unwrap().unwrap();
    assert_eq!((whole.said.len(), whole.lead.revenue().unwrap().minor), (2, 500));
    let everything = format!("{whole:?} {:?}", world.notices().await);
    assert!(!everything.contains("ann@") && !everything.contains("ann2@"), "{everything}");
}
