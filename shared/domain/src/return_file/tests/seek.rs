//! Whom a row means.

use jiff::{Timestamp, civil::date, tz::TimeZone};
use ulid::Ulid;

use crate::{
    id::{AttemptId, BuyerRef, LeadId},
    lead::{Lead, Outcome, ReturnRequest, test_lead},
    money::{Currency, Money},
    return_file::{Lookup, Match, MatchedBy, Sought},
};

/// 15 January 2027, 08:00 UTC, and so many days later.
fn day(days: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + days * 86_400).unwrap()
}

pub(super) fn bid() -> BuyerRef {
    "b1".parse().unwrap()
}

/// A lead of that day with these fields, sold to `b1` unless it is said to whom.
pub(super) fn lead(number: u128, days: i64, fields: &[(&str, &str)]) -> Lead {
    let mut lead = Lead { id: LeadId::from_ulid(Ulid(number)), ..test_lead(day(days)) };
    lead.fields = fields.iter().map(|(name, value)| (name.parse().unwrap(), (*value).to_owned())).collect();
    lead
}

pub(super) fn sold(lead: &Lead, bid: &str, reference: Option<&str>) -> Lead {
    let (did, attempt) = (format!("d-{bid}").parse().unwrap(), AttemptId::from_ulid(Ulid(7)));
    let now = lead.received;
    let asked = lead.on_queued(&did, Some(bid.parse().unwrap()), now).unwrap();
    let asked = asked.on_intent(&did, 1, attempt, now, now).unwrap();
    let price = Money { minor: 1_250, currency: Currency::GBP };
    let outcome = Outcome::Accepted { price, reference: reference.map(str::to_owned), redirect_url: None };
    asked.on_outcome(&did, &attempt, 1, outcome, now).unwrap()
}

fn jo(number: u128, days: i64) -> Lead {
    sold(&lead(number, days, &[("email", "jo@example.com"), ("phone1", "+447911123456")]), "b1", None)
}

pub(super) fn nobody() -> Sought {
    Sought {
        lead: None,
        has_broken_id: false,
        emails: Vec::new(),
        phones: Vec::new(),
        reference: None,
        dates: Vec::new(),
        moments: Vec::new(),
        did: None,
        reason: "DUPE".to_owned(),
        comment: None,
    }
}

fn by_email() -> Sought {
    Sought { emails: vec!["jo@example.com".parse().unwrap()], ..nobody() }
}

/// What the first lookup comes to.
fn chosen(sought: &Sought, found: &[&Lead]) -> Option<Match> {
    sought.choose(&sought.lookups()[0], found, &bid(), &TimeZone::UTC)
}

fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

fn found(number: u128, by: MatchedBy) -> Option<Match> {
    Some(Match::Found { lead: id(number), by })
}

fn ambiguous(found: Option<Match>) -> String {
    match found {
        Some(Match::Ambiguous { detail }) => detail,
        other @ (None | Some(Match::Found { .. } | Match::NotFound { .. })) => panic!("{other:?}"),
    }
}

/// The leads that are named where it could be several.
fn among(found: Option<Match>) -> Vec<LeadId> {
    named_in(&ambiguous(found))
}

pub(super) fn named_in(detail: &str) -> Vec<LeadId> {
    detail.split([' ', ',', '.', ';']).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn a_lead_id_decides_alone_whoever_bought_the_lead() {
    let sought = Sought { lead: Some(id(1)), ..by_email() };
    assert_eq!(sought.lookups(), [Lookup::Lead(id(1))]);
    let others = sold(&lead(1, 0, &[]), "b2", None);
    assert_eq!(chosen(&sought, &[&others]), found(1, MatchedBy::LeadId));
    assert_eq!(chosen(&sought, &[&lead(1, 0, &[])]), found(1, MatchedBy::LeadId));
    assert_eq!(chosen(&sought, &[]), Some(sought.unfound()));
    let Match::NotFound { detail } = sought.unfound() else { panic!("it is not there") };
    assert!(detail.contains("no lead with this id"), "{detail}");
}

#[test]
fn only_what_the_buyer_bought_counts_and_the_lead_itself_says_who_it_is() {
    let sought = by_email();
    let fields = [("email", "jo@example.com")];
    let (others, unsold) = (sold(&lead(1, 0, &fields), "b2", None), lead(2, 0, &fields));
    let renamed = sold(&lead(4, 0, &[("email", "al@example.com")]), "b1", None);
    assert_eq!(chosen(&sought, &[&others, &unsold, &renamed]), None);
    assert_eq!(chosen(&sought, &[&others, &unsold, &renamed, &jo(3, 0)]), found(3, MatchedBy::Email));
    let also = sold(&sold(&lead(5, 0, &fields), "b2", None), "b1", None);
    assert_eq!(chosen(&sought, &[&also]), found(5, MatchedBy::Email));
}

#[test]
fn phones_and_references_find_what_has_them() {
    let phones = vec!["+17911123456".parse().unwrap(), "+447911123456".parse().unwrap()];
    assert_eq!(chosen(&Sought { phones: phones.clone(), ..nobody() }, &[&jo(1, 0)]), found(1, MatchedBy::Phone));
    let second = sold(&lead(2, 0, &[("phone2", "+447911123456")]), "b1", None);
    assert_eq!(chosen(&Sought { phones, ..nobody() }, &[&second]), found(2, MatchedBy::Phone));
    let named = Sought { reference: Some("A-1".to_owned()), ..nobody() };
    let theirs = sold(&lead(3, 0, &[]), "b1", Some("A-1"));
    assert_eq!(chosen(&named, &[&theirs]), found(3, MatchedBy::Reference));
    let anothers = sold(&sold(&lead(3, 0, &[]), "b2", Some("A-1")), "b1", Some("A-2"));
    assert_eq!(chosen(&named, &[&anothers]), None, "another buyer's name for it");
}

#[test]
fn a_row_that_says_of_the_person_what_is_not_the_leads_has_to_name_it_by_its_id() {
    let found_by = |sought: &Sought, lead: &Lead| {
        let last = sought.lookups().pop().unwrap();
        sought.choose(&last, &[lead], &bid(), &TimeZone::UTC)
    };
    let emails = vec!["al@example.com".parse().unwrap()];
    let by_phone = Sought { emails: emails.clone(), phones: vec!["+447911123456".parse().unwrap()], ..nobody() };
    let detail = ambiguous(found_by(&by_phone, &jo(1, 0)));
    assert_eq!(
        detail,
        format!("The phone is that of {}, whose e-mail address is another than the row's; give the lead id.", id(1))
    );
    let without_email = sold(&lead(2, 0, &[("email", ""), ("phone1", "+447911123456")]), "b1", None);
    assert_eq!(found_by(&by_phone, &without_email), found(2, MatchedBy::Phone));
    let several = Sought { emails: [emails.clone(), by_email().emails].concat(), ..by_phone };
    assert_eq!(found_by(&several, &jo(1, 0)), found(1, MatchedBy::Phone), "one of the addresses is its own");

    let named = Sought { reference: Some("A-1".to_owned()), ..nobody() };
    let fields = [("email", "jo@example.com"), ("phone2", "+447911123456")];
    let theirs = sold(&lead(3, 0, &fields), "b1", Some("A-1"));
    let detail = ambiguous(found_by(&Sought { emails, ..named.clone() }, &theirs));
    assert!(
        detail.starts_with(&format!("The reference is that of {}, whose e-mail address is another", id(3))),
        "{detail}"
    );
    let phone = |phone: &str| Sought { phones: vec![phone.parse().unwrap()], ..named.clone() };
    let detail = ambiguous(found_by(&phone("+441614960000"), &theirs));
    assert!(detail.contains("whose phone is another than the row's"), "{detail}");
    assert_eq!(found_by(&phone("+447911123456"), &theirs), found(3, MatchedBy::Reference));
    let nameless = sold(&lead(4, 0, &[]), "b1", Some("A-1"));
    assert_eq!(found_by(&phone("+441614960000"), &nameless), found(4, MatchedBy::Reference));
}

#[test]
fn of_several_the_rest_of_the_row_says_which() {
    let (first, second) = (jo(1, 0), jo(2, 3));
    let third = sold(&lead(3, 3, &[("email", "jo@example.com"), ("phone1", "+441614960000")]), "b1", Some("A-3"));
    let all = [&first, &second, &third];
    assert_eq!(among(chosen(&by_email(), &all)), [id(1), id(2), id(3)]);
    let on = |day| Sought { dates: vec![day], ..by_email() };
    assert_eq!(chosen(&on(date(2027, 1, 15)), &all), found(1, MatchedBy::Email));
    assert_eq!(among(chosen(&on(date(2027, 1, 18)), &all)), [id(2), id(3)]);
    assert_eq!(among(chosen(&on(date(2030, 1, 1)), &all)), [id(1), id(2), id(3)], "no help");
    let phone = Sought { phones: vec!["+447911123456".parse().unwrap()], ..on(date(2027, 1, 18)) };
    assert_eq!(chosen(&phone, &all), found(2, MatchedBy::Email));
    let named = Sought { reference: Some("A-3".to_owned()), ..by_email() };
    assert_eq!(chosen(&named, &all), found(3, MatchedBy::Email));
    let torn = Sought { dates: vec![date(2027, 1, 15)], ..named };
    assert_eq!(among(chosen(&torn, &all)), [id(1), id(2), id(3)], "the day speaks for one, the reference for another");
}

#[test]
fn which_of_two_is_meant_is_not_guessed_from_what_is_returned_already() {
    let (one, other) = (jo(1, 0), jo(2, 0));
    let did = "d-b1".parse().unwrap();
    let asked = one.on_return_requested(&did, ReturnRequest::because("DUPE"), day(1)).unwrap();
    let returned = asked.on_return_approved(&did, true, day(1)).unwrap();
    let detail = ambiguous(chosen(&by_email(), &[&returned, &other]));
    assert!(detail.starts_with("2 leads that were sold to you have this e-mail address"), "{detail}");
    assert!(detail.contains(&format!("{}, {}.", id(1), id(2))), "{detail}");
}

#[test]
fn of_many_the_first_are_named() {
    let many: Vec<Lead> = (1..=9).map(|number| jo(number, 0)).collect();
    let found: Vec<&Lead> = many.iter().collect();
    let detail = ambiguous(chosen(&by_email(), &found));
    assert_eq!(named_in(&detail).len(), 5);
    assert!(detail.starts_with("9 leads") && detail.contains(" and others."), "{detail}");
}

#[test]
fn days_are_counted_in_the_zone() {
    let (one, other) = (jo(1, 0), jo(2, 1));
    let sought = Sought { dates: vec![date(2027, 1, 16)], ..by_email() };
    let zone = TimeZone::get("Pacific/Auckland").unwrap();
    // 08:00 in Greenwich is 21:00 of the same day there.
    let chosen = |zone: &TimeZone| sought.choose(&sought.lookups()[0], &[&one, &other], &bid(), zone);
    assert_eq!(chosen(&zone), found(2, MatchedBy::Email));
    let kiritimati = TimeZone::fixed(jiff::tz::offset(17));
    assert_eq!(chosen(&kiritimati), found(1, MatchedBy::Email));
}

#[test]
fn a_moment_is_on_one_day_of_the_zone() {
    let (one, other) = (jo(1, 0), jo(2, 1));
    let chosen = |moment: &str, zone: &TimeZone| {
        let sought = Sought { moments: vec![moment.parse().unwrap()], ..by_email() };
        sought.choose(&sought.lookups()[0], &[&one, &other], &bid(), zone)
    };
    assert_eq!(chosen("2027-01-15T23:30:00Z", &TimeZone::UTC), found(1, MatchedBy::Email));
    assert_eq!(chosen("2027-01-16T00:30:00+01:00", &TimeZone::UTC), found(1, MatchedBy::Email));
    let auckland = TimeZone::get("Pacific/Auckland").unwrap();
    assert_eq!(chosen("2027-01-15T23:30:00Z", &auckland), found(2, MatchedBy::Email));
}
