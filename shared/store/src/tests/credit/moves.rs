//! What goes with the lead's write: once, and never beside a reservation that is open.

use domain::{
    id::AttemptId,
    lead::{Agreed, Clearing, EditOrder, Lead, Outcome, ReturnRequest, reservation_id},
};
use ulid::Ulid;

use super::{add, bid, pounds, prepaid, stands};
use crate::{
    Commit, Reservation, Store,
    share::PlaceFrom,
    test_tables::TestTables,
    tests::{at, identity, lead},
};

fn did() -> domain::id::DeliveryRef {
    "d1".parse().unwrap()
}

fn attempt() -> AttemptId {
    AttemptId::from_ulid(Ulid(9))
}

async fn commit(store: &Store, before: &Lead, after: &Lead) -> Lead {
    match store.commit(before, after, &identity()).await.unwrap() {
        Commit::Done(lead) => *lead,
        now @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes, but there is {now:?}"),
    }
}

/// The same by a worker that dies before it settles what was set aside.
async fn written(store: &Store, before: &Lead, after: &Lead) -> Lead {
    match store.write(before, after.clone(), PlaceFrom::Share, None).await.unwrap() {
        Some(Commit::Done(lead)) => *lead,
        now => unreachable!("nobody else writes, but there is {now:?}"),
    }
}

/// A lead with a request under way, for which £12.50 of £50.00 are set aside.
async fn sending(store: &Store) -> Lead {
    add(store, 5_000, "first").await;
    let (lead, _) = lead(1, "ann@example.com", 0);
    let lead = lead.on_queued(&did(), Some(bid()), at(0)).unwrap();
    store.admit(&lead, 0, None, None, &identity()).await.unwrap();
    let reservation = Reservation { id: reservation_id(attempt()), lead: lead.id, lease_until: at(40) };
    store.reserve_credit(&bid(), &prepaid(), pounds(1_250), &reservation, at(1)).await.unwrap();
    let sending = lead.on_intent(&did(), 1, attempt(), at(1), at(40)).unwrap();
    commit(store, &lead, &sending.agreeing(&did(), Agreed { credit: Some(pounds(1_250)), ..Agreed::default() })).await
}

fn answered(lead: &Lead, outcome: Outcome) -> Lead {
    lead.on_outcome(&did(), &attempt(), 1, outcome, at(2)).unwrap()
}

fn accepted(price: i64) -> Outcome {
    Outcome::Accepted { price: pounds(price), reference: None, redirect_url: None }
}

fn edited(lead: &Lead, price: i64) -> Lead {
    let order = EditOrder { order: "1", by: "seller", reason: "agreed by phone" };
    lead.on_revenue_edited(None, None, pounds(price), order, at(3)).unwrap()
}

async fn settle(store: &Store, owed: i64) {
    store.settle_credit(&bid(), &reservation_id(attempt()), pounds(1_250), pounds(owed)).await.unwrap();
}

#[tokio::test]
async fn a_return_and_an_edit_move_the_balance_with_the_lead_once() {
    let store = TestTables::start().await.store();
    let sending = sending(&store).await;
    let sold = commit(&store, &sending, &answered(&sending, accepted(1_000))).await;
    assert_eq!(stands(&store).await, Some((4_000, 0)));
    let now_edited = commit(&store, &sold, &edited(&sold, 6_000)).await;
    assert_eq!(stands(&store).await, Some((-1_000, 0)), "an edit is the seller's word");
    assert!(matches!(store.commit(&sold, &edited(&sold, 6_000), &identity()).await.unwrap(), Commit::Repeated(_)));
    assert!(matches!(store.commit(&sold, &edited(&sold, 1), &identity()).await.unwrap(), Commit::Stale(_)));
    assert_eq!(stands(&store).await, Some((-1_000, 0)));
    let asked = now_edited.on_return_requested(&did(), ReturnRequest::because("OTHER"), at(4)).unwrap();
    let asked = commit(&store, &now_edited, &asked).await;
    commit(&store, &asked, &asked.on_return_approved(&did(), true, at(5)).unwrap()).await;
    assert_eq!(stands(&store).await, Some((5_000, 0)));
}

#[tokio::test]
async fn a_move_settles_a_reservation_that_is_open_still_for_what_the_lead_said_before() {
    let store = TestTables::start().await.store();
    let sending = sending(&store).await;
    let sold = written(&store, &sending, &answered(&sending, accepted(1_000))).await;
    assert_eq!(stands(&store).await, Some((3_750, 1_250)), "its worker has not come to settle it");
    let edited = commit(&store, &sold, &edited(&sold, 900)).await;
    assert_eq!(stands(&store).await, Some((4_100, 0)));
    // The slow worker comes after all.
    settle(&store, 1_000).await;
    let asked =
        commit(&store, &edited, &edited.on_return_requested(&did(), ReturnRequest::because("OTHER"), at(4)).unwrap())
            .await;
    commit(&store, &asked, &asked.on_return_approved(&did(), true, at(5)).unwrap()).await;
    assert_eq!(stands(&store).await, Some((5_000, 0)));
}

#[tokio::test]
async fn what_turns_out_refused_or_at_another_price_is_put_right_with_or_without_its_reservation() {
    for (is_settled, outcome, left) in [
        (true, accepted(2_000), 3_000),
        (false, accepted(2_000), 3_000),
        (true, Outcome::Rejected { reason: "no".to_owned() }, 5_000),
        (false, Outcome::Rejected { reason: "no".to_owned() }, 5_000),
    ] {
        let store = TestTables::start().await.store();
        let sending = sending(&store).await;
        let unknown = Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(at(99)) };
        let unknown = answered(&sending, unknown);
        let unknown = if is_settled {
            commit(&store, &sending, &unknown).await
        } else {
            written(&store, &sending, &unknown).await
        };
        commit(&store, &unknown, &answered(&unknown, outcome)).await;
        assert_eq!(stands(&store).await, Some((left, 0)));
        settle(&store, 0).await;
        assert_eq!(stands(&store).await, Some((left, 0)), "a late settlement changes nothing");
    }
}

#[tokio::test]
async fn money_of_one_currency_is_never_moved_in_a_balance_of_another() {
    let store = TestTables::start().await.store();
    let euros = domain::money::Money { minor: 5_000, currency: "EUR".parse().unwrap() };
    store.add_credit(&bid(), euros, "first", Vec::new()).await.unwrap();
    // Sold for nothing in pounds, when the buyer still bought in these.
    let (lead, _) = lead(1, "ann@example.com", 0);
    let lead = lead.on_queued(&did(), Some(bid()), at(0)).unwrap();
    store.admit(&lead, 0, None, None, &identity()).await.unwrap();
    let free = lead.on_intent(&did(), 1, attempt(), at(1), at(40)).unwrap();
    let free = free.agreeing(&did(), Agreed { credit: Some(pounds(0)), ..Agreed::default() });
    let sending = commit(&store, &lead, &free).await;
    let sold = commit(&store, &sending, &answered(&sending, accepted(0))).await;
    store.commit(&sold, &edited(&sold, 700), &identity()).await.unwrap_err();
    assert_eq!(store.credit(&bid()).await.unwrap().unwrap().balance, euros);
    assert_eq!(store.lead(sold.id).await.unwrap(), Some(sold));
}
