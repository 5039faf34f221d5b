//! The history of leads, as batches write it: each step once, however they come.

use domain::{
    access::Principal,
    history::What,
    id::KeyId,
    lead::{Actor, EditOrder, ReturnState},
};
use store::{Changed, History};

use super::*;

async fn history(town: &Town, lead: &Lead) -> History {
    town.store.lead_entries_and_history(lead.id, &identity()).await.unwrap().1
}

fn told(history: &History) -> Vec<(u32, &'static str)> {
    history.entries.iter().map(|entry| (entry.n, entry.step.what.word())).collect()
}

/// Returned, sold again and put right by hand.
async fn eventful(town: &Town) -> Lead {
    let lead = town.sold(1, 0).await;
    let lead = town.returned(&lead, 3_000).await;
    let lead = town.step(&lead, lead.on_return_undone(&did(), "a mistake", at(4_000)).unwrap()).await;
    let by = Actor::with_key(&Principal::Seller, &KeyId::root());
    let order = EditOrder { order: "one", by: "root", reason: "agreed by phone" };
    let price = Money { minor: 1_000, currency: "GBP".parse().unwrap() };
    let priced = lead.on_revenue_edited(None, None, price, order, at(5_000)).unwrap();
    match town.store.change(lead, &identity()).by(Some(&by)).to(priced).await.unwrap() {
        Changed::Done(lead) => *lead,
        other @ (Changed::Stale | Changed::Gone) => unreachable!("nobody else writes: {other:?}"),
    }
}

const WHOLE: [(u32, &str); 4] =
    [(1, "return_requested"), (2, "returned"), (3, "return_undone"), (4, "revenue_updated")];

#[tokio::test]
async fn what_was_done_to_a_lead_is_in_its_history_with_who_did_it() {
    let town = Town::new().await;
    let lead = eventful(&town).await;
    town.booked(evening()).await;
    let found = history(&town, &lead).await;
    assert_eq!((told(&found).as_slice(), found.broken), (WHOLE.as_slice(), None));
    let by: Vec<Option<String>> = found.entries.iter().map(|entry| entry.by.as_ref().map(Actor::to_string)).collect();
    assert_eq!(by, [None, None, None, Some("seller key root".to_owned())]);
    assert_eq!(lead.sale(&did()).unwrap().returns().map(|back| back.state).collect::<Vec<_>>(), [ReturnState::Undone]);
}

#[tokio::test]
async fn a_history_is_the_same_however_its_batches_are_cut_and_how_often_they_come() {
    let town = Town::new().await;
    let lead = eventful(&town).await;
    let changes = town.tables.lead_changes();
    let last = changes.len();
    for (from, to) in [(0, 5), (3, 6), (3, 6), (0, last), (5, last), (0, 1), (last - 1, last)] {
        assert_eq!(town.handle(&changes[from..to], evening()).await.batch_item_failures, []);
    }
    assert_eq!(town.handle(&[changes.clone(), changes].concat(), evening()).await.batch_item_failures, []);
    let found = history(&town, &lead).await;
    assert_eq!((told(&found).as_slice(), found.broken), (WHOLE.as_slice(), None));
}

#[tokio::test]
async fn two_functions_at_once_write_one_history() {
    let town = Town::new().await;
    let lead = eventful(&town).await;
    let changes = town.tables.lead_changes();
    let batches = [changes.as_slice(), &changes[..5], &changes[2..], changes.as_slice()];
    let answers = futures::future::join_all(batches.map(|batch| town.handle(batch, evening()))).await;
    // Who lost a race over the books comes again.
    for (answer, batch) in answers.into_iter().zip(batches) {
        if !answer.batch_item_failures.is_empty() {
            assert_eq!(town.handle(batch, evening()).await.batch_item_failures, []);
        }
    }
    let found = history(&town, &lead).await;
    assert_eq!((told(&found).as_slice(), found.broken), (WHOLE.as_slice(), None));
}

#[tokio::test]
async fn what_has_no_time_of_its_own_has_that_of_its_write() {
    let town = Town::new().await;
    let lead = town.taken_in(1, 0).await;
    let fresh = Lead { deliveries: std::collections::BTreeMap::new(), ..lead.clone() };
    let fresh = town.step(&lead, fresh).await;
    let aside = town.step(&fresh, fresh.on_quarantined("odd".to_owned(), None).unwrap()).await;
    let mut changes = town.tables.lead_changes();
    for change in &mut changes {
        change["dynamodb"]["ApproximateCreationDateTime"] = json!(at(700).as_second());
    }
    assert_eq!(town.handle(&changes, evening()).await.batch_item_failures, []);
    let found = history(&town, &aside).await;
    let entry = &found.entries[0];
    assert_eq!((entry.step.what, entry.version), (What::Quarantined, aside.version));
    assert_eq!(entry.step.at, at(700), "the stream says when");
}

#[tokio::test]
async fn a_lead_that_goes_its_way_has_none() {
    let town = Town::new().await;
    let lead = town.sold(1, 0).await;
    town.booked(evening()).await;
    assert!(history(&town, &lead).await.entries.is_empty());
}
