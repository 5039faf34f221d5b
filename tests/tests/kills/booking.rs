//! Booking: killed or lied to at every call, with batches that come twice and are cut anew, every change counts once.

use domain::{
    history::untold,
    journal::events,
    lead::ReturnRequest,
    report::{Counts, View},
};
use jiff::SignedDuration;
use rollup::StreamEvent;
use serde_json::{Value, json};
use store::{Cell, Grain, Identity, Span};
use tests::{Faults, Lab, Reply, identity};

use super::{buyer, lab, post, with_every_fault};

/// Hands a batch to `rollup` as Lambda does: what is reported, and what comes after it, comes again, cut into other pieces
/// each time, until nothing is left.
pub(super) async fn book(lab: &Lab, faults: &Faults, changes: &[Value]) {
    let mut open = changes.to_vec();
    for size in [9, 2, 5].into_iter().cycle().take(100) {
        if open.is_empty() {
            return;
        }
        let batch: Vec<Value> = open.iter().take(size).cloned().collect();
        let app = rollup::App {
            store: lab.store(faults),
            identity: Identity::new("a secret".to_owned().into()),
            responder_queue: Some(lab.responder_queue(faults).await),
            feedback_queue: Some(lab.feedback_queue(faults).await),
        };
        let event: StreamEvent = serde_json::from_value(json!({ "Records": batch })).unwrap();
        let now = lab.now() + SignedDuration::from_secs(5);
        let Some(answer) = faults.run(rollup::handle(&app, event, now)).await else { continue };
        if answer.batch_item_failures.is_empty() {
            open.drain(..batch.len());
        }
    }
    panic!("not booked in 100 tries: {} changes are left", open.len());
}

/// What all numbers of these days add up to, in a view.
pub(super) async fn cells(lab: &Lab, view: View) -> Counts {
    let mut sum = Counts::default();
    let day = |hours| domain::time::utc_day(lab.now() + SignedDuration::from_hours(hours));
    let span = Span { grain: Grain::Day, from: day(-48), to: day(48) };
    let add = |Cell { counts, .. }| sum = sum.checked_add(counts).unwrap();
    lab.tables.store().cells(view, span, None, add).await.unwrap();
    sum
}

/// Everything that was done to leads is in their histories once, in its order, and nobody has meddled with them.
async fn verify_histories(lab: &Lab) {
    let (store, identity) = (lab.tables.store(), Identity::new("a secret".to_owned().into()));
    for lead in lab.leads().await {
        let (_, history) = store.lead_entries_and_history(lead.id, &identity).await.unwrap();
        assert_eq!((history.broken, untold(&lead, &history.entries)), (None, 0), "{history:#?}");
        let order: Vec<_> = history.entries.iter().map(|entry| (entry.version, entry.index)).collect();
        assert!(order.is_sorted_by(|one, next| one < next), "{order:?}");
        let told: Vec<&str> = history.entries.iter().map(|entry| entry.step.what.word()).collect();
        let is_sold = lead.sales().next().is_some();
        let expected: &[&str] = if is_sold { &["return_requested", "returned"] } else { &[] };
        assert_eq!(told, expected, "{lead:#?}");
    }
}

/// Two leads: one refused, sold to the next and returned, and one that nobody wants.
async fn booked(faults: Faults) {
    let buyers = vec![
        buyer("1", [Reply::reject("no"), Reply::reject("no")]),
        buyer("2", [Reply::accept("B-2"), Reply::reject("no")]),
    ];
    let mut lab = lab(1, buyers).await;
    for number in 1..=2 {
        let lead = json!({ "campid": "solar", "email": format!("ann{number}@example.com") });
        post(&lab, &Faults::default(), None, &lead).await;
        lab.drain(&Faults::default()).await;
    }
    let store = lab.tables.store();
    let sold = lab.leads().await.into_iter().find(|lead| lead.sales().next().is_some()).unwrap();
    let did = sold.sales().next().unwrap().0.clone();
    let asked = sold.on_return_requested(&did, ReturnRequest::because("OTHER"), lab.now()).unwrap();
    store.commit(&sold, &asked, &identity()).await.unwrap();
    let asked = store.lead(sold.id).await.unwrap().unwrap();
    let returned = asked.on_return_approved(&did, true, lab.now()).unwrap();
    store.commit(&asked, &returned, &identity()).await.unwrap();

    let changes = lab.tables.lead_changes();
    book(&lab, &faults, &changes).await;
    // I8: what is counted is what the leads say, by each of the three times.
    let told = lab.leads().await.iter().flat_map(|lead| events(lead).unwrap()).collect::<Vec<_>>();
    let expected = told.iter().fold(Counts::default(), |sum, event| sum.checked_add(event.counts).unwrap());
    assert_eq!((expected.leads, expected.sold, expected.returns, expected.rejected), (2, 1, 1, 1), "{expected:?}");
    for view in View::ALL {
        assert_eq!(cells(&lab, view).await, expected, "{view:?}");
    }
    // I6
    for lead in lab.leads().await {
        let booked = store.lead_entries(lead.id).await.unwrap();
        let entries: Vec<_> = booked.iter().filter_map(|event| event.happened.entry()).collect();
        let own = events(&lead).unwrap().into_iter().filter(|event| event.entry.is_some()).count();
        assert_eq!(entries.len(), own, "{booked:#?}");
        assert!(entries.iter().all(|entry| entry.is_balanced()), "{entries:#?}");
    }
    verify_histories(&lab).await;
    // Everything once more, by somebody who knows of nothing.
    book(&lab, &Faults::default(), &changes).await;
    verify_histories(&lab).await;
    for view in View::ALL {
        assert_eq!(cells(&lab, view).await, expected, "{view:?}, after everything came once more");
    }
}

#[tokio::test]
async fn every_change_of_a_lead_is_counted_once_whatever_fails() {
    with_every_fault(booked).await;
}
