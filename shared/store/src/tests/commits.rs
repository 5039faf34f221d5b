//! Steps of a lead: conditional, indexed, and found by the sweeper.

use domain::{
    id::AttemptId,
    lead::{Clearing, DeliveryState, Lead, Outcome, SoldStatus},
    money::Money,
};
use ulid::Ulid;

use super::{at, identity, lead};
use crate::{Attempt, Commit, Exchange, Store, SweepPage, keys, test_tables::TestTables};

async fn stored(store: &Store) -> Lead {
    let (lead, _) = lead(1, "ann@example.com", 0);
    let lead = lead.on_queued(&"d1".parse().unwrap(), Some("b1".parse().unwrap()), at(0)).unwrap();
    store.admit(&lead, 0, None, None, &identity()).await.unwrap();
    lead
}

fn sending(lead: &Lead) -> Lead {
    lead.on_intent(&"d1".parse().unwrap(), 1, AttemptId::from_ulid(Ulid(9)), at(1), at(40)).unwrap()
}

fn sold(lead: &Lead) -> Lead {
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let outcome = Outcome::Accepted { price, reference: None, redirect_url: None };
    lead.on_outcome(&"d1".parse().unwrap(), &AttemptId::from_ulid(Ulid(9)), 1, outcome, at(2)).unwrap()
}

async fn committed(store: &Store, before: &Lead, after: &Lead) -> Lead {
    match store.commit(before, after, &identity()).await.unwrap() {
        Commit::Done(lead) => *lead,
        now @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes, but there is {now:?}"),
    }
}

#[tokio::test]
async fn a_committed_step_reads_back_and_leaves_the_index_keys_alone() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let sending = committed(&store, &lead, &sending(&lead)).await;
    assert_eq!(sending.version, 2);
    assert_eq!(store.lead(lead.id).await.unwrap(), Some(sending));
}

#[tokio::test]
async fn of_two_writers_the_second_is_shown_what_the_first_wrote() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let first = committed(&store, &lead, &sending(&lead)).await;
    let other = lead.on_intent(&"d1".parse().unwrap(), 1, AttemptId::from_ulid(Ulid(8)), at(1), at(40)).unwrap();
    let second = store.commit(&lead, &other, &identity()).await.unwrap();
    assert_eq!(second, Commit::Stale(Some(Box::new(first))));
}

#[tokio::test]
async fn who_is_held_up_finds_a_lead_changed_that_was_fenced_and_nothing_else_about_it_is() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    assert!(store.fence(&lead).await.unwrap());
    let fenced = Lead { version: lead.version + 1, ..lead.clone() };
    assert_eq!(
        store.commit(&lead, &sending(&lead), &identity()).await.unwrap(),
        Commit::Stale(Some(Box::new(fenced.clone())))
    );
    assert!(store.fence(&lead).await.unwrap(), "another one has fenced it");
    committed(&store, &fenced, &sending(&fenced)).await;
    assert!(!store.fence(&fenced).await.unwrap(), "the request is written down");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_recognised_when_it_is_made_again() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let first = committed(&store, &lead, &sending(&lead)).await;
    let again = store.commit(&lead, &sending(&lead), &identity()).await.unwrap();
    assert_eq!(again, Commit::Repeated(Box::new(first)));
}

#[tokio::test]
async fn a_lead_that_is_gone_is_not_written_back() {
    let tables = TestTables::start().await;
    let (lead, _) = lead(1, "ann@example.com", 0);
    let lead = lead.on_queued(&"d1".parse().unwrap(), None, at(0)).unwrap();
    assert_eq!(tables.store().commit(&lead, &sending(&lead), &identity()).await.unwrap(), Commit::Stale(None));
    assert_eq!(tables.store().lead(lead.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_open_lead_is_found_by_its_status_until_it_is_sold() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let partition =
        keys::by_status(SoldStatus::Open, lead.received, keys::shard(lead.id, keys::status_shards(SoldStatus::Open)));
    assert!(Store::open_partitions(at(300)).contains(&partition));
    let found = store.open_leads(&partition, at(1), false, SweepPage::default()).await.unwrap();
    assert_eq!(found.ids, [lead.id]);
    let early = store.open_leads(&partition, at(-1), false, SweepPage::default()).await.unwrap();
    assert!(early.ids.is_empty());
    let sending = committed(&store, &lead, &sending(&lead)).await;
    committed(&store, &sending, &sold(&sending)).await;
    let after = store.open_leads(&partition, at(300), true, SweepPage::default()).await.unwrap();
    assert!(after.ids.is_empty());
}

#[tokio::test]
async fn a_parked_lead_is_found_when_its_time_has_come_and_not_before() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let sending = committed(&store, &lead, &sending(&lead)).await;
    let retry = Outcome::Retry { reason: "503".to_owned(), due: at(3_600) };
    let parked = sending.on_outcome(&"d1".parse().unwrap(), &AttemptId::from_ulid(Ulid(9)), 1, retry, at(2)).unwrap();
    let parked = committed(&store, &sending, &parked).await;
    let partition = keys::due(keys::shard(lead.id, keys::DUE_SHARDS));
    let found = async |now| store.due_leads(&partition, now, SweepPage::default()).await.unwrap().ids;
    assert!(found(at(3_599)).await.is_empty());
    assert_eq!(found(at(3_600)).await, [lead.id]);
    // Taken up again, it leaves the index.
    let due =
        parked.on_intent(&"d1".parse().unwrap(), 1, AttemptId::from_ulid(Ulid(10)), at(3_600), at(3_640)).unwrap();
    committed(&store, &parked, &due).await;
    assert!(found(at(9_999)).await.is_empty());
}

#[tokio::test]
async fn attempts_are_kept_beside_their_lead_in_the_order_they_were_made() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let mut outcomes = [
        Outcome::Retry { reason: "busy".to_owned(), due: at(60) },
        Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByRepeat(at(60)) },
        Outcome::Accepted { price, reference: Some("B-1".to_owned()), redirect_url: None },
    ]
    .into_iter();
    for number in [2, 1, 10] {
        let headers = [("x-reason".to_owned(), "lunch".to_owned())].into();
        let heard =
            Exchange::Answered { status: 503, body: "busy".to_owned(), headers, retry_after_s: Some(7), cut: false };
        let id = AttemptId::from_ulid(Ulid(number.into()));
        let outcome = outcomes.next().unwrap();
        let did = "d1".parse().unwrap();
        let attempt = Attempt { did, number, id, at: at(1), elapsed_ms: 20, correlation_id: None, heard, outcome };
        store.put_attempt(lead.id, &attempt).await.unwrap();
        assert_eq!(store.attempt(lead.id, &attempt.did, number).await.unwrap(), Some(attempt));
    }
    let crate::WholeLead { lead: read, attempts, .. } = store.whole_lead(lead.id).await.unwrap().unwrap();
    let numbers: Vec<u32> = attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!((read.id, numbers), (lead.id, vec![1, 2, 10]));
    let state = &read.deliveries.values().next().unwrap().state;
    assert_eq!(*state, DeliveryState::Queued);
}

#[tokio::test]
async fn more_than_one_lead_is_read_at_once_and_gone_ones_are_left_out() {
    let store = TestTables::start().await.store();
    let lead = stored(&store).await;
    let gone = domain::id::LeadId::from_ulid(Ulid(77));
    assert_eq!(store.leads(&[gone, lead.id]).await.unwrap(), (vec![lead], vec![]));
    assert_eq!(store.leads(&[]).await.unwrap(), (vec![], vec![]));
}
