//! The store on an in-process DynamoDB.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod admission;
mod breakers;
mod bulk;
mod commits;
mod counters;
mod credit;
mod erase;
mod feedback;
mod find;
mod groups;
mod ledger;
mod mail;
mod notices;
mod outbox;
mod quarantines;
mod records;
mod responders;
mod return_files;
mod returns;
mod search;

use domain::{
    campaign::Campaign,
    id::LeadId,
    intake::{Claim, Intake, Submission, judge},
    lead::{Lead, Method},
    supplier::Supplier,
};
use jiff::Timestamp;
use serde_json::json;
use ulid::Ulid;

use crate::Identity;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(super) fn identity() -> Identity {
    Identity::new("a secret for tests".to_owned().into())
}

pub(super) fn campaign() -> Campaign {
    serde_json::from_value(json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
        "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
        "dedupe": { "fields": ["email"], "window_days": 30 },
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": ["s1"],
    }))
    .unwrap()
}

pub(super) fn supplier() -> Supplier {
    serde_json::from_value(json!({ "sid": "s1", "name": "Supplier One" })).unwrap()
}

/// A good lead with this number and e-mail address, and what it claims.
pub(super) fn lead(number: u128, email: &str, seconds: i64) -> (Lead, Option<Claim>) {
    let sent = Submission {
        id: LeadId::from_ulid(Ulid(number)),
        received: at(seconds),
        method: Method::Api,
        ssid: None,
        source: Some("google".to_owned()),
        test: false,
        fields: [("email".to_owned(), email.to_owned()), ("phone1".to_owned(), "020 7946 0018".to_owned())].into(),
    };
    match judge(sent, &campaign(), &supplier(), &jiff::tz::TimeZone::UTC) {
        Intake::Kept { lead, problems } if problems.is_empty() => {
            let claim = Claim::of(&lead, &campaign(), lead.received);
            (*lead, claim)
        }
        other @ (Intake::Kept { .. } | Intake::Refused { .. }) => unreachable!("the lead is good: {other:?}"),
    }
}
