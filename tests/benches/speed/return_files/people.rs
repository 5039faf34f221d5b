//! Leads that were sold, and files that name them.

use std::fmt::Write;

use domain::{
    id::LeadId,
    lead::{Agreed, DeliveryState, Lead, LeadDelivery, Sale, test_lead},
    money::{Currency, Money},
};
use jiff::Timestamp;
use serde_json::json;
use ulid::Ulid;

/// Who has bought them.
pub(super) const BUYER: &str = "b1";
/// Of different persons.
pub(super) const PERSONS: usize = 10_000;
/// How files can name leads.
pub(super) const WAYS: [(&str, &[By]); 4] = [
    ("by lead id", &[By::Id]),
    ("by e-mail address", &[By::Email]),
    ("by phone", &[By::Phone]),
    ("half by lead id, a quarter by e-mail address, a quarter by phone", &[By::Id, By::Email, By::Id, By::Phone]),
];

/// What a row names a lead by.
#[derive(Clone, Copy)]
pub(super) enum By {
    Id,
    Email,
    Phone,
}

/// One lead for each person.
pub(super) fn leads() -> Vec<Lead> {
    let now = lambda::now();
    (0..PERSONS).map(|person| sold(id(person), person, now)).collect()
}

/// The lead that a row means; rows are counted from 0.
pub(super) fn of_row(row: u64, leads: &[Lead]) -> &Lead {
    &leads[usize::try_from(row).unwrap() % leads.len()]
}

/// A file of so many rows, in these ways by turns.
pub(super) fn file(rows: usize, ways: &[By]) -> Vec<u8> {
    let mut file = "lead_id,email,phone,reason,comment,sold_at\r\n".to_owned();
    for (row, by) in (0..rows).zip(ways.iter().cycle()) {
        let person = row % PERSONS;
        match by {
            By::Id => write!(file, "{},,", id(person)),
            By::Email => write!(file, ",{},", email(person)),
            By::Phone => write!(file, ",,0{}", &phone(person)[3..]),
        }
        .unwrap();
        let comment = if row % 4 == 0 { "\"Says \"\"no\"\", thrice\"" } else { "Number does not ring" };
        write!(file, ",INVALID_PHONE,{comment},2026-11-05\r\n").unwrap();
    }
    file.into_bytes()
}

/// A lead that the buyer has bought just now, and may return at once.
pub(crate) fn sold(id: LeadId, person: usize, now: Timestamp) -> Lead {
    let returns = serde_json::from_value(json!({ "window_days": 30 })).unwrap();
    let sale = Sale {
        attempt: lambda::new_attempt_id(),
        price: Money { minor: 1_250, currency: Currency::GBP },
        ordinal: 0,
        payout: None,
        restores: false,
        reference: None,
        redirect_url: None,
        sold_at: now,
        returned: None,
        earlier: Vec::new(),
    };
    let delivery = LeadDelivery {
        bid: Some(BUYER.parse().unwrap()),
        place: 0,
        round: 1,
        attempts: 1,
        attempts_in_round: 1,
        counted: None,
        agreed: Agreed { returns: Some(returns), ..Agreed::default() },
        follow_up: None,
        heard: None,
        since: now,
        state: DeliveryState::Accepted { sale },
    };
    let fields = [("email", email(person)), ("phone1", phone(person)), ("firstname", "Ann".to_owned())];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value)).into();
    Lead { id, fields, deliveries: [("d1".parse().unwrap(), delivery)].into(), ..test_lead(now) }
}

pub(super) fn reasons() -> Vec<String> {
    domain::settings::Settings::default().return_reasons
}

/// As if they had come a millisecond after each other.
fn id(person: usize) -> LeadId {
    LeadId::from_ulid(Ulid::from_parts(1_793_000_000_000 + person as u64, 0x0123_4567_89ab_cdef))
}

fn email(person: usize) -> String {
    format!("ann.smith.{person}@example.com")
}

fn phone(person: usize) -> String {
    format!("+44791112{:04}", person % 10_000)
}
