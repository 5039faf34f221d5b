//! A buyer's share of returns and its credit: exact, and moved with the lead alone.

use domain::{journal::events, returned::ShareOf};
use futures::future::{join_all, try_join_all};

use super::*;
use crate::{Credit, NoticeKind, test_tables::TestTables};

pub(super) fn share(percent: u8) -> Value {
    json!({ "window_days": 30, "max_share_percent": percent })
}

fn share_by_approval(percent: u8) -> Value {
    json!({ "window_days": 30, "approval": true, "max_share_percent": percent })
}

/// So many leads, sold to `b1` and booked.
pub(super) async fn books(store: &Store, sales: u128, returns: &Value) {
    for number in 1..=sales {
        let lead = sold(number, returns.clone());
        put(store, &lead).await;
        let news = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
        store.book(news, Ulid(number << 32), at(60)).await.unwrap();
    }
}

/// How many returns of this month's sales there are.
pub(super) async fn taken(store: &Store) -> u32 {
    let of = ShareOf { bid: bid("b1"), month: "2027-01-01".parse().unwrap(), percent: 100 };
    store.share_of_returns(of, at(0)).await.unwrap().taken
}

/// How many of the leads have a return that is open or approved.
pub(super) async fn standing(store: &Store, leads: u128) -> usize {
    let ids: Vec<LeadId> = (1..=leads).map(id).collect();
    let leads = store.leads(&ids).await.unwrap().0;
    let takes = |lead: &Lead| lead.sale(&did("d1")).unwrap().returns().filter_map(|back| back.takes_share()).count();
    leads.iter().map(takes).sum()
}

#[tokio::test]
async fn of_two_at_once_one_takes_the_last_place_and_the_other_is_over_the_cap() {
    for returns in [share(25), share_by_approval(25)] {
        let tables = TestTables::start().await;
        let (one, two) = (tables.store(), tables.store());
        books(&one, 4, &returns).await;
        let (first, second) = tokio::join!(by_b1(&one, 1), by_b1(&two, 2));
        let mut outcomes = [first.word(), second.word()];
        outcomes.sort_unstable();
        let done = if returns["approval"] == true { "requested" } else { "returned" };
        assert_eq!(outcomes, ["over_cap", done]);
        assert_eq!((taken(&one).await, standing(&one, 4).await), (1, 1));
    }
}

#[tokio::test]
async fn of_a_crowd_at_once_exactly_as_many_come_back_as_may() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 40, &share(25)).await;
    let outcomes = join_all((1..=40).map(async |number| {
        let own = tables.store();
        // Who loses time after time is told to come again.
        loop {
            match claim(&own, number, Claimant::Buyer(&bid("b1")), at(100)).await {
                Ok(claimed) => return claimed.outcome,
                Err(LineUpError::Store(Error::Contended { .. })) => {}
                Err(error) => unreachable!("nothing else is in the way: {error}"),
            }
        }
    }))
    .await;
    let came_to = |outcome| outcomes.iter().filter(|own| **own == outcome).count();
    assert_eq!((came_to(ReturnOutcome::Returned), came_to(ReturnOutcome::OverCap)), (10, 30));
    assert_eq!((taken(&store).await, standing(&store, 40).await), (10, 10));
}

#[tokio::test]
async fn the_same_wish_many_times_at_once_takes_one_place() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 4, &share(100)).await;
    // At the very same moment they would be one and the same.
    let one = async |seconds: i64| claim(&tables.store(), 1, Claimant::Buyer(&bid("b1")), at(100 + seconds)).await;
    let outcomes = try_join_all((0..8).map(one)).await.unwrap();
    let outcomes: Vec<ReturnOutcome> = outcomes.into_iter().map(|claimed| claimed.outcome).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_done()).count(), 1, "{outcomes:?}");
    assert_eq!((taken(&store).await, standing(&store, 4).await), (1, 1));
}

#[tokio::test]
async fn what_is_refused_or_undone_gives_its_place_back_once_and_what_is_approved_keeps_it() {
    let store = TestTables::start().await.store();
    books(&store, 4, &share_by_approval(25)).await;
    assert_eq!((by_b1(&store, 1).await, taken(&store).await), (ReturnOutcome::Requested, 1));
    for _ in 0..2 {
        decide(&store, &name(1, 1), REFUSED).await.unwrap();
        assert_eq!(taken(&store).await, 0);
    }
    assert_eq!((by_b1(&store, 2).await, by_b1(&store, 1).await), (ReturnOutcome::Requested, ReturnOutcome::OverCap));
    for _ in 0..2 {
        decide(&store, &name(2, 1), APPROVED).await.unwrap();
        assert_eq!(taken(&store).await, 1);
    }
    assert_eq!(by_b1(&store, 1).await, ReturnOutcome::OverCap);
    for _ in 0..2 {
        decide(&store, &name(2, 1), UNDONE).await.unwrap();
        assert_eq!(taken(&store).await, 0);
    }
    assert_eq!((by_b1(&store, 1).await, taken(&store).await), (ReturnOutcome::Requested, 1), "its second one");
    assert_eq!(standing(&store, 4).await, 1);
}

#[tokio::test]
async fn a_decision_that_many_make_at_once_moves_the_share_once() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 4, &share_by_approval(50)).await;
    assert_eq!((by_b1(&store, 1).await, by_b1(&store, 2).await), (ReturnOutcome::Requested, ReturnOutcome::Requested));
    let refusals = join_all((0..8).map(async |_| decide(&tables.store(), &name(1, 1), REFUSED).await)).await;
    assert!(refusals.iter().all(Result::is_ok), "{refusals:?}");
    assert_eq!(taken(&store).await, 1);
    let second = name(2, 1);
    let (refused, approved) = tokio::join!(decide(&store, &second, REFUSED), decide(&store, &second, APPROVED));
    assert!(refused.is_ok() != approved.is_ok(), "{refused:?} {approved:?}");
    assert_eq!(taken(&store).await, if approved.is_ok() { 1 } else { 0 });
}

#[tokio::test]
async fn the_sellers_own_returns_take_no_place_and_need_none() {
    let store = TestTables::start().await.store();
    books(&store, 4, &share(25)).await;
    for number in 1..=3 {
        assert_eq!(claim(&store, number, Claimant::Seller, at(100)).await.unwrap().outcome, ReturnOutcome::Returned);
    }
    assert_eq!((taken(&store).await, by_b1(&store, 4).await), (0, ReturnOutcome::Returned));
    decide(&store, &name(1, 1), UNDONE).await.unwrap();
    assert_eq!((taken(&store).await, by_b1(&store, 1).await), (1, ReturnOutcome::OverCap));
}

#[tokio::test]
async fn a_share_of_no_sales_that_are_booked_is_none() {
    let store = TestTables::start().await.store();
    put(&store, &sold(1, share(100))).await;
    assert_eq!((by_b1(&store, 1).await, taken(&store).await), (ReturnOutcome::OverCap, 0));
}

async fn balance(store: &Store) -> i64 {
    let Credit { balance, reserved } = store.credit(&bid("b1")).await.unwrap().unwrap();
    assert_eq!(reserved, pounds(0));
    balance.minor
}

/// A lead sold to `b1` for £12.50 of its credit, of which £3.00 are left.
async fn on_credit(store: &Store, returns: Value) {
    store.add_credit(&bid("b1"), pounds(300), "first", Vec::new()).await.unwrap();
    put(store, &sold_on(1, Agreed { credit: Some(pounds(1_250)), returns: terms(returns), ..Agreed::default() })).await;
}

#[tokio::test]
async fn what_a_buyer_paid_comes_back_with_a_return_and_is_taken_again_when_that_is_undone() {
    let store = TestTables::start().await.store();
    on_credit(&store, json!({ "window_days": 30, "approval": true })).await;
    assert_eq!((by_b1(&store, 1).await, balance(&store).await), (ReturnOutcome::Requested, 300));
    for _ in 0..2 {
        decide(&store, &name(1, 1), APPROVED).await.unwrap();
        assert_eq!(balance(&store).await, 1_550);
    }
    store.add_credit(&bid("b1"), pounds(-1_000), "second", Vec::new()).await.unwrap();
    for _ in 0..2 {
        decide(&store, &name(1, 1), UNDONE).await.unwrap();
        assert_eq!(balance(&store).await, -700, "an undoing is the seller's word");
    }
    assert_eq!(lead(&store, 1).await.sold_status(), SoldStatus::Sold);
}

#[tokio::test]
async fn a_return_that_finds_no_place_gives_nothing_back() {
    let tables = TestTables::start().await;
    let store = tables.store();
    store.add_credit(&bid("b1"), pounds(0), "first", Vec::new()).await.unwrap();
    for number in 1..=4 {
        let agreed = Agreed { credit: Some(pounds(1_250)), returns: terms(share(25)), ..Agreed::default() };
        let lead = sold_on(number, agreed);
        put(&store, &lead).await;
        let news = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
        store.book(news, Ulid(number << 32), at(60)).await.unwrap();
    }
    let all = join_all((1..=4).map(async |number| by_b1(&tables.store(), number).await)).await;
    assert_eq!(all.iter().filter(|outcome| **outcome == ReturnOutcome::Returned).count(), 1, "{all:?}");
    assert_eq!((balance(&store).await, taken(&store).await, standing(&store, 4).await), (1_250, 1, 1));
}

#[tokio::test]
async fn what_many_return_at_once_of_one_buyer_comes_back_once_each() {
    let tables = TestTables::start().await;
    let store = tables.store();
    store.add_credit(&bid("b1"), pounds(0), "first", Vec::new()).await.unwrap();
    for number in 1..=20 {
        let returns = terms(json!({ "window_days": 30 }));
        put(&store, &sold_on(number, Agreed { credit: Some(pounds(1_250)), returns, ..Agreed::default() })).await;
    }
    let twice = (1..=20).flat_map(|number| [(number, 100), (number, 101)]);
    let all =
        try_join_all(twice.map(async |(number, seconds)| {
            claim(&tables.store(), number, Claimant::Buyer(&bid("b1")), at(seconds)).await
        }));
    let done = all.await.unwrap().iter().filter(|claimed| claimed.outcome == ReturnOutcome::Returned).count();
    assert_eq!((done, balance(&store).await), (20, 20 * 1_250));
}

#[tokio::test]
async fn the_seller_is_told_once_that_a_share_is_used_up_as_of_when_it_first_was() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 10, &share(10)).await;
    let of = ShareOf { bid: bid("b1"), month: "2027-01-01".parse().unwrap(), percent: 10 };
    let notices = async || store.notices(at(900), 10, None, None).await.unwrap().unwrap().items;
    store.share_of_returns(of.clone(), at(90)).await.unwrap();
    assert_eq!(notices().await, [], "there is a place");
    assert_eq!(by_b1(&store, 1).await, ReturnOutcome::Returned);
    for seconds in [100, 200, 300] {
        let room = store.share_of_returns(of.clone(), at(seconds)).await.unwrap();
        assert_eq!((room.limit, room.taken), (1, 1));
    }
    let told = notices().await;
    assert_eq!(
        told.iter().map(|notice| (notice.kind, notice.at)).collect::<Vec<_>>(),
        [(NoticeKind::ReturnCapReached, at(100))]
    );
    assert!(
        told[0].text.starts_with("Buyer b1 has returned, or asked to return, 1 of its leads of January 2027"),
        "{}",
        told[0].text
    );
}
