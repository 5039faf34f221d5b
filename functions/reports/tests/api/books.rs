//! A small agency's leads over a month's end and the end of summer time, in the tables and in the books.

use domain::{
    id::{AttemptId, LeadId},
    journal::events,
    lead::{Agreed, Lead, Outcome, ReturnRequest, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use lambda::test_api::identity;
use store::Store;
use ulid::Ulid;

/// A lead's id.
pub(crate) fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minor(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

/// A good lead that earns its supplier £5.00 when it is sold.
fn lead(number: u128, campid: &str, sid: &str, received: &str) -> Lead {
    Lead { id: id(number), campid: campid.parse().unwrap(), sid: sid.parse().unwrap(), ..test_lead(at(received)) }
}

/// The lead after a buyer has answered; no price: it does not want it.
fn answered(lead: &Lead, did: &str, bid: &str, price: Option<i64>, when: &str) -> Lead {
    let (did, now) = (did.parse().unwrap(), at(when));
    let attempt = AttemptId::from_ulid(Ulid(lead.id.ulid().0 * 10 + lead.deliveries.len() as u128));
    let lead = lead.on_queued(&did, Some(bid.parse().unwrap()), now).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, now, now + SignedDuration::from_secs(60)).unwrap();
    // Only `b1` pays first.
    let credit = price.filter(|_| bid == "b1").map(minor);
    let lead = lead.agreeing(&did, Agreed { credit, ..Agreed::default() });
    let outcome = price.map_or(Outcome::Rejected { reason: "no".to_owned() }, |price| Outcome::Accepted {
        price: minor(price),
        reference: None,
        redirect_url: None,
    });
    lead.on_outcome(&did, &attempt, 1, outcome, now).unwrap()
}

/// Five leads:
///
/// 1. of `s1`, sold to `b1` for £12.50 half an hour into 25 October in London, returned with its payout on 10 November;
/// 2. of `s1`, received on 31 October, sold to `b2` for £9.00 on 1 November;
/// 3. of `s2`, that nobody wanted;
/// 4. of `s2` for another campaign, sold to `b1` for £20.00 and to `b2` for £15.00;
/// 5. of `s2`, that is on its way.
pub(crate) fn leads() -> [Lead; 5] {
    let one =
        answered(&lead(1, "solar", "s1", "2026-10-24T23:30:00Z"), "d1", "b1", Some(1_250), "2026-10-24T23:31:00Z");
    let did = "d1".parse().unwrap();
    let one =
        one.on_return_requested(&did, ReturnRequest::because("INVALID_PHONE"), at("2026-11-10T09:00:00Z")).unwrap();
    let one = one.on_return_approved(&did, true, at("2026-11-10T09:00:00Z")).unwrap();
    let two = answered(&lead(2, "solar", "s1", "2026-10-31T23:30:00Z"), "d2", "b2", Some(900), "2026-11-01T00:10:00Z");
    let three = answered(&lead(3, "solar", "s2", "2026-11-02T10:00:00Z"), "d1", "b1", None, "2026-11-02T10:01:00Z");
    let four =
        answered(&lead(4, "heat", "s2", "2026-11-03T09:00:00Z"), "d3", "b1", Some(2_000), "2026-11-03T09:01:00Z");
    let four = answered(&four, "d4", "b2", Some(1_500), "2026-11-03T09:02:00Z");
    let five = lead(5, "solar", "s2", "2026-11-03T10:00:00Z");
    let five = five.on_queued(&did, Some("b1".parse().unwrap()), at("2026-11-03T10:00:00Z")).unwrap();
    [one, two, three, four, five]
}

/// Puts these leads into the tables, and into the books what happened to them, each at its time.
pub(crate) async fn fill(store: &Store) {
    let mut draw = 1_000;
    for lead in leads() {
        store.put_lead(&lead, 0, &identity()).await.unwrap();
        for event in events(&lead).unwrap() {
            let now = event.at;
            store.book(vec![(lead.id, event)], Ulid(draw), now).await.unwrap();
            draw += 100;
        }
    }
}
