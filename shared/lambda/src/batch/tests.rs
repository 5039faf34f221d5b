//! Which messages come back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::*;

fn event(bodies: &[&str]) -> SqsEvent {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(at, body)| {
            json!({"messageId": format!("m{at}"), "body": body, "attributes": {"ApproximateReceiveCount": "3"}})
        })
        .collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

fn failed(answer: SqsBatchResponse) -> Vec<String> {
    let mut ids: Vec<_> = answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn only_the_messages_that_failed_come_back() {
    let seen = Mutex::new(Vec::new());
    let answer = run(event(&["1", "2", "\"x\"", "3", "4"]), 2, async |number: u32, received: Received| {
        seen.lock().unwrap().push((number, received));
        match number {
            2 => Err("refused"),
            3 => panic!("three"),
            _ => Ok(()),
        }
    })
    .await;
    assert_eq!(failed(answer), ["m1", "m2", "m3"]);
    let mut seen = seen.into_inner().unwrap();
    seen.sort_by_key(|(number, _)| *number);
    let numbers: Vec<u32> = seen.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(seen[0].1, Received { message_id: "m0".to_owned(), receive_count: 3 });
}

#[tokio::test]
async fn messages_are_handled_at_once_up_to_the_limit() {
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let barrier = Barrier::new(3);
    let answer = run(event(&["1", "2", "3", "4", "5", "6"]), 3, async |_: u32, _: Received| {
        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Passes only when three are in here together.
        barrier.wait().await;
        running.fetch_sub(1, Ordering::SeqCst);
        Ok::<_, String>(())
    })
    .await;
    assert_eq!((failed(answer), most.into_inner()), (Vec::new(), 3));
}

#[tokio::test]
async fn a_message_without_an_id_brings_the_whole_batch_back() {
    let event: SqsEvent = serde_json::from_value(json!({"Records": [{"body": "1"}]})).unwrap();
    let answer = run(event, 1, async |_: u32, _: Received| Err::<(), _>("refused")).await;
    assert_eq!(failed(answer), [""]);
}
