//! Leads that go from one installation to another, and what comes back: two and three of them, on ports of this machine.

use domain::{
    id::{DeliveryRef, LeadId},
    lead::{DeliveryState, Lead, Method, PayoutState, SoldStatus},
    returned::{Claim, Claimant},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{DeliveryJob, Returning};
use tests::{Installation, settle_all};

pub(super) fn did(name: &str) -> DeliveryRef {
    name.parse().unwrap()
}

pub(super) fn state<'a>(lead: &'a Lead, name: &str) -> &'a DeliveryState {
    &lead.deliveries[&did(name)].state
}

pub(super) fn revenue(lead: &Lead) -> String {
    lead.revenue().unwrap().amount()
}

/// The seller takes a sale back, and its supplier's payout with it.
pub(super) async fn take_back(there: &Installation, lead: LeadId, reason: &str) {
    let parts = &there.dispatcher;
    let (store, identity, queue) = (&parts.store, &parts.identity, &parts.queue);
    let returning = Returning { store, identity, queue, by: None, correlation_id: None };
    let claim = Claim {
        by: Claimant::Seller,
        order: Some("by hand"),
        bid: None,
        did: None,
        reason,
        comment: None,
        reverse_payout: Some(true),
    };
    let claimed = returning.claim(lead, &claim, lambda::now()).await.unwrap();
    assert!(claimed.outcome.is_done(), "{claimed:?}");
}

pub(super) fn any_terms() -> Value {
    json!({ "window_days": 30 })
}

/// `a` sells to `b`, and what `b` does not buy to `y`; `b` sells nothing yet.
pub(super) async fn two(reasons: Value) -> (Installation, Installation) {
    let (a, b) = (Installation::start("a").await, Installation::start("b").await);
    a.sends_to(&b, "4.00", reasons, any_terms()).await;
    a.buys("y", "1.00").await;
    a.sell("2.00", &["s0", "b", "c"], &["b", "y"]).await;
    (a, b)
}

#[tokio::test]
async fn a_lead_is_neither_sold_nor_unsold_until_the_other_installation_has_sold_it() {
    let (a, b) = two(json!({})).await;
    b.buys("x", "9.00").await;
    b.sell("5.00", &["a"], &["x"]).await;
    a.post("ann@example.com").await;
    let queued = a.only_lead().await;
    let job = DeliveryJob::of(&queued, &did("b"), &queued.deliveries[&did("b")], None);
    let draw = dispatch::deliver::Draw { now: a.now(), attempt: lambda::new_attempt_id(), jitter_permille: 0 };
    a.dispatcher.deliver(&job, draw).await.unwrap();
    let awaiting = a.only_lead().await;
    let theirs = b.only_lead().await;
    assert_eq!(awaiting.sold_status(), SoldStatus::Open);
    let DeliveryState::AwaitingFeedback { reference, .. } = state(&awaiting, "b") else { panic!("{awaiting:#?}") };
    assert_eq!(reference.as_deref(), Some(theirs.id.to_string().as_str()));
    assert_eq!((theirs.method, theirs.sid.as_str()), (Method::L2l, "a"));
    settle_all(&[&a, &b]).await;
    let (ours, theirs) = (a.only_lead().await, b.only_lead().await);
    assert_eq!((theirs.sold_status(), revenue(&theirs)), (SoldStatus::Sold, "9.00".to_owned()));
    assert_eq!((ours.sold_status(), revenue(&ours)), (SoldStatus::Sold, "5.00".to_owned()), "as it was told");
    assert_eq!(theirs.earned_payout().unwrap(), ours.revenue().unwrap(), "what one pays, the other earns");
    let told = b.tables.store().telling(theirs.id, None).await.unwrap().unwrap();
    assert_eq!(told.answer.as_deref(), Some("applied"));
}

#[tokio::test]
async fn a_lead_that_the_other_installation_cannot_sell_goes_to_the_next_in_line_with_its_reason() {
    for (reasons, reason) in [
        (json!({ "no_buyer": "Nobody there wanted it" }), "Nobody there wanted it"),
        (json!({}), "unrecognised (no_buyer)"),
    ] {
        let (a, b) = two(reasons).await;
        b.sell("5.00", &["a"], &[]).await;
        a.post("ann@example.com").await;
        settle_all(&[&a, &b]).await;
        let ours = a.only_lead().await;
        assert_eq!(*state(&ours, "b"), DeliveryState::Rejected { reason: reason.to_owned() });
        assert_eq!((ours.sold_status(), revenue(&ours)), (SoldStatus::Sold, "1.00".to_owned()), "to y");
        assert_eq!(b.only_lead().await.sold_status(), SoldStatus::Unsold);
    }
}

#[tokio::test]
async fn who_does_not_say_in_time_has_not_bought_it_and_is_told_so_when_it_says_it_late() {
    let (mut a, b) = two(json!({})).await;
    b.buys("x", "9.00").await;
    b.sell("5.00", &["a"], &["x"]).await;
    a.post("ann@example.com").await;
    let id = a.only_lead().await.id;
    let deliver = async |a: &Installation| {
        let lead = a.only_lead().await;
        let job = DeliveryJob::of(&lead, &did("b"), &lead.deliveries[&did("b")], None);
        let draw = dispatch::deliver::Draw { now: a.now(), attempt: lambda::new_attempt_id(), jitter_permille: 0 };
        a.dispatcher.deliver(&job, draw).await.unwrap();
    };
    deliver(&a).await;
    a.wait(SignedDuration::from_hours(73));
    deliver(&a).await;
    assert_eq!(*state(&a.only_lead().await, "b"), DeliveryState::Rejected { reason: "no_answer".to_owned() });
    settle_all(&[&a, &b]).await;
    let (ours, theirs) = (a.only_lead().await, b.only_lead().await);
    assert_eq!((revenue(&ours), revenue(&theirs)), ("1.00".to_owned(), "9.00".to_owned()), "y has it as well by now");
    let told = b.tables.store().telling(theirs.id, None).await.unwrap().unwrap();
    assert_eq!(told.answer.as_deref(), Some("too_late"));
    let notices = a.tables.store().notices(lambda::now(), 10, None, None).await.unwrap().unwrap().items;
    let kinds: Vec<_> = notices.iter().map(|notice| (notice.kind.word(), notice.lead_id)).collect();
    assert_eq!(kinds, [("feedback_not_taken", Some(id))]);
}

/// `a` sells to `b`, `b` to `c`, and `c` to its own buyer `x`; on these terms of `a` with `b`.
async fn three(terms: Value) -> [Installation; 3] {
    let (a, b) = (Installation::start("a").await, Installation::start("b").await);
    let c = Installation::start("c").await;
    a.sends_to(&b, "4.00", json!({}), terms).await;
    b.sends_to(&c, "5.00", json!({}), any_terms()).await;
    c.buys("x", "9.00").await;
    a.sell("2.00", &["s0"], &["b"]).await;
    b.sell("4.00", &["a"], &["c"]).await;
    c.sell("6.00", &["b"], &["x"]).await;
    a.post("ann@example.com").await;
    settle_all(&[&a, &b, &c]).await;
    let sold = [revenue(&a.only_lead().await), revenue(&b.only_lead().await), revenue(&c.only_lead().await)];
    assert_eq!(sold, ["4.00", "6.00", "9.00"], "each is paid what the next one earns");
    [a, b, c]
}

#[tokio::test]
async fn a_return_travels_up_hop_by_hop_and_each_pays_back_what_it_was_paid() {
    let [a, b, c] = three(json!({ "window_days": 30, "reasons": ["DUPE"] })).await;
    take_back(&c, c.only_lead().await.id, "DUPE").await;
    settle_all(&[&a, &b, &c]).await;
    for there in [&a, &b, &c] {
        let lead = there.only_lead().await;
        assert_eq!(
            (lead.sold_status(), lead.payout.state),
            (SoldStatus::Returned, PayoutState::Reversed),
            "{}",
            there.name
        );
        let back = lead.sales().next().and_then(|(.., sale)| sale.returned.clone()).unwrap();
        assert_eq!(back.reason, "DUPE", "{}", there.name);
    }
    settle_all(&[&a, &b, &c]).await;
}

#[tokio::test]
async fn a_return_that_the_terms_do_not_allow_stops_there_and_its_reason_travels_back() {
    let [a, b, c] = three(json!({ "window_days": 30, "reasons": ["INVALID_PHONE"] })).await;
    take_back(&c, c.only_lead().await.id, "DUPE").await;
    settle_all(&[&a, &b, &c]).await;
    assert_eq!(a.only_lead().await.sold_status(), SoldStatus::Sold, "it is not among its reasons");
    let between = b.only_lead().await;
    assert_eq!((between.sold_status(), between.payout.state), (SoldStatus::Returned, PayoutState::Reversed));
    let told = b.tables.store().telling(between.id, None).await.unwrap().unwrap();
    assert_eq!(told.answer.as_deref(), Some("reason_not_allowed"));
    let notices = b.tables.store().notices(lambda::now(), 10, None, None).await.unwrap().unwrap().items;
    let texts: Vec<_> =
        notices.iter().map(|notice| (notice.lead_id, notice.text.contains("does not take it back"))).collect();
    assert_eq!(texts, [(Some(between.id), true)], "its seller has paid back, and gets nothing back");
}

#[tokio::test]
async fn a_lead_that_comes_back_to_where_it_was_is_refused_and_goes_to_the_next_in_line() {
    let (a, b) = two(json!({})).await;
    b.sends_to(&a, "3.00", json!({}), any_terms()).await;
    b.buys("x", "1.00").await;
    b.sell("5.00", &["a"], &["a", "x"]).await;
    a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    assert_eq!(a.leads().await.len(), 1, "nothing of it was kept when it came back");
    let theirs = b.only_lead().await;
    assert!(
        matches!(state(&theirs, "a"), DeliveryState::Rejected { reason } if reason.starts_with("duplicate")),
        "{theirs:#?}"
    );
    assert_eq!((revenue(&theirs), revenue(&a.only_lead().await)), ("1.00".to_owned(), "5.00".to_owned()));
}

#[tokio::test]
async fn a_lead_that_goes_round_three_installations_is_refused_where_it_began_and_sold_by_the_next_in_line() {
    for (next, sold_by_b) in [(&["c", "z"][..], "5.00"), (&["c"][..], "1.00")] {
        let (a, b) = two(json!({})).await;
        let c = Installation::start("c").await;
        b.sends_to(&c, "6.00", json!({}), any_terms()).await;
        c.sends_to(&a, "7.00", json!({}), any_terms()).await;
        b.buys("z", "8.00").await;
        b.sell("5.00", &["a"], next).await;
        c.sell("6.00", &["b"], &["a"]).await;
        a.post("ann@example.com").await;
        settle_all(&[&a, &b, &c]).await;
        let [ours, theirs, last] = [a.only_lead().await, b.only_lead().await, c.only_lead().await];
        assert!(
            matches!(state(&last, "a"), DeliveryState::Rejected { reason } if reason.starts_with("duplicate")),
            "nothing of it was kept when it came back: {last:#?}"
        );
        assert_eq!(last.sold_status(), SoldStatus::Unsold);
        let told = c.tables.store().telling(last.id, None).await.unwrap().unwrap();
        assert_eq!(told.answer.as_deref(), Some("applied"), "who has it from b is told that it is unsold");
        assert!(matches!(state(&theirs, "c"), DeliveryState::Rejected { .. }), "{theirs:#?}");
        assert_eq!(revenue(&ours), sold_by_b, "by b, or by y after b");
        for there in [&a, &b, &c] {
            there.verify().await;
        }
    }
}
