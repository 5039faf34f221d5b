//! Rows of which somebody has made something else: nobody is written to by them, and they keep nobody else from it.

use domain::responder::Enrolment;
use jiff::SignedDuration;
use store::{ResponderJob, keys};
use tests::{Faults, Reply, TestBuyer};

use super::{added_up, after_first_step, numbers, ready, take};

#[tokio::test]
async fn what_cannot_be_read_for_a_step_puts_it_off_for_an_hour_and_no_more() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    let Enrolment { lead, rid, .. } = after_first_step(&lab).await;
    lab.wait(SignedDuration::from_mins(6));
    let (keys::Key { pk, sk }, leads) = (keys::lead(lead), lab.tables.tables().leads);
    lab.tables.spoil(&leads, (&pk, &sk), "r").await;
    let (quiet, store) = (Faults::default(), lab.tables.store());
    let next = ResponderJob::Next { lead, rid, number: 1 };
    for _ in 0..3 {
        assert_eq!(store.due_enrolments(lab.now(), 10).await.unwrap(), std::slice::from_ref(&next));
        for _ in 0..2 {
            assert!(take(&lab, &quiet, &next).await, "nobody is asked to bring it again at once");
        }
        lab.wait(SignedDuration::from_mins(59));
        assert_eq!(store.due_enrolments(lab.now(), 10).await.unwrap(), []);
        lab.wait(SignedDuration::from_mins(2));
    }
    assert_eq!(gateway.requests().len(), 0);
}

#[tokio::test]
async fn a_step_that_died_with_its_worker_is_settled_although_its_lead_cannot_be_read() {
    let faults = Faults::default();
    let gateway = TestBuyer::answering([Reply::new(200, "").killing(&faults)]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    let Enrolment { lead, rid, .. } = after_first_step(&lab).await;
    lab.wait(SignedDuration::from_mins(6));
    let next = ResponderJob::Next { lead, rid: rid.clone(), number: 1 };
    assert!(!take(&lab, &faults, &next).await, "it dies with the answer");
    let (keys::Key { pk, sk }, leads) = (keys::lead(lead), lab.tables.tables().leads);
    lab.tables.spoil(&leads, (&pk, &sk), "r").await;
    let (quiet, store) = (Faults::default(), lab.tables.store());
    assert!(take(&lab, &quiet, &next).await, "its worker may still be at it");
    lab.wait(SignedDuration::from_mins(2));
    assert!(take(&lab, &quiet, &next).await);
    let settled = store.enrolment(lead, &rid, 1).await.unwrap().unwrap();
    assert_eq!((settled.done[1].fate.word(), settled.is_active()), ("unknown", true), "{settled:#?}");
    assert_eq!(store.due_enrolments(lab.now(), 10).await.unwrap(), [], "nobody else waits for it");
    assert_eq!(numbers(&lab).await, added_up(&[settled]));
}

#[tokio::test]
async fn an_enrolment_that_cannot_be_read_itself_keeps_nobody_from_its_turn() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    let Enrolment { lead, rid, .. } = after_first_step(&lab).await;
    lab.wait(SignedDuration::from_mins(6));
    let (keys::Key { pk, sk }, leads) = (keys::enrolment(lead, &rid, 1), lab.tables.tables().leads);
    lab.tables.spoil(&leads, (&pk, &sk), "j").await;
    let (quiet, store, next) = (Faults::default(), lab.tables.store(), ResponderJob::Next { lead, rid, number: 1 });
    for _ in 0..2 {
        assert_eq!(store.due_enrolments(lab.now(), 10).await.unwrap(), std::slice::from_ref(&next));
        for _ in 0..2 {
            assert!(take(&lab, &quiet, &next).await);
        }
        lab.wait(SignedDuration::from_mins(59));
        assert_eq!(store.due_enrolments(lab.now(), 10).await.unwrap(), []);
        lab.wait(SignedDuration::from_mins(2));
    }
    assert_eq!(gateway.requests().len(), 0);
}
