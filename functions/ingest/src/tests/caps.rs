//! Caps of campaigns and suppliers: what is over them is kept as rejected, and only what is taken in counts.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{campaign::Campaign, lead::Rejection, supplier::Supplier};
use futures::future::join_all;
use serde_json::{Value, json};
use store::{Scope, keys};

use super::{Api, campaign, lead};

/// With a campaign `few` that takes this many leads, and its supplier, who sends no more than that in all.
async fn api(campaign_takes: Option<u32>, supplier_sends: Option<u32>) -> Api {
    let api = Api::start().await;
    let caps = |count: Option<u32>| count.map_or(json!([]), |count| json!([{ "per": "total", "count": count }]));
    api.save::<Supplier>(json!({ "sid": "s9", "name": "Supplier Nine", "caps": caps(supplier_sends) })).await;
    for campid in ["few", "many"] {
        let caps = if campid == "few" { caps(campaign_takes) } else { json!([]) };
        api.save::<Campaign>(campaign(campid, json!({ "suppliers": ["s9"], "caps": caps }))).await;
    }
    api
}

/// A lead of `s9`, as the seller enters it.
fn of(campid: &str, name: &str) -> Value {
    lead(json!({ "campid": campid, "sid": "s9", "email": format!("{name}@example.com") }))
}

async fn post(api: &Api, body: &Value) -> super::Answer {
    api.send("seller", &[("content-type", "application/json")], body.to_string()).await
}

fn scopes() -> [Scope; 2] {
    [Scope::Campaign("few".parse().unwrap()), Scope::Supplier("s9".parse().unwrap())]
}

/// What the campaign and the supplier have used up; nothing may be left open.
async fn used(api: &Api) -> [u32; 2] {
    assert_eq!(api.app.dispatcher.store.open_reservations(&scopes()).await.unwrap(), [], "nothing is left open");
    let mut used = [0; 2];
    for (used, scope) in used.iter_mut().zip(scopes()) {
        let key = keys::counter(&scope);
        let get = api.tables.client().get_item().table_name(api.tables.tables().setup);
        let get = get.key("pk", AttributeValue::S(key.pk)).key("sk", AttributeValue::S(key.sk));
        let item = get.send().await.unwrap().item.unwrap_or_default();
        *used = item.get("t").map_or(0, |count| count.as_n().unwrap().parse().unwrap());
    }
    used
}

#[tokio::test]
async fn what_is_over_a_campaigns_cap_is_kept_as_rejected_and_says_so() {
    let api = api(Some(2), None).await;
    for name in ["ann", "bob"] {
        assert_eq!(post(&api, &of("few", name)).await.line(), "201 1");
    }
    let over = post(&api, &of("few", "cid")).await;
    assert_eq!(
        (over.line().as_str(), &over.json["message"]),
        ("422 -4", &json!("The campaign takes no more leads at all."))
    );
    let kept = api.lead(&over.json).await;
    assert!(matches!(kept.approval, domain::lead::Approval::Rejected { code: Rejection::CampaignCap, .. }));
    assert_eq!((api.counts().await, used(&api).await), ([3, 2, 0], [2, 0]), "it claims nothing");
}

#[tokio::test]
async fn a_suppliers_cap_counts_over_all_its_campaigns_and_costs_no_campaign_a_place() {
    let api = api(Some(5), Some(2)).await;
    assert_eq!(post(&api, &of("few", "ann")).await.line(), "201 1");
    assert_eq!(post(&api, &of("many", "ann")).await.line(), "201 1");
    let over = post(&api, &of("few", "bob")).await;
    assert_eq!(over.line(), "422 -4");
    assert_eq!(over.json["message"], "The supplier may send no more leads at all.");
    assert_eq!(used(&api).await, [1, 2]);
}

#[tokio::test]
async fn what_is_not_taken_in_counts_for_nothing() {
    let api = api(Some(3), Some(3)).await;
    assert_eq!(post(&api, &of("few", "ann")).await.line(), "201 1");
    assert_eq!(post(&api, &of("few", "ann")).await.line(), "422 -2");
    assert_eq!(post(&api, &of("few", "@")).await.line(), "422 -5 email:not_an_email");
    let mut test = of("few", "bob");
    test["test"] = json!(true);
    assert_eq!(post(&api, &test).await.line(), "201 1");
    assert_eq!(used(&api).await, [1, 1]);
}

#[tokio::test]
async fn a_request_that_comes_again_takes_no_place_again_nor_does_a_key_for_another_body() {
    let api = api(Some(2), None).await;
    let once = [("content-type", "application/json"), ("idempotency-key", "k")];
    let first = api.send("seller", &once, of("few", "ann").to_string()).await;
    for _ in 0..3 {
        assert_eq!(api.send("seller", &once, of("few", "ann").to_string()).await.text, first.text);
    }
    assert_eq!(api.send("seller", &once, of("few", "bob").to_string()).await.line(), "422 idempotency_key_reused");
    assert_eq!(used(&api).await, [1, 0]);
    // A refusal is replayed as well, also when there is room again.
    post(&api, &of("few", "bob")).await;
    let other = [("content-type", "application/json"), ("idempotency-key", "other")];
    let over = api.send("seller", &other, of("few", "cid").to_string()).await;
    assert_eq!((over.line().as_str(), used(&api).await), ("422 -4", [2, 0]));
    assert_eq!(api.send("seller", &other, of("few", "cid").to_string()).await.text, over.text);
}

#[tokio::test]
async fn of_a_batch_and_of_a_crowd_no_more_are_taken_than_there_is_room_for() {
    let api = api(Some(12), Some(20)).await;
    let leads: Vec<Value> = (0..15).map(|number| of("few", &format!("a{number}"))).collect();
    let once = [("content-type", "application/json"), ("idempotency-key", "k")];
    let batch = json!({ "leads": leads }).to_string();
    let first = api.send("seller", &once, batch.clone()).await;
    let count = |answer: &super::Answer, code: i32| {
        answer.json["leads"].as_array().unwrap().iter().filter(|receipt| receipt["code"] == code).count()
    };
    assert_eq!((count(&first, 1), count(&first, -4)), (12, 3), "{}", first.text);
    assert_eq!(api.send("seller", &once, batch).await.text, first.text);

    let crowd: Vec<Value> = (0..20).map(|number| of("many", &format!("b{number}"))).collect();
    let answers = join_all(crowd.iter().map(|lead| post(&api, lead))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 8);
    assert_eq!(used(&api).await, [12, 20]);
}

#[tokio::test]
async fn a_lead_that_is_put_aside_is_taken_counts_and_does_not_say_why() {
    let api = api(None, Some(1)).await;
    let filter = json!({ "field": "email", "is": { "type": "pattern", "pattern": "[a-z]+@secret[.]example" } });
    let filters = json!([{ "filter": filter, "otherwise": "quarantine" }]);
    let changes = json!({ "suppliers": ["s9"], "filters": filters });
    api.save::<Campaign>(campaign("picky", changes)).await;
    let answer = post(&api, &of("picky", "ann")).await;
    assert_eq!((answer.status, &answer.json["status"], &answer.json["code"]), (201, &json!("quarantined"), &json!(1)));
    assert_eq!(answer.json["payout"], "Pending");
    assert!(!answer.text.contains("secret") && !answer.text.contains("email"), "{}", answer.text);
    assert_eq!((api.counts().await, used(&api).await), ([1, 0, 0], [0, 1]), "it claims nothing, but it counts");
    assert_eq!(post(&api, &of("picky", "bob")).await.line(), "422 -4", "there is no room even for that");
}
