//! Batches: every lead has its own receipt, whatever is wrong with its neighbours.

use serde_json::{Value, json};

use super::{Api, lead};

const JSON: (&str, &str) = ("content-type", "application/json");

/// `1`, `-5 email:not_an_email`: the receipts, short.
fn receipts(answer: &super::Answer) -> Vec<String> {
    let receipt = |receipt: &Value| {
        let errors = receipt["errors"].as_array().into_iter().flatten();
        let errors =
            errors.map(|error| format!(" {}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()));
        format!("{}{}", receipt["code"], errors.collect::<String>())
    };
    answer.json["leads"].as_array().unwrap().iter().map(receipt).collect()
}

#[tokio::test]
async fn what_is_wrong_with_one_lead_does_not_touch_the_others() {
    let api = Api::start().await;
    let repeated = "{\"campid\": \"solar\", \"email\": \"a@example.com\", \"email\": \"b@example.com\"}";
    let leads = [
        lead(json!({ "email": "a@example.com" })).to_string(),
        "17".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        repeated.to_owned(),
        lead(json!({ "email": {} })).to_string(),
        lead(json!({ "email": "ann@" })).to_string(),
        lead(json!({ "c1": "<b>x</b>" })).to_string(),
        json!({ "email": "c@example.com" }).to_string(),
        lead(json!({ "campid": "nowhere" })).to_string(),
        lead(json!({ "campid": "closed" })).to_string(),
        lead(json!({ "sid": "s2" })).to_string(),
        lead(json!({ "email": "a@example.com" })).to_string(),
        lead(json!({ "leads": [] })).to_string(),
        lead(json!({ "email": "d@example.com" })).to_string(),
    ];
    let answer =
        api.send("s1", &[JSON, ("idempotency-key", "k")], format!("{{\"leads\": [{}]}}", leads.join(","))).await;
    assert_eq!(answer.status, 200);
    let wanted = [
        "1",
        "-5 :not_an_object",
        "-5 :not_an_object",
        "-5 :not_an_object",
        "-5 email:repeated_field",
        "-5 email:not_a_value",
        "-5 email:not_an_email",
        "-18 c1:unsafe_content",
        "-5 campid:required",
        "-7 campid:unknown_campaign",
        "-9",
        "-7",
        "-2",
        "-5 leads:not_a_value",
        "1",
    ];
    assert_eq!(receipts(&answer), wanted);
    for receipt in answer.json["leads"].as_array().unwrap() {
        assert!(receipt["code"] == 1 || receipt["message"].as_str().unwrap().ends_with('.'), "{receipt}");
    }
    // Two approved; three kept as rejected: a wrong e-mail address, a closed campaign, a duplicate.
    assert_eq!(api.counts().await, [5, 2, 5]);
}

#[tokio::test]
async fn a_hundred_leads_are_taken_at_once() {
    let api = Api::start().await;
    let leads: Vec<_> = (0..100).map(|number| lead(json!({ "email": format!("p{number}@example.com") }))).collect();
    let answer = api.post(&json!({ "leads": leads })).await;
    assert_eq!(receipts(&answer), vec!["1"; 100]);
    for (at, receipt) in answer.json["leads"].as_array().unwrap().iter().enumerate() {
        assert_eq!(api.lead(receipt).await.fields["email"], format!("p{at}@example.com"));
    }
}

#[tokio::test]
async fn a_batch_of_which_nothing_can_be_kept_keeps_nothing() {
    let api = Api::start().await;
    let answer = api
        .post_once("k", &json!({ "leads": [1, lead(json!({ "c1": "<b>" })), lead(json!({ "campid": "x" }))] }))
        .await;
    assert_eq!(receipts(&answer), ["-5 :not_an_object", "-18 c1:unsafe_content", "-7 campid:unknown_campaign"]);
    assert_eq!((answer.status, api.items().await), (200, Vec::new()));
}

#[tokio::test]
async fn the_seller_sends_a_batch_for_several_suppliers() {
    let api = Api::start().await;
    let leads = json!({ "leads": [lead(json!({ "sid": "s1" })), lead(json!({ "sid": "s2" })), lead(json!({}))] });
    let answer = api.send("seller", &[JSON], leads.to_string()).await;
    assert_eq!(receipts(&answer), ["1", "-7 campid:unknown_campaign", "-5 sid:required"]);
}
