//! The seller's word on all returns of a file.

use lambda::test_api::Answer;
use serde_json::{Value, json};
use store::{FileDecision, FileDecisionState, ReturnFile, ReturnFileJob, ReturnFileState, ReturnFileWork};

use super::{done, dropped, id, path, save};
use crate::harness::Api;

async fn approve(api: &Api, number: u128) -> Answer {
    api.post(&format!("{}/approve", path(number)), &json!({})).await
}

async fn undo(api: &Api, number: u128, reason: &str) -> Answer {
    api.post(&format!("{}/undo", path(number)), &json!({ "reason": reason })).await
}

async fn row(api: &Api, number: u128) -> ReturnFile {
    api.store().return_file(id(number)).await.unwrap().unwrap()
}

/// What the worker makes of a decision.
async fn carried_out(api: &Api, number: u128) {
    let file = row(api, number).await;
    let decision = file.decision.clone().unwrap();
    let decision = FileDecision { state: FileDecisionState::Done, done: 2, byte: 99, row: 9, ..decision };
    save(api, &file, ReturnFile { decision: Some(decision), ..file.clone() }).await;
}

/// The worker is asked for this file, for so many decisions: before each is kept, and behind it.
fn asked(number: u128, decisions: usize) -> Vec<ReturnFileJob> {
    vec![ReturnFileJob { file: id(number), work: ReturnFileWork::Decide }; 2 * decisions]
}

/// The decision of an answer: accepted, and to be carried out.
fn decision(answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.json["decision"].clone()
}

#[tokio::test]
async fn a_decision_is_kept_and_the_worker_is_asked_to_carry_it_out() {
    let api = Api::start().await;
    done(&api, 1).await;
    done(&api, 2).await;
    let body = json!({ "reverse_payout": false });
    let approved = decision(&api.post(&format!("{}/approve", path(1)), &body).await);
    assert_eq!(
        (&approved["kind"], &approved["state"], &approved["done"]),
        (&json!("approve"), &json!("running"), &json!(0))
    );
    assert_eq!(row(&api, 1).await.decision.unwrap().reverse_payout, Some(false));
    assert_eq!(api.file_queue.take(), asked(1, 1));

    let undone = decision(&undo(&api, 2, "  wrong month ").await);
    assert_eq!((&undone["kind"], &undone["reason"]), (&json!("undo"), &json!("wrong month")));
    assert_eq!(api.file_queue.take(), asked(2, 1));
}

#[tokio::test]
async fn the_same_decision_again_changes_nothing_while_it_is_carried_out_and_is_taken_anew_afterwards() {
    let api = Api::start().await;
    done(&api, 1).await;
    decision(&undo(&api, 1, "wrong month").await);
    let before = row(&api, 1).await;
    let again = decision(&undo(&api, 1, "wrong month").await);
    assert_eq!((row(&api, 1).await, &again["state"]), (before.clone(), &json!("running")));
    assert_eq!(undo(&api, 1, "another reason").await.refusal(), "409 being_decided");
    assert_eq!((row(&api, 1).await, api.file_queue.take()), (before, asked(1, 2)));
    carried_out(&api, 1).await;
    let anew = decision(&undo(&api, 1, "wrong month").await);
    assert_eq!((&anew["state"], &anew["done"]), (&json!("running"), &json!(0)));
    assert_eq!(api.file_queue.take(), asked(1, 1));
}

#[tokio::test]
async fn another_decision_waits_until_the_first_is_carried_out_and_begins_anew() {
    let api = Api::start().await;
    done(&api, 1).await;
    decision(&approve(&api, 1).await);
    let before = row(&api, 1).await;
    assert_eq!(undo(&api, 1, "wrong month").await.refusal(), "409 being_decided");
    assert_eq!((row(&api, 1).await, api.file_queue.take()), (before, asked(1, 1)));
    carried_out(&api, 1).await;
    let undone = decision(&undo(&api, 1, "wrong month").await);
    assert_eq!((&undone["kind"], &undone["state"], &undone["done"]), (&json!("undo"), &json!("running"), &json!(0)));
    let kept = row(&api, 1).await.decision.unwrap();
    assert_eq!((kept.byte, kept.row), (0, 0), "from the first row of the result");
}

#[tokio::test]
async fn a_decision_that_the_worker_did_not_hear_of_is_sent_again() {
    let api = Api::start().await;
    done(&api, 1).await;
    api.file_queue.set_away(true);
    assert_eq!(approve(&api, 1).await.refusal(), "503 try_again");
    assert_eq!(api.file_queue.take(), []);
    api.file_queue.set_away(false);
    decision(&approve(&api, 1).await);
    assert_eq!(api.file_queue.take(), asked(1, 1));
}

#[tokio::test]
async fn only_a_file_with_returns_can_be_decided() {
    let api = Api::start().await;
    let announced = json!({ "name": "june.csv", "bid": "b1" });
    let announced = api.post("/v1/return-files", &announced).await.json;
    let announced = format!("/v1/return-files/{}", announced["return_file_id"].as_str().unwrap());
    dropped(&api, 1, "b1", 1).await;
    let (code, detail) = ("image".to_owned(), "A picture.".to_owned());
    for (number, state) in
        [(2, ReturnFileState::Rejected { code, detail }), (3, ReturnFileState::Repeated { of: id(1) })]
    {
        let file = dropped(&api, number, "b1", 1).await;
        save(&api, &file, ReturnFile { state, ..file.clone() }).await;
    }
    let tried = done(&api, 4).await;
    save(&api, &tried, ReturnFile { dry_run: true, ..tried.clone() }).await;
    for path in [announced, path(1), path(2), path(3), path(4)] {
        let view = api.get(&path).await.ok();
        for (word, body) in [("approve", json!({})), ("undo", json!({ "reason": "wrong month" }))] {
            assert_eq!(api.post(&format!("{path}/{word}"), &body).await.refusal(), "409 not_done", "{path} {word}");
        }
        assert_eq!(api.get(&path).await.ok()["decision"], view["decision"], "{path}");
    }
    assert_eq!(approve(&api, 9).await.refusal(), "404 not_found");
    assert_eq!(api.file_queue.take(), []);
}

#[tokio::test]
async fn only_the_seller_decides_and_says_why() {
    let api = Api::start().await;
    let before = done(&api, 1).await;
    for caller in ["b1", "b2", "s1"] {
        let api = api.by(caller);
        assert_eq!(approve(&api, 1).await.status, 403, "{caller}");
        assert_eq!(undo(&api, 1, "wrong month").await.status, 403, "{caller}");
    }
    assert_eq!(approve(&api.by(""), 1).await.status, 401);
    for (word, body, refusal) in [
        ("undo", json!({}), "422 invalid_body reason:required"),
        ("undo", json!({ "reason": " " }), "422 invalid reason:length"),
        ("undo", json!({ "reason": "x".repeat(201) }), "422 invalid reason:length"),
        ("undo", json!({ "reason": "two\nlines" }), "422 invalid reason:length"),
        ("undo", json!({ "reason": "x", "reverse_payout": true }), "422 invalid_body reverse_payout:unknown_field"),
        ("approve", json!({ "reason": "x" }), "422 invalid_body reason:unknown_field"),
        ("approve", json!({ "reverse_payout": "no" }), "422 invalid_body reverse_payout:invalid"),
    ] {
        assert_eq!(api.post(&format!("{}/{word}", path(1)), &body).await.refusal(), refusal, "{word} {body}");
    }
    assert_eq!((row(&api, 1).await, api.file_queue.take()), (before, Vec::new()));
    decision(&undo(&api, 1, &"x".repeat(200)).await);
}
