//! Ingest: one lead, one answer, whatever happens on the way.

use domain::campaign::Campaign;
use domain::lead::SoldStatus;
use serde_json::{Value, json};
use tests::{Faults, Lab, Reply};

use super::{buyer, good_lead, lab, only_approved, post, with_a_second_kill_after_each_write, with_every_fault};

async fn taking_buyer() -> Lab {
    lab(1, vec![buyer("1", [Reply::accept("B-1")])]).await
}

/// I1: the lead of one key is one lead, and its answer one answer.
async fn with_a_key(faults: Faults) {
    let mut lab = taking_buyer().await;
    let first = post(&lab, &faults, Some("k1"), &good_lead()).await;
    let again = post(&lab, &Faults::default(), Some("k1"), &good_lead()).await;
    assert_eq!(first, again);
    assert_eq!(first.0, 201, "{}", first.1);
    assert_eq!(lab.leads().await.len(), 1);
    only_approved(&lab).await;

    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert_eq!(only_approved(&lab).await.sold_status(), SoldStatus::Sold);
    assert_eq!(lab.requests(), [1], "the lead reaches its buyer, and once");
}

#[tokio::test]
async fn a_lead_with_an_idempotency_key_is_taken_in_once_and_answered_alike_whatever_fails() {
    with_every_fault(with_a_key).await;
}

#[tokio::test]
async fn a_lead_with_an_idempotency_key_survives_two_deaths() {
    with_a_second_kill_after_each_write(with_a_key).await;
}

/// I2: without a key a repeated post may be a duplicate of the lead that came in first, but never a second lead for sale.
async fn without_a_key(faults: Faults) {
    let mut lab = taking_buyer().await;
    let (status, body) = post(&lab, &faults, None, &good_lead()).await;
    assert!(status == 201 || body.contains("\"code\":-2"), "{body}");
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert_eq!(only_approved(&lab).await.sold_status(), SoldStatus::Sold);
    assert_eq!(lab.requests(), [1]);
}

#[tokio::test]
async fn a_lead_without_a_key_is_for_sale_at_most_once_whatever_fails() {
    with_every_fault(without_a_key).await;
}

/// A duplicate takes a second write, and its answer is replayed like any other.
async fn a_duplicate(faults: Faults) {
    let lab = taking_buyer().await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let first = post(&lab, &faults, Some("k2"), &good_lead()).await;
    let again = post(&lab, &Faults::default(), Some("k2"), &good_lead()).await;
    assert_eq!(first, again);
    assert!(first.1.contains("\"code\":-2"), "{}", first.1);
    assert_eq!(lab.leads().await.len(), 2);
    only_approved(&lab).await;
}

#[tokio::test]
async fn a_duplicate_is_kept_once_and_answered_alike_whatever_fails() {
    with_every_fault(a_duplicate).await;
}

/// Posts a batch until nothing in it has failed on our side: "send this lead again", its receipt says.
async fn post_batch(lab: &Lab, faults: &Faults, batch: &Value) -> Vec<Value> {
    let mut before: Vec<Value> = Vec::new();
    for _ in 0..5 {
        let (status, body) = post(lab, faults, Some("k3"), batch).await;
        assert_eq!(status, 200, "{body}");
        let receipts = serde_json::from_str::<Value>(&body).unwrap()["leads"].as_array().unwrap().clone();
        for (before, now) in before.iter().zip(&receipts) {
            assert!(before["code"] == -100 || before == now, "{before} has become {now}");
        }
        if receipts.iter().all(|receipt| receipt["code"] != -100) {
            return receipts;
        }
        before = receipts;
    }
    panic!("a lead fails again and again");
}

/// I1, for several leads under one key: two good ones, and between them one that is not kept. Only the first has a line of
/// buyers to be read, so it can fail alone, and then the last is the first of the batch that is kept.
async fn a_batch(faults: Faults) {
    let mut lab = taking_buyer().await;
    let store = lab.tables.store();
    let solar = store.record::<Campaign>("solar").await.unwrap().unwrap().record;
    let wind = Campaign { campid: "wind".parse().unwrap(), distribution: Vec::new(), ..solar };
    store.save(wind, None).await.unwrap();
    let [nobodys, winds] = [("nowhere", "eve"), ("wind", "bob")]
        .map(|(campid, name)| json!({ "campid": campid, "email": format!("{name}@example.com") }));
    let batch = json!({ "leads": [good_lead(), nobodys, winds] });
    let first = post_batch(&lab, &faults, &batch).await;
    let again = post_batch(&lab, &Faults::default(), &batch).await;
    assert_eq!(first, again);
    let codes: Vec<&Value> = first.iter().map(|receipt| &receipt["code"]).collect();
    assert_eq!(codes, [&json!(1), &json!(-7), &json!(1)]);

    lab.drain(&Faults::default()).await;
    lab.verify().await;
    let mut ids: Vec<String> = lab.leads().await.iter().map(|lead| lead.id.to_string()).collect();
    let mut told = vec![first[0]["lead_id"].as_str().unwrap(), first[2]["lead_id"].as_str().unwrap()];
    ids.sort_unstable();
    told.sort_unstable();
    assert_eq!(ids, told, "each lead is there once, and is the one that its receipt names");
    assert_eq!(lab.requests(), [1], "the lead that has a buyer reaches it, and once");
}

#[tokio::test]
async fn a_batch_with_an_idempotency_key_is_taken_in_once_and_answered_alike_whatever_fails() {
    with_every_fault(a_batch).await;
}
