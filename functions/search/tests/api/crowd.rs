//! Leads of yesterday, each of a minute of its own.

use domain::{
    id::{AttemptId, LeadId},
    lead::{Lead, Outcome, ReturnRequest, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

/// Yesterday, at noon.
pub(crate) fn now() -> Timestamp {
    let noon = domain::time::utc_day(lambda::now()).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    noon.timestamp() - SignedDuration::from_hours(24)
}

pub(crate) fn at(minute: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minute)
}

/// A person's lead of `s1`, that came in at this minute.
pub(crate) fn lead(minute: u8) -> Lead {
    let fields = [
        ("firstname", "Jo".to_owned()),
        ("lastname", "Smith".to_owned()),
        ("email", format!("jo.{minute}@example.com")),
        ("phone1", format!("+4416149600{minute:02}")),
        ("postcode", "SW1A 1AA".to_owned()),
        ("street1", "12 High Street".to_owned()),
    ];
    let received = at(minute.into());
    let millisecond = u64::try_from(received.as_millisecond()).unwrap();
    Lead {
        id: LeadId::from_ulid(Ulid::from_parts(millisecond, minute.into())),
        source: Some("secret-source".to_owned()),
        fields: fields.map(|(name, value)| (name.parse().unwrap(), value)).into(),
        ..test_lead(received)
    }
}

/// The lead as `d<n>` of `b<n>` has answered: with its price, or not at all.
fn answered(lead: &Lead, number: u8, price: Option<i64>) -> Lead {
    let (did, bid) = (format!("d{number}").parse().unwrap(), format!("b{number}").parse().unwrap());
    let attempt = AttemptId::from_ulid(Ulid(lead.id.ulid().0 + u128::from(number)));
    let time = lead.received + SignedDuration::from_secs(number.into());
    let lead = lead.on_queued(&did, Some(bid), time).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, time, time + SignedDuration::from_secs(30)).unwrap();
    let outcome = match price {
        Some(minor) => {
            let price = Money { minor, currency: "GBP".parse().unwrap() };
            Outcome::Accepted { price, reference: None, redirect_url: None }
        }
        None => Outcome::Rejected { reason: format!("no need of it, says {number}") },
    };
    lead.on_outcome(&did, &attempt, 1, outcome, time).unwrap()
}

/// Sold to both, to one of two, to nobody, returned, put aside; and one of another supplier and campaign that nobody was given.
pub(crate) fn crowd() -> Vec<Lead> {
    let both = answered(&answered(&lead(1), 1, Some(1_250)), 2, Some(777));
    let one = answered(&answered(&lead(2), 1, Some(1_250)), 2, None);
    let nobody = answered(&lead(3), 1, None);
    let back = answered(&lead(4), 2, Some(777));
    let back = back.on_return_requested(&"d2".parse().unwrap(), ReturnRequest::because("DUPE"), at(50)).unwrap();
    let back = back.on_return_approved(&"d2".parse().unwrap(), true, at(51)).unwrap();
    let aside = lead(5).on_quarantined("odd".to_owned(), None).unwrap();
    let other = Lead { sid: "s2".parse().unwrap(), campid: "boilers".parse().unwrap(), ..lead(6) };
    vec![both, one, nobody, back, aside, other]
}
