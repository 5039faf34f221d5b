//! What each step of a lead leaves in its history, who sees it, and that no person is ever in it.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod properties;

use serde_json::{Value, json};

use super::*;
use crate::{
    access::Principal,
    id::KeyId,
    lead::{
        Approval, Clearing, Decision, EditOrder, Lead, Outcome, Rejection, ReturnRequest,
        tests::{at, attempt, did, lead, pounds},
    },
};

/// What is written of steps, without their times.
fn told(before: Option<&Lead>, after: &Lead) -> Value {
    let mut steps = serde_json::to_value(steps(before, after)).unwrap();
    for step in steps.as_array_mut().unwrap() {
        step.as_object_mut().unwrap().remove("at");
    }
    steps
}

fn seller() -> Actor {
    Actor::with_key(&Principal::Seller, &KeyId::root())
}

/// As it is once somebody has written it.
fn written(lead: Lead, by: Option<&Actor>) -> Lead {
    let lead = by.map_or_else(|| lead.clone(), |by| lead.clone().touched_by(by));
    Lead { version: lead.version + 1, ..lead }
}

fn given() -> Lead {
    lead(2).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap()
}

fn answered(lead: &Lead, outcome: Outcome, second: i64) -> Lead {
    let (round, number) = lead.delivery(&did("d1")).map(|delivery| (delivery.round, delivery.attempts + 1)).unwrap();
    let id = attempt(u128::try_from(second).unwrap());
    let sending = lead.on_intent(&did("d1"), round, id, at(second), at(second + 40)).unwrap();
    sending.on_outcome(&did("d1"), &id, number, outcome, at(second)).unwrap()
}

fn sold() -> Lead {
    answered(&given(), Outcome::Accepted { price: pounds(1_250), reference: None, redirect_url: None }, 10)
}

#[test]
fn what_a_lead_does_by_itself_leaves_nothing() {
    assert_eq!(told(None, &given()), json!([]));
    assert_eq!(told(Some(&given()), &sold()), json!([]));
    let settled_later = written(sold(), Some(&seller()));
    assert_eq!(told(Some(&sold()), &settled_later), json!([]));
}

#[test]
fn a_redelivery_says_what_had_become_of_the_delivery() {
    let failed = answered(&given(), Outcome::Failed { reason: "they said: Ann is not in".to_owned() }, 10);
    let again = failed.on_redelivered(&did("d1"), at(50)).unwrap();
    let was = json!({ "s": "failed", "a": 1 });
    assert_eq!(told(Some(&failed), &again), json!([{ "w": "redelivered", "d": "d1", "b": "b1", "ws": was }]));
    assert_eq!(steps(Some(&failed), &again)[0].at, at(50));
    let pending = Outcome::Pending { reference: None, deadline: at(60) };
    let missed = answered(&given(), pending, 10).on_deadline(&did("d1"), at(60)).unwrap();
    let again = missed.on_redelivered(&did("d1"), at(70)).unwrap();
    assert_eq!(told(Some(&missed), &again)[0]["ws"], json!({ "s": "rejected", "c": "no_answer", "a": 1 }));
}

#[test]
fn the_sellers_word_on_an_undecided_request_is_told_and_a_late_answer_is_not() {
    let clearing = Clearing::ByAnswer(at(900));
    let unknown = answered(&given(), Outcome::Unknown { reason: "?".to_owned(), clearing }, 10);
    let decision = Decision::Accepted { price: pounds(900), reference: None };
    let decided = unknown.on_decided(&did("d1"), decision, at(100)).unwrap();
    let (revenue, payout) = (json!({ "f": "0 GBP", "t": "900 GBP" }), json!({ "f": "0 GBP", "t": "500 GBP" }));
    let sold = json!([{ "w": "settled", "d": "d1", "b": "b1", "c": "accepted", "pr": revenue, "po": payout }]);
    assert_eq!(told(Some(&unknown), &written(decided.clone(), Some(&seller()))), sold);
    assert_eq!(told(Some(&unknown), &written(decided, None)), json!([]));
    let no = unknown.on_decided(&did("d1"), Decision::Rejected { reason: "no".to_owned() }, at(100)).unwrap();
    let unsold = json!([{ "w": "settled", "d": "d1", "b": "b1", "c": "rejected" }]);
    assert_eq!(told(Some(&unknown), &written(no, Some(&seller()))), unsold);
}

#[test]
fn a_return_is_told_at_each_of_its_steps_with_what_it_moves() {
    let asked = sold().on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(100)).unwrap();
    let line = |what: &str| json!({ "w": what, "d": "d1", "b": "b1", "rn": 1, "c": "DUPE" });
    assert_eq!(told(Some(&sold()), &asked), json!([line("return_requested")]));
    let refused = asked.on_return_refused(&did("d1"), "it is genuine", at(200)).unwrap();
    assert_eq!(told(Some(&asked), &refused), json!([line("return_refused")]));
    let moving = |what: &str, revenue: [&str; 2], payout: [&str; 2]| {
        let mut line = line(what);
        line["pr"] = json!({ "f": revenue[0], "t": revenue[1] });
        line["po"] = json!({ "f": payout[0], "t": payout[1] });
        json!([line])
    };
    let approved = asked.on_return_approved(&did("d1"), true, at(200)).unwrap();
    let taken = moving("returned", ["1250 GBP", "0 GBP"], ["500 GBP", "0 GBP"]);
    assert_eq!(told(Some(&asked), &approved), taken);
    assert_eq!(told(Some(&sold()), &approved), taken, "both at once");
    let undone = approved.on_return_undone(&did("d1"), "a mistake", at(300)).unwrap();
    let given = moving("return_undone", ["0 GBP", "1250 GBP"], ["0 GBP", "500 GBP"]);
    assert_eq!(told(Some(&approved), &undone), given);
    let kept = asked.on_return_approved(&did("d1"), false, at(200)).unwrap();
    assert_eq!(told(Some(&asked), &kept)[0].get("po"), None, "the supplier keeps its payout");
}

#[test]
fn edits_say_what_the_amount_was_and_what_it_is() {
    let order = EditOrder { order: "one", by: "root", reason: "agreed with Ann" };
    let priced = sold().on_revenue_edited(None, None, pounds(1_000), order, at(20)).unwrap();
    let both = priced.on_payout_edited(pounds(400), order, at(20)).unwrap();
    let expected = json!([
        { "w": "revenue_updated", "d": "d1", "b": "b1", "pr": { "f": "1250 GBP", "t": "1000 GBP" } },
        { "w": "payout_updated", "po": { "f": "500 GBP", "t": "400 GBP" } },
    ]);
    assert_eq!(told(Some(&sold()), &both), expected);
}

#[test]
fn a_quarantine_and_its_end_are_told_with_the_time_of_their_write() {
    let aside = lead(1).on_quarantined("odd".to_owned(), None).unwrap();
    assert_eq!(told(Some(&lead(1)), &aside), json!([{ "w": "quarantined" }]));
    assert_eq!(told(None, &aside), json!([{ "w": "quarantined" }]));
    let released = aside.on_released(at(50)).unwrap();
    assert_eq!(told(Some(&aside), &released), json!([{ "w": "released" }]));
    let approval = Approval::Rejected { code: Rejection::Duplicate, reason: "the same as another".to_owned() };
    let duplicate = Lead { approval, ..aside.clone() };
    assert_eq!(told(Some(&aside), &duplicate), json!([{ "w": "turned_away", "c": "-2" }]));
    let step = steps(Some(&aside), &released).remove(0);
    assert_eq!((step.at, step.clone().written_at(at(50)).at), (at(0), at(50)));
    let asked = sold().on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(100)).unwrap();
    let own = steps(Some(&sold()), &asked).remove(0);
    assert_eq!(own.written_at(at(700)).at, at(100), "what has a time of its own keeps it");
}

#[test]
fn suppliers_and_buyers_see_what_is_theirs_and_no_more() {
    let supplier = Principal::Supplier { sid: "s1".parse().unwrap() };
    let [buyer, other] = ["b1", "b2"].map(|bid| Principal::Buyer { bid: bid.parse().unwrap() });
    let asked = sold().on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(100)).unwrap();
    let approved = asked.on_return_approved(&did("d1"), true, at(200)).unwrap();
    let seen = |before: &Lead, after: &Lead, viewer: &Principal| {
        let step = steps(Some(before), after).remove(0).seen_by(viewer);
        step.map(|step| serde_json::to_value(step).unwrap())
    };
    assert_eq!(seen(&sold(), &asked, &supplier), None, "it has not taken effect");
    assert!(seen(&sold(), &asked, &buyer).is_some());
    let returned = seen(&asked, &approved, &supplier).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&returned), ["at", "c", "po", "rn", "w"], "no buyer, no delivery, no price");
    assert_eq!(keys(&seen(&asked, &approved, &buyer).unwrap()), ["at", "b", "c", "d", "pr", "rn", "w"]);
    assert_eq!(seen(&asked, &approved, &other), None);
    let order = EditOrder { order: "one", by: "root", reason: "agreed" };
    let priced = sold().on_revenue_edited(None, None, pounds(1_000), order, at(20)).unwrap();
    let paid = sold().on_payout_edited(pounds(1), order, at(20)).unwrap();
    let aside = lead(1).on_quarantined("odd".to_owned(), None).unwrap();
    for (before, after, expected) in [
        (&sold(), &priced, [false, true, false]),
        (&sold(), &paid, [true, false, false]),
        (&lead(1), &aside, [true, false, false]),
    ] {
        let sees = [&supplier, &buyer, &other].map(|viewer| seen(before, after, viewer).is_some());
        assert_eq!(sees, expected, "{:?}", steps(Some(before), after));
        assert!(seen(before, after, &Principal::Seller).is_some());
    }
}
