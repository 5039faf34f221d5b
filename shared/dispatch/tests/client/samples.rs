//! Deliveries tried on a made-up lead.

#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use std::{collections::BTreeMap, time::Duration};

use dispatch::{
    render::AttemptName,
    sample::{self, SampleOutcome},
};
use domain::{campaign::Campaign, delivery::Delivery, id::LeadId, lead::Lead, setup::Record};
use serde_json::{Value, json};

use crate::{
    local_client,
    test_buyer::{Reaction, TestBuyer},
};

fn lead() -> Lead {
    let campaign: Campaign = serde_json::from_value(json!({
        "campid": "solar", "name": "S", "country": "GB", "currency": "GBP",
        "payout": { "mode": "buyer_accept", "amount": { "amount": "1.00", "currency": "GBP" } },
    }))
    .unwrap();
    let id: LeadId = "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ".parse().unwrap();
    domain::sample::lead(&campaign, &BTreeMap::new(), id, jiff::Timestamp::UNIX_EPOCH).unwrap()
}

fn attempt() -> AttemptName {
    let id = "att_01JCXV5A8M3Q4R5S6T7V8W9XYZ".parse().unwrap();
    AttemptName { id, number: 1, round: 1, at: jiff::Timestamp::UNIX_EPOCH }
}

fn delivery(channel: Value) -> Delivery {
    let delivery: Delivery = serde_json::from_value(json!({
        "did": "d1", "name": "One", "campid": "solar", "price": { "amount": "0.00", "currency": "GBP" },
        "channel": channel,
    }))
    .unwrap();
    assert_eq!(delivery.check(), []);
    delivery
}

fn asking(url: &str) -> Delivery {
    delivery(json!({
        "kind": "http",
        "request": {
            "url": url, "fields": { "mail": "{{ lead.email }}", "name": "{{ lead.firstname }}" },
            "auth": { "kind": "bearer", "token": "hush-1" }, "secret_headers": { "X-Api-Key": "hush-2" },
            "headers": { "X-Source": "{{ source }}" },
        },
        "answer": {
            "rules": [
                { "then": "rejected", "header": { "name": "X-Result", "equals": "no" } },
                { "then": "accepted", "keyword": "taken" },
            ],
            "reference": { "header": "X-Id" }, "reason": { "pattern": "because (.*)" }, "price": { "pattern": "£([0-9.]+)" },
            "redirect_url": { "header": "Location" },
        },
    }))
}

async fn sent(buyer: &TestBuyer) -> SampleOutcome {
    let outcome =
        sample::send(&local_client(), &asking(&buyer.url()), &lead(), attempt(), Duration::from_secs(5)).await;
    outcome.unwrap()
}

#[test]
fn a_sample_request_is_shown_without_its_secrets() {
    let request = sample::request(&asking("https://buyer.example/leads"), &lead(), attempt()).unwrap().unwrap();
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://buyer.example/leads"));
    assert_eq!(request.body, r#"{"mail":"alex.sample@example.com","name":"Alex"}"#);
    let headers: Vec<_> = request.headers.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    assert_eq!(
        headers,
        [
            ("content-type", "application/json"),
            ("idempotency-key", "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ-d1-1"),
            ("authorization", "…"),
            ("x-api-key", "…"),
            ("x-source", "sample"),
            ("x-volley-test", "1"),
        ]
    );
    assert!(!serde_json::to_string(&request).unwrap().contains("hush"));
}

#[tokio::test]
async fn a_sample_is_sent_marked_and_its_answer_is_shown_with_what_it_means() {
    let head = "HTTP/1.1 200 OK\r\nX-Id: B-7\r\nX-Id: B-8\r\nLocation: https://buyer.example/thanks\r\n";
    let buyer = TestBuyer::answering(format!("{head}Content-Length: 16\r\n\r\nTAKEN for £3.10")).await;
    let outcome = sent(&buyer).await;
    let answer = outcome.answer.unwrap();
    assert_eq!(
        (outcome.result, answer.status, answer.body.as_str(), answer.cut),
        ("answered", 200, "TAKEN for £3.10", false)
    );
    assert_eq!(answer.headers["x-id"], "B-7, B-8");
    assert_eq!(
        serde_json::to_value(outcome.meaning).unwrap(),
        json!({
            "rule": 1, "outcome": "accepted", "price": { "amount": "3.10", "currency": "GBP" }, "reference": "B-7, B-8",
            "redirect_url": "https://buyer.example/thanks",
        })
    );
    let request = buyer.requests().remove(0);
    assert!(request.contains("x-volley-test: 1\r\n") && request.contains("x-api-key: hush-2\r\n"), "{request}");
}

#[tokio::test]
async fn which_rule_decided_is_told_or_that_none_did() {
    for (answer, meaning) in [
        (
            "HTTP/1.1 200 OK\r\nX-Result: no\r\nContent-Length: 14\r\n\r\nbecause of age",
            json!({ "rule": 0, "outcome": "rejected", "reason": "of age" }),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", json!({ "outcome": "rejected", "reason": "unrecognised" })),
        (
            "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
            json!({ "outcome": "retry", "reason": "the buyer answered 503" }),
        ),
    ] {
        let outcome = sent(&TestBuyer::answering(answer).await).await;
        assert_eq!(serde_json::to_value(outcome.meaning).unwrap(), meaning);
    }
}

#[tokio::test]
async fn of_a_long_answer_the_start_is_shown() {
    let body = "é".repeat(5_000);
    let buyer = TestBuyer::answering(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    let answer = sent(&buyer).await.answer.unwrap();
    assert_eq!((answer.body.len(), answer.cut), (8 * 1024, true));
}

#[tokio::test]
async fn a_sample_that_is_not_answered_says_why() {
    let buyer = TestBuyer::reacting(vec![Reaction::Hang(Vec::new())]).await;
    let (client, at_most) = (local_client(), Duration::from_millis(200));
    let outcome = sample::send(&client, &asking(&buyer.url()), &lead(), attempt(), at_most).await.unwrap();
    assert!(outcome.result == "no_answer" && outcome.reason.unwrap().starts_with("timed_out"));
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let outcome =
        sample::send(&client, &asking(&format!("http://{nobody}/")), &lead(), attempt(), at_most).await.unwrap();
    assert!(outcome.result == "not_sent" && outcome.reason.unwrap().starts_with("connect_failed"));
}

#[tokio::test]
async fn a_delivery_without_requests_shows_none_and_asks_nobody() {
    let store = delivery(json!({ "kind": "store" }));
    assert_eq!(sample::request(&store, &lead(), attempt()).unwrap(), None);
    let outcome = sample::send(&local_client(), &store, &lead(), attempt(), Duration::from_secs(1)).await.unwrap();
    assert_eq!(serde_json::to_value(outcome).unwrap(), json!({ "result": "taken", "elapsed_ms": 0 }));
}
