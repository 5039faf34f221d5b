//! The sweeper's minute.

use std::time::Duration;

use store::{FeedbackQueue, Identity, NotifyQueue, ResponderQueue};
use tests::{Deployment, capacity::Units};

use super::{Metered, after};

const WITHIN: Duration = Duration::from_secs(60);

async fn app(metered: &Metered) -> sweeper::App {
    sweeper::App {
        store: metered.store.clone(),
        queue: metered.queue.clone(),
        // Nothing is to be told here.
        notify_queue: NotifyQueue::new(Deployment::get().await.sqs(), String::new()),
        responder_queue: ResponderQueue::new(Deployment::get().await.sqs(), String::new()),
        feedback_queue: FeedbackQueue::new(Deployment::get().await.sqs(), String::new()),
        identity: Identity::new("a secret of tests".to_owned().into()),
        capped: sweeper::Capped::default(),
    }
}

#[tokio::test]
async fn an_idle_minute_reads_each_partition_once_and_writes_nothing() {
    let metered = Metered::new(&[], true).await;
    let app = app(&metered).await;
    sweeper::sweep(&app, lambda::now(), WITHIN).await.unwrap();
    let bill = metered.meter.bill("a sweep over nothing");
    assert_eq!(bill.written(), Units::whole(0));
    assert!(
        bill.read() <= Units::whole(11),
        "17 partitions, 4 lists of records and what is to be told, half a unit each"
    );
    assert!(bill.operations().iter().all(|operation| *operation == "Query"));
}

#[tokio::test]
async fn a_stuck_lead_costs_one_write_and_one_message_more() {
    let metered = Metered::warm(&["http://127.0.0.1:9/"], true).await;
    let app = app(&metered).await;
    let swept = sweeper::sweep(&app, after(lambda::now(), 180), WITHIN).await.unwrap();
    assert_eq!((swept.stuck, swept.messages), (1, 1));
    let bill = metered.meter.bill("a sweep over one stuck lead");
    assert_eq!(bill.written(), Units::whole(1));
    assert!(bill.read() <= Units::whole(12));
}
