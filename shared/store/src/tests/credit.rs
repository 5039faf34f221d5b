//! Buyers' credit under crowds and repetitions, with its lead, and what it costs.

mod low;
mod moves;

use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity, TransactWriteItem};
use domain::{
    credit::CreditRule,
    id::{BuyerRef, LeadId},
    money::Money,
};
use futures::future::try_join_all;
use serde_json::json;
use ulid::Ulid;

use super::at;
use crate::{
    Credit, CreditAdded, CreditReserved, OpenCredit, Reservation, Store, item::key_attributes, keys,
    test_tables::TestTables,
};

fn bid() -> BuyerRef {
    "b1".parse().unwrap()
}

fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

fn prepaid() -> CreditRule {
    serde_json::from_value(json!({ "kind": "prepaid", "currency": "GBP" })).unwrap()
}

fn limit(amount: &str) -> CreditRule {
    let limit = json!({ "amount": amount, "currency": "GBP" });
    serde_json::from_value(json!({ "kind": "limit", "limit": limit })).unwrap()
}

fn reservation(number: u128) -> Reservation {
    let id = Ulid::from_parts(1_795_000_000_000, number);
    Reservation { id: id.to_string(), lead: LeadId::from_ulid(id), lease_until: at(40) }
}

async fn reserve(store: &Store, rule: &CreditRule, minor: i64, number: u128) -> CreditReserved {
    store.reserve_credit(&bid(), rule, pounds(minor), &reservation(number), at(0)).await.unwrap()
}

async fn add(store: &Store, minor: i64, id: &str) -> CreditAdded {
    store.add_credit(&bid(), pounds(minor), id, Vec::new()).await.unwrap()
}

/// Balance and what is set aside, in pence.
async fn stands(store: &Store) -> Option<(i64, i64)> {
    let credit = store.credit(&bid()).await.unwrap();
    credit.map(|Credit { balance, reserved }| (balance.minor, reserved.minor))
}

fn none_left(minor: i64) -> CreditReserved {
    CreditReserved::NoneLeft { left: pounds(minor) }
}

#[tokio::test]
async fn of_two_hundred_at_once_exactly_as_many_are_paid_for_as_there_is_money_for() {
    let store = TestTables::start().await.store();
    add(&store, 50 * 1_250 + 1_249, "first").await;
    let rule = prepaid();
    let one = async |number| store.reserve_credit(&bid(), &rule, pounds(1_250), &reservation(number), at(0)).await;
    let all = try_join_all((0..200).map(one)).await.unwrap();
    assert_eq!(all.iter().filter(|one| **one == CreditReserved::Done(pounds(1_250))).count(), 50);
    assert_eq!(all.iter().filter(|one| **one == none_left(1_249)).count(), 150);
    assert_eq!(stands(&store).await, Some((1_249, 50 * 1_250)));

    // Half of them come to nothing, twice over, and make room for as many others.
    let open = store.open_credit(&[bid()]).await.unwrap();
    let (taken, given_back) = open.split_at(25);
    for _ in 0..2 {
        let settle = async |one: &OpenCredit, owed| store.settle_credit(&one.bid, &one.id, one.amount, owed).await;
        let (taken, given_back) = tokio::join!(
            try_join_all(taken.iter().map(|one| settle(one, one.amount))),
            try_join_all(given_back.iter().map(|one| settle(one, pounds(0)))),
        );
        taken.and(given_back).unwrap();
    }
    assert_eq!(stands(&store).await, Some((1_249 + 25 * 1_250, 0)));
    let again = try_join_all((1_000..1_200).map(one)).await.unwrap();
    assert_eq!(again.iter().filter(|one| matches!(one, CreditReserved::Done(_))).count(), 25);
}

#[tokio::test]
async fn a_limit_lets_a_balance_go_below_zero_as_far_as_it_says_and_no_further() {
    let store = TestTables::start().await.store();
    let rule = limit("25.00");
    assert_eq!(reserve(&store, &rule, 2_501, 1).await, none_left(2_500), "before its first change a balance is zero");
    assert_eq!(stands(&store).await, None);
    assert_eq!(reserve(&store, &rule, 1_250, 1).await, CreditReserved::Done(pounds(1_250)));
    assert_eq!(reserve(&store, &rule, 1_251, 2).await, none_left(1_250));
    assert_eq!(reserve(&store, &rule, 1_250, 2).await, CreditReserved::Done(pounds(1_250)));
    assert_eq!(reserve(&store, &rule, 1, 3).await, none_left(0));
    assert_eq!(reserve(&store, &limit("10.00"), 1, 3).await, none_left(-1_500), "the limit was lowered");
    assert_eq!(stands(&store).await, Some((-2_500, 2_500)));
}

#[tokio::test]
async fn nothing_is_set_aside_twice_under_one_name_or_without_money_or_in_another_currency() {
    let store = TestTables::start().await.store();
    let rule = prepaid();
    assert_eq!(reserve(&store, &rule, 0, 1).await, CreditReserved::Done(pounds(0)), "what is free is always paid for");
    assert_eq!(reserve(&store, &rule, 1, 1).await, none_left(0));
    assert_eq!(stands(&store).await, None, "nothing was written");
    add(&store, 2_000, "first").await;
    for wanted in [CreditReserved::Done(pounds(1_250)), CreditReserved::Already(pounds(1_250))] {
        assert_eq!(reserve(&store, &rule, 1_250, 1).await, wanted);
    }
    // Its price has changed since.
    assert_eq!(reserve(&store, &rule, 1_500, 1).await, CreditReserved::Already(pounds(1_250)));
    assert_eq!(stands(&store).await, Some((750, 1_250)));
    let euros = serde_json::from_value(json!({ "kind": "prepaid", "currency": "EUR" })).unwrap();
    let amount = Money { minor: 1, currency: "EUR".parse().unwrap() };
    let reserved = store.reserve_credit(&bid(), &euros, amount, &reservation(2), at(0)).await.unwrap();
    assert_eq!(reserved, CreditReserved::NoneLeft { left: Money { minor: 0, ..amount } });
    // Its price is not in the currency of its rule.
    for minor in [0, 1] {
        let reserved = store.reserve_credit(&bid(), &euros, pounds(minor), &reservation(3), at(0)).await.unwrap();
        assert_eq!(reserved, CreditReserved::NoneLeft { left: Money { minor: 0, ..amount } });
    }
    assert_eq!(stands(&store).await, Some((750, 1_250)));
}

#[tokio::test]
async fn a_reservation_is_settled_once_for_what_is_owed_whatever_the_caller_believes_was_set_aside() {
    let store = TestTables::start().await.store();
    add(&store, 5_000, "first").await;
    for (number, believed, owed, left) in [(1, 1_250, 900, 4_100), (2, 7, 2_000, 2_100), (3, 0, 0, 2_100)] {
        reserve(&store, &prepaid(), 1_250, number).await;
        for _ in 0..2 {
            let id = reservation(number).id;
            store.settle_credit(&bid(), &id, pounds(believed), pounds(owed)).await.unwrap();
            assert_eq!(stands(&store).await, Some((left, 0)));
        }
    }
    store.settle_credit(&"b2".parse().unwrap(), "x", pounds(1), pounds(0)).await.unwrap();
    assert_eq!(store.credit(&"b2".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn whoever_asks_for_a_lead_that_something_is_set_aside_for_is_told_of_it_where_nothing_else_is_left() {
    let store = TestTables::start().await.store();
    add(&store, 1_250, "first").await;
    reserve(&store, &prepaid(), 1_250, 1).await;
    let again = Reservation { lead: reservation(1).lead, ..reservation(2) };
    let reserved = store.reserve_credit(&bid(), &prepaid(), pounds(1_250), &again, at(50)).await.unwrap();
    let Reservation { id, lead, lease_until } = reservation(1);
    let held = OpenCredit { bid: bid(), id, lead, lease_until, amount: pounds(1_250) };
    assert_eq!(reserved, CreditReserved::Held(vec![held.clone()]));
    assert_eq!(store.open_credit(&["b0".parse().unwrap(), bid()]).await.unwrap(), [held]);
    // Somebody is at work with the first one again.
    let renewed = Reservation { lease_until: at(400), ..reservation(1) };
    store.reserve_credit(&bid(), &prepaid(), pounds(1_250), &renewed, at(300)).await.unwrap();
    assert_eq!(store.open_credit(&[bid()]).await.unwrap()[0].lease_until, at(400));
}

#[tokio::test]
async fn credit_is_added_once_for_each_id_and_all_that_goes_with_it_or_nothing() {
    let tables = TestTables::start().await;
    let store = tables.store();
    assert_eq!(add(&store, 5_000, "one").await, CreditAdded::Done { balance: pounds(5_000) });
    assert_eq!(add(&store, -6_000, "two").await, CreditAdded::Done { balance: pounds(-1_000) });
    assert_eq!(add(&store, 5_000, "one").await, CreditAdded::Repeated { balance: pounds(-1_000) });
    assert_eq!(add(&store, 5_001, "one").await, CreditAdded::IdReused);
    let euros = Money { minor: 1, currency: "EUR".parse().unwrap() };
    assert_eq!(store.add_credit(&bid(), euros, "three", Vec::new()).await.unwrap(), CreditAdded::OtherCurrency);

    let entry = |sk: &str| {
        let key = keys::Key { pk: "entry".to_owned(), sk: sk.to_owned() };
        let put = aws_sdk_dynamodb::types::Put::builder().table_name(tables.tables().setup);
        let put = put.set_item(Some(key_attributes(key))).condition_expression("attribute_not_exists(pk)");
        vec![TransactWriteItem::builder().put(put.build().unwrap()).build()]
    };
    let done = store.add_credit(&bid(), pounds(1_000), "four", entry("e")).await.unwrap();
    assert_eq!(done, CreditAdded::Done { balance: pounds(0) });
    let repeated = store.add_credit(&bid(), pounds(1_000), "four", entry("e")).await.unwrap();
    assert_eq!(repeated, CreditAdded::Repeated { balance: pounds(0) });
    store.add_credit(&bid(), pounds(1_000), "five", entry("e")).await.unwrap_err();
    assert_eq!(stands(&store).await, Some((0, 0)), "its entry could not be written");
}

#[tokio::test]
async fn of_a_crowd_that_adds_the_same_credit_one_adds_it() {
    let store = TestTables::start().await.store();
    let add = async |_| store.add_credit(&bid(), pounds(100), "one", Vec::new()).await;
    let all = try_join_all((0..50).map(add)).await.unwrap();
    assert_eq!(all.iter().filter(|one| matches!(one, CreditAdded::Done { .. })).count(), 1);
    assert_eq!(stands(&store).await, Some((100, 0)));
}

fn written(told: Option<ConsumedCapacity>) -> Option<f64> {
    told?.capacity_units
}

#[tokio::test]
async fn a_sale_on_credit_costs_two_units_more_with_seven_others_open() {
    let store = TestTables::start().await.store();
    add(&store, 1_000_000, "first").await;
    for number in 0..7 {
        reserve(&store, &prepaid(), 1_250, number).await;
    }
    let (asked, total) = (reservation(7), ReturnConsumedCapacity::Total);
    let reserved = store.reserving_credit(&bid(), &prepaid(), pounds(1_250), &asked).unwrap();
    let reserved = reserved.return_consumed_capacity(total.clone()).send().await.unwrap();
    assert_eq!(written(reserved.consumed_capacity), Some(1.0));
    let settled = store.settling_credit(&bid(), &asked.id, pounds(1_250), pounds(1_250)).unwrap();
    let settled = settled.return_consumed_capacity(total).send().await.unwrap();
    assert_eq!(written(settled.consumed_capacity), Some(1.0));
}

#[tokio::test]
async fn a_buyer_found_without_credit_is_known_to_lack_it_for_what_costs_more_than_is_left() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let buyer = json!({ "bid": "b1", "name": "B", "credit": { "kind": "prepaid", "currency": "GBP" } });
    let buyer: domain::buyer::Buyer = serde_json::from_value(buyer).unwrap();
    let delivery = |amount: &str| -> domain::delivery::Delivery {
        let price = json!({ "amount": amount, "currency": "GBP" });
        let channel = json!({ "kind": "store" });
        let delivery =
            json!({ "did": "d1", "name": "D", "campid": "solar", "bid": "b1", "price": price, "channel": channel });
        serde_json::from_value(delivery).unwrap()
    };
    let lacks = async |store: &Store, amount: &str| store.lacks_credit(Some(&buyer), Some(&delivery(amount))).await;
    add(&store, 1_000, "first").await;
    assert!(!lacks(&store, "12.50").await, "nobody has heard");
    assert_eq!(reserve(&store, &prepaid(), 1_250, 1).await, none_left(1_000));
    assert!(lacks(&store, "12.50").await && lacks(&store, "10.01").await);
    assert!(!lacks(&store, "10.00").await && !lacks(&store, "0.00").await);
    assert!(!lacks(&tables.store(), "12.50").await, "another worker has not heard");
    let billed = domain::buyer::Buyer { credit: None, ..buyer.clone() };
    assert!(!store.lacks_credit(Some(&billed), Some(&delivery("12.50"))).await);
}
