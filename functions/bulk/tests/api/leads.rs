//! Leads of an hour ago, each of a second of its own.

use std::sync::LazyLock;

use domain::{
    id::{AttemptId, LeadId},
    lead::{Lead, Outcome, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

/// When the first came in; the same for all of a run.
static FIRST: LazyLock<Timestamp> = LazyLock::new(|| lambda::now() - SignedDuration::from_hours(1));

fn at(number: i64) -> Timestamp {
    *FIRST + SignedDuration::from_secs(number)
}

/// A lead's id.
pub(crate) fn id(number: u16) -> LeadId {
    id_at(number, at(number.into()))
}

fn id_at(number: u16, received: Timestamp) -> LeadId {
    LeadId::from_ulid(Ulid::from_parts(received.as_millisecond().unsigned_abs(), number.into()))
}

/// A person's lead that nobody was offered.
pub(crate) fn open(number: u16) -> Lead {
    open_at(number, at(number.into()))
}

fn open_at(number: u16, received: Timestamp) -> Lead {
    let email = ("email".parse().unwrap(), format!("person{number}@example.com"));
    Lead { id: id_at(number, received), fields: [email].into(), ..test_lead(received) }
}

/// The same, put aside.
pub(crate) fn aside(number: u16) -> Lead {
    open(number).on_quarantined("looks odd".to_owned(), None).unwrap()
}

/// Sold through `d1` to `b1` for £12.50, of which its supplier earns £5.00.
pub(crate) fn sold(number: u16) -> Lead {
    answered(&open(number), "d1", bought())
}

/// The same, that came in at this time.
pub(crate) fn sold_at(number: u16, received: Timestamp) -> Lead {
    answered(&open_at(number, received), "d1", bought())
}

/// Sold to `b2` as well.
pub(crate) fn sold_twice(number: u16) -> Lead {
    answered(&sold(number), "d2", bought())
}

/// Turned down by `b1`.
pub(crate) fn turned_down(number: u16) -> Lead {
    answered(&open(number), "d1", Outcome::Rejected { reason: "no".to_owned() })
}

fn bought() -> Outcome {
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    Outcome::Accepted { price, reference: None, redirect_url: None }
}

fn answered(lead: &Lead, did: &str, outcome: Outcome) -> Lead {
    let (time, buyer) = (lead.received, did.replace('d', "b").parse().unwrap());
    let did = did.parse().unwrap();
    let attempt = AttemptId::from_ulid(Ulid(lead.id.ulid().0 + lead.deliveries.len() as u128));
    let lead = lead.on_queued(&did, Some(buyer), time).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, time, time + SignedDuration::from_secs(30)).unwrap();
    lead.on_outcome(&did, &attempt, 1, outcome, time).unwrap()
}
