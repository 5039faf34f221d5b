//! All returns of a file decided at once, with the function and the worker killed after each write.

use axum::http::StatusCode;
use domain::lead::{ReturnState, SoldStatus};
use serde_json::{Value, json};
use store::{FileDecisionState, ReturnFile};
use tests::Faults;

use super::{
    super::{returning::ask, with_a_kill_after_each_write},
    Ground, PRICE, Pace, ROWS, returns_of, step_by_step,
};

/// Four leads that a file has returned, or asked to return; and the file.
async fn returned(approval: bool) -> (Ground, ReturnFile) {
    let terms = json!({ "window_days": 30, "approval": approval, "max_share_percent": 100 });
    let mut ground = Ground::new(&terms).await;
    let event = ground.drop_file("june.csv", &ground.text(&ROWS)).await;
    ground.work(&Faults::default(), vec![event], Pace::default()).await;
    let file = ground.files().await.remove(0);
    (ground, file)
}

/// Has the seller decide, and the worker carry it out; then both once more. The returns are this in the end.
async fn decide(faults: &Faults, ground: &mut Ground, (file, word): (&ReturnFile, &str), pace: Pace) {
    let body = if word == "undo" { json!({ "reason": "a mistake" }) } else { json!({}) };
    let path = format!("/v1/return-files/{}/{word}", file.id);
    let (status, told) = ask(&ground.lab, faults, ("seller", &path), &body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    let sent = ground.work(faults, Vec::new(), pace).await;
    let decided = ground.file(file.id).await;
    let decision = decided.decision.clone().unwrap();
    assert_eq!((decision.state, decision.done, decision.left), (FileDecisionState::Done, 4, 0), "{decision:#?}");
    assert_eq!(decided.lease_until, None);
    let leads = ground.now().await;
    ground.add_up().await;

    let (status, _) = ask(&ground.lab, &Faults::default(), ("seller", &path), &body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    ground.work(&Faults::default(), sent, Pace::default()).await;
    // It is decided anew, as returns may have moved on, and finds everything so.
    let again = ground.file(file.id).await;
    let told = |file: &ReturnFile| {
        let decision = file.decision.clone().unwrap();
        (decision.kind, decision.state, decision.done, decision.left, file.tally.clone())
    };
    assert_eq!((ground.now().await, told(&again)), (leads, told(&decided)));
    ground.has_its_places().await;
}

async fn states(ground: &Ground) -> Vec<ReturnState> {
    ground.now().await.iter().flat_map(returns_of).map(|back| back.state).collect()
}

async fn approved(faults: Faults) {
    let (mut ground, file) = returned(true).await;
    assert_eq!((states(&ground).await, ground.owed().await), (vec![ReturnState::Requested; 4], 4 * PRICE));
    decide(&faults, &mut ground, (&file, "approve"), step_by_step()).await;
    assert_eq!((states(&ground).await, ground.owed().await), (vec![ReturnState::Approved; 4], 0));
}

#[tokio::test]
async fn all_returns_of_a_file_are_approved_once_wherever_somebody_dies() {
    with_a_kill_after_each_write(approved).await;
}

async fn undone(faults: Faults) {
    let (mut ground, file) = returned(false).await;
    assert_eq!((states(&ground).await, ground.owed().await), (vec![ReturnState::Approved; 4], 0));
    decide(&faults, &mut ground, (&file, "undo"), Pace::default()).await;
    assert_eq!((states(&ground).await, ground.owed().await), (vec![ReturnState::Undone; 4], 4 * PRICE));
    assert!(ground.now().await.iter().all(|lead| lead.sold_status() != SoldStatus::Returned));
}

#[tokio::test]
async fn all_returns_of_a_file_are_undone_once_wherever_somebody_dies() {
    with_a_kill_after_each_write(undone).await;
}

#[tokio::test]
async fn a_decision_whose_message_comes_while_its_file_is_held_is_carried_out_when_it_is_not() {
    let (mut ground, file) = returned(true).await;
    let path = format!("/v1/return-files/{}/approve", file.id);
    ask(&ground.lab, &Faults::default(), ("seller", &path), &json!({})).await;
    let job: Value = serde_json::to_value(ground.lab.file_messages().await.remove(0)).unwrap();
    // Who has taken it dies.
    assert!(!ground.turn(&Faults::at([(1, tests::Fault::KillAfter)]), &job, Pace::default()).await);
    ground.work(&Faults::default(), vec![job], Pace::default()).await;
    assert_eq!(states(&ground).await, [ReturnState::Approved; 4]);
}
