//! Leads that another installation has sent on, and wants to hear of again.

use domain::lead::Method;
use serde_json::json;

use super::{Api, lead};

const URL: &str = "https://up.example/v1/feedback?did=d1";

#[tokio::test]
async fn a_lead_knows_who_is_to_hear_of_it_and_who_had_it_before() {
    let api = Api::start().await;
    let said = json!({ "feedback_url": URL, "feedback_ref": "lead_7", "feedback_via": "one, two" });
    let answer = api.post(&lead(said)).await;
    assert_eq!((answer.line().as_str(), answer.json["payout"].as_str()), ("201 1", Some("Pending")));
    let stored = api.lead(&answer.json).await;
    let upstream = stored.upstream.unwrap();
    assert_eq!((upstream.url.as_str(), upstream.lead_ref.as_str()), (URL, "lead_7"));
    assert_eq!(stored.via, ["one".parse().unwrap(), "two".parse().unwrap()]);
    assert_eq!(stored.method, Method::L2l);
    assert_eq!(stored.fields.len(), 1, "none of it is a field of the person");
}

#[tokio::test]
async fn a_lead_that_has_been_here_is_refused_and_nothing_of_it_is_kept() {
    let api = Api::start().await;
    let own = api.app.dispatcher.own.id.to_string();
    let answer = api.post(&lead(json!({ "feedback_via": format!("one,{own},two") }))).await;
    assert_eq!((answer.line().as_str(), answer.json["lead_id"].as_str()), ("422 -2", None));
    assert_eq!(api.counts().await, [0, 0, 0]);
}

#[tokio::test]
async fn what_is_said_by_halves_is_named() {
    let api = Api::start().await;
    for (said, wanted) in [
        (json!({ "feedback_url": URL }), "422 invalid_body feedback_ref:required"),
        (json!({ "feedback_ref": "x" }), "422 invalid_body feedback_url:required"),
        (json!({ "feedback_url": "up", "feedback_ref": "x" }), "422 invalid_body feedback_url:url"),
        (json!({ "feedback_via": "a b" }), "422 invalid_body feedback_via:installations"),
        (json!({ "feedback_via": "a,".repeat(9) }), "422 invalid_body feedback_via:too_many_hops"),
    ] {
        assert_eq!(api.post(&lead(said.clone())).await.line(), wanted, "{said}");
    }
}
