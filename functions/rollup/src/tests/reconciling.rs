//! Reconciling: what is missing is booked, what differs is told, and what is right is left alone.

use domain::{
    journal::events,
    lead::{FollowUp, FollowUpStage},
};

use super::{runs::steps, *};
use crate::reconcile::{Asked, Findings, Pace, Reconciled, reconcile};

pub(super) fn next_morning() -> Timestamp {
    at(24 * 3_600)
}

/// From one day of January to another.
pub(super) fn days(from: i8, to: i8) -> Asked {
    let day = |day| Some(Date::constant(2027, 1, day));
    Asked { from: day(from), to: day(to), ..Asked::default() }
}

impl Town {
    async fn moves_to_auckland(&self) {
        let settings = json!({ "name": "Agency", "time_zone": "Pacific/Auckland", "currency": "GBP" });
        self.store.save_settings(serde_json::from_value(settings).unwrap(), None).await.unwrap();
    }

    pub(super) async fn run(&self, asked: &Asked, now: Timestamp, pace: &Pace) -> Reconciled {
        reconcile(&self.app(), asked, now, pace).await.unwrap()
    }

    /// What was found in one run.
    pub(super) async fn reconciled(&self, asked: Asked, now: Timestamp) -> Findings {
        let done = self.run(&asked, now, &steps(usize::MAX)).await;
        assert!(!done.cut_short && done.next.is_none(), "{done:?}");
        done.findings
    }
}

pub(super) fn clean(leads: usize) -> Findings {
    Findings { leads, ..Findings::default() }
}

pub(super) async fn busy() -> Town {
    let town = Town::new().await;
    town.sold(1, 0).await;
    let second = town.sold(2, 100).await;
    town.returned(&second, 3_000).await;
    town.unsold(3, 200).await;
    town
}

#[tokio::test]
async fn what_was_booked_as_it_happened_is_as_it_should_be() {
    let town = busy().await;
    town.booked(evening()).await;
    assert_eq!(town.reconciled(days(14, 16), next_morning()).await, clean(3));
}

#[tokio::test]
async fn what_the_stream_never_brought_is_booked_and_found() {
    let town = busy().await;
    let some = town.tables.lead_changes();
    town.handle(&some[..3], evening()).await;
    let found = town.reconciled(days(14, 16), next_morning()).await;
    assert_eq!((found.leads, found.differing, found.failed), (3, 0, 0));
    assert!(found.missing > 4 && found.repaired == found.missing, "{found:?}");
    assert_eq!(town.reconciled(days(14, 16), next_morning()).await, clean(3));
    assert!(!town.rows("did#d1#202701").await.is_empty());
    // What the stream brings after all is known.
    let total = town.total(View::Received).await;
    town.booked(next_morning()).await;
    town.assert_total(total).await;
}

#[tokio::test]
async fn a_deleted_event_is_written_again_and_counts_once() {
    let town = busy().await;
    town.booked(evening()).await;
    let lead = LeadId::from_ulid(Ulid(1));
    for row in town.rows(&lead.to_string()).await {
        if row["sk"] == text("event#sale#d1") {
            town.delete(&row).await;
        }
    }
    let found = town.reconciled(days(14, 16), next_morning()).await;
    // It is told of the place, and of the accounts of the buyer and the supplier; the place has a day and a month.
    assert_eq!((found.missing, found.repaired, found.differing), (1, 1 + 4, 3));
    assert_eq!(town.reconciled(days(14, 16), next_morning()).await, clean(3));
    assert_eq!(town.store.lead_entries(lead).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_event_that_is_booked_otherwise_is_told_and_left_as_it_is() {
    let town = busy().await;
    town.booked(evening()).await;
    let lead = LeadId::from_ulid(Ulid(1));
    let rows = town.rows(&lead.to_string()).await;
    let mut sale = rows.into_iter().find(|row| row["sk"] == text("event#sale#d1")).unwrap();
    sale.insert("at".to_owned(), text("2027-01-15T08:00:07.000Z"));
    town.put(sale.clone()).await;
    let found = town.reconciled(days(14, 16), next_morning()).await;
    assert_eq!(found, Findings { differing: 1, ..clean(3) });
    assert!(town.rows(&lead.to_string()).await.contains(&sale));
}

#[tokio::test]
async fn what_was_booked_of_a_buyers_customer_before_each_step_counted_for_itself_stays_and_the_rest_is_booked() {
    let town = Town::new().await;
    let sold = town.sold(1, 0).await;
    let value = Money { minor: 90_000, currency: "GBP".parse().unwrap() };
    let follow_up = FollowUp::after(None, FollowUpStage::Converted, Some(value), at(500));
    let mut row = serde_json::to_value(follow_up).unwrap();
    assert!(row.as_object_mut().unwrap().remove("ct").is_some(), "nobody wrote that then");
    let mut converted = sold.clone();
    converted.deliveries.get_mut(&did()).unwrap().follow_up = Some(serde_json::from_value(row).unwrap());
    town.booked(evening()).await;
    let converted = town.step(&sold, converted).await;
    let mut booked = events(&converted).unwrap().into_iter().find(|event| event.name == "converted#d1").unwrap();
    booked.counts = Counts { converted: 1, ..Counts::default() };
    town.store.book(vec![(converted.id, booked)], Ulid(1), evening()).await.unwrap();
    let found = town.reconciled(days(14, 16), next_morning()).await;
    assert_eq!(found, Findings { missing: 2, repaired: 2, ..clean(1) });
    let total = town.total(View::Sold).await;
    assert_eq!((total.contacted, total.converted, total.converted_value), (1, 1, 90_000));
    assert_eq!(town.reconciled(days(14, 16), next_morning()).await, clean(1));
}

#[tokio::test]
async fn leads_that_cannot_be_read_or_booked_are_told_and_do_not_keep_the_others_back() {
    let town = Town::new().await;
    for number in 1..=3 {
        town.sold(number, 0).await;
    }
    town.handle(&town.tables.lead_changes()[..4], evening()).await;
    let (first, second) = (LeadId::from_ulid(Ulid(1)), LeadId::from_ulid(Ulid(2)));
    let mut event = town.rows(&first.to_string()).await.remove(0);
    event.insert("at".to_owned(), text("yesterday"));
    town.put(event).await;
    let broken = town.tables.client().update_item().table_name(town.tables.tables().leads);
    let broken = broken.key("pk", text(&second.to_string())).key("sk", text("lead")).update_expression("REMOVE c");
    broken.send().await.unwrap();
    let found = town.reconciled(days(15, 15), next_morning()).await;
    assert_eq!((found.leads, found.failed, found.differing), (3, 2, 0), "{found:?}");
    assert_eq!((found.missing, found.repaired), (2, 2));
}

#[tokio::test]
async fn what_others_book_in_this_moment_is_not_told_to_differ() {
    let town = busy().await;
    let (found, ()) = tokio::join!(town.reconciled(days(15, 15), next_morning()), town.booked(next_morning()));
    assert_eq!((found.leads, found.differing, found.failed), (3, 0, 0), "{found:?}");
    assert_eq!(town.reconciled(days(15, 15), next_morning()).await, clean(3));
    assert_eq!((town.total(View::Booked).await.sold, town.total(View::Booked).await.returns), (2, 1));
}

#[tokio::test]
async fn what_was_claimed_and_never_counted_is_counted() {
    let town = Town::new().await;
    let lead = town.sold(1, 0).await;
    town.booked(evening()).await;
    let total = town.total(View::Booked).await;
    // As if the worker had died between the claims and the transaction.
    let mut counted = [town.cells("all", "202701").await, town.cells("all", "2027").await].concat();
    for pk in ["account#buyer#b1", "account#supplier#s1", "booked#2027-01-15"] {
        counted.extend(town.rows(pk).await);
    }
    for row in &counted {
        town.delete(row).await;
    }
    town.assert_total(Counts::default()).await;
    let found = town.reconciled(days(14, 16), next_morning()).await;
    assert_eq!(found, Findings { missing: 2, repaired: 2, ..clean(1) });
    town.assert_total(total).await;
    assert_eq!(town.store.lead_entries(lead.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_lead_that_is_unsold_no_more_gets_what_takes_that_back() {
    let town = Town::new().await;
    let unsold = town.unsold(1, 0).await;
    town.booked(evening()).await;
    assert_eq!(town.total(View::Sold).await.rejected, 1);
    town.step(&unsold, unsold.on_redelivered(&did(), at(500)).unwrap()).await;
    let found = town.reconciled(days(14, 16), next_morning()).await;
    assert_eq!((found.missing, found.repaired, found.differing), (1, 1, 0));
    assert_eq!(town.total(View::Sold).await.rejected, 0);
    assert_eq!(town.reconciled(days(14, 16), next_morning()).await, clean(1));
}

#[tokio::test]
async fn what_was_taken_back_and_never_booked_is_booked() {
    let town = Town::new().await;
    let unsold = town.unsold(1, 0).await;
    town.step(&unsold, unsold.on_redelivered(&did(), at(500)).unwrap()).await;
    let mut changes = town.tables.lead_changes();
    let last = changes.pop().unwrap();
    // Nobody could read that it was unsold.
    changes.pop();
    changes.push(last);
    assert_eq!(town.handle(&changes, evening()).await.batch_item_failures, []);
    assert_eq!(town.total(View::Sold).await.rejected, -1);
    let found = town.reconciled(days(14, 16), next_morning()).await;
    assert_eq!((found.missing, found.repaired, found.differing), (1, 1, 0));
    assert_eq!(town.total(View::Sold).await.rejected, 0);
    assert_eq!(town.reconciled(days(14, 16), next_morning()).await, clean(1));
}

#[tokio::test]
async fn leads_and_events_of_the_last_minutes_are_left_out() {
    let town = Town::new().await;
    let lead = town.sold(1, 0).await;
    assert_eq!(town.reconciled(days(14, 15), after(at(0), 14)).await, Findings { too_young: 1, ..clean(0) });
    town.booked(after(at(0), 14)).await;
    town.returned(&lead, 3_600).await;
    assert_eq!(town.reconciled(days(14, 15), after(at(3_601), 14)).await, clean(1));
    let found = town.reconciled(days(14, 15), after(at(3_601), 16)).await;
    assert_eq!((found.missing, found.repaired), (2, 2));
}

#[tokio::test]
async fn the_days_of_receipt_are_those_of_the_account() {
    let town = Town::new().await;
    town.moves_to_auckland().await;
    // 21:00 on the 15th there, and 01:00 on the 16th.
    town.sold(1, 0).await;
    town.sold(2, 4 * 3_600).await;
    town.booked(evening()).await;
    let later = at(3 * 24 * 3_600);
    for (from, to, leads) in [(14, 14, 0), (15, 15, 1), (16, 16, 1), (17, 17, 0), (14, 17, 2)] {
        assert_eq!(town.reconciled(days(from, to), later).await, clean(leads), "{from} to {to}");
    }
}

#[tokio::test]
async fn what_was_booked_in_another_zone_is_as_it_should_be() {
    let town = Town::new().await;
    // 09:00 on the 16th in Auckland.
    town.sold(1, 12 * 3_600).await;
    town.booked(after(evening(), 5)).await;
    town.moves_to_auckland().await;
    let later = at(3 * 24 * 3_600);
    assert_eq!(town.reconciled(days(14, 17), later).await, clean(1));
    // And what is not, is told and put right nevertheless.
    let mut cell = town.cells("all", "202701").await.remove(0);
    cell.insert("l".to_owned(), AttributeValue::N("7".to_owned()));
    town.put(cell).await;
    assert_eq!(town.reconciled(days(15, 15), later).await, Findings { differing: 1, repaired: 1, ..clean(0) });
    assert_eq!(town.reconciled(days(14, 17), later).await, clean(1));
}

#[test]
fn what_a_person_asks_for_are_days_or_leads_or_to_go_on() {
    let asked: Asked = serde_json::from_value(json!({ "from": "2026-10-01", "to": "2026-10-31" })).unwrap();
    assert_eq!((asked.from, asked.to), (Some(Date::constant(2026, 10, 1)), Some(Date::constant(2026, 10, 31))));
    assert!(!asked.is_of_schedule());
    let next = json!({ "check": "leads", "day": "2026-10-12", "campid": "solar" });
    let asked: Asked = serde_json::from_value(json!({ "next": next })).unwrap();
    assert_eq!(serde_json::to_value(asked.next).unwrap(), next);
    assert!(serde_json::from_value::<Asked>(json!({ "from": "yesterday" })).is_err());
    assert!(serde_json::from_value::<Asked>(json!({ "leads": ["R-1"] })).is_err());
}
