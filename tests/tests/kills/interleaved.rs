//! Workers that are held up: another one has a copy of the message, or time runs out.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    delivery::Delivery,
    lead::{DeliveryState, SoldStatus},
};
use tests::{Fault, Faults, Lab, Reply};

use super::{
    buyer, by_a_second_worker, good_lead, kinds::save, lab, only_approved, post, with_a_worker_held_up_at_each_call,
};

async fn ready() -> Lab {
    let buyers = vec![buyer("1", [Reply::reject("no")]), buyer("2", [Reply::accept("B-2")])];
    let lab = lab(1, buyers).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    lab
}

#[tokio::test]
async fn two_workers_with_the_same_message_make_one_request_wherever_the_first_is_held_up() {
    with_a_worker_held_up_at_each_call(ready, by_a_second_worker, async |lab| {
        lab.replay_everything().await;
        assert_eq!(lab.requests(), [1, 1]);
    })
    .await;
}

/// Gives the first buyer this long to answer.
async fn give_time(lab: &Lab, timeout_ms: u32) {
    let stored = lab.tables.store().record::<Delivery>("d1").await.unwrap().unwrap();
    let mut delivery = serde_json::to_value(stored.record).unwrap();
    delivery["channel"]["request"]["timeout_ms"] = timeout_ms.into();
    save::<Delivery>(lab, delivery, Some(stored.version)).await;
}

#[tokio::test]
async fn a_worker_that_is_held_up_until_no_time_is_left_makes_no_request() {
    let ready = || async {
        let lab = lab(1, vec![buyer("1", [Reply::accept("B-1")])]).await;
        post(&lab, &Faults::default(), None, &good_lead()).await;
        lab
    };
    let (mut lab, quiet) = (ready().await, Faults::default());
    let message = lab.messages().await.remove(0);
    assert!(lab.handle(&quiet, &message).await);
    let intent = quiet.calls().iter().position(|call| call.ends_with(".UpdateItem")).unwrap();

    let mut lab = ready().await;
    give_time(&lab, 100).await;
    let message = lab.messages().await.remove(0);
    let held_up = Faults::at([(intent, Fault::PauseAfter)]);
    let first = lab.handle(&held_up, &message);
    let second = async {
        held_up.paused().await;
        let watch = Instant::now();
        while watch.elapsed() < Duration::from_millis(200) {
            assert!(lab.handle(&Faults::default(), &message).await, "it is not its turn");
        }
        held_up.resume();
    };
    let (first, ()) = tokio::join!(first, second);
    assert!(first && lab.requests() == [0], "{:?}", lab.requests());
    let lead = only_approved(&lab).await;
    let state = &lead.deliveries[&"d1".parse().unwrap()].state;
    assert!(matches!(state, DeliveryState::Retry { .. }), "it certainly was not asked: {state:?}");
    let store::keys::Key { pk, sk } = store::keys::breaker(&"d1".parse().unwrap());
    let failures = lab.tables.client().get_item().table_name(lab.tables.tables().setup);
    let failures = failures.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await.unwrap();
    assert_eq!(failures.item, None, "no failure of its endpoint");

    give_time(&lab, 15_000).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert_eq!((only_approved(&lab).await.sold_status(), lab.requests()), (SoldStatus::Sold, vec![1]));
}

#[tokio::test]
async fn two_buyers_of_one_lead_are_each_asked_once_wherever_one_of_them_holds_the_worker_up() {
    let buyers = || vec![buyer("1", [Reply::accept("B-1")]), buyer("2", [Reply::accept("B-2")])];
    for (at, pause) in (0..10).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let mut lab = lab(2, buyers()).await;
        post(&lab, &Faults::default(), None, &good_lead()).await;
        let messages = lab.messages().await;
        assert_eq!(messages.len(), 2);
        let (held_up, quiet) = (Faults::at([(at, pause)]), Faults::default());
        let first = async {
            let done = lab.handle(&held_up, &messages[0]).await;
            // It may be done before it gets that far; then nobody has to wait for it.
            held_up.let_go();
            done
        };
        let second = async {
            held_up.paused().await;
            let done = lab.handle(&quiet, &messages[1]).await;
            held_up.resume();
            done
        };
        let (first, second) = tokio::join!(first, second);
        assert!(first && second, "{pause:?} at call {at}");
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        lab.replay_everything().await;
        let lead = only_approved(&lab).await;
        assert_eq!((lead.standing_sales().count(), lab.requests()), (2, vec![1, 1]), "{pause:?} at call {at}");
    }
}
