//! A lead is deleted while its buyer is asked, by a worker that dies: what the answer meant still counts, and then nothing of its person is left,
//! wherever the sweeper dies as well.

use std::collections::BTreeMap;

use domain::{
    id::AttemptId,
    journal::events,
    lead::{DeletionStage, Lead, Outcome, SoldStatus, test_lead},
    money::Money,
};
use jiff::SignedDuration;
use store::{Attempt, Commit, Exchange};
use tests::{Faults, Lab, identity};
use ulid::Ulid;

use super::{lab, with_a_kill_after_each_write};

const PERSON: &str = "ann@example.com";

/// A lead about which a buyer is being asked. Whoever asks has kept the answer, and lived no longer.
async fn asked(lab: &Lab) -> Lead {
    let (at, did) = (lab.now(), "d1".parse().unwrap());
    let fields = [("email".parse().unwrap(), PERSON.to_owned())].into();
    let lead = Lead { fields, ..test_lead(at) };
    let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), at).unwrap();
    let id = AttemptId::from_ulid(Ulid(7));
    let lead = lead.on_intent(&did, 1, id, at, at + SignedDuration::from_secs(40)).unwrap();
    let store = lab.tables.store();
    store.put_lead(&lead, 0, &identity()).await.unwrap();
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let outcome = Outcome::Accepted { price, reference: Some(PERSON.to_owned()), redirect_url: None };
    let heard = Exchange::Answered {
        status: 200,
        body: format!("hello {PERSON}"),
        headers: BTreeMap::new(),
        retry_after_s: None,
        cut: false,
    };
    let attempt = Attempt { did, number: 1, id, at, elapsed_ms: 5, correlation_id: None, heard, outcome };
    store.put_attempt(lead.id, &attempt).await.unwrap();
    store.lead(lead.id).await.unwrap().unwrap()
}

async fn deleted(faults: Faults) {
    let mut lab = lab(1, Vec::new()).await;
    let (lead, store) = (asked(&lab).await, lab.tables.store());
    let ordered = lead.on_deleted(lab.now()).unwrap();
    let commit = store.commit_deletion(&lead, ordered, None, &identity()).await.unwrap();
    assert!(matches!(commit, Commit::Done(waiting) if !waiting.is_tombstone()));
    for minutes in [1, 3, 3, 5, 9, 21, 3] {
        lab.wait(SignedDuration::from_mins(minutes));
        lab.sweep(&faults).await;
        for message in lab.messages().await {
            assert!(!serde_json::to_string(&message).unwrap().contains(PERSON));
            lab.handle(&Faults::default(), &message).await;
        }
    }
    let after = store.lead(lead.id).await.unwrap().unwrap();
    assert_eq!(after.deletion.unwrap().stage, DeletionStage::Erased, "{after:#?}");
    assert_eq!((after.sold_status(), after.revenue().unwrap().minor), (SoldStatus::Sold, 1_250));
    assert!(events(&after).unwrap().iter().any(|event| event.name == "sale#d1"));
    let everything = lab.tables.everything().await;
    assert!(!everything.contains("ann@"), "{everything}");
}

#[tokio::test]
async fn an_answer_counts_and_its_lead_is_gone_wherever_the_sweeper_dies() {
    with_a_kill_after_each_write(deleted).await;
}
