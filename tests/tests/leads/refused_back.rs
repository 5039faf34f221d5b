//! Returns that a seller refuses after it was asked: what the installation that asked hears of it, over the wire.

use domain::{
    feedback::{EventKind, TellingState},
    id::{DeliveryRef, LeadId},
    lead::{PayoutState, SoldStatus},
    returned::{Claim, Claimant, ReturnDecision, ReturnId, ReturnOutcome},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Decided, FeedbackJob, Returning, SaidOfLead};
use tests::{Installation, settle_all};

fn did(name: &str) -> DeliveryRef {
    name.parse().unwrap()
}

fn returning(there: &Installation) -> Returning<'_> {
    let parts = &there.dispatcher;
    Returning { store: &parts.store, identity: &parts.identity, queue: &parts.queue, by: None, correlation_id: None }
}

/// The seller of an installation takes its sale back, and its supplier's payout with it.
async fn take_back(there: &Installation, reason: &str) -> ReturnOutcome {
    let claim = Claim {
        by: Claimant::Seller,
        order: Some("by hand"),
        bid: None,
        did: None,
        reason,
        comment: None,
        reverse_payout: Some(true),
    };
    returning(there).claim(there.only_lead().await.id, &claim, lambda::now()).await.unwrap().outcome
}

async fn decide(there: &Installation, to: &Installation, number: u8, decision: ReturnDecision<'_>) {
    let id = ReturnId { lead: there.only_lead().await.id, number, did: did(to.name) };
    let decided = returning(there).decide(&id, decision, lambda::now()).await.unwrap();
    assert!(matches!(decided, Decided::Done(_)), "{decided:?}");
}

/// `a` sells to `b` on terms by which its seller decides of returns, and `b` to its own buyer `x`, which has the lead.
async fn sold() -> (Installation, Installation) {
    let (a, b) = (Installation::start("a").await, Installation::start("b").await);
    let terms = json!({ "window_days": 30, "approval": true });
    a.sends_to(&b, "4.00", json!({}), terms).await;
    b.buys("x", "9.00").await;
    a.sell("2.00", &["s0"], &["b"]).await;
    b.sell("5.00", &["a"], &["x"]).await;
    a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    (a, b)
}

/// What its supplier has said of a lead, and what its own seller was told of it.
async fn heard(there: &Installation, lead: LeadId) -> (Vec<SaidOfLead>, Vec<String>) {
    let store = there.tables.store();
    let said = store.whole_lead(lead).await.unwrap().unwrap().said;
    let notices = store.notices(lambda::now(), 10, None, None).await.unwrap().unwrap().items;
    let texts = notices.into_iter().map(|notice| notice.text).collect();
    (said.into_iter().filter(|said| said.did.is_none()).collect(), texts)
}

async fn returns(there: &Installation, to: &Installation) -> Vec<Value> {
    let lead = there.only_lead().await;
    let sale = lead.sale(&did(to.name)).unwrap();
    sale.returns().map(|back| json!([back.number, back.state.word()])).collect()
}

#[tokio::test]
async fn a_return_that_the_seller_refuses_later_is_told_to_who_asked_for_it_with_the_reason_once() {
    let (a, b) = sold().await;
    assert_eq!(take_back(&b, "DUPE").await, ReturnOutcome::Returned);
    settle_all(&[&a, &b]).await;
    let theirs = b.only_lead().await;
    assert_eq!((theirs.sold_status(), theirs.payout.state), (SoldStatus::Returned, PayoutState::Reversed));
    assert_eq!(returns(&a, &b).await, [json!([1, "requested"])]);
    assert_eq!(heard(&b, theirs.id).await.0, [], "nothing is decided");

    decide(&a, &b, 1, ReturnDecision::Refuse { why: "We have the call on tape." }).await;
    settle_all(&[&a, &b]).await;
    let (said, notices) = heard(&b, theirs.id).await;
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((said.event, said.result.as_str()), (EventKind::ReturnRefused, "noted"));
    assert_eq!(said.code.as_deref(), Some("refused"));
    assert_eq!(said.reason.as_deref(), Some("We have the call on tape."));
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert!(notice.contains(&theirs.id.to_string()) && notice.contains("undo the return"), "{notice}");
    assert!(!notice.contains("tape"), "a notice outlives its lead: {notice}");
    let ours = a.only_lead().await;
    assert_eq!(ours.sold_status(), SoldStatus::Sold);
    let told = a.tables.store().telling(ours.id, Some(&did("b"))).await.unwrap().unwrap();
    assert_eq!(
        (told.told.map(|word| word.kind()), told.answer.as_deref()),
        (Some(EventKind::ReturnRefused), Some("noted"))
    );
    settle_all(&[&a, &b]).await;
    assert_eq!(heard(&b, theirs.id).await.0.len(), 1);
}

#[tokio::test]
async fn a_return_that_is_undone_is_told_to_who_has_its_money_back_and_an_approved_one_is_not() {
    let (a, b) = sold().await;
    take_back(&b, "DUPE").await;
    settle_all(&[&a, &b]).await;
    decide(&a, &b, 1, ReturnDecision::Approve { reverse_payout: None }).await;
    settle_all(&[&a, &b]).await;
    let theirs = b.only_lead().await.id;
    assert_eq!(heard(&b, theirs).await, (Vec::new(), Vec::new()), "it is as it was told");
    decide(&a, &b, 1, ReturnDecision::Undo { why: "It was none." }).await;
    settle_all(&[&a, &b]).await;
    let said = heard(&b, theirs).await.0;
    let codes: Vec<_> = said.iter().map(|said| said.code.as_deref()).collect();
    assert_eq!(codes, [Some("undone")]);
}

#[tokio::test]
async fn a_return_that_is_asked_for_and_refused_again_is_told_again_under_an_id_of_its_own() {
    let (a, b) = sold().await;
    take_back(&b, "DUPE").await;
    settle_all(&[&a, &b]).await;
    decide(&a, &b, 1, ReturnDecision::Refuse { why: "no" }).await;
    settle_all(&[&a, &b]).await;
    // It takes its own return back, and makes it again.
    let theirs = b.only_lead().await;
    let id = ReturnId { lead: theirs.id, number: 1, did: did("x") };
    returning(&b).decide(&id, ReturnDecision::Undo { why: "not taken" }, lambda::now()).await.unwrap();
    settle_all(&[&a, &b]).await;
    let again = Claim {
        by: Claimant::Seller,
        order: Some("once more"),
        bid: None,
        did: None,
        reason: "DUPE",
        comment: None,
        reverse_payout: Some(true),
    };
    assert!(returning(&b).claim(theirs.id, &again, lambda::now()).await.unwrap().outcome.is_done());
    settle_all(&[&a, &b]).await;
    assert_eq!(returns(&a, &b).await, [json!([1, "refused"]), json!([2, "requested"])]);
    decide(&a, &b, 2, ReturnDecision::Refuse { why: "still no" }).await;
    settle_all(&[&a, &b]).await;
    let said = heard(&b, theirs.id).await.0;
    let mut reasons: Vec<_> = said.iter().map(|said| said.reason.clone().unwrap()).collect();
    reasons.sort();
    assert_eq!(reasons, ["no", "still no"]);
    assert_ne!(said[0].id, said[1].id);
}

#[tokio::test]
async fn what_its_terms_refuse_at_once_is_answered_and_not_told_once_more() {
    let (a, b) = (Installation::start("a").await, Installation::start("b").await);
    a.sends_to(&b, "4.00", json!({}), json!({ "window_days": 30, "reasons": ["INVALID_PHONE"] })).await;
    b.buys("x", "9.00").await;
    a.sell("2.00", &["s0"], &["b"]).await;
    b.sell("5.00", &["a"], &["x"]).await;
    a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    take_back(&b, "DUPE").await;
    settle_all(&[&a, &b]).await;
    let theirs = b.only_lead().await.id;
    let told = b.tables.store().telling(theirs, None).await.unwrap().unwrap();
    assert_eq!(told.answer.as_deref(), Some("reason_not_allowed"));
    assert_eq!(told.detail.as_deref(), Some("Give one of these reasons: INVALID_PHONE."), "as it was answered");
    let (said, notices) = heard(&b, theirs).await;
    assert_eq!((said, notices.len()), (Vec::new(), 1));
    assert!(notices[0].contains("under feedback") && !notices[0].contains("INVALID_PHONE"), "{}", notices[0]);
    assert_eq!(a.tables.store().telling(a.only_lead().await.id, Some(&did("b"))).await.unwrap(), None);
}

#[tokio::test]
async fn a_refusal_waits_for_an_installation_that_cannot_verify_it_and_reaches_it_later_as_the_same() {
    let (mut a, b) = sold().await;
    take_back(&b, "DUPE").await;
    settle_all(&[&a, &b]).await;
    let store = a.tables.store();
    let delivery = store.record::<domain::delivery::Delivery>("b").await.unwrap().unwrap();
    let with_secret = |secret: &str| {
        let mut changed = serde_json::to_value(&delivery.record).unwrap();
        changed["channel"]["feedback_secret"] = json!(secret);
        serde_json::from_value::<domain::delivery::Delivery>(changed).unwrap()
    };
    store.save(with_secret(&format!("whsec_{}", "w".repeat(32))), Some(delivery.version)).await.unwrap();
    decide(&a, &b, 1, ReturnDecision::Refuse { why: "no" }).await;
    let ours = a.only_lead().await.id;
    let (to, job) = (did("b"), FeedbackJob { lead: ours, did: Some(did("b")) });
    let telling = async || store.telling(ours, Some(&to)).await.unwrap().unwrap();
    let work = async |a: &Installation| {
        // A worker that has not read the delivery yet.
        let app = feedback::worker::App { store: a.tables.store(), client: a.dispatcher.client.clone() };
        feedback::worker::take(&app, job.clone(), a.now()).await.unwrap();
    };
    work(&a).await;
    let waiting = telling().await;
    assert!(matches!(&waiting.state, TellingState::Retry { reason, .. } if reason == "status 401"), "{waiting:?}");
    let due = store.due_tellings(a.now() + SignedDuration::from_mins(1), 10).await.unwrap();
    assert_eq!(due, std::slice::from_ref(&job), "the sweeper finds it, with who is to be told");
    store.save(delivery.record.clone(), Some(delivery.version + 1)).await.unwrap();
    a.wait(SignedDuration::from_mins(1));
    work(&a).await;
    assert_eq!(telling().await.state, TellingState::Idle);
    let said = heard(&b, b.only_lead().await.id).await.0;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].shown, waiting.open().unwrap().id.to_string());
}

#[tokio::test]
async fn a_refusal_goes_no_further_by_itself_and_what_the_seller_between_makes_of_it_is_told_in_its_own_words() {
    let [a, b, c] = [Installation::start("a").await, Installation::start("b").await, Installation::start("c").await];
    a.sends_to(&b, "4.00", json!({}), json!({ "window_days": 30, "approval": true })).await;
    b.sends_to(&c, "5.00", json!({}), json!({ "window_days": 30 })).await;
    c.buys("x", "9.00").await;
    a.sell("2.00", &["s0"], &["b"]).await;
    b.sell("4.00", &["a"], &["c"]).await;
    c.sell("6.00", &["b"], &["x"]).await;
    a.post("ann@example.com").await;
    let all = [&a, &b, &c];
    settle_all(&all).await;
    take_back(&c, "DUPE").await;
    settle_all(&all).await;
    let (between, last) = (b.only_lead().await.id, c.only_lead().await.id);
    assert_eq!(
        (returns(&b, &c).await, returns(&a, &b).await),
        (vec![json!([1, "approved"])], vec![json!([1, "requested"])])
    );

    decide(&a, &b, 1, ReturnDecision::Refuse { why: "We have the call on tape." }).await;
    settle_all(&all).await;
    assert_eq!((heard(&b, between).await.0.len(), heard(&b, between).await.1.len()), (1, 1));
    let theirs = b.only_lead().await;
    assert_eq!(
        (theirs.sold_status(), theirs.payout.state),
        (SoldStatus::Returned, PayoutState::Reversed),
        "nothing is booked by it"
    );
    assert_eq!(heard(&c, last).await, (Vec::new(), Vec::new()), "that is up to the seller between");

    decide(&b, &c, 1, ReturnDecision::Undo { why: "Our supplier does not take it back." }).await;
    settle_all(&all).await;
    let (said, notices) = heard(&c, last).await;
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((said.result.as_str(), said.code.as_deref()), ("noted", Some("undone")));
    assert_eq!(said.reason.as_deref(), Some("Our supplier does not take it back."), "in its own words");
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(
        (a.only_lead().await.sold_status(), b.only_lead().await.sold_status()),
        (SoldStatus::Sold, SoldStatus::Sold)
    );
    assert_eq!(c.only_lead().await.sold_status(), SoldStatus::Returned, "nothing is booked by it there either");
    for there in all {
        there.verify().await;
    }
}
