//! Leads of all sorts, and the steps that they take.

use domain::{
    contact::Country,
    id::{AttemptId, DeliveryRef, LeadId},
    lead::{Approval, EditOrder, Ending, Lead, Method, Outcome, ReturnRequest, SkipReason, SoldStatus, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

use super::time;
use crate::keys;

/// Campaigns, by the partitions that their leads are spread over.
pub(super) const CAMPAIGNS: [(&str, &[(&str, u8)]); 3] =
    [("solar", &[]), ("boilers", &[("2027-01-16", 4)]), ("windows", &[("2026-01-01", 3), ("2027-02-01", 1)])];
pub(super) const SUPPLIERS: [&str; 3] = ["s1", "s2", "s3"];
pub(super) const METHODS: [Method; 3] = [Method::Api, Method::Import, Method::Form];
pub(super) const COUNTRIES: [&str; 3] = ["GB", "IE", "ZA"];
/// Deliveries, by their buyers.
pub(super) const DELIVERIES: [(&str, Option<&str>); 4] =
    [("d1", Some("b1")), ("d2", Some("b2")), ("d3", Some("b1")), ("crm", None)];
pub(super) const BUYERS: [&str; 2] = ["b1", "b2"];
/// People that send several leads.
pub(super) const PEOPLE: u64 = 6;

const FIRST_NAMES: [&str; 3] = ["Jo", "ANN", "O'Brien"];
const LAST_NAMES: [&str; 3] = ["Smith", "Smi", "Hall-Jones"];
const POSTCODES: [&str; 3] = ["SW1A 1AA", "sw1a2ab", "D02 X285"];
const SOURCES: [Option<&str>; 3] = [None, Some("google"), Some("Goo Ads")];

pub(super) fn key(lead: &Lead) -> String {
    keys::received(lead.id, lead.received)
}

pub(super) fn email(person: u64) -> String {
    format!("person-{person}@example.com")
}

/// The first two have numbers that are dialled the same in their countries.
pub(super) fn phone(person: u64) -> String {
    match person {
        0 => "+353214271234".to_owned(),
        1 => "+27214271234".to_owned(),
        _ => format!("+44207946{:04}", person + 1),
    }
}

/// A phone as it is dialled, and where.
pub(super) fn dialled(person: u64) -> (Country, String) {
    let (country, text) = match person {
        0 => ("IE", "021 427 1234".to_owned()),
        1 => ("ZA", "021 427 1234".to_owned()),
        _ => ("GB", format!("020 7946 {:04}", person + 1)),
    };
    (country.parse().unwrap(), text)
}

/// The next of the numbers that come from this one, as SplitMix64 has them.
pub(super) fn next(from: &mut u64) -> u64 {
    *from = from.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*from ^ (*from >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub(super) fn draw(from: &mut u64, below: u64) -> u64 {
    next(from) % below
}

/// One of these.
pub(super) fn pick<T: Clone>(from: &mut u64, of: &[T]) -> T {
    of[usize::try_from(draw(from, of.len() as u64)).unwrap()].clone()
}

/// An instant of three months: often the same as others', or at the edge of a month, a day or ten minutes.
fn instant(from: &mut u64) -> Timestamp {
    match draw(from, 12) {
        0 => time("2027-01-31T23:59:59.999Z"),
        1 => time("2027-02-01T00:00:00Z"),
        2 => time("2026-12-31T23:59:59.999Z"),
        _ => {
            // The fourth of these days is the last of January.
            let (day, minute, before) = (draw(from, 5) * 19, draw(from, 30), draw(from, 2));
            let since = i64::try_from((day * 86_400 + minute * 60) * 1_000 - before.min(minute)).unwrap();
            time("2026-12-05T23:50:00Z").checked_add(SignedDuration::from_millis(since)).unwrap()
        }
    }
}

/// A lead of this number, as it comes in.
pub(super) fn lead(number: u128, from: &mut u64, received: Option<Timestamp>) -> Lead {
    let received = received.unwrap_or_else(|| instant(from));
    let country = pick(from, &COUNTRIES).parse().unwrap();
    let [person, second] = [draw(from, PEOPLE), draw(from, PEOPLE)];
    let (where_dialled, as_dialled) = dialled(person);
    let fields = [
        ("email", if draw(from, 4) == 0 { email(person).to_uppercase() } else { email(person) }),
        ("phone1", if country == where_dialled && draw(from, 2) == 0 { as_dialled } else { phone(person) }),
        ("phone2", phone(second)),
        ("firstname", pick(from, &FIRST_NAMES).to_owned()),
        ("lastname", pick(from, &LAST_NAMES).to_owned()),
        ("postcode", pick(from, &POSTCODES).to_owned()),
        ("city", format!("Town {}", draw(from, 3))),
    ];
    let mut filled = fields.map(|(name, value)| (name.parse().unwrap(), value)).to_vec();
    filled.retain(|_| draw(from, 8) > 0);
    let lead = Lead {
        id: LeadId::from_ulid(Ulid(number)),
        campid: pick(from, &CAMPAIGNS).0.parse().unwrap(),
        sid: pick(from, &SUPPLIERS).parse().unwrap(),
        method: pick(from, &METHODS),
        source: pick(from, &SOURCES).map(str::to_owned),
        ssid: pick(from, &[None, Some("blog".to_owned())]),
        country,
        fields: filled.into_iter().collect(),
        ..test_lead(received)
    };
    let mut given = lead;
    for (did, bid) in DELIVERIES {
        let (did, bid) = (did.parse().unwrap(), bid.map(|bid| bid.parse().unwrap()));
        given = match draw(from, 6) {
            0..3 => given.on_queued(&did, bid, received).unwrap(),
            3 => given.on_skipped(&did, bid, SkipReason::Paused, received).unwrap(),
            _ => given,
        };
    }
    given
}

fn price(from: &mut u64) -> Money {
    Money { minor: 1_250 + i64::try_from(draw(from, 100)).unwrap(), currency: "GBP".parse().unwrap() }
}

fn after(lead: &Lead, seconds: i64) -> Timestamp {
    lead.received.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn any_delivery(lead: &Lead, from: &mut u64) -> Option<DeliveryRef> {
    let dids: Vec<DeliveryRef> = lead.deliveries.keys().cloned().collect();
    (!dids.is_empty()).then(|| pick(from, &dids))
}

/// A step that a lead takes on its way, if there is one.
pub(super) fn step(lead: &Lead, from: &mut u64) -> Option<Lead> {
    if let Approval::Quarantined { .. } = lead.approval {
        let reject = Ending::Reject { reason: "no".to_owned() };
        return lead.on_quarantine_ended(&pick(from, &[Ending::Release, reject]), after(lead, 40)).ok();
    }
    let did = any_delivery(lead, from)?;
    let delivery = lead.delivery(&did).unwrap();
    if delivery.sale().is_some() {
        return step_of_sale(lead, &did, from);
    }
    let attempt = AttemptId::from_ulid(Ulid(u128::from(*from)));
    let sending = lead.on_intent(&did, delivery.round, attempt, lead.received, after(lead, 60)).ok()?;
    let outcome = match draw(from, 5) {
        0 => Outcome::Rejected { reason: "no".to_owned() },
        1 => Outcome::Failed { reason: "nobody there".to_owned() },
        _ => Outcome::Accepted { price: price(from), reference: None, redirect_url: None },
    };
    sending.on_outcome(&did, &attempt, delivery.attempts + 1, outcome, lead.received).ok()
}

/// Its buyer wants to give it back, the seller decides, or puts its money right.
fn step_of_sale(lead: &Lead, did: &DeliveryRef, from: &mut u64) -> Option<Lead> {
    let number = lead.edits.len().to_string();
    let order = EditOrder { order: &number, by: "seller", reason: "a mistake" };
    if lead.sale(did).unwrap().returns().any(|back| back.is_requested()) {
        return match draw(from, 3) {
            0 => lead.on_return_refused(did, "no", after(lead, 120)).ok(),
            _ => lead.on_return_approved(did, true, after(lead, 120)).ok(),
        };
    }
    match draw(from, 6) {
        0 => lead.on_revenue_edited(None, Some(did), price(from), order, after(lead, 70)).ok(),
        1 => lead.on_payout_edited(price(from), order, after(lead, 70)).ok(),
        2 => {
            let asked = lead.on_return_requested(did, ReturnRequest::because("DUPE"), after(lead, 80)).ok()?;
            asked.on_return_approved(did, true, after(lead, 80)).ok()
        }
        _ => lead.on_return_requested(did, ReturnRequest::because("DUPE"), after(lead, 90)).ok(),
    }
}

/// A step back: what came to nothing is sent again, a return undone, what nobody was asked about put aside.
pub(super) fn step_back(lead: &Lead, from: &mut u64) -> Option<Lead> {
    let put_aside = || lead.on_quarantined("odd".to_owned(), None).ok();
    let Some(did) = any_delivery(lead, from) else { return put_aside() };
    let now = after(lead, 150);
    let redelivered = || lead.on_redelivered(&did, now).ok();
    redelivered()
        .or_else(|| lead.on_return_undone(&did, "a mistake", now).ok())
        .filter(|_| draw(from, 3) > 0)
        .or_else(put_aside)
}

/// How far it is on its way: whoever looks by status misses none that gets on meanwhile.
pub(super) fn rank(lead: &Lead) -> Option<usize> {
    SoldStatus::ALL.iter().position(|status| *status == lead.sold_status())
}
