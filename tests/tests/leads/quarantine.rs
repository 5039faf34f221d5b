//! Leads that are put aside: by a filter or for want of buyers; then released, or turned away.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Reply, TestBuyer, World};

/// A world that puts leads from outside Leeds aside, with a buyer that takes whatever comes.
async fn with_a_filter() -> (World, TestBuyer) {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let filter = json!({ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["LS"] } });
    let quarantine = json!({ "hours": 24, "then": "reject" });
    let filters = json!([{ "filter": filter, "otherwise": "quarantine" }]);
    world.change_campaign(json!({ "filters": filters, "quarantine": quarantine })).await;
    (world, buyer)
}

/// Posts a lead that is put aside.
async fn aside(world: &World, changes: Value) -> String {
    let mut lead = world.lead(json!({ "postcode": "M1 1AE" }));
    lead.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let answer = world.post(&lead).await.expect(201);
    assert_eq!((&answer.json["status"], &answer.json["code"]), (&json!("quarantined"), &json!(1)), "{}", answer.text);
    answer.lead_id()
}

async fn decide(world: &World, lead_id: &str, body: &Value) -> Answer {
    world.as_seller(Method::POST, &format!("/v1/leads/{lead_id}/release"), body).await
}

async fn read(world: &World, lead_id: &str) -> Value {
    world.as_seller(Method::GET, &format!("/v1/leads/{lead_id}"), &Value::Null).await.expect(200).json
}

#[tokio::test]
async fn a_lead_that_is_put_aside_waits_and_its_supplier_is_not_told_why() {
    let (world, buyer) = with_a_filter().await;
    let posted = world.post(&world.lead(json!({ "postcode": "M1 1AE" }))).await.expect(201);
    assert!(!posted.text.contains("postcode") && posted.json["payout"] == "Pending", "{}", posted.text);
    let path = format!("/v1/leads/{}", posted.lead_id());
    let own = world.read_as(world.supplier_key(), &path).await.expect(200);
    assert_eq!((&own.json["approval"]["status"], own.json["approval"].get("reason")), (&json!("quarantined"), None));
    let lead = read(&world, &posted.lead_id()).await;
    assert!(lead["approval"]["reason"].as_str().unwrap().contains("postcode starts with none of LS"), "{lead:#}");
    assert_eq!((&lead["sold_status"], &lead["delivery_status"]), (&json!("open"), &json!("blank")));
    assert_eq!(buyer.requests().len(), 0);
}

#[tokio::test]
async fn a_released_lead_is_sold_and_releasing_it_again_changes_nothing() {
    let (world, buyer) = with_a_filter().await;
    let lead_id = aside(&world, json!({})).await;
    let released = decide(&world, &lead_id, &json!({ "decision": "release" })).await.expect(200);
    assert_eq!(released.json, json!({ "lead_id": lead_id, "status": "approved" }));
    // Booked, too, so that nothing is to come that would change it.
    let is_booked = |lead: &Value| lead["journal"][0].is_object() && lead["history_missing"].is_null();
    let lead = world.lead_when(&lead_id, is_booked).await;
    assert_eq!((&lead["sold_status"], &lead["financials"]["payout_status"]), (&json!("sold"), &json!("earned")));
    let again = decide(&world, &lead_id, &json!({ "decision": "release" })).await.expect(200);
    assert_eq!(again.text, released.text);
    let other = decide(&world, &lead_id, &json!({ "decision": "reject" })).await.expect(409);
    assert_eq!((&other.json["code"], buyer.requests().len()), (&json!("not_quarantined"), 1));
    assert_eq!(read(&world, &lead_id).await, lead);
}

#[tokio::test]
async fn a_lead_that_is_turned_away_goes_to_nobody_and_cannot_be_released() {
    let (world, buyer) = with_a_filter().await;
    let lead_id = aside(&world, json!({})).await;
    let body = json!({ "decision": "reject", "reason": "not reachable" });
    let rejected = decide(&world, &lead_id, &body).await.expect(200);
    let expected = json!({ "lead_id": lead_id, "status": "rejected", "code": -6, "reason": "not reachable" });
    assert_eq!(rejected.json, expected);
    assert_eq!(decide(&world, &lead_id, &body).await.expect(200).text, rejected.text);
    let release = decide(&world, &lead_id, &json!({ "decision": "release" })).await.expect(409);
    assert_eq!(release.json["code"], "not_quarantined");
    let lead = world.settled(&lead_id).await;
    assert_eq!((&lead["sold_status"], buyer.requests().len()), (&json!("unsold"), 0), "{lead:#}");
    let own = world.read_as(world.supplier_key(), &format!("/v1/leads/{lead_id}")).await.expect(200);
    assert_eq!(own.json["approval"]["reason"], "not reachable");
}

#[tokio::test]
async fn a_released_lead_may_turn_out_to_be_a_duplicate_of_one_that_came_in_meanwhile() {
    let (world, buyer) = with_a_filter().await;
    let lead_id = aside(&world, json!({})).await;
    let meanwhile = world.post(&world.lead(json!({ "postcode": "LS1 4AP" }))).await.expect(201);
    assert_eq!(world.settled(&meanwhile.lead_id()).await["sold_status"], "sold");
    for _ in 0..2 {
        let answer = decide(&world, &lead_id, &json!({ "decision": "release" })).await.expect(200);
        assert_eq!((&answer.json["status"], &answer.json["code"]), (&json!("rejected"), &json!(-2)), "{}", answer.text);
    }
    assert_eq!((read(&world, &lead_id).await["approval"]["code"].as_i64(), buyer.requests().len()), (Some(-2), 1));
}

#[tokio::test]
async fn a_lead_that_every_delivery_passed_over_is_put_aside_and_sold_once_one_of_them_takes_it() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let quarantine = json!({ "when_all_skipped": true, "hours": 24, "then": "reject" });
    world.change_campaign(json!({ "quarantine": quarantine })).await;
    let delivery = format!("/v1/deliveries/{}", world.reference("d1"));
    let filter = json!({ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["LS"] } });
    world.change(&delivery, json!({ "filters": [filter] })).await;

    let lead_id = aside(&world, json!({})).await;
    let lead = read(&world, &lead_id).await;
    let skipped = &lead["deliveries"][0];
    assert_eq!((&skipped["state"], &skipped["code"]), (&json!("skipped"), &json!("filter")), "{lead:#}");
    assert_eq!(lead["approval"]["reason"], "every delivery was skipped");
    // It claims nothing: another lead with the same data is put aside as well, and is no duplicate.
    aside(&world, json!({})).await;

    // The function that releases has not read the delivery yet, nor has the one that delivers.
    world.change(&delivery, json!({ "filters": [] })).await;
    let released = decide(&world, &lead_id, &json!({ "decision": "release" })).await.expect(200);
    assert_eq!(released.json["status"], "approved");
    assert_eq!(world.settled(&lead_id).await["sold_status"], "sold");
    assert_eq!(buyer.requests().len(), 1);
}

#[tokio::test]
async fn only_the_seller_decides_and_only_on_what_is_there() {
    let (world, _) = with_a_filter().await;
    let lead_id = aside(&world, json!({})).await;
    let path = format!("/v1/leads/{lead_id}/release");
    let release = json!({ "decision": "release" });
    world.send(Method::POST, &path, world.supplier_key(), &[], &release.to_string()).await.expect(403);
    for (body, field) in [
        (json!({ "decision": "release", "reason": "why not" }), "reason"),
        (json!({ "decision": "reject", "reason": " " }), "reason"),
        (json!({ "decision": "reject", "reason": "a\nb" }), "reason"),
    ] {
        let answer = decide(&world, &lead_id, &body).await.expect(422);
        assert_eq!(answer.json["errors"][0]["field"], field, "{}", answer.text);
    }
    for missing in ["lead_01JD3QZ8000000000000000003", "nonsense"] {
        decide(&world, missing, &release).await.expect(404);
    }
    let approved = world.post(&world.lead(json!({ "postcode": "LS1 4AP" }))).await.expect(201);
    world.settled(&approved.lead_id()).await;
    let answer = decide(&world, &approved.lead_id(), &release).await.expect(409);
    assert_eq!(answer.json["code"], "not_quarantined");
}
