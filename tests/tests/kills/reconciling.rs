//! Reconciling: killed or lied to at every call, it books what is missing once, puts numbers right once, and the work of a day
//! comes to its end.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    journal::events,
    lead::Lead,
    report::{Counts, View},
};
use jiff::SignedDuration;
use rollup::reconcile::{Asked, Findings, Pace, Reconciled, reconcile};
use serde_json::json;
use store::{Cell, Grain, Identity, Span};
use tests::{Fault, Faults, Lab, Reply};

use super::{buyer, faults_of, is_read, lab, post, run_all, with_every_fault};

/// A lead that was sold an hour ago, and of which nothing is booked.
async fn unbooked() -> (Lab, Lead) {
    let mut lab = lab(1, vec![buyer("1", [Reply::accept("B-1")])]).await;
    post(&lab, &Faults::default(), None, &json!({ "campid": "solar", "email": "ann@example.com" })).await;
    lab.drain(&Faults::default()).await;
    lab.wait(SignedDuration::from_hours(1));
    let lead = lab.leads().await.remove(0);
    (lab, lead)
}

/// Runs, and again after a death or a failure, until nothing is left; what the last run answered.
async fn reconciled(lab: &Lab, faults: &Faults, asked: &Asked) -> Reconciled {
    for _ in 0..20 {
        let app = rollup::App {
            store: lab.store(faults),
            identity: Identity::new("a secret".to_owned().into()),
            responder_queue: None,
            feedback_queue: None,
        };
        let pace = Pace::within(Duration::from_secs(60));
        let run = faults.run(reconcile(&app, asked, lab.now(), &pace)).await;
        let is_over = |done: &Reconciled| !done.cut_short && (asked.leads.is_none() || done.findings.failed == 0);
        if let Some(done) = run.and_then(Result::ok).filter(is_over) {
            return done;
        }
    }
    panic!("not reconciled in 20 runs");
}

/// Everything counts once.
async fn verify(lab: &Lab, lead: &Lead) {
    let told = events(lead).unwrap();
    let expected = told.iter().fold(Counts::default(), |sum, event| sum.checked_add(event.counts).unwrap());
    assert_eq!((expected.leads, expected.sold), (1, 1));
    let day = |hours| domain::time::utc_day(lab.now() + SignedDuration::from_hours(hours));
    for view in View::ALL {
        let mut sum = Counts::default();
        let add = |Cell { counts, .. }| sum = sum.checked_add(counts).unwrap();
        let span = Span { grain: Grain::Day, from: day(-48), to: day(48) };
        lab.tables.store().cells(view, span, None, add).await.unwrap();
        assert_eq!(sum, expected, "{view:?}");
    }
    assert_eq!(lab.tables.store().lead_entries(lead.id).await.unwrap().len(), told.len());
    let again = reconciled(lab, &Faults::default(), &named(lead)).await;
    assert_eq!(again.findings, Findings { leads: 1, ..Findings::default() });
}

fn named(lead: &Lead) -> Asked {
    Asked { leads: Some(vec![lead.id]), ..Asked::default() }
}

async fn a_lead(faults: Faults) {
    let (lab, lead) = unbooked().await;
    reconciled(&lab, &faults, &named(&lead)).await;
    verify(&lab, &lead).await;
}

#[tokio::test]
async fn what_is_missing_is_booked_once_whatever_fails() {
    with_every_fault(a_lead).await;
}

async fn a_day(faults: Faults) {
    let (lab, lead) = unbooked().await;
    let done = reconciled(&lab, &faults, &Asked::default()).await;
    assert_eq!((done.findings.differing, done.next), (0, None));
    verify(&lab, &lead).await;
    // The rest of the day asks for nothing but how far the work is.
    let rest = Faults::default();
    assert_eq!(reconciled(&lab, &rest, &Asked::default()).await.findings, done.findings);
    let reads = rest.calls();
    assert!(reads.len() == 1 && reads[0].ends_with(".GetItem"), "{reads:?}");
}

/// What is booked on the way is killed above; here, where it is written down how far the work is.
#[tokio::test]
async fn the_work_of_a_day_is_done_wherever_its_runs_die() {
    let quiet = Faults::default();
    a_day(quiet.clone()).await;
    let calls = quiet.calls();
    let mut writes = (0..calls.len()).filter(|at| !is_read(&calls[*at]));
    let (first, last) = (writes.next().unwrap(), writes.next_back().unwrap());
    let faults = [Fault::KillBefore, Fault::KillAfter, Fault::LostAnswer];
    let plans = [first, last].into_iter().flat_map(|at| faults.map(|fault| vec![(at, fault)]));
    run_all(plans.collect(), a_day).await;
}

/// A lead that is booked, and all numbers that follow from it are lost.
async fn lost_numbers(faults: Faults) {
    let (mut lab, lead) = unbooked().await;
    reconciled(&lab, &Faults::default(), &named(&lead)).await;
    lab.wait(SignedDuration::from_hours(25));
    let before = numbers(&lab).await;
    for kind in ["cube#", "account#buyer#", "account#supplier#"] {
        assert!(before.keys().any(|row| row.starts_with(kind)), "{kind}");
    }
    let ledger = lab.tables.tables().ledger;
    for row in numbers_of(&lab).await {
        let delete = lab.tables.client().delete_item().table_name(&ledger);
        delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
    }
    let from = domain::time::utc_day(lead.received);
    let asked = Asked { from: Some(from), to: Some(domain::time::utc_day(lab.now())), ..Asked::default() };
    reconciled(&lab, &faults, &asked).await;
    // What a run found in doubt it has left to the next.
    reconciled(&lab, &Faults::default(), &asked).await;
    assert_eq!(numbers(&lab).await, before);
    let again = reconciled(&lab, &Faults::default(), &asked).await;
    assert_eq!(again.findings, Findings { leads: 1, ..Findings::default() });
    verify(&lab, &lead).await;
}

/// The rows of all reports and accounts.
#[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
async fn numbers_of(lab: &Lab) -> Vec<HashMap<String, AttributeValue>> {
    let ledger = lab.tables.tables().ledger;
    let rows = lab.tables.client().scan().table_name(ledger).send().await.unwrap().items.unwrap();
    let is_number = |pk: &str| pk.starts_with("cube#") || pk.starts_with("account#");
    rows.into_iter().filter(|row| is_number(row["pk"].as_s().unwrap())).collect()
}

/// What they come to, whatever slot and shard it is in.
async fn numbers(lab: &Lab) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in numbers_of(lab).await {
        let [pk, sk] = ["pk", "sk"].map(|name| row[name].as_s().unwrap());
        let pk = if pk.starts_with("cube#") { pk.rsplit_once('#').unwrap().0 } else { pk };
        for (name, number) in row.iter().filter_map(|(name, value)| Some((name, value.as_n().ok()?))) {
            let name = format!("{pk} {} {name}", sk.rsplit_once('#').unwrap().0);
            *sums.entry(name).or_default() += number.parse::<i64>().unwrap();
        }
    }
    sums.retain(|_, number| *number != 0);
    sums
}

#[tokio::test]
async fn numbers_that_were_lost_are_put_right_once_whatever_fails() {
    let quiet = Faults::default();
    lost_numbers(quiet.clone()).await;
    let calls = quiet.calls();
    let writes = calls.iter().enumerate().filter(|(_, call)| !is_read(call));
    run_all(writes.flat_map(|(at, call)| faults_of(at, call)).collect(), lost_numbers).await;
}
