//! What a campaign and a supplier let in: caps, sources, sub-suppliers, filters.

use serde_json::{Value, json};
use tests::{Answer, Reply, TestBuyer, World};

/// A person of its own.
fn person(number: usize) -> Value {
    json!({ "email": format!("ann{number}@example.com") })
}

fn refusal(answer: &Answer) -> (&Value, &Value, &str) {
    (&answer.json["status"], &answer.json["code"], answer.json["message"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn leads_over_a_campaigns_cap_are_refused_and_go_to_nobody() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1"), Reply::accept("B-2")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    world.change_campaign(json!({ "caps": [{ "per": "total", "count": 2 }] })).await;
    let mut taken = Vec::new();
    for number in 0..2 {
        taken.push(world.post(&world.lead(person(number))).await.expect(201).lead_id());
    }
    // What is refused for another reason uses no place up, and a replay finds its lead where it is.
    assert_eq!(world.post(&world.lead(person(1))).await.expect(422).json["code"], -4);
    let over = world.post_once("k", &world.lead(person(3))).await.expect(422);
    let rejected = (&json!("rejected"), &json!(-4), "The campaign takes no more leads at all.");
    assert_eq!(refusal(&over), rejected);
    assert_eq!(world.post_once("k", &world.lead(person(3))).await.expect(422).text, over.text);

    let lead = world.settled(&over.lead_id()).await;
    assert_eq!((&lead["approval"]["code"], &lead["delivery_status"]), (&json!(-4), &json!("blank")), "{lead:#}");
    for id in taken {
        assert_eq!(world.settled(&id).await["sold_status"], "sold");
    }
    assert_eq!(buyer.requests().len(), 2);
}

#[tokio::test]
async fn leads_over_a_suppliers_cap_are_refused_while_others_may_still_send() {
    let mut world = World::new().await;
    let other = world.new_supplier("s2").await;
    let suppliers = ["s", "s2"].map(|short| world.reference(short));
    world.change_campaign(json!({ "suppliers": suppliers })).await;
    let path = format!("/v1/suppliers/{}", world.reference("s"));
    world.change(&path, json!({ "caps": [{ "per": "total", "count": 1 }, { "per": "day", "count": 1 }] })).await;
    world.post(&world.lead(person(0))).await.expect(201);
    let over = world.post(&world.lead(person(1))).await.expect(422);
    assert_eq!(refusal(&over), (&json!("rejected"), &json!(-4), "The supplier may send no more leads at all."));
    let lead = world.lead(person(1)).to_string();
    world.send(reqwest::Method::POST, "/v1/leads", &other, &[], &lead).await.expect(201);
}

#[tokio::test]
async fn sources_and_sub_suppliers_are_let_in_by_the_lists() {
    let mut world = World::new().await;
    let sources = json!({ "allow": ["Google", "Bing"], "deny": ["bing"] });
    world.change_campaign(json!({ "sources": sources, "sub_suppliers": { "deny": ["bad"] } })).await;
    let path = format!("/v1/suppliers/{}", world.reference("s"));
    world.change(&path, json!({ "sub_suppliers": { "deny": ["worse"] } })).await;
    for (number, (changes, code)) in [
        (json!({}), 1),
        (json!({ "source": "BING" }), -6),
        (json!({ "source": "yahoo" }), -6),
        (json!({ "source": null }), -6),
        (json!({ "ssid": "Bad" }), -7),
        (json!({ "ssid": "WORSE" }), -7),
        (json!({ "ssid": "good" }), 1),
    ]
    .into_iter()
    .enumerate()
    {
        let mut lead = world.lead(person(number));
        lead.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let answer = world.post(&lead).await;
        assert_eq!(answer.json["code"], code, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_lead_that_a_filter_does_not_let_through_is_rejected_and_told_why() {
    let mut world = World::new().await;
    let filter = json!({ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["LS", "BD"] } });
    world.change_campaign(json!({ "filters": [{ "filter": filter, "otherwise": "reject" }] })).await;
    world.post(&world.lead(json!({ "postcode": "LS1 4AP" }))).await.expect(201);
    let answer = world.post(&world.lead(json!({ "postcode": "M1 1AE" }))).await.expect(422);
    let why = "A filter keeps the lead out: postcode starts with none of LS, BD.";
    assert_eq!(refusal(&answer), (&json!("rejected"), &json!(-6), why));
    let lead = world.settled(&answer.lead_id()).await;
    assert_eq!((&lead["approval"]["reason"], &lead["delivery_status"]), (&json!(why), &json!("blank")));
}

#[tokio::test]
async fn what_cannot_be_a_gate_is_refused_when_it_is_saved() {
    let world = World::new().await;
    let path = format!("/v1/campaigns/{}", world.reference("c"));
    let present = world.as_seller(reqwest::Method::GET, &path, &Value::Null).await.expect(200);
    let mut campaign = present.json.clone();
    campaign["filters"] = json!([{ "filter": { "field": "hat_size", "is": { "type": "equals", "value": "7" } } }]);
    campaign["caps"] = json!([{ "per": "day", "count": 1 }, { "per": "day", "count": 2 }]);
    campaign["sources"] = json!({ "allow": [""] });
    let version = [("if-match", present.headers["etag"].as_str())];
    let key = world.deployment.first_key();
    let answer = world.send(reqwest::Method::PUT, &path, &key, &version, &campaign.to_string()).await.expect(422);
    let errors = answer.json["errors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["filters.0.filter.field", "caps.1.per", "sources.allow.0"], "{}", answer.text);
}
