//! Responders by themselves: what may be saved, what is decided, and what is written.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use ulid::Ulid;

use super::*;
use crate::{
    id::AttemptId,
    lead::{Lead, tests::lead},
    setup::Record,
    time::later,
};

/// At noon in London.
pub(super) fn noon() -> Timestamp {
    "2026-11-05T12:00:00Z".parse().unwrap()
}

pub(super) fn after(minutes: i64) -> Timestamp {
    later(noon(), SignedDuration::from_mins(minutes))
}

pub(super) fn responder(changes: Value) -> Responder {
    let mut record = json!({
        "rid": "welcome", "name": "Welcome", "campid": "solar",
        "steps": [
            { "after_min": 0, "channel": "email", "subject": "Hello {{ lead.firstname }}", "text": "Thank you." },
            { "after_min": 60, "channel": "sms", "text": "Still there, {{ lead.firstname }}? Reply STOP to get no more." },
            { "after_min": 120, "channel": "email", "subject": "Last call", "html": "<p>{{ lead.firstname }}</p>" },
        ],
        "sms": {
            "request": {
                "url": "https://sms.example/send", "secret_headers": { "X-Key": "s3cret" },
                "fields": { "to": "{{ sms.to }}", "body": "{{ sms.text }}" },
            },
            "answer": { "rules": [{ "then": "accepted", "status": ["2xx"] }] },
        },
    });
    record.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(record).unwrap()
}

pub(super) fn person() -> Lead {
    let fields = [("email", "ann@example.com"), ("phone1", "+447700900123"), ("firstname", "Ann <b>")];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
    Lead { fields, ..lead(1) }
}

pub(super) const BOTH: MayWrite = MayWrite { email: true, sms: true };

fn joined(lead: &Lead) -> Enrolment {
    let lead = lead.on_joined(&"welcome".parse().unwrap(), true, noon()).unwrap();
    Enrolment::new(lead.id, &lead.joined[0])
}

fn turn(enrolment: &Enrolment, lead: &Lead, responder: &Responder, may: MayWrite, now: Timestamp) -> Turn {
    let seen = Seen { lead: Some(lead), responder: Some(responder), may, zone: &TimeZone::UTC };
    decide(enrolment, &seen, now)
}

fn attempt(number: u128) -> AttemptId {
    AttemptId::from_ulid(Ulid(number))
}

fn codes(responder: &Responder) -> Vec<(String, &'static str)> {
    responder.check().into_iter().map(|found| (found.field, found.code)).collect()
}

#[test]
fn a_good_one_passes_and_has_the_usual_hours_and_ends() {
    let good = responder(json!({}));
    assert_eq!(codes(&good), []);
    assert_eq!((good.join, good.stop_on.as_slice()), (Join::ByHand, [StopOn::Return, StopOn::Conversion].as_slice()));
    assert_eq!((good.quiet.from.to_string(), good.quiet.to.to_string()), ("21:00".to_owned(), "08:00".to_owned()));
}

#[test]
fn what_could_never_be_sent_is_told_by_its_step() {
    let step = |step: Value| responder(json!({ "steps": [step] }));
    let email = json!({ "after_min": 0, "channel": "email", "subject": "x", "text": "x STOP" });
    for (change, field, code) in [
        (json!({ "text": "{{ lead.firstname" }), "steps.0.text", "template_syntax"),
        (json!({ "text": "{{ attempt.id }}" }), "steps.0.text", "template_unknown_name"),
        (json!({ "text": "{{ sms.to }}" }), "steps.0.text", "template_unknown_name"),
        (json!({ "subject": null }), "steps.0.subject", "required"),
        (json!({ "text": null }), "steps.0.text", "required"),
        (json!({ "channel": "sms" }), "steps.0.subject", "not_sent"),
        (json!({ "after_min": 600_000 }), "steps.0.after_min", "range"),
    ] {
        let mut changed = email.clone();
        changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(codes(&step(changed)), [(field.to_owned(), code)], "{change}");
    }
    let early = json!([{ "after_min": 5, "channel": "sms", "text": "STOP" }, { "after_min": 4, "channel": "sms", "text": "STOP" }]);
    assert_eq!(codes(&responder(json!({ "steps": early }))), [("steps.1.after_min".to_owned(), "order")]);
    assert_eq!(codes(&responder(json!({ "steps": [] }))), [("steps".to_owned(), "length")]);
    assert_eq!(codes(&responder(json!({ "sms": null }))), [("sms".to_owned(), "required")]);
    let quiet = json!({ "from": "08:00", "to": "08:00" });
    assert_eq!(codes(&responder(json!({ "quiet": quiet }))), [("quiet".to_owned(), "empty")]);
    for (text, is_fine) in [
        ("Thank you.", false),
        ("We never stop, STOPS nor STOPPED", false),
        ("Reply STOP.", true),
        ("Bye: {{ unsubscribe_url }}", true),
    ] {
        let sms = step(json!({ "after_min": 0, "channel": "sms", "text": text }));
        let found = if is_fine { Vec::new() } else { vec![("steps.0.text".to_owned(), "no_way_out")] };
        assert_eq!(codes(&sms), found, "{text}");
    }
    let job = json!("bulk_01JD3QZ8000000000000000003");
    assert_eq!(codes(&responder(json!({ "rid": job }))), [("rid".to_owned(), "reserved")]);
}

#[test]
fn a_gateway_carries_the_message_and_its_secrets_are_kept_and_never_shown() {
    let mut deaf = responder(json!({}));
    deaf.sms.as_mut().unwrap().request.fields.clear();
    assert_eq!(codes(&deaf), [("sms.request.fields".to_owned(), "no_message")]);
    let stored = responder(json!({}));
    let shown = stored.clone().without_secrets();
    assert!(!serde_json::to_string(&shown).unwrap().contains("s3cret"));
    assert_eq!(codes(&shown), [("sms.request.secret_headers.X-Key".to_owned(), "required")]);
    let mut again = shown.clone();
    assert_eq!(again.keep_secrets_of(&stored), []);
    assert_eq!(again, stored);
    let mut elsewhere = shown;
    elsewhere.sms.as_mut().unwrap().request.url = "https://other.example/".parse().unwrap();
    assert_eq!(elsewhere.keep_secrets_of(&stored)[0].field, "sms.request.secret_headers.X-Key");
}

#[test]
fn templates_name_what_leads_of_the_campaign_have() {
    let campaign: Campaign = serde_json::from_value(json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
        "fields": [{ "name": "roof", "kind": { "type": "text" } }],
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
    }))
    .unwrap();
    let step = |text: &str| json!([{ "after_min": 0, "channel": "sms", "text": text }]);
    let named = |text: &str| responder(json!({ "steps": step(text) })).check_names(&campaign);
    assert_eq!(named("{{ lead.roof }} {{ lead.firstname }} {{ unsubscribe_url }}"), []);
    let found = named("{{ lead.rof }}");
    assert_eq!((found[0].field.as_str(), found[0].code), ("steps.0.text", "template_unknown_name"));
}

#[test]
fn steps_come_in_their_order_each_at_its_time() {
    let (lead, responder) = (person(), responder(json!({})));
    let first = joined(&lead);
    assert_eq!(turn(&first, &lead, &responder, BOTH, noon()), Turn::Send);
    let sending = first.on_sending(attempt(1), after(1)).unwrap();
    assert_eq!(turn(&sending, &lead, &responder, BOTH, noon()), Turn::Busy(after(1)));
    let sent = sending.on_heard(attempt(1), &Heard::Taken, &responder, 500, noon()).unwrap();
    assert_eq!((sent.steps_done(), sent.due()), (1, Some(after(60))));
    assert_eq!(turn(&sent, &lead, &responder, BOTH, after(59)), Turn::Wait(after(60)));
    assert_eq!(turn(&sent, &lead, &responder, BOTH, after(60)), Turn::Send);
    let skipped = sent.on_skipped(SkippedFor::NoConsent, &responder, after(60));
    let last = skipped.on_skipped(SkippedFor::NoConsent, &responder, after(120));
    assert_eq!((last.state.word(), turn(&last, &lead, &responder, BOTH, after(999))), ("finished", Turn::Over));
    // Fewer steps than it has had, as somebody has changed them.
    let shorter = Responder { steps: responder.steps[..1].to_vec(), ..responder };
    assert_eq!(turn(&skipped, &lead, &shorter, BOTH, after(60)), Turn::Finish);
}

#[test]
fn a_step_that_died_with_its_worker_is_unknown_and_the_next_one_follows() {
    let (lead, responder) = (person(), responder(json!({})));
    let sending = joined(&lead).on_sending(attempt(1), after(1)).unwrap();
    assert_eq!(turn(&sending, &lead, &responder, BOTH, after(1)), Turn::Lost);
    let lost = sending.on_lost(Some(&responder), after(1));
    assert_eq!((lost.done[0].fate.word(), lost.due()), ("unknown", Some(after(60))));
    assert_eq!(lost.on_heard(attempt(1), &Heard::Taken, &responder, 0, after(2)), None, "it comes too late");
    assert_eq!(sending.on_heard(attempt(2), &Heard::Taken, &responder, 0, noon()), None, "it is another's");
}

#[test]
fn what_was_certainly_not_sent_is_tried_again_for_a_while() {
    let (lead, responder) = (person(), responder(json!({})));
    let (mut enrolment, mut now, mut tries) = (joined(&lead), noon(), 0);
    let heard = Heard::NotYet { reason: "connect_failed".to_owned(), retry_after_s: None };
    while enrolment.steps_done() == 0 {
        assert_eq!(turn(&enrolment, &lead, &responder, BOTH, now), Turn::Send);
        tries += 1;
        let sending = enrolment.on_sending(attempt(tries), later(now, SignedDuration::from_secs(40))).unwrap();
        enrolment = sending.on_heard(attempt(tries), &heard, &responder, 500, now).unwrap();
        if enrolment.steps_done() == 0 {
            assert!(enrolment.due().unwrap() > now, "{enrolment:?}");
            now = enrolment.due().unwrap();
        }
    }
    assert_eq!((tries, enrolment.done[0].fate.reason()), (6, Some("connect_failed")));
}

#[test]
fn who_is_not_to_be_written_to_in_one_way_is_passed_over_and_in_all_ways_left_alone() {
    let (lead, responder) = (person(), responder(json!({})));
    let first = joined(&lead);
    let (mails, texts, none) =
        (MayWrite { email: true, sms: false }, MayWrite { email: false, sms: true }, MayWrite::default());
    assert_eq!(turn(&first, &lead, &responder, texts, noon()), Turn::Skip(SkippedFor::NoConsent));
    assert_eq!(turn(&first, &lead, &responder, none, noon()), Turn::Stop(StoppedFor::Unsubscribed));
    let last = first.on_skipped(SkippedFor::NoConsent, &responder, noon());
    let last = last.on_skipped(SkippedFor::NoConsent, &responder, noon());
    assert_eq!(
        turn(&last, &lead, &responder, texts, after(120)),
        Turn::Stop(StoppedFor::Unsubscribed),
        "no text is left"
    );
    let mut silent = person();
    silent.fields.remove("phone1");
    let second = first.on_skipped(SkippedFor::NoConsent, &responder, noon());
    assert_eq!(turn(&second, &silent, &responder, mails, after(60)), Turn::Skip(SkippedFor::NoContact));
    silent.fields.clear();
    assert_eq!(turn(&first, &silent, &responder, none, noon()), Turn::Stop(StoppedFor::NoContact));
}

#[test]
fn at_night_it_waits_and_what_ends_it_ends_it_at_any_time() {
    let (lead, responder) = (person(), responder(json!({})));
    let night = "2026-11-05T23:00:00Z".parse().unwrap();
    let first = joined(&lead);
    assert_eq!(turn(&first, &lead, &responder, BOTH, night), Turn::Wait("2026-11-06T08:00:00Z".parse().unwrap()));
    let mut abroad = lead.clone();
    abroad.fields.insert("country".parse().unwrap(), "IN".to_owned());
    assert_eq!(turn(&first, &abroad, &responder, BOTH, noon()), Turn::Send, "it is 17:30 there");
    assert_eq!(
        turn(&first, &abroad, &responder, BOTH, after(240)),
        Turn::Wait("2026-11-06T02:30:00Z".parse().unwrap())
    );
    let stop = |lead: &Lead, responder: &Responder| turn(&first, lead, responder, BOTH, night);
    assert_eq!(stop(&Lead { test: true, ..lead.clone() }, &responder), Turn::Stop(StoppedFor::Test));
    let aside = lead.on_quarantined("odd".to_owned(), None).unwrap();
    assert_eq!(stop(&aside, &responder), Turn::Stop(StoppedFor::NotApproved));
    let off = Responder { active: false, ..responder.clone() };
    assert_eq!(stop(&lead, &off), Turn::Stop(StoppedFor::Inactive));
    let gone = Seen { lead: None, responder: Some(&responder), may: BOTH, zone: &TimeZone::UTC };
    assert_eq!(decide(&first, &gone, night), Turn::Stop(StoppedFor::Deleted));
}

#[test]
fn an_e_mail_brings_the_way_out_and_escapes_what_a_lead_brings() {
    let (lead, responder, url) = (person(), responder(json!({})), "https://x.example/v1/unsubscribe/abc");
    let first = letter(&responder.steps[0], &lead, url).unwrap();
    assert_eq!((first.subject.as_str(), first.html), ("Hello Ann <b>", None));
    assert_eq!(first.text.as_deref(), Some("Thank you.\n\nhttps://x.example/v1/unsubscribe/abc\n"));
    let last = letter(&responder.steps[2], &lead, url).unwrap();
    assert_eq!(last.html.unwrap(), format!("<p>Ann &lt;b&gt;</p><p><a href=\"{url}\">{url}</a></p>"));
    let own = Step { text: Some("Bye: {{ unsubscribe_url }}".into()), ..responder.steps[0].clone() };
    assert_eq!(letter(&own, &lead, url).unwrap().text, Some(format!("Bye: {url}")));
    let text = "Still there, Ann <b>? Reply STOP to get no more.";
    assert_eq!(sms_text(&responder.steps[1], &lead, url).as_deref(), Ok(text));
    // A template that has a way out may come out without one.
    let hidden = "Hello.{% if lead.c1 %} {{ unsubscribe_url }}{% endif %}".into();
    let hidden = Step { text: Some(hidden), ..responder.steps[1].clone() };
    assert_eq!(sms_text(&hidden, &lead, url), Ok(format!("Hello. {url}")));
    let long = Step { text: Some("x".repeat(1_600).as_str().into()), ..responder.steps[1].clone() };
    assert_eq!(sms_text(&long, &lead, url), Err(LetterError::TooLong));
    let empty = Step { text: Some("{{ lead.c1 }}".into()), ..responder.steps[1].clone() };
    assert_eq!(sms_text(&empty, &lead, url), Err(LetterError::Empty));
}

#[test]
fn a_service_that_takes_nothing_costs_no_try_and_is_waited_for_three_days() {
    let (lead, responder) = (person(), responder(json!({})));
    let (mut enrolment, mut now, mut looks) = (joined(&lead), noon(), 0u32);
    let heard = Heard::Later { reason: "TooManyRequestsException".to_owned() };
    let mut waits = Vec::new();
    while enrolment.steps_done() == 0 {
        let sending = enrolment.on_sending(attempt(looks.into()), later(now, SignedDuration::from_secs(40))).unwrap();
        enrolment = sending.on_heard(attempt(looks.into()), &heard, &responder, 500, now).unwrap();
        assert_eq!(enrolment.tries(), 0);
        looks += 1;
        if let Some(due) = enrolment.due().filter(|_| enrolment.steps_done() == 0) {
            waits.push(due.duration_since(now));
            // At night it waits besides.
            now = later(due, SignedDuration::from_secs(1));
            enrolment = enrolment.on_wait(now);
            assert!(matches!(turn(&enrolment, &lead, &responder, BOTH, now), Turn::Send | Turn::Wait(_)));
        }
    }
    assert_eq!(enrolment.done[0].fate.reason(), Some("TooManyRequestsException"));
    let longest = waits.iter().max();
    assert!(waits[0] < SignedDuration::from_mins(2) && longest < Some(&SignedDuration::from_mins(76)), "{waits:?}");
    let waited = now.duration_since(noon());
    assert!(waited >= SignedDuration::from_hours(72) && waited < SignedDuration::from_hours(74), "{waited}");
    assert!(looks < 100, "{looks}");
}

#[test]
fn what_was_held_up_is_sent_once_it_is_taken_and_the_next_step_is_none_the_worse() {
    let (lead, responder) = (person(), responder(json!({})));
    let heard = Heard::Later { reason: "SendingPausedException".to_owned() };
    let first = joined(&lead).on_sending(attempt(1), after(1)).unwrap();
    let held_up = first.on_heard(attempt(1), &heard, &responder, 0, noon()).unwrap();
    assert_eq!(turn(&held_up, &lead, &responder, BOTH, noon()), Turn::Wait(after(1)));
    let sent = held_up.on_sending(attempt(2), after(3)).unwrap();
    let sent = sent.on_heard(attempt(2), &Heard::Taken, &responder, 0, after(2)).unwrap();
    assert_eq!((sent.done[0].fate.word(), sent.due()), ("sent", Some(after(60))));
    assert_eq!(turn(&sent, &lead, &responder, BOTH, after(60)), Turn::Send);
}

#[test]
fn a_text_message_waits_for_the_day_where_its_phone_is_from_too() {
    let responder = responder(json!({}));
    let mut lead = person();
    let second = |lead: &Lead| joined(lead).on_skipped(SkippedFor::NoConsent, &responder, noon());
    assert_eq!(turn(&second(&lead), &lead, &responder, BOTH, after(60)), Turn::Send);
    // At one o'clock in London it is three in the morning in Honolulu.
    lead.fields.insert("phone1".parse().unwrap(), "+12025550123".to_owned());
    let open = "2026-11-05T18:00:00Z".parse().unwrap();
    assert_eq!(turn(&second(&lead), &lead, &responder, BOTH, after(60)), Turn::Wait(open));
    assert_eq!(turn(&second(&lead), &lead, &responder, BOTH, open), Turn::Send);
    assert_eq!(turn(&joined(&lead), &lead, &responder, BOTH, noon()), Turn::Send, "an e-mail wakes nobody");
}

#[test]
fn who_waits_for_long_is_looked_at_each_day_so_a_step_that_is_brought_forward_comes() {
    let week = 7 * 24 * 60;
    let of = |after_min: u32| {
        let step = json!({ "after_min": after_min, "channel": "email", "subject": "Hello", "text": "Hello." });
        responder(json!({ "steps": [step] }))
    };
    let (lead, far, near) = (person(), of(week), of(60));
    let first = joined(&lead);
    let look = after(24 * 60);
    assert_eq!(turn(&first, &lead, &far, BOTH, noon()), Turn::Wait(look));
    let waiting = first.on_wait(look);
    assert_eq!(turn(&waiting, &lead, &far, BOTH, after(9)), Turn::Wait(look), "nothing new is written");
    assert_eq!(turn(&waiting, &lead, &near, BOTH, look), Turn::Send);
    let mut looked = waiting;
    while let Turn::Wait(next) = turn(&looked, &lead, &far, BOTH, looked.due().unwrap()) {
        looked = looked.on_wait(next);
    }
    assert_eq!(looked.due(), Some(after(week.into())));
}

/// Ann's lead, sold by `d1` and approved.
fn bought() -> Lead {
    let did = "d1".parse().unwrap();
    let queued = person().on_queued(&did, Some("b1".parse().unwrap()), noon()).unwrap();
    let sending = queued.on_intent(&did, 1, attempt(1), noon(), after(1)).unwrap();
    let price = crate::lead::tests::pounds(1_250);
    let accepted = crate::lead::Outcome::Accepted { price, reference: None, redirect_url: None };
    sending.on_outcome(&did, &attempt(1), 1, accepted, after(1)).unwrap()
}

#[test]
fn it_ends_with_a_return_since_it_was_joined_and_with_a_customer_unless_it_names_only_one_of_these() {
    use crate::lead::{FollowUp, FollowUpStage, ReturnRequest};

    let (sold, did) = (bought(), "d1".parse().unwrap());
    let enrolment = joined(&sold);
    let asked = sold.on_return_requested(&did, ReturnRequest::because("DUPE"), after(2)).unwrap();
    let returned = asked.on_return_approved(&did, true, after(3)).unwrap();
    let mut converted = sold.clone();
    let follow_up = |stage| Some(FollowUp::after(None, stage, None, after(3)));
    converted.deliveries.get_mut(&did).unwrap().follow_up = follow_up(FollowUpStage::Converted);
    let mut contacted = sold.clone();
    contacted.deliveries.get_mut(&did).unwrap().follow_up = follow_up(FollowUpStage::Contacted);
    let turn = |lead: &Lead, stop_on: Value| turn(&enrolment, lead, &responder(stop_on), BOTH, after(4));
    for goes_on in [&sold, &asked, &contacted] {
        assert_eq!(turn(goes_on, json!({})), Turn::Send);
    }
    assert_eq!(turn(&returned, json!({})), Turn::Stop(StoppedFor::Returned));
    assert_eq!(turn(&converted, json!({})), Turn::Stop(StoppedFor::Converted));
    assert_eq!(turn(&returned, json!({ "stop_on": ["conversion"] })), Turn::Send);
    assert_eq!(turn(&converted, json!({ "stop_on": ["return"] })), Turn::Send);
}
