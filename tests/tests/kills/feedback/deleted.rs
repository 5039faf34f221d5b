//! A lead that is deleted while somebody is still to be told of its return: what is answered then says nothing of its person.

use domain::lead::Lead;
use store::Commit;

use super::*;

async fn delete(lab: &Lab, faults: &Faults, id: LeadId) {
    for _ in 0..10 {
        let lead = lab.tables.store().lead(id).await.unwrap().unwrap();
        if lead.is_deleted() {
            return;
        }
        let after: Lead = lead.on_deleted(lab.now()).unwrap();
        let store = lab.feedback_worker(faults).await.store;
        let identity = identity();
        let deletion = store.commit_deletion(&lead, after, None, &identity);
        if let Some(Ok(Commit::Done(_))) = faults.run(deletion).await {
            return;
        }
    }
    panic!("it is not deleted");
}

async fn deleted_while_it_waits(faults: Faults) {
    let words = r#"{"result":"window_expired","detail":"Ann Smith of 12 High Street has moved."}"#;
    let (sold, late) = (Reply::new(200, r#"{"result":"applied"}"#), Reply::new(503, ""));
    let upstream = TestBuyer::answering([sold, late, Reply::new(200, words)]).await;
    let (mut lab, lead) = to_tell(&upstream).await;
    let (quiet, asked) = (Faults::default(), upwards(lead));
    work(&mut lab, &quiet, &asked).await;
    let (store, before) = (lab.tables.store(), only_approved(&lab).await);
    let did = "d1".parse().unwrap();
    let back = before.on_return_requested(&did, ReturnRequest::because("DUPE"), lab.now()).unwrap();
    let back = back.on_return_approved(&did, true, lab.now()).unwrap();
    store.commit(&before, &back, &identity()).await.unwrap();
    feedback::worker::take(&lab.feedback_worker(&quiet).await, asked.clone(), lab.now()).await.unwrap();
    let waiting = store.telling(lead, None).await.unwrap().unwrap();
    assert!(matches!(waiting.state, TellingState::Retry { .. }), "{waiting:?}");
    delete(&lab, &faults, lead).await;
    work(&mut lab, &faults, &asked).await;
    let told = store.telling(lead, None).await.unwrap().unwrap();
    assert_eq!((told.answer.as_deref(), told.detail), (Some("window_expired"), None), "its word alone");
    let everything = lab.tables.everything().await;
    assert!(!everything.contains("Ann Smith"), "{everything}");
    let notices = store.notices(lab.now(), 10, None, None).await.unwrap().unwrap().items;
    assert_eq!(notices.len(), 1, "its seller is told: {notices:?}");
}

#[tokio::test]
async fn nothing_is_kept_of_what_is_answered_of_a_lead_that_was_deleted_meanwhile_whatever_fails() {
    with_every_fault(deleted_while_it_waits).await;
}
