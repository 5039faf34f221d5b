//! What each action does to a lead, and why it leaves one as it is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken fixture should fail the test")]

use serde_json::json;
use ulid::Ulid;

use super::*;
use crate::lead::{
    Approval, Lead, Outcome, SoldStatus, Stage,
    tests::{at, attempt, did, lead, pounds},
};

fn plan(action: serde_json::Value, lead: &Lead) -> Result<Change, Refusal> {
    let action: Action = serde_json::from_value(action).unwrap();
    let reasons = reasons();
    let ordered = Ordered {
        job: job(),
        by: &KeyId::root(),
        zone: &TimeZone::UTC,
        reasons: &reasons,
        spoken: &Spoken::default(),
        responder: None,
        now: at(1_000),
    };
    action.plan(lead, &ordered)
}

/// The message of a job, by e-mail, with all that is filled in if it is left out.
fn by_email() -> serde_json::Value {
    json!({
        "campid": "solar", "channel": "email", "subject": "Hello {{ lead.firstname }}", "text": "Thank you.",
        "quiet": { "from": "21:00", "to": "08:00" },
    })
}

/// A lead that may be written to in both ways.
fn reached() -> Lead {
    let fields = [("email", "ann@example.com"), ("phone1", "+447700900123")];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
    Lead { fields, ..sold() }
}

/// Ordered just before it is carried out.
fn job() -> BulkJobId {
    BulkJobId::from_ulid(Ulid::from_parts(at(1_000).as_millisecond().unsigned_abs(), 1))
}

fn refusal(action: serde_json::Value, lead: &Lead) -> &'static str {
    plan(action, lead).unwrap_err().code
}

fn reasons() -> Vec<String> {
    vec!["INVALID_PHONE".to_owned(), "OTHER".to_owned()]
}

fn answered(lead: &Lead, name: &str, outcome: Outcome) -> Lead {
    let given = lead.on_queued(&did(name), Some(format!("b-{name}").parse().unwrap()), at(0)).unwrap();
    let id = attempt(u128::from(name.as_bytes()[1]));
    let sending = given.on_intent(&did(name), 1, id, at(1), at(40)).unwrap();
    sending.on_outcome(&did(name), &id, 1, outcome, at(2)).unwrap()
}

fn accepted(minor: i64) -> Outcome {
    Outcome::Accepted { price: pounds(minor), reference: None, redirect_url: None }
}

/// Bought by the buyer of `d1` for £12.50.
fn sold() -> Lead {
    answered(&lead(2), "d1", accepted(1_250))
}

/// Bought by two.
fn sold_twice() -> Lead {
    answered(&sold(), "d2", accepted(900))
}

/// `d1` failed, `d2` turned it down, and `d3` was passed over.
fn failed() -> Lead {
    let lead = answered(&lead(2), "d1", Outcome::Failed { reason: "500".to_owned() });
    let lead = answered(&lead, "d2", Outcome::Rejected { reason: "no".to_owned() });
    lead.on_skipped(&did("d3"), None, crate::lead::SkipReason::DeliveryInactive, at(3)).unwrap()
}

fn put_aside() -> Lead {
    lead(1).on_quarantined("looks odd".to_owned(), None).unwrap()
}

#[test]
fn every_action_is_written_with_its_word_and_nothing_unknown() {
    let money = json!({ "amount": "1.00", "currency": "GBP" });
    for (word, params) in [
        ("redeliver", json!({})),
        ("redeliver", json!({ "deliveries": ["d1"] })),
        (
            "return",
            json!({ "reason": "OTHER", "comment": "says no", "reverse_payout": false, "bid": "b1", "did": "d1" }),
        ),
        ("update_payout", json!({ "payout": money, "reason": "agreed" })),
        ("update_revenue", json!({ "revenue": money, "reason": "agreed", "bid": "b1" })),
        ("release", json!({})),
        ("reject", json!({ "reason": "odd" })),
        ("unsubscribe", json!({ "from": "sms", "told": "by phone" })),
        ("delete", json!({})),
        ("resubscribe", json!({ "to": "all" })),
        ("join_responder", json!({ "rid": "welcome" })),
        ("send_message", by_email()),
        ("export", json!({})),
    ] {
        let text = json!({ "action": word, "params": params });
        let action: Action = serde_json::from_value(text.clone()).unwrap();
        assert_eq!((action.word(), serde_json::to_value(&action).unwrap()), (word, text));
        assert_eq!(action.check(&reasons()), []);
        let mut unknown = params.clone();
        unknown["colour"] = json!("red");
        assert!(serde_json::from_value::<Action>(json!({ "action": word, "params": unknown })).is_err(), "{word}");
    }
}

#[test]
fn what_makes_no_sense_for_any_lead_is_found_before() {
    let found = |action: serde_json::Value| {
        let action: Action = serde_json::from_value(action).unwrap();
        action
            .check(&reasons())
            .into_iter()
            .map(|invalid| format!("{}:{}", invalid.field, invalid.code))
            .collect::<Vec<_>>()
    };
    let less = json!({ "amount": "-1.00", "currency": "GBP" });
    assert_eq!(
        found(json!({ "action": "update_payout", "params": { "payout": less, "reason": "call 07700900123" } })),
        ["payout:amount", "reason:personal_data"]
    );
    assert_eq!(
        found(json!({ "action": "update_revenue", "params": { "revenue": less, "reason": "" } })),
        ["revenue:amount", "reason:length"]
    );
    assert_eq!(
        found(json!({ "action": "return", "params": { "reason": "BORED", "comment": "a\nb" } })),
        ["reason:unknown_reason", "comment:length"]
    );
    assert_eq!(found(json!({ "action": "reject", "params": { "reason": " " } })), ["reason:length"]);
    let many: Vec<_> = (0..51).map(|n| format!("d{n}")).collect();
    assert_eq!(found(json!({ "action": "redeliver", "params": { "deliveries": many } })), ["deliveries:count"]);
    assert_eq!(found(json!({ "action": "unsubscribe", "params": { "told": "" } })), ["told:length"]);
    assert_eq!(found(json!({ "action": "erase", "params": {} })), ["email:required"]);
    let nobody = json!({ "action": "erase", "params": { "email": "ann", "phone": "07700900123" } });
    assert_eq!(found(nobody), ["email:not_an_email", "phone:phone"]);
}

#[test]
fn who_is_to_be_erased_is_never_written_down() {
    let order = json!({ "action": "erase", "params": { "email": "ann@example.com", "phone": "+447700900123" } });
    let action: Action = serde_json::from_value(order).unwrap();
    assert_eq!(action.check(&reasons()), []);
    assert_eq!(serde_json::to_string(&action).unwrap(), r#"{"action":"erase","params":{}}"#);
}

#[test]
fn what_failed_is_sent_again_and_what_was_passed_over_only_if_it_is_named() {
    let going = |lead: &Lead| {
        let waits = lead.deliveries.iter().filter(|(_, delivery)| delivery.state.stage() == Stage::Waiting);
        waits.map(|(did, delivery)| (did.to_string(), delivery.round)).collect::<Vec<_>>()
    };
    let again = plan(json!({ "action": "redeliver", "params": {} }), &failed()).unwrap();
    assert_eq!(going(&again.after), [("d1".to_owned(), 2), ("d2".to_owned(), 2)]);
    let named = json!({ "action": "redeliver", "params": { "deliveries": ["d3", "d9"] } });
    assert_eq!(going(&plan(named, &failed()).unwrap().after), [("d3".to_owned(), 2)]);
    assert_eq!(refusal(json!({ "action": "redeliver", "params": {} }), &sold()), "nothing_failed");
    let unknown = json!({ "action": "redeliver", "params": { "deliveries": ["d9"] } });
    assert_eq!(refusal(unknown, &failed()), "no_such_delivery");
    let bought = json!({ "action": "redeliver", "params": { "deliveries": ["d1"] } });
    assert_eq!(refusal(bought, &sold()), "not_redeliverable");
    // As often as it may still be sold, the first in line first.
    let exclusive = |lead: Lead| Lead { terms: crate::lead::Terms { max_sales: 1, ..lead.terms }, ..lead };
    let again = plan(json!({ "action": "redeliver", "params": {} }), &exclusive(failed())).unwrap();
    assert_eq!(going(&again.after), [("d1".to_owned(), 2)]);
    let turned_down = answered(&sold(), "d2", Outcome::Rejected { reason: "no".to_owned() });
    assert_eq!(refusal(json!({ "action": "redeliver", "params": {} }), &exclusive(turned_down)), "no_slot");
}

#[test]
fn a_sale_is_taken_back_with_its_payout_or_without() {
    for (reverse_payout, payout) in [(json!(true), -500), (json!(false), 0), (json!(null), -500)] {
        let params = json!({ "reason": "OTHER", "reverse_payout": reverse_payout });
        let change = plan(json!({ "action": "return", "params": params }), &sold()).unwrap();
        assert_eq!((change.after.sold_status(), &change.then), (SoldStatus::Returned, &Then::OfferAgain(did("d1"))));
        assert_eq!(change.effect(&sold()).unwrap(), Effect { revenue: pounds(-1_250), payout: pounds(payout) });
    }
}

#[test]
fn which_sale_is_meant_is_never_guessed() {
    let one = |bid: &str| json!({ "action": "return", "params": { "reason": "OTHER", "bid": bid } });
    assert_eq!(refusal(json!({ "action": "return", "params": { "reason": "OTHER" } }), &sold_twice()), "ambiguous");
    assert_eq!(plan(one("b-d2"), &sold_twice()).unwrap().then, Then::OfferAgain(did("d2")));
    assert_eq!(refusal(one("b-d9"), &sold()), "not_sold");
    assert_eq!(refusal(one("b-d1"), &lead(1)), "not_sold");
}

#[test]
fn money_is_put_right_where_there_is_any() {
    let payout = |minor: &str| json!({ "action": "update_payout", "params": { "payout": { "amount": minor, "currency": "GBP" }, "reason": "agreed" } });
    let change = plan(payout("7.00"), &sold()).unwrap();
    assert_eq!(change.effect(&sold()).unwrap(), Effect { revenue: pounds(0), payout: pounds(200) });
    assert_eq!(refusal(payout("5.00"), &sold()), UNCHANGED);
    assert_eq!(refusal(payout("7.00"), &lead(1)), "not_earned");
    let revenue = |bid: Option<&str>| {
        let revenue = json!({ "amount": "10.00", "currency": "GBP" });
        json!({ "action": "update_revenue", "params": { "revenue": revenue, "reason": "agreed", "bid": bid } })
    };
    let change = plan(revenue(None), &sold()).unwrap();
    assert_eq!(change.effect(&sold()).unwrap(), Effect { revenue: pounds(-250), payout: pounds(0) });
    assert_eq!(refusal(revenue(None), &sold_twice()), "name_the_buyer");
    assert_eq!(plan(revenue(Some("b-d2")), &sold_twice()).unwrap().effect(&sold_twice()).unwrap().revenue, pounds(100));
    assert_eq!(refusal(revenue(None), &put_aside()), "not_approved");
    assert_eq!(refusal(revenue(None), &failed()), "not_sold");
}

#[test]
fn a_quarantine_ends_as_it_is_wished_and_nothing_else_does() {
    let release = || json!({ "action": "release", "params": {} });
    let reject = || json!({ "action": "reject", "params": { "reason": " odd " } });
    let change = plan(release(), &put_aside()).unwrap();
    assert_eq!((&change.after.approval, change.then), (&Approval::Approved, Then::EndQuarantine(Ending::Release)));
    let ending = Ending::Reject { reason: "odd".to_owned() };
    assert_eq!(plan(reject(), &put_aside()).unwrap().then, Then::EndQuarantine(ending));
    for lead in [lead(1), sold()] {
        assert_eq!((refusal(release(), &lead), refusal(reject(), &lead)), ("not_quarantined", "not_quarantined"));
    }
}

#[test]
fn people_are_left_alone_channel_by_channel() {
    let from = |channel: &str| json!({ "action": "unsubscribe", "params": { "from": channel } });
    let reached = reached();
    let quiet = plan(from("sms"), &reached).unwrap();
    let may =
        |lead: &Lead| crate::lead::Channel::ALL.map(|channel| lead.may_be_written_to(channel, &Spoken::default()));
    assert_eq!((may(&quiet.after), quiet.effect(&reached).unwrap().if_any()), ([true, false], None));
    let all = plan(json!({ "action": "unsubscribe", "params": {} }), &reached).unwrap();
    assert_eq!(may(&all.after), [false, false]);
    let Then::Say { contacts, word, .. } = &all.then else { panic!("nothing is said of the person") };
    assert_eq!(contacts.iter().map(Contact::as_str).collect::<Vec<_>>(), ["ann@example.com", "+447700900123"]);
    assert_eq!((word.yes, word.by.to_string()), (false, format!("seller job {}", job())));
    let again = plan(json!({ "action": "resubscribe", "params": {} }), &all.after).unwrap();
    assert_eq!(may(&again.after), [true, true]);
    // A no of a later time than the order holds.
    let later = reached.on_consent_said(&crate::lead::Channel::ALL, false, &Spoken::default(), at(1_001)).unwrap();
    assert_eq!(refusal(json!({ "action": "resubscribe", "params": {} }), &later), "superseded");
    assert_eq!(refusal(from("sms"), &quiet.after), UNCHANGED);
    assert_eq!(refusal(from("all"), &sold()), "no_contact");
}

#[test]
fn an_export_leaves_every_lead_as_it_is_and_deleted_ones_out() {
    let export = || json!({ "action": "export", "params": {} });
    for lead in [sold(), put_aside(), Lead { test: true, ..failed() }] {
        assert_eq!(plan(export(), &lead).unwrap(), Change::of(lead.clone(), Then::Nothing));
    }
    assert_eq!(refusal(export(), &sold().on_deleted(at(900)).unwrap()), "deleted");
}

#[test]
fn a_message_is_for_people_of_its_campaign_that_may_be_written_to_that_way() {
    let message = |params: serde_json::Value| json!({ "action": "send_message", "params": params });
    let by_email = message(by_email());
    let change = plan(by_email.clone(), &reached()).unwrap();
    let told: Vec<_> = change.after.joined.iter().map(|one| (one.rid.job(), one.number, one.at)).collect();
    let once = Then::WriteOnce(job(), reached().contact(crate::lead::Channel::Email).unwrap());
    assert_eq!((told, &change.then), (vec![(Some(job()), 1, at(1_000))], &once));
    assert_eq!(change.effect(&reached()).unwrap().if_any(), None);
    assert_eq!(refusal(by_email.clone(), &change.after), UNCHANGED);
    let silent = reached().on_consent_said(&[crate::lead::Channel::Email], false, &Spoken::default(), at(9)).unwrap();
    let elsewhere = Lead { campid: "boilers".parse().unwrap(), ..reached() };
    for (lead, code) in [
        (silent, "no_consent"),
        (sold(), "no_contact"),
        (elsewhere, "other_campaign"),
        (put_aside(), "not_for_sale"),
        (Lead { test: true, ..reached() }, "not_for_sale"),
    ] {
        assert_eq!(refusal(by_email.clone(), &lead), code);
    }
}

#[test]
fn a_message_is_checked_as_a_step_of_a_responder_is() {
    let found = |changes: serde_json::Value| {
        let mut params = by_email();
        params.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let action: Action = serde_json::from_value(json!({ "action": "send_message", "params": params })).unwrap();
        let found = action.check(&[]).into_iter().map(|invalid| format!("{}:{}", invalid.field, invalid.code));
        found.collect::<Vec<_>>()
    };
    assert_eq!(found(json!({ "subject": null })), ["subject:required"]);
    assert_eq!(found(json!({ "text": "{{ lead.firstname" })), ["text:template_syntax"]);
    assert_eq!(found(json!({ "text": "{{ attempt.id }}" })), ["text:template_unknown_name"]);
    assert_eq!(found(json!({ "gateway": "welcome" })), ["gateway:not_used"]);
    assert_eq!(found(json!({ "from_name": "a\nb" })), ["from_name:length"]);
    assert_eq!(found(json!({ "quiet": { "from": "08:00", "to": "08:00" } })), ["quiet:empty"]);
    assert_eq!(found(json!({ "html": "x".repeat(9 * 1_024) })), ["html:template_too_long"]);
    let silent = json!({ "channel": "sms", "subject": null, "gateway": "welcome" });
    assert_eq!(found(silent), ["text:no_way_out"]);
    let sms = json!({ "channel": "sms", "subject": null, "text": "Thank you. Reply STOP to get no more." });
    assert_eq!(found(sms.clone()), ["gateway:required"]);
    let mut carried = sms;
    carried["gateway"] = json!("welcome");
    assert_eq!(found(carried), Vec::<String>::new());
}
