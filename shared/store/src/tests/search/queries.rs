//! Questions of all sorts, by all sorts of viewers, and the ways on which everything is found that they mean.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Principal,
    contact::Country,
    field::FieldName,
    finder::{Activity, Listing, Undelivered},
    id::{BuyerRef, CampaignRef, LeadId, SupplierRef},
    lead::{DeliveryStatus, FollowUpStage, SoldStatus},
    query::{LeadQuery, Path, Sought, Span},
};
use jiff::SignedDuration;

use super::{
    all_time,
    leads::{BUYERS, CAMPAIGNS, COUNTRIES, DELIVERIES, METHODS, PEOPLE, SUPPLIERS, dialled, draw, email, phone, pick},
    plain, time,
};

/// Beginnings of words of leads, and what is none.
const WORDS: [&str; 14] = [
    "jo", "Jo Smi", "ann h", "brien", "smith", "sw1a", "SW1A 2", "1aa", "town 1", "GOO", "google", "blog", "353 2142",
    "mith",
];
const FIELDS: [&str; 9] = ["lead_id", "email", "phone1", "phone2", "firstname", "postcode", "city", "source", "ssid"];

fn all<T: std::str::FromStr<Err: std::fmt::Debug>>(names: &[&str]) -> Vec<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

pub(super) fn campaigns() -> Vec<CampaignRef> {
    all(&CAMPAIGNS.map(|(campid, _)| campid))
}

/// The seller more often than not.
pub(super) fn viewer(from: &mut u64) -> Principal {
    match draw(from, 6) {
        0 => Principal::Supplier { sid: pick(from, &all::<SupplierRef>(&SUPPLIERS)) },
        1 | 2 => Principal::Buyer { bid: pick(from, &all::<BuyerRef>(&BUYERS)) },
        _ => Principal::Seller,
    }
}

/// Some of these; none more often than not.
fn some<T: Clone + Ord>(from: &mut u64, of: &[T]) -> BTreeSet<T> {
    if draw(from, 6) == 0 { (0..=draw(from, 3)).map(|_| pick(from, of)).collect() } else { BTreeSet::new() }
}

/// What somebody asks for, before it is put into words whose leads it may read: seldom what it may not ask.
pub(super) fn query(from: &mut u64, viewer: &Principal, ids: &[LeadId]) -> LeadQuery {
    loop {
        let asked = LeadQuery {
            received: span(from),
            campaigns: some(from, &campaigns()),
            suppliers: some(from, &all(&SUPPLIERS)),
            buyers: some(from, &all(&BUYERS)),
            deliveries: some(from, &all(&DELIVERIES.map(|(did, _)| did))),
            countries: some(from, &all(&COUNTRIES)),
            activities: some(from, &Activity::ALL),
            followed_up: some(from, &FollowUpStage::ALL),
            methods: some(from, &METHODS),
            sold_statuses: some(from, &SoldStatus::ALL),
            delivery_statuses: some(from, &DeliveryStatus::ALL),
            text: texts(from, ids),
            fields: if draw(from, 5) == 0 { [field(from, ids)].into() } else { BTreeMap::new() },
        };
        let may_ask = plain::may_ask(&asked, viewer);
        assert_eq!(viewer.may_ask(&asked).is_ok(), may_ask, "{viewer:?} {asked:?}");
        if may_ask || draw(from, 16) == 0 {
            return asked;
        }
    }
}

/// All three months, or some of that time; also from edge to edge of one.
fn span(from: &mut u64) -> Span {
    let all = all_time().received;
    match draw(from, 6) {
        0 => Span { from: time("2027-01-01T00:00:00Z"), until: time("2027-01-31T23:59:59.999Z") },
        1 => {
            let hours = |hours| SignedDuration::from_hours(i64::try_from(hours).unwrap());
            let begin = all.from.checked_add(hours(draw(from, 2_000))).unwrap();
            Span { from: begin, until: begin.checked_add(hours(700)).unwrap() }
        }
        _ => all,
    }
}

fn countries() -> Vec<Country> {
    all(&COUNTRIES)
}

/// A text by which a person or a lead is known for certain, as somebody writes it.
fn exact(from: &mut u64, ids: &[LeadId]) -> String {
    let person = draw(from, PEOPLE);
    match draw(from, 5) {
        0 => email(person),
        1 => phone(person),
        2 | 3 => dialled(person).1,
        _ => pick(from, ids).to_string(),
    }
}

fn texts(from: &mut u64, ids: &[LeadId]) -> BTreeSet<Sought> {
    let chosen: Vec<String> = match draw(from, 12) {
        0..3 => (0..=draw(from, 3)).map(|_| exact(from, ids)).collect(),
        3 | 4 => (0..=draw(from, 2)).map(|_| pick(from, &WORDS).to_owned()).collect(),
        5 => vec![pick(from, &WORDS).to_owned(), exact(from, ids)],
        _ => Vec::new(),
    };
    chosen.iter().map(|text| Sought::anywhere(text, &countries()).unwrap()).collect()
}

/// A text in the field where it may be, or in any.
fn field(from: &mut u64, ids: &[LeadId]) -> (FieldName, BTreeSet<Sought>) {
    let person = draw(from, PEOPLE);
    let name = pick(from, &FIELDS);
    let text = match name {
        _ if draw(from, 6) == 0 => pick(from, &WORDS).to_owned(),
        "lead_id" => pick(from, ids).to_string(),
        "email" => email(person),
        "phone1" | "phone2" => dialled(person).1,
        "firstname" => pick(from, &["jo", "ann", "brien"]).to_owned(),
        "postcode" => pick(from, &["sw1a", "d02", "1AA"]).to_owned(),
        "city" => format!("town {}", draw(from, 3)),
        _ => pick(from, &["goo", "ads", "blog"]).to_owned(),
    };
    let name: FieldName = name.parse().unwrap();
    let sought = Sought::in_field(&name, &text, &countries()).unwrap();
    (name, [sought].into())
}

fn or_all<T: Clone + Ord>(named: &BTreeSet<T>, all: Vec<T>) -> BTreeSet<T> {
    if named.is_empty() { all.into_iter().collect() } else { named.clone() }
}

/// Every way on which all is found that this means.
pub(super) fn ways(query: &LeadQuery) -> Vec<Path> {
    let mut ways = vec![
        Path::Campaigns(or_all(&query.campaigns, campaigns())),
        Path::Suppliers(or_all(&query.suppliers, all(&SUPPLIERS))),
        Path::Statuses(SoldStatus::ALL.into()),
    ];
    // Of a lead that is sold to one buyer, others may have had it back, or not wanted it.
    if !query.sold_statuses.is_empty() && (query.buyers.is_empty() || query.sold_statuses == [SoldStatus::Sold].into())
    {
        ways.push(Path::Statuses(query.sold_statuses.clone()));
    }
    let mut lists: Vec<Vec<Listing>> = vec![
        query.buyers.iter().cloned().map(Listing::Buyer).collect(),
        query.deliveries.iter().cloned().map(Listing::Delivery).collect(),
        query.activities.iter().copied().map(Listing::Activity).collect(),
        query.followed_up.iter().map(|_| Listing::Activity(Activity::Feedback)).take(1).collect(),
    ];
    if query.buyers.is_empty() && query.deliveries.is_empty() {
        let list = |status: &DeliveryStatus| match status {
            DeliveryStatus::Partial => Some(Listing::Undelivered(Undelivered::Partial)),
            DeliveryStatus::Fail => Some(Listing::Undelivered(Undelivered::Fail)),
            DeliveryStatus::Blank | DeliveryStatus::Sending | DeliveryStatus::Full => None,
        };
        lists.push(query.delivery_statuses.iter().map(list).collect::<Option<_>>().unwrap_or_default());
    }
    ways.extend(lists.into_iter().filter(|lists| !lists.is_empty()).map(Path::Listed));
    let indexed = ["lead_id", "email", "phone1"].map(|name| query.fields.get(name));
    ways.extend(indexed.into_iter().flatten().chain([&query.text]).filter_map(identified));
    ways
}

/// The way by all of these, if each of them is one that an index knows.
fn identified(sought: &BTreeSet<Sought>) -> Option<Path> {
    let (mut leads, mut emails, mut phones) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for one in sought {
        match one {
            Sought::Lead(id) => drop(leads.insert(*id)),
            Sought::Email(email) => drop(emails.insert(email.clone())),
            Sought::Phone(any) => phones.extend(any.iter().cloned()),
            Sought::Words(_) => return None,
        }
    }
    (!sought.is_empty()).then_some(Path::Identified { leads, emails, phones })
}
