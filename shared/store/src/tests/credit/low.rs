//! The seller is told that little is left: once until credit is added, whoever notices it.

use domain::credit::CreditRule;
use futures::future::join_all;
use serde_json::json;

use super::{add, bid, none_left, pounds, reservation, reserve};
use crate::{NoticeKind, Store, test_tables::TestTables, tests::at};

fn warned_at(amount: &str) -> CreditRule {
    let low = json!({ "amount": amount, "currency": "GBP" });
    serde_json::from_value(json!({ "kind": "prepaid", "currency": "GBP", "low": low })).unwrap()
}

/// Notices of low credit, newest first: seconds and text.
async fn told(store: &Store) -> Vec<(i64, String)> {
    let notices = store.notices(at(9_999), 100, None, None).await.unwrap().unwrap().items;
    assert!(notices.iter().all(|one| one.kind == NoticeKind::LowCredit && one.bid == Some(bid())), "{notices:?}");
    notices.into_iter().map(|one| (one.at.as_second() - at(0).as_second(), one.text)).collect()
}

async fn reserve_at(store: &Store, rule: &CreditRule, number: u128, seconds: i64) {
    store.reserve_credit(&bid(), rule, pounds(1_000), &reservation(number), at(seconds)).await.unwrap();
}

#[tokio::test]
async fn the_seller_is_told_once_that_little_is_left_and_again_after_credit_was_added() {
    let store = TestTables::start().await.store();
    let rule = warned_at("25.00");
    add(&store, 5_000, "one").await;
    for number in 1..=5 {
        reserve_at(&store, &rule, number, i64::try_from(number).unwrap()).await;
    }
    let told_first = told(&store).await;
    assert_eq!(told_first.len(), 1, "{told_first:?}");
    assert_eq!(told_first[0].0, 3);
    assert!(told_first[0].1.starts_with("Buyer b1 has 20.00 GBP of its credit left."), "{}", told_first[0].1);
    // Nothing comes back by itself, and what is put right downwards is no news.
    add(&store, -1, "two").await;
    reserve_at(&store, &rule, 6, 6).await;
    assert_eq!(told(&store).await.len(), 1);
    add(&store, 5_000, "three").await;
    for number in 7..=10 {
        reserve_at(&store, &rule, number, i64::try_from(number).unwrap()).await;
    }
    assert_eq!(told(&store).await.len(), 2);
}

#[tokio::test]
async fn a_crowd_that_notices_it_tells_it_once_and_a_buyer_without_credit_is_told_of_too() {
    let tables = TestTables::start().await;
    let store = tables.store();
    assert_eq!(reserve(&store, &warned_at("25.00"), 1_000, 1).await, none_left(0));
    assert_eq!(told(&store).await.len(), 1, "it never had any");
    add(&store, 50_000, "one").await;
    let (workers, rule) = (tables.store(), warned_at("400.00"));
    join_all((10..40).map(|number| reserve_at(&workers, &rule, number, 100))).await;
    assert_eq!(told(&store).await.len(), 2);
}

#[tokio::test]
async fn what_a_worker_has_noted_and_not_told_is_told_by_the_next_one() {
    let tables = TestTables::start().await;
    let (store, rule) = (tables.store(), warned_at("25.00"));
    add(&store, 3_000, "one").await;
    reserve(&store, &rule, 1_000, 1).await;
    // As if it had died right after noting since when.
    let forget = tables.client().update_item().table_name(tables.tables().setup);
    let key = crate::item::key_attributes(crate::keys::credit(&bid()));
    forget.set_key(Some(key)).update_expression("REMOVE lt").send().await.unwrap();
    for notice in store.notices(at(9_999), 100, None, None).await.unwrap().unwrap().items {
        let key = crate::item::key_attributes(crate::keys::notice(notice.at, &notice.id));
        tables.client().delete_item().table_name(tables.tables().setup).set_key(Some(key)).send().await.unwrap();
    }
    reserve_at(&store, &rule, 2, 60).await;
    let told = told(&store).await;
    assert_eq!(told.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0], "it is dated when it was noted");
}
