//! Who is told of what, what it says, and how far it gets.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;
use ulid::Ulid;

use super::{Heard, Notice, NoticeItem, NoticeKind, Summary, Told, Turn, Way, WayState, told};
use crate::{
    access::Principal,
    id::{AttemptId, DeliveryRef, LeadId},
    lead::{Lead, Outcome, ReturnRequest, test_lead},
    money::{Currency, Money},
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_793_960_430 + seconds).unwrap()
}

fn did() -> DeliveryRef {
    "d1".parse().unwrap()
}

fn supplier() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

fn buyer() -> Principal {
    Principal::Buyer { bid: "b1".parse().unwrap() }
}

fn pounds(minor: i64) -> Money {
    Money { minor, currency: Currency::GBP }
}

/// A lead that buyer `b1` has for £12.50; its supplier earned £5.00 with that.
fn sold() -> Lead {
    let attempt = AttemptId::from_ulid(Ulid(7));
    let lead = test_lead(at(0)).on_queued(&did(), Some("b1".parse().unwrap()), at(0)).unwrap();
    let lead = lead.on_intent(&did(), 1, attempt, at(0), at(40)).unwrap();
    let accepted = Outcome::Accepted { price: pounds(1_250), reference: None, redirect_url: None };
    lead.on_outcome(&did(), &attempt, 1, accepted, at(1)).unwrap()
}

fn requested(lead: &Lead) -> Lead {
    let request = ReturnRequest { comment: Some("Ann's phone is dead"), ..ReturnRequest::because("INVALID_PHONE") };
    lead.on_return_requested(&did(), request, at(60)).unwrap()
}

/// Who is told of what, with the amount.
fn heads(told: &[Told]) -> Vec<(String, NoticeKind, Option<Money>)> {
    told.iter().map(|told| (told.to.tag(), told.kind, told.item.amount)).collect()
}

#[test]
fn the_seller_hears_of_requests_the_supplier_of_returns_and_the_buyer_of_refusals() {
    let sold = sold();
    let asked = requested(&sold);
    let of_request = told(Some(&sold), &asked);
    assert_eq!(heads(&of_request), [("seller".to_owned(), NoticeKind::ReturnRequested, Some(pounds(1_250)))]);
    let text = serde_json::to_string(&of_request[0].item).unwrap();
    assert!(text.contains("INVALID_PHONE") && !text.contains("Ann"), "{text}");

    let with_payout = asked.on_return_approved(&did(), true, at(90)).unwrap();
    let returned = |amount| [("supplier#s1".to_owned(), NoticeKind::Returned, amount)];
    assert_eq!(heads(&told(Some(&asked), &with_payout)), returned(Some(pounds(500))));
    let without = asked.on_return_approved(&did(), false, at(90)).unwrap();
    assert_eq!(heads(&told(Some(&asked), &without)), returned(None));
    // What takes effect at once is one step, in which nobody waits for the seller.
    assert_eq!(heads(&told(Some(&sold), &with_payout)), returned(Some(pounds(500))));

    let refused = asked.on_return_refused(&did(), "We reached the person.", at(90)).unwrap();
    let of_refusal = told(Some(&asked), &refused);
    assert_eq!(heads(&of_refusal), [("buyer#b1".to_owned(), NoticeKind::ReturnRefused, Some(pounds(1_250)))]);
    assert_eq!(of_refusal[0].item.why.as_deref(), Some("We reached the person."));

    let undone = with_payout.on_return_undone(&did(), "A mistake.", at(120)).unwrap();
    let of_undoing = told(Some(&with_payout), &undone);
    let wanted = [("supplier#s1", Some(pounds(500)), None), ("buyer#b1", Some(pounds(1_250)), Some("A mistake."))];
    for (told, (tag, amount, why)) in of_undoing.iter().zip(wanted) {
        assert_eq!((told.to.tag(), told.item.amount, told.item.why.as_deref()), (tag.to_owned(), amount, why));
        assert_eq!(told.kind, NoticeKind::ReturnUndone);
    }
    assert_eq!(of_undoing.len(), 2);
}

#[test]
fn a_step_that_is_about_no_return_is_told_to_nobody() {
    let (sold, asked) = (sold(), requested(&sold()));
    assert_eq!(told(None, &sold), []);
    assert_eq!(told(Some(&asked), &asked), []);
    let own = ReturnRequest { by_seller: true, ..ReturnRequest::because("OTHER") };
    assert_eq!(told(Some(&sold), &sold.on_return_requested(&did(), own, at(60)).unwrap()), []);
}

#[test]
fn what_the_seller_says_of_a_person_stays_with_the_lead() {
    for (why, kept) in [
        ("Ann answered on 07700 900123", None),
        ("she wrote from ann@example.com", None),
        ("Not within 30 days", Some("Not within 30 days")),
    ] {
        let asked = requested(&sold());
        let refused = asked.on_return_refused(&did(), why, at(90)).unwrap();
        assert_eq!(told(Some(&asked), &refused)[0].item.why.as_deref(), kept, "{why}");
    }
}

fn item(number: u128, reason: &str, amount: Option<Money>) -> NoticeItem {
    let lead = LeadId::from_ulid(Ulid(number));
    let (bid, reason) = (Some("b1".parse().unwrap()), reason.to_owned());
    NoticeItem { lead, did: did(), number: 1, bid, at: at(0), asked_at: None, reason, why: None, amount }
}

fn group(to: &Principal, kind: NoticeKind, items: &[NoticeItem]) -> Notice {
    let summary = items.iter().fold(Summary::default(), Summary::with);
    Notice::of_group(to, kind, "abc".to_owned(), at(0), summary)
}

#[test]
fn a_supplier_is_told_why_and_of_its_money_and_nothing_of_the_buyer() {
    let items = [item(1, "DUPE", None), item(2, "DUPE", Some(pounds(500))), item(3, "OTHER", Some(pounds(250)))];
    let notice = group(&supplier(), NoticeKind::Returned, &items);
    assert_eq!(
        notice.text,
        "3 leads were returned: DUPE 2, OTHER 1. Payout of 7.50 GBP was taken back, for 2 of them."
    );
    let body = notice.body(&items);
    assert_eq!(body["type"], "returns.returned");
    assert_eq!((&body["count"], &body["has_more"]), (&json!(3), &json!(false)));
    assert_eq!(body["by_reason"], json!({ "DUPE": 2, "OTHER": 1 }));
    assert_eq!(body["amounts"], json!([{ "amount": "7.50", "currency": "GBP" }]));
    assert_eq!(body["list"], "/v1/returns?state=approved&from=2026-11-05&to=2026-11-07");
    assert_eq!(
        (&body["items"][0]["payout_reversed"], &body["items"][1]["payout_reversed"]),
        (&json!(false), &json!(true))
    );
    let text = body.to_string() + &notice.letter("Agency", &TimeZone::UTC, &items).text;
    assert!(!text.contains("b1") && !text.contains("d1") && !text.contains("return_id"), "{text}");
    let sellers = group(&Principal::Seller, NoticeKind::ReturnRequested, &items).body(&items);
    assert_eq!(sellers["items"][0]["return_id"], "return_00000000000000000000000001.1.d1");
    assert_eq!(sellers["items"][0]["bid"], "b1");
}

#[test]
fn of_thousands_the_first_hundred_are_told_one_by_one() {
    let items: Vec<NoticeItem> = (0..5_000).map(|number| item(number, "DUPE", None)).collect();
    let notice = group(&supplier(), NoticeKind::Returned, &items);
    let body = notice.body(&items[..150]);
    assert_eq!((&body["count"], body["items"].as_array().unwrap().len()), (&json!(5_000), 100));
    assert_eq!(body["has_more"], true);
    let letter = notice.letter("Agency", &TimeZone::get("Europe/Berlin").unwrap(), &items);
    assert_eq!(letter.subject, "Agency: 5000 leads were returned");
    assert!(letter.text.contains("and 4900 more.\n"), "{}", letter.text);
    assert!(letter.text.contains("Up to 6 November 2026, 11:20 (Europe/Berlin)"), "{}", letter.text);
    assert_eq!(letter.text.matches("lead_").count(), 100);
    let reasons: Vec<NoticeItem> = (0..100).map(|number| item(number, &format!("R{number}"), None)).collect();
    let summary = group(&supplier(), NoticeKind::Returned, &reasons).summary.unwrap();
    assert_eq!((summary.by_reason.len(), summary.by_reason["OTHER"]), (41, 60), "reasons are bounded");
}

fn attempt(number: u128) -> AttemptId {
    AttemptId::from_ulid(Ulid(number))
}

fn not_yet(reason: &str) -> Heard {
    Heard::NotYet { reason: reason.to_owned(), retry_after_s: None }
}

fn silence() -> Heard {
    Heard::Silence { reason: "timed_out".to_owned() }
}

fn queued() -> Notice {
    group(&buyer(), NoticeKind::ReturnRefused, &[item(1, "DUPE", None)]).by([Way::Webhook, Way::Email])
}

#[test]
fn a_webhook_is_tried_again_under_the_same_id_until_attempts_are_used_up() {
    let (mut notice, mut now, mut tries) = (queued(), at(0), 0_u128);
    while notice.next_step(Way::Webhook, now) == Turn::Send {
        tries += 1;
        let sending = notice.on_sending(Way::Webhook, attempt(tries), now + SignedDuration::from_secs(40), now);
        assert_eq!(sending.next_step(Way::Webhook, now), Turn::Wait, "nobody else sends it meanwhile");
        // Silence and a bad status are the same to it.
        let heard = if tries.is_multiple_of(2) { silence() } else { not_yet("status 500") };
        notice = sending.on_heard(Way::Webhook, attempt(tries), &heard, 500, now).unwrap();
        assert_eq!(notice.next_step(Way::Webhook, now), if tries < 7 { Turn::Wait } else { Turn::Done });
        now = notice.sent[&Way::Webhook].state.retried_at().unwrap_or(now);
    }
    assert_eq!(tries, 7);
    assert!(matches!(&notice.sent[&Way::Webhook].state, WayState::Failed { reason } if reason == "status 500"));
    assert_eq!(notice.next_step(Way::Email, now), Turn::Send, "each way goes by itself");
    assert_eq!(notice.due(), Some(at(0)));
}

#[test]
fn an_email_that_may_be_on_its_way_is_never_sent_again() {
    let lease = at(40);
    let sending = queued().on_sending(Way::Email, attempt(1), lease, at(0));
    let silent = sending.on_heard(Way::Email, attempt(1), &silence(), 0, at(5)).unwrap();
    assert_eq!(
        (silent.sent[&Way::Email].state.word(), silent.next_step(Way::Email, at(9_999))),
        ("unknown", Turn::Done)
    );
    assert_eq!(
        (sending.next_step(Way::Email, at(39)), sending.next_step(Way::Email, lease)),
        (Turn::Wait, Turn::GiveUp)
    );
    let given_up = sending.on_given_up(Way::Email, lease);
    assert_eq!(given_up.sent[&Way::Email].state.word(), "unknown");
    // Whoever was held up and comes with the news that it was taken after all is too late: that is decided.
    assert_eq!(given_up.on_heard(Way::Email, attempt(1), &Heard::Taken, 0, at(50)), None);
}

#[test]
fn what_is_heard_of_an_earlier_attempt_counts_only_if_it_was_taken() {
    let first = queued().on_sending(Way::Webhook, attempt(1), at(40), at(0));
    let second = first.on_sending(Way::Webhook, attempt(2), at(90), at(50));
    assert_eq!(second.on_heard(Way::Webhook, attempt(1), &not_yet("status 500"), 0, at(51)), None);
    let taken = second.on_heard(Way::Webhook, attempt(1), &Heard::Taken, 0, at(51)).unwrap();
    assert_eq!((taken.sent[&Way::Webhook].state.word(), taken.attempts(Way::Webhook)), ("sent", 2));
    assert_eq!(taken.on_heard(Way::Webhook, attempt(2), &silence(), 0, at(52)), None);
}

#[test]
fn a_notice_keeps_its_meaning_through_storage_and_an_old_row_is_the_sellers() {
    let sending = queued().on_sending(Way::Webhook, attempt(1), at(40), at(0));
    let stored = serde_json::to_value(&sending).unwrap();
    assert_eq!(serde_json::from_value::<Notice>(stored).unwrap(), sending);
    let old = json!({ "id": "a", "at": "2026-11-05T10:20:30.400Z", "kind": "low_credit", "bid": "b1", "text": "…" });
    let old: Notice = serde_json::from_value(old).unwrap();
    assert_eq!((&old.to, old.version, old.count(), old.due()), (&Principal::Seller, 0, 1, None));
}
