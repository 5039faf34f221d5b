//! From a buyer's wish to what its supplier hears: asked for, approved, booked and told, with whoever is at it killed after each
//! write. Every other fault meets the parts of this way by themselves, in `returning`, `booking` and `telling`.

use domain::{
    access::Principal,
    notice::{NoticeKind, Way, WayState},
    supplier::Supplier,
};
use serde_json::json;
use tests::{Faults, Lab, Reply, TestBuyer};

use super::{
    booking::book,
    returning::{approve, request, sold},
    telling::{bodies, notices, rotate, work},
    with_a_kill_after_each_write,
};

/// A lead that is sold, whose supplier is told at this endpoint.
async fn ready(receiver: &TestBuyer) -> Lab {
    let lab = sold(Reply::accept("B-2")).await;
    let store = lab.tables.store();
    let stored = store.record::<Supplier>("s1").await.unwrap().unwrap();
    let notify = serde_json::from_value(json!({ "webhook": { "url": receiver.url() } })).unwrap();
    store.save(Supplier { notify: Some(notify), ..stored.record }, Some(stored.version)).await.unwrap();
    rotate(&lab).await;
    lab
}

/// What the seller can list of it, as kinds and counts.
async fn sellers(lab: &Lab) -> Vec<(NoticeKind, u64)> {
    let listed = lab.tables.store().notices(lab.now(), 100, None, Some(&Principal::Seller)).await.unwrap().unwrap();
    listed.items.iter().map(|notice| (notice.kind, notice.count())).collect()
}

async fn history(faults: Faults) {
    let receiver = TestBuyer::answering([Reply::new(204, "")]).await;
    let mut lab = ready(&receiver).await;
    request(&lab, &faults).await;
    approve(&lab, &faults).await;
    for faults in [&faults, &Faults::default()] {
        // The second time everything comes again, and nothing is told once more.
        book(&lab, faults, &lab.tables.lead_changes()).await;
        work(&mut lab, faults).await;
        let told = notices(&lab).await;
        let [one] = told.as_slice() else { panic!("one return, one notice: {told:#?}") };
        assert_eq!((one.kind, one.count()), (NoticeKind::Returned, 1), "{one:#?}");
        assert_eq!(one.sent[&Way::Webhook].state, WayState::Sent, "{one:#?}");
        assert_eq!(bodies(&receiver).into_keys().collect::<Vec<_>>(), std::slice::from_ref(&one.id));
        let asked_for = sellers(&lab).await.into_iter().filter(|(kind, _)| *kind == NoticeKind::ReturnRequested);
        assert_eq!(asked_for.collect::<Vec<_>>(), [(NoticeKind::ReturnRequested, 1)]);
    }
}

#[tokio::test]
async fn a_return_is_told_once_from_its_wish_to_its_webhook_wherever_somebody_dies() {
    with_a_kill_after_each_write(history).await;
}
