//! What is told of a lead, and what others' words make of one.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod between;
pub(crate) mod properties;
mod refusals;

use serde_json::json;

use super::*;
use crate::{
    delivery::Delivery,
    id::AttemptId,
    lead::{
        DeliveryState, FollowUpStage, Lead, Outcome, PayoutState, SoldStatus,
        tests::{at, attempt, did, lead, pounds},
    },
    money::Money,
    notice::Heard,
};

/// Another installation, which calls duplicates `DUPE`.
pub(crate) fn installation() -> Delivery {
    serde_json::from_value(json!({
        "did": "d1", "name": "D", "campid": "c1", "bid": "b1", "price": { "amount": "5.00", "currency": "GBP" },
        "channel": {
            "kind": "l2l", "url": "https://other.example/v1/leads", "campid": "solar", "key": "k",
            "feedback_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "reasons": { "DUPE": "Duplicate" },
        },
    }))
    .unwrap()
}

pub(crate) fn event(kind: EventKind, code: Option<&str>, revenue: Option<Money>) -> Event {
    let code = code.map(str::to_owned);
    Event { lead_ref: "x".to_owned(), reference: None, event: kind, code, reason: None, revenue, at: None }
}

fn sending() -> Lead {
    let queued = lead(1).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
    let sending = queued.on_intent(&did("d1"), 1, attempt(1), at(10), at(40)).unwrap();
    let agreed = crate::lead::Agreed { price: Some(pounds(500)), least: Some(pounds(200)), ..Default::default() };
    sending.agreeing(&did("d1"), agreed)
}

fn awaiting() -> Lead {
    let pending = Outcome::Pending { reference: Some("lead_9".to_owned()), deadline: at(1_000) };
    sending().on_outcome(&did("d1"), &attempt(1), 1, pending, at(12)).unwrap()
}

/// Said under an id that was not heard before.
fn heard(lead: &Lead, event: &Event) -> Result<Lead, &'static str> {
    heard_as(&format!("new{}", lead.edits.len()), lead, event)
}

fn heard_as(id: &str, lead: &Lead, event: &Event) -> Result<Lead, &'static str> {
    judge(lead, &did("d1"), (id, event), &installation(), at(50)).map_err(|no| no.code)
}

fn state(lead: &Lead) -> &DeliveryState {
    &lead.delivery(&did("d1")).unwrap().state
}

#[test]
fn a_sale_is_booked_with_what_is_told_or_what_was_agreed() {
    for (revenue, booked) in [(Some(pounds(420)), 420), (None, 500)] {
        let sold = heard(&awaiting(), &event(EventKind::Sold, None, revenue)).unwrap();
        assert_eq!((sold.sold_status(), sold.revenue()), (SoldStatus::Sold, Ok(pounds(booked))));
        assert_eq!(heard(&sold, &event(EventKind::Sold, None, revenue)).unwrap(), sold, "once");
    }
    let euros = Money { minor: 420, currency: "EUR".parse().unwrap() };
    for (revenue, no) in [(euros, "wrong_currency"), (pounds(199), "below_least")] {
        assert_eq!(heard(&awaiting(), &event(EventKind::Sold, None, Some(revenue))), Err(no));
    }
}

/// The same delivery, at a price that is fixed: its buyer is asked by a request, and names none.
fn at_a_fixed_price() -> Delivery {
    let channel = json!({
        "kind": "http", "request": { "url": "https://buyer.example/" },
        "answer": { "rules": [{ "then": "awaiting_feedback", "status": ["202"] }] },
    });
    let mut delivery = serde_json::to_value(installation()).unwrap();
    delivery["channel"] = channel;
    serde_json::from_value(delivery).unwrap()
}

#[test]
fn who_may_not_name_the_price_does_not_by_telling_of_a_sale() {
    let sold = |revenue| {
        let event = event(EventKind::Sold, None, revenue);
        judge(&awaiting(), &did("d1"), ("h1", &event), &at_a_fixed_price(), at(50)).map_err(|no| no.code)
    };
    for revenue in [pounds(1), pounds(499), pounds(501), pounds(90_000)] {
        assert_eq!(sold(Some(revenue)), Err("contradicts"), "{revenue}");
    }
    for revenue in [Some(pounds(500)), None] {
        assert_eq!(sold(revenue).unwrap().revenue(), Ok(pounds(500)));
    }
}

#[test]
fn who_sells_a_lead_once_more_pays_more_for_it_and_never_less_by_its_own_word() {
    let say = |lead: &Lead, minor| heard(lead, &event(EventKind::Sold, None, Some(pounds(minor))));
    let once = say(&awaiting(), 300).unwrap();
    let twice = say(&once, 550).unwrap();
    assert_eq!((twice.revenue(), twice.edits.len()), (Ok(pounds(550)), 1));
    assert_eq!(say(&twice, 550).unwrap(), twice, "once");
    assert_eq!(say(&twice, 300), Err("contradicts"));
    let asked = twice.on_return_requested(&did("d1"), crate::lead::ReturnRequest::because("DUPE"), at(60)).unwrap();
    assert_eq!(say(&asked, 550), Err("contradicts"), "its return is being decided");
    let back = asked.on_return_approved(&did("d1"), true, at(61)).unwrap();
    assert_eq!(say(&back, 550), Err("contradicts"));
    assert_eq!(heard(&back, &event(EventKind::Contacted, None, None)), Err("not_sold"));
}

#[test]
fn what_is_said_once_more_after_the_seller_has_put_it_right_is_booked_once_more() {
    let say = |lead: &Lead, minor| heard(lead, &event(EventKind::Sold, None, Some(pounds(minor)))).unwrap();
    let more = say(&say(&awaiting(), 300), 550);
    let order = crate::lead::EditOrder { order: "e1", by: "seller", reason: "agreed by phone" };
    let less = more.on_revenue_edited(None, Some(&did("d1")), pounds(400), order, at(60)).unwrap();
    assert_eq!(say(&less, 550).revenue(), Ok(pounds(550)));
}

#[test]
fn the_same_event_said_again_finds_the_edit_it_has_made_whatever_the_seller_has_made_of_it_since() {
    let sold = |minor| event(EventKind::Sold, None, Some(pounds(minor)));
    let more = heard_as("x", &heard_as("w", &awaiting(), &sold(300)).unwrap(), &sold(550)).unwrap();
    for price in [400, 700] {
        let order = crate::lead::EditOrder { order: "e1", by: "seller", reason: "agreed by phone" };
        let put_right = more.on_revenue_edited(None, Some(&did("d1")), pounds(price), order, at(60)).unwrap();
        assert_eq!(heard_as("x", &put_right, &sold(550)), Ok(put_right.clone()), "{price}");
    }
    let asked = more.on_return_requested(&did("d1"), crate::lead::ReturnRequest::because("DUPE"), at(60)).unwrap();
    assert_eq!(heard_as("x", &asked, &sold(550)), Ok(asked.clone()));
    assert_eq!(heard_as("y", &asked, &sold(550)), Err("contradicts"), "another one is judged");
}

#[test]
fn what_is_said_of_a_lead_that_was_sent_before_says_nothing_of_the_one_that_counts() {
    let of = |reference: &str, kind| Event { reference: Some(reference.to_owned()), ..event(kind, None, None) };
    for kind in [EventKind::Sold, EventKind::Unsold, EventKind::Returned] {
        assert_eq!(heard(&awaiting(), &of("lead_8", kind)), Err("other_round"));
    }
    let sold = heard(&awaiting(), &of("lead_9", EventKind::Sold)).unwrap();
    assert_eq!(heard(&sold, &of("lead_8", EventKind::Sold)), Err("other_round"));
    assert_eq!(check_round(&sold, &did("d1"), &of("lead_8", EventKind::Returned)).unwrap_err().code, "other_round");
    assert_eq!(heard(&sold, &of("lead_9", EventKind::Sold)).unwrap(), sold);
}

#[test]
fn a_lead_that_is_unsold_says_why_in_the_words_of_the_delivery() {
    for (code, reason) in [(Some("DUPE"), "Duplicate"), (Some("X1"), "unrecognised (X1)"), (None, "unrecognised")] {
        let unsold = heard(&awaiting(), &event(EventKind::Unsold, code, None)).unwrap();
        assert_eq!(*state(&unsold), DeliveryState::Rejected { reason: reason.to_owned() });
        assert_eq!(heard(&unsold, &event(EventKind::Unsold, code, None)).unwrap(), unsold, "once");
    }
}

#[test]
fn what_comes_too_early_too_late_or_against_what_is_known_changes_nothing_and_says_so() {
    let (sold, unsold) = (event(EventKind::Sold, None, None), event(EventKind::Unsold, None, None));
    assert_eq!(heard(&sending(), &sold), Err("too_early"), "before the outcome of the request is written");
    assert_eq!(heard(&sending(), &unsold), Err("too_early"));
    let given_up = awaiting().on_deadline(&did("d1"), at(1_000)).unwrap();
    assert_eq!(heard(&given_up, &sold), Err("too_late"));
    assert_eq!(heard(&given_up, &unsold).unwrap(), given_up);
    let booked = heard(&awaiting(), &sold).unwrap();
    assert_eq!(heard(&booked, &unsold), Err("contradicts"));
    assert_eq!(heard(&booked, &event(EventKind::Sold, None, Some(pounds(400)))), Err("contradicts"));
    assert_eq!(heard(&heard(&awaiting(), &unsold).unwrap(), &sold), Err("too_late"));
    let queued = lead(1).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
    assert_eq!(heard(&queued, &sold), Err("not_sent"));
    assert_eq!(heard(&lead(1), &sold), Err("no_such_delivery"));
    assert_eq!(heard(&booked, &event(EventKind::ReturnRefused, None, None)), Err("contradicts"));
}

#[test]
fn a_return_of_what_was_never_sold_is_a_refusal() {
    let back = heard(&awaiting(), &event(EventKind::Returned, Some("DUPE"), None)).unwrap();
    assert_eq!(*state(&back), DeliveryState::Rejected { reason: "Duplicate".to_owned() });
}

#[test]
fn a_buyer_gets_further_with_a_lead_and_never_back() {
    let sold = heard(&awaiting(), &event(EventKind::Sold, None, None)).unwrap();
    let contacted = heard(&sold, &event(EventKind::Contacted, None, None)).unwrap();
    assert!(!contacted.is_converted());
    let converted = heard(&contacted, &event(EventKind::Converted, None, Some(pounds(90_000)))).unwrap();
    assert!(converted.is_converted());
    let follow_up = converted.delivery(&did("d1")).unwrap().follow_up.unwrap();
    assert_eq!(
        (follow_up.stage, follow_up.value, follow_up.at),
        (FollowUpStage::Converted, Some(pounds(90_000)), at(50))
    );
    assert_eq!(heard(&converted, &event(EventKind::NotReached, None, None)), Err("contradicts"));
    assert_eq!(heard(&converted, &event(EventKind::Converted, None, None)).unwrap(), converted);
    assert_eq!(heard(&awaiting(), &event(EventKind::Contacted, None, None)), Err("not_sold"));
    assert_eq!(converted.revenue(), sold.revenue(), "it is no money of this account");
}

#[test]
fn what_a_buyer_did_first_may_be_told_last_and_moves_nothing_that_is_counted() {
    let said = |kind, second| Event { at: Some(at(second)), ..event(kind, None, None) };
    let sold = heard(&awaiting(), &event(EventKind::Sold, None, None)).unwrap();
    let steps = |lead: &Lead| {
        let follow_up = lead.delivery(&did("d1")).unwrap().follow_up.unwrap();
        (follow_up.stage, follow_up.at, follow_up.not_reached_at(), follow_up.contacted_at())
    };
    let contacted = heard(&sold, &said(EventKind::Contacted, 40)).unwrap();
    let both = heard(&contacted, &said(EventKind::NotReached, 30)).unwrap();
    assert_ne!(both, contacted, "that is news");
    assert_eq!(steps(&both), (FollowUpStage::Contacted, at(40), Some(at(30)), Some(at(40))));
    assert_eq!(heard(&both, &said(EventKind::NotReached, 20)).unwrap(), both, "it is known");
    assert_eq!(heard(&contacted, &said(EventKind::NotReached, 41)), Err("contradicts"), "none goes back");
    let converted = heard(&sold, &said(EventKind::Converted, 45)).unwrap();
    assert_eq!(heard(&converted, &said(EventKind::Contacted, 40)).unwrap(), converted, "it is counted by now");
    let all = heard(&converted, &said(EventKind::NotReached, 30)).unwrap();
    assert_eq!(steps(&all), (FollowUpStage::Converted, at(45), Some(at(30)), Some(at(45))));
}

#[test]
fn an_event_says_what_goes_with_it_and_nothing_else() {
    let codes = |event: Event| -> Vec<_> {
        event.checked().err().unwrap_or_default().into_iter().map(|found| (found.field, found.code)).collect()
    };
    assert_eq!(codes(event(EventKind::Sold, None, Some(pounds(1)))), []);
    let found = |field: &str, code| vec![(field.to_owned(), code)];
    assert_eq!(codes(event(EventKind::Unsold, None, Some(pounds(1)))), found("revenue", "not_for_event"));
    assert_eq!(codes(event(EventKind::Sold, None, Some(pounds(-1)))), found("revenue", "range"));
    assert_eq!(codes(event(EventKind::Unsold, Some("a\nb"), None)), found("code", "length"));
    let nameless = Event { lead_ref: " ".to_owned(), ..event(EventKind::Sold, None, None) };
    assert_eq!(codes(nameless), found("lead_ref", "required"));
}

fn word(lead: &Lead, told: Option<&Word>) -> Option<Word> {
    Word::of(lead, told).unwrap()
}

#[test]
fn who_sent_a_lead_hears_that_it_is_paid_for_or_not_and_that_it_came_back() {
    assert_eq!(word(&awaiting(), None), None, "nobody knows yet");
    let sold = heard(&awaiting(), &event(EventKind::Sold, None, None)).unwrap();
    let paid = Word::Sold { revenue: pounds(500) };
    assert_eq!((word(&sold, None), word(&sold, Some(&paid))), (Some(paid.clone()), None));
    let unsold = heard(&awaiting(), &event(EventKind::Unsold, Some("DUPE"), None)).unwrap();
    let why = Word::Unsold { code: "Duplicate".to_owned() };
    assert_eq!((word(&unsold, None), word(&unsold, Some(&why))), (Some(why.clone()), None));
    let back = sold.on_return_requested(&did("d1"), crate::lead::ReturnRequest::because("DUPE"), at(60)).unwrap();
    assert_eq!(word(&back, Some(&paid)), None, "it is not decided");
    let kept = back.on_return_approved(&did("d1"), false, at(61)).unwrap();
    assert_eq!((kept.payout.state, word(&kept, Some(&paid))), (PayoutState::Earned, None), "the payout stays");
    let taken = back.on_return_approved(&did("d1"), true, at(61)).unwrap();
    assert_eq!(word(&taken, Some(&paid)), Some(Word::Returned { code: "DUPE".to_owned() }));
    assert_eq!(word(&taken, None), Some(Word::Unsold { code: "DUPE".to_owned() }), "it never heard of a sale");
}

#[test]
fn what_was_earned_is_taken_back_also_where_a_sale_stands_that_earns_nothing() {
    let mut lead = lead(2);
    lead.terms.share = Some(crate::money::Share { basis_points: 5_000, rounding: crate::money::Rounding::HalfEven });
    lead.payout = crate::lead::Payout::pending(pounds(0));
    for (number, (name, price)) in [("d1", 500), ("d2", 0)].into_iter().enumerate() {
        let (did, attempt) = (did(name), attempt(number as u128));
        let queued = lead.on_queued(&did, Some(name.parse().unwrap()), at(0)).unwrap();
        let sending = queued.on_intent(&did, 1, attempt, at(1), at(40)).unwrap();
        let accepted = Outcome::Accepted { price: pounds(price), reference: None, redirect_url: None };
        lead = sending.on_outcome(&did, &attempt, 1, accepted, at(2)).unwrap();
    }
    let paid = Word::Sold { revenue: pounds(250) };
    assert_eq!(word(&lead, None), Some(paid.clone()));
    let back = lead.on_return_requested(&did("d1"), crate::lead::ReturnRequest::because("DUPE"), at(60)).unwrap();
    let back = back.on_return_approved(&did("d1"), true, at(61)).unwrap();
    assert_eq!((back.sold_status(), back.payout.state), (SoldStatus::Sold, PayoutState::Reversed));
    assert_eq!(word(&back, Some(&paid)), Some(Word::Returned { code: "DUPE".to_owned() }));
}

#[test]
fn a_lead_that_nobody_was_there_for_is_unsold_and_one_that_was_turned_away_at_the_door_is_known_to_be() {
    assert_eq!(word(&lead(1), None), Some(Word::Unsold { code: "no_buyer".to_owned() }));
    let rejected = crate::lead::Approval::Rejected { code: crate::lead::Rejection::Filter, reason: "no".to_owned() };
    let turned_away = Lead { approval: rejected, ..lead(1) };
    assert_eq!(word(&turned_away, None), None);
    assert_eq!(word(&Lead { quarantines: 1, ..turned_away }, None), Some(Word::Unsold { code: "-6".to_owned() }));
    assert_eq!(word(&Lead { test: true, ..lead(1) }, None), None);
}

fn send(telling: &Telling, lead: &Lead, id: AttemptId, seconds: i64) -> Option<Telling> {
    match telling.next_step(lead, id, at(seconds), at(seconds + 40)).unwrap() {
        Step::Send(sending) => Some(*sending),
        Step::Nothing | Step::Drop(_) => None,
    }
}

fn applied() -> Made {
    Made { result: Some("applied".to_owned()), detail: None }
}

#[test]
fn why_a_lead_is_unsold_is_told_by_its_code_and_in_words_and_a_code_without_a_meaning_goes_on_as_it_came() {
    for (code, reason, told) in [("DUPE", "Duplicate", "Duplicate"), ("X9", "unrecognised (X9)", "X9")] {
        let unsold = heard(&awaiting(), &event(EventKind::Unsold, Some(code), None)).unwrap();
        let event = word(&unsold, None).unwrap().event(unsold.id, "theirs", at(60));
        assert_eq!((event.code.as_deref(), event.reason.as_deref()), (Some(told), Some(reason)));
        assert_eq!((event.lead_ref.as_str(), event.reference), ("theirs", Some(unsold.id.to_string())));
    }
}

#[test]
fn an_event_keeps_its_id_and_what_it_says_until_it_is_taken_and_the_next_waits_for_that() {
    let unsold = heard(&awaiting(), &event(EventKind::Unsold, Some("DUPE"), None)).unwrap();
    let first = send(&Telling::new(unsold.id, None, at(50)), &unsold, attempt(7), 50).unwrap();
    assert_eq!(first.due(), Some(at(90)));
    assert_eq!(send(&first, &unsold, attempt(8), 89), None, "somebody is at it");
    let silent = Heard::Silence { reason: "timed out".to_owned() };
    let waiting = first.on_heard(attempt(7), &silent, Made::default(), 500, at(60)).unwrap();
    assert_eq!(waiting.due(), Some(at(65)));
    let resold = Lead { payout: crate::lead::Payout { state: PayoutState::Earned, ..unsold.payout }, ..unsold.clone() };
    let again = send(&waiting, &resold, attempt(9), 65).unwrap();
    let open = again.open().unwrap();
    assert_eq!((open.id, open.attempts, &open.word), (attempt(7), 2, &Word::Unsold { code: "Duplicate".to_owned() }));
    let told = again.on_heard(attempt(7), &Heard::Taken, applied(), 500, at(66)).unwrap();
    assert_eq!(told.on_heard(attempt(7), &silent, Made::default(), 500, at(67)), None, "it is over");
    let next = send(&told, &resold, attempt(9), 67).unwrap();
    assert_eq!(next.open().unwrap().id, attempt(9));
}

#[test]
fn what_is_not_taken_is_given_up_in_the_end_and_not_told_again() {
    let unsold = heard(&awaiting(), &event(EventKind::Unsold, None, None)).unwrap();
    let (mut telling, mut now) = (Telling::new(unsold.id, None, at(50)), 50);
    let busy = Heard::NotYet { reason: "status 503".to_owned(), retry_after_s: None };
    for _ in 0..MAX_ATTEMPTS {
        telling = send(&telling, &unsold, attempt(7), now).unwrap();
        telling = telling.on_heard(attempt(7), &busy, Made::default(), 500, at(now)).unwrap();
        now = telling.due().map_or(now, |due| due.duration_since(at(0)).as_secs());
    }
    assert!(matches!(telling.state, TellingState::Failed { .. }), "{telling:?}");
    assert!(now > 72 * 3_600, "it is tried for as long as most wait: {now}");
    assert_eq!(send(&telling, &unsold, attempt(8), now), None);
}

#[test]
fn what_was_given_up_may_have_been_taken_and_is_put_right_by_what_is_told_next() {
    let sold = heard(&awaiting(), &event(EventKind::Sold, None, None)).unwrap();
    let gone = |telling: &Telling, id| {
        telling
            .on_heard(attempt(id), &Heard::Never { reason: "status 410".to_owned() }, Made::default(), 500, at(60))
            .unwrap()
    };
    let given_up = gone(&send(&Telling::new(sold.id, None, at(50)), &sold, attempt(7), 50).unwrap(), 7);
    let asked = sold.on_return_requested(&did("d1"), crate::lead::ReturnRequest::because("DUPE"), at(61)).unwrap();
    let back = asked.on_return_approved(&did("d1"), true, at(62)).unwrap();
    let returning = send(&given_up, &back, attempt(8), 63).unwrap();
    assert_eq!(returning.open().unwrap().word, Word::Returned { code: "DUPE".to_owned() }, "they may have booked it");
    let undone = back.on_return_undone(&did("d1"), "a mistake", at(64)).unwrap();
    let again = send(&gone(&returning, 8), &undone, attempt(9), 65).unwrap();
    assert_eq!(again.open().unwrap().word, Word::Sold { revenue: pounds(500) });
}

#[test]
fn a_lead_goes_on_with_those_that_had_it_and_no_further_than_eight() {
    let own: crate::id::InstallationId = "own".parse().unwrap();
    let with = |via: usize| Lead { via: vec!["a".parse().unwrap(); via], ..lead(1) };
    assert_eq!(with(0).hops_onward(&own).as_deref(), Some("own"));
    let onward = with(MAX_HOPS - 2).hops_onward(&own).unwrap();
    assert_eq!(hops(&onward).unwrap().len(), MAX_HOPS - 1, "the eighth may have it");
    assert_eq!(with(MAX_HOPS - 1).hops_onward(&own), None);
    assert_eq!(hops(&format!("{onward},b")).unwrap_err().code, "too_many_hops");
    assert_eq!(hops("a, b c").unwrap_err().code, "installations");
}

#[test]
fn where_a_lead_comes_from_is_named_whole_or_not_at_all() {
    let read = |url: Option<&str>, name: Option<&str>| Upstream::read(url, name).map_err(|no| (no.field, no.code));
    let (url, no) = ("https://up.example/v1/feedback?did=d1", |field: &str, code| Err((field.to_owned(), code)));
    assert_eq!(read(None, None), Ok(None));
    assert_eq!(read(Some(url), Some(" L-1 ")).unwrap().unwrap().lead_ref, "L-1");
    assert_eq!(read(Some(url), None), no(FEEDBACK_REF, "required"));
    assert_eq!(read(None, Some("L-1")), no(FEEDBACK_URL, "required"));
    assert_eq!(read(Some(url), Some("a\nb")), no(FEEDBACK_REF, "length"));
    for bad in ["up.example", "ftp://up.example/", "https://u:p@up.example/", "javascript:alert(1)"] {
        assert_eq!(read(Some(bad), Some("L-1")), no(FEEDBACK_URL, "url"), "{bad}");
    }
}
