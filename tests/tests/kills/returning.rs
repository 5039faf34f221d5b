//! Returns: asked for, approved, sold again or undone, killed or lied to at every call; then everything comes once more.

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use domain::{
    access::Principal,
    buyer::Buyer,
    journal::events,
    lead::{Lead, PayoutState, ReturnState, SoldStatus},
    money::Money,
    report::{Counts, View},
    returned::ShareOf,
};
use jiff::{SignedDuration, tz::TimeZone};
use lambda::http::Function;
use serde_json::{Value, json};
use tests::{Fault, Faults, Lab, LabBuyer, Reply};
use tower::ServiceExt;

use super::{
    SECRET, answered, asking,
    booking::{book, cells},
    buyer,
    kinds::save,
    lab_with, make_key, only_approved, post, with_a_second_kill_after_each_write, with_every_fault,
};

/// What `b1` has paid in advance: more than a lead costs.
const PAID: i64 = 5_000;

fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

/// A lab with a lead that is sold to `b1`, which has paid in advance and may return all of its sales, if the seller approves; what
/// comes back is offered to `b2`, which answers this. The sale is booked.
pub(super) async fn sold(second: Reply) -> Lab {
    sold_on(json!({ "window_days": 30, "approval": true, "max_share_percent": 100 }), second).await
}

/// The same, on these terms.
async fn sold_on(returns: Value, second: Reply) -> Lab {
    let buyers: Vec<LabBuyer> = vec![buyer("1", [Reply::accept("B-1")]), buyer("2", [second])];
    let mut lab = lab_with(json!({ "max_sales": 1, "reoffer": { "within_hours": 24 } }), buyers).await;
    make_key(&lab, "seller", Principal::Seller).await;
    make_key(&lab, "b1", Principal::Buyer { bid: "b1".parse().unwrap() }).await;
    let credit = json!({ "kind": "prepaid", "currency": "GBP" });
    let b1 = json!({ "bid": "b1", "name": "1", "returns": returns, "credit": credit });
    save::<Buyer>(&lab, b1, Some(1)).await;
    lab.tables.store().add_credit(&"b1".parse().unwrap(), pounds(PAID), "first", Vec::new()).await.unwrap();
    post(&lab, &Faults::default(), None, &super::good_lead()).await;
    lab.drain(&Faults::default()).await;
    assert_eq!(only_approved(&lab).await.sold_status(), SoldStatus::Sold);
    book(&lab, &Faults::default(), &lab.tables.lead_changes()).await;
    lab
}

async fn function(lab: &Lab, faults: &Faults) -> axum::Router {
    lab.returns(faults).await.router()
}

/// Asks as somebody, as often as it takes to get an answer.
pub(super) async fn ask(lab: &Lab, faults: &Faults, (who, path): (&str, &str), body: &Value) -> (StatusCode, Value) {
    let request = || {
        let once = asking(who, path).header("idempotency-key", "one");
        once.body(Body::from(body.to_string())).unwrap()
    };
    let (status, text) = answered(faults, async || function(lab, faults).await, request).await;
    (status, serde_json::from_str(&text).unwrap())
}

pub(super) async fn request(lab: &Lab, faults: &Faults) -> (StatusCode, Value) {
    let wish = json!({ "lead_id": only_approved(lab).await.id, "reason": "INVALID_PHONE" });
    ask(lab, faults, ("b1", "/v1/returns"), &wish).await
}

/// Has the seller decide about the only return.
async fn decide(lab: &Lab, faults: &Faults, word: &str, body: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/returns/return_{}.1.d1/{word}", only_approved(lab).await.id.ulid());
    ask(lab, faults, ("seller", &path), body).await
}

pub(super) async fn approve(lab: &Lab, faults: &Faults) -> (StatusCode, Value) {
    decide(lab, faults, "approve", &json!({})).await
}

async fn undo(lab: &Lab, faults: &Faults) -> (StatusCode, Value) {
    decide(lab, faults, "undo", &json!({ "reason": "a mistake" })).await
}

/// How many returns the seller finds in this state.
async fn listed(lab: &Lab, state: ReturnState) -> usize {
    let path = format!("/v1/returns?state={}", state.word());
    let get = Request::get(path).header("authorization", format!("Bearer vk_seller_{SECRET}"));
    let answer = function(lab, &Faults::default()).await.oneshot(get.body(Body::empty()).unwrap()).await.unwrap();
    let body = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["items"].as_array().unwrap().len()
}

/// One return, in this state; credit, share, journal, numbers and lists are as the lead says.
async fn verify(lab: &Lab, state: ReturnState) -> Lead {
    lab.verify().await;
    let (lead, store) = (only_approved(lab).await, lab.tables.store());
    let returns: Vec<_> = lead.sale(&"d1".parse().unwrap()).unwrap().returns().collect();
    assert_eq!(returns.iter().map(|back| back.state).collect::<Vec<_>>(), [state], "{lead:#?}");
    // I7
    let takes = returns.iter().filter(|back| back.takes_share().is_some()).count();
    let sold_at = lead.sale(&"d1".parse().unwrap()).unwrap().sold_at;
    let month = sold_at.to_zoned(TimeZone::UTC).date().first_of_month();
    let of = ShareOf { bid: "b1".parse().unwrap(), month, percent: 100 };
    let room = store.share_of_returns(of, lab.now()).await.unwrap();
    assert_eq!((room.taken, room.limit), (u32::try_from(takes).unwrap(), 1), "{lead:#?}");
    let credit = store.credit(&"b1".parse().unwrap()).await.unwrap().unwrap();
    let owed = lead.revenue_from(&"b1".parse().unwrap()).unwrap().minor;
    assert_eq!((credit.balance, credit.reserved), (pounds(PAID - owed), pounds(0)), "{lead:#?}");
    verify_books(lab, &lead).await;
    for word in ReturnState::ALL {
        assert_eq!(listed(lab, word).await, usize::from(word == state), "{word:?} of {lead:#?}");
    }
    lead
}

/// I6 and I8, once everything is booked.
async fn verify_books(lab: &Lab, lead: &Lead) {
    let changes = lab.tables.lead_changes();
    let told = events(lead).unwrap();
    let expected = told.iter().fold(Counts::default(), |sum, event| sum.checked_add(event.counts).unwrap());
    // Everything once more the second time, by somebody who knows of nothing.
    for _ in 0..2 {
        book(lab, &Faults::default(), &changes).await;
        for view in View::ALL {
            assert_eq!(cells(lab, view).await, expected, "{view:?} of {lead:#?}");
        }
    }
    let booked = lab.tables.store().lead_entries(lead.id).await.unwrap();
    let entries: Vec<_> = booked.iter().filter_map(|event| event.happened.entry()).collect();
    assert_eq!(entries.len(), told.iter().filter(|event| event.entry.is_some()).count(), "{booked:#?}");
    assert!(entries.iter().all(|entry| entry.is_balanced()), "{entries:#?}");
    let revenue = lead.revenue().unwrap().minor;
    assert_eq!((expected.revenue, expected.payout), (revenue, lead.earned_payout().unwrap().minor), "{lead:#?}");
}

/// Asked for, approved, offered again and sold to `b2`, after which it cannot be undone.
async fn sold_again(faults: Faults) {
    let mut lab = sold(Reply::accept("B-2")).await;
    let (status, asked) = request(&lab, &faults).await;
    assert_eq!((status, &asked["outcome"]), (StatusCode::CREATED, &json!("requested")), "{asked}");
    let (status, approved) = approve(&lab, &faults).await;
    assert_eq!((status, &approved["state"]), (StatusCode::OK, &json!("approved")), "{approved}");
    lab.drain(&faults).await;
    // Where a worker died with the request to `b2`, nobody knows, and that is as good as sold.
    let (status, refused) = undo(&lab, &faults).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("sold_again")), "{refused}");
    let lead = verify(&lab, ReturnState::Approved).await;
    match lead.sold_status() {
        SoldStatus::Sold => assert_eq!((lead.payout.state, lead.revenue()), (PayoutState::Earned, Ok(pounds(1_250)))),
        SoldStatus::Open => assert!(faults.are_deadly(), "{lead:#?}"),
        SoldStatus::Unsold | SoldStatus::Returned => panic!("it is lost: {lead:#?}"),
    }
    // Who returned it is not asked again. Who died may have done so just before it asked.
    assert!(lab.requests() == [1, 1] || (faults.are_deadly() && lab.requests() == [1, 0]), "{:?}", lab.requests());

    assert_eq!(request(&lab, &Faults::default()).await.1, asked);
    assert_eq!(approve(&lab, &Faults::default()).await.0, StatusCode::OK);
    lab.replay_everything().await;
    assert_eq!(only_approved(&lab).await, lead);
}

#[tokio::test]
async fn a_return_is_one_and_its_lead_is_sold_once_more_whatever_fails() {
    with_every_fault(sold_again).await;
}

/// Asked for, approved, offered again to `b2`, which refuses it, and undone.
async fn undone(faults: Faults) {
    let mut lab = sold(Reply::reject("no")).await;
    let before = only_approved(&lab).await;
    let (status, asked) = request(&lab, &faults).await;
    assert_eq!((status, &asked["outcome"]), (StatusCode::CREATED, &json!("requested")), "{asked}");
    assert_eq!(approve(&lab, &faults).await.0, StatusCode::OK);
    lab.drain(&Faults::default()).await;
    assert_eq!(only_approved(&lab).await.sold_status(), SoldStatus::Returned);
    let (status, told) = undo(&lab, &faults).await;
    assert_eq!((status, &told["state"]), (StatusCode::OK, &json!("undone")), "{told}");
    lab.drain(&Faults::default()).await;
    let lead = verify(&lab, ReturnState::Undone).await;
    assert_eq!((lead.sold_status(), lead.payout), (SoldStatus::Sold, before.payout));
    assert_eq!((lead.revenue(), lead.earned_payout()), (before.revenue(), before.earned_payout()));

    assert_eq!(request(&lab, &Faults::default()).await.1, asked);
    assert_eq!(undo(&lab, &Faults::default()).await, (status, told));
    assert_eq!(approve(&lab, &Faults::default()).await.0, StatusCode::CONFLICT);
    lab.replay_everything().await;
    assert_eq!(only_approved(&lab).await, lead);
}

#[tokio::test]
async fn a_return_that_is_undone_leaves_everything_as_it_was_whatever_fails() {
    with_every_fault(undone).await;
}

/// Undone before the next buyer is asked: it has no sale for it.
async fn undone_at_once(faults: Faults) {
    let mut lab = sold(Reply::accept("B-2")).await;
    assert_eq!(request(&lab, &faults).await.0, StatusCode::CREATED);
    assert_eq!(approve(&lab, &faults).await.0, StatusCode::OK);
    assert_eq!(undo(&lab, &faults).await.0, StatusCode::OK);
    lab.drain(&Faults::default()).await;
    let lead = verify(&lab, ReturnState::Undone).await;
    assert_eq!((lead.sold_status(), lab.requests()), (SoldStatus::Sold, vec![1, 0]), "{lead:#?}");
    lab.replay_everything().await;
}

#[tokio::test]
async fn a_lead_whose_return_is_undone_goes_to_nobody_else_wherever_its_worker_dies_twice() {
    with_a_second_kill_after_each_write(undone_at_once).await;
}

/// Approved by the sweeper, as nobody has decided in time; offered again to `b2`, which refuses it.
async fn approved_by_time(faults: Faults) {
    let patient = json!({ "window_days": 30, "approval": true, "approved_after_hours": 2, "max_share_percent": 100 });
    let mut lab = sold_on(patient, Reply::reject("no")).await;
    assert_eq!(request(&lab, &Faults::default()).await.0, StatusCode::CREATED);
    lab.wait(SignedDuration::from_mins(110));
    assert!(lab.sweep(&Faults::default()).await);
    assert_eq!(verify(&lab, ReturnState::Requested).await.sold_status(), SoldStatus::Sold);
    lab.wait(SignedDuration::from_mins(20));
    // Whether it comes to its end depends on the faults; the next one does.
    lab.sweep(&faults).await;
    assert!(lab.sweep(&Faults::default()).await);
    lab.drain(&Faults::default()).await;
    let lead = verify(&lab, ReturnState::Approved).await;
    assert_eq!((lead.sold_status(), lab.requests()), (SoldStatus::Returned, vec![1, 1]), "{lead:#?}");
    lab.replay_everything().await;
}

#[tokio::test]
async fn what_nobody_decides_in_time_is_approved_once_whatever_fails() {
    with_every_fault(approved_by_time).await;
}

#[tokio::test]
async fn a_request_and_a_decision_that_come_twice_are_carried_out_once_wherever_the_first_is_held_up() {
    let lab = sold(Reply::accept("B-2")).await;
    let quiet = [Faults::default(), Faults::default()];
    request(&lab, &quiet[0]).await;
    approve(&lab, &quiet[1]).await;
    let pauses = |calls: usize| (0..calls).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]);
    for (at, pause) in pauses(quiet[0].calls().len()) {
        let lab = sold(Reply::accept("B-2")).await;
        let held_up = Faults::at([(at, pause)]);
        let (first, second) = both(&held_up, request(&lab, &held_up), request(&lab, &Faults::default())).await;
        assert_eq!(first, second, "{pause:?} at call {at}");
        verify(&lab, ReturnState::Requested).await;
    }
    for (at, pause) in pauses(quiet[1].calls().len()) {
        let mut lab = sold(Reply::accept("B-2")).await;
        request(&lab, &Faults::default()).await;
        let held_up = Faults::at([(at, pause)]);
        let (first, second) = both(&held_up, approve(&lab, &held_up), approve(&lab, &Faults::default())).await;
        assert_eq!(first, second, "{pause:?} at call {at}");
        lab.drain(&Faults::default()).await;
        assert_eq!(verify(&lab, ReturnState::Approved).await.sold_status(), SoldStatus::Sold);
        assert_eq!(lab.requests(), [1, 1]);
    }
}

/// Runs the second one while the first is held up.
async fn both<T>(held_up: &Faults, first: impl Future<Output = T>, second: impl Future<Output = T>) -> (T, T) {
    let first = async {
        let done = first.await;
        held_up.let_go();
        done
    };
    let second = async {
        held_up.paused().await;
        let done = second.await;
        held_up.resume();
        done
    };
    tokio::join!(first, second)
}
