//! Single steps of the delivery engine, on the deployed tables and a queue that no function reads.

mod interrupted;
mod swept;
mod twice;

use std::collections::BTreeMap;

use dispatch::{
    deliver::{Dispatcher, Draw},
    test_dispatcher::dispatcher,
};
use domain::{
    campaign::Campaign,
    id::DeliveryRef,
    intake::{Intake, Submission, judge},
    lead::{Lead, Method},
    supplier::Supplier,
};
use jiff::Timestamp;
use store::{Commit, DeliveryJob, Identity};
use tests::World;

/// A lead that was stored, and whose message was lost.
pub(super) async fn stored_lead(world: &World, received: Timestamp) -> Lead {
    let store = world.deployment.store();
    let campaign = store.record::<Campaign>(&world.reference("c")).await.unwrap().unwrap().record;
    let supplier = store.record::<Supplier>(&world.reference("s")).await.unwrap().unwrap().record;
    let fields = [("firstname", "Ann"), ("email", "ann@example.com"), ("phone1", "020 7946 0018")];
    let sent = Submission {
        id: lambda::new_lead_id(),
        received,
        method: Method::Api,
        ssid: None,
        source: None,
        test: false,
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
    };
    let Intake::Kept { lead, .. } = judge(sent, &campaign, &supplier, &jiff::tz::TimeZone::UTC) else {
        unreachable!("nothing is unsafe here")
    };
    let lead = store.give_out(&lead, &campaign, received).await.unwrap();
    store.put_lead(&lead, 0, &identity()).await.unwrap();
    lead
}

fn identity() -> Identity {
    Identity::new("tests".to_owned().into())
}

/// Writes a step of a lead.
pub(super) async fn written(world: &World, before: &Lead, after: &Lead) -> Lead {
    match world.deployment.store().commit(before, after, &identity()).await.unwrap() {
        Commit::Done(lead) => *lead,
        now @ (Commit::Repeated(_) | Commit::Stale(_)) => {
            unreachable!("nobody else writes this lead, but there is {now:?}")
        }
    }
}

/// A worker with a queue of its own, and the queue's URL.
pub(super) async fn worker(world: &World) -> (Dispatcher, String) {
    let (queue, url) = world.deployment.own_queue().await;
    (dispatcher(world.deployment.store(), queue), url)
}

/// What a worker draws at this time.
pub(super) fn draw(now: Timestamp) -> Draw {
    Draw { now, attempt: lambda::new_attempt_id(), jitter_permille: 500 }
}

/// The message for the lead's first round at a delivery.
pub(super) fn job(lead: &Lead, did: &DeliveryRef) -> DeliveryJob {
    DeliveryJob { lead_id: lead.id, did: did.clone(), bid: None, round: 1, correlation_id: None }
}

/// The messages of a queue, those that are delayed too.
pub(super) async fn waiting(world: &World, url: &str) -> usize {
    use aws_sdk_sqs::types::QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed};
    let asked = world.deployment.sqs().get_queue_attributes().queue_url(url);
    let asked = asked.attribute_names(ApproximateNumberOfMessages).attribute_names(ApproximateNumberOfMessagesDelayed);
    let attributes = asked.send().await.unwrap().attributes.unwrap_or_default();
    attributes.values().map(|count| count.parse::<usize>().unwrap()).sum()
}
