//! Bulk jobs: what a lead costs beyond its own change.

use axum::{body::Body, http::Request};
use bulk::worker::{self, Pace};
use domain::{
    bulk::{Action, Ordered},
    consent::Spoken,
    id::{AttemptId, BulkJobId, LeadId},
    lead::{Actor, Lead, Outcome, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use lambda::http::Function;
use serde_json::{Value, json};
use store::{BulkMessage, BulkQueue, Commit, LeadExportsQueue};
use tests::{Deployment, capacity::Units, furnished::key_of, identity};
use tower::ServiceExt;
use ulid::Ulid;

use super::{Metered, furnished};

/// Leads of each job.
const LEADS: u64 = 300;

/// The `number`th lead, which came in and was sold to `b1` within the last hour.
fn sold(number: u64, now: Timestamp) -> Lead {
    let at = now - SignedDuration::from_secs(3_600 - i64::try_from(number).unwrap());
    let ulid = Ulid::from_parts(at.as_millisecond().unsigned_abs(), number.into());
    let fields = [("email", format!("ann.smith.{number}@example.com")), ("firstname", "Ann".to_owned())];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value)).into();
    let (did, attempt) = ("d1".parse().unwrap(), AttemptId::from_ulid(ulid));
    let lead = Lead { id: LeadId::from_ulid(ulid), fields, ..test_lead(at) };
    let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), at).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(40)).unwrap();
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let bought = Outcome::Accepted { price, reference: None, redirect_url: None };
    lead.on_outcome(&did, &attempt, 1, bought, at).unwrap()
}

/// An installation with so many leads, and one more.
async fn with_leads() -> (Metered, Vec<LeadId>) {
    let (tables, now) = (furnished(&["http://127.0.0.1:9/none"], true).await, lambda::now());
    let mut ids = Vec::new();
    for number in 0..=LEADS {
        let lead = sold(number, now);
        tables.store().put_lead(&lead, 0, &identity()).await.unwrap();
        ids.push(lead.id);
    }
    (Metered::over(tables).await, ids)
}

/// What the change of one lead alone writes.
async fn one_alone(metered: &Metered, order: &Value, lead: LeadId) -> Units {
    let action: Action = serde_json::from_value(order.clone()).unwrap();
    let (now, job, by) = (lambda::now(), BulkJobId::from_ulid(Ulid(1)), "seller".parse().unwrap());
    let reasons = ["OTHER".to_owned()];
    let spoken = Spoken::default();
    let ordered =
        Ordered { job, by: &by, zone: &TimeZone::UTC, reasons: &reasons, spoken: &spoken, responder: None, now };
    // What a cold function has to learn first is none of its cost.
    let before = metered.store.lead(lead).await.unwrap().unwrap();
    metered.meter.bill("the lead is read");
    let change = action.plan(&before, &ordered).unwrap();
    let done = metered.store.carry_out(&before, change, &Actor::with_job(job), &identity(), now).await.unwrap();
    assert!(matches!(done, Commit::Done(_)));
    metered.meter.bill(&format!("{} of one lead alone", action.word())).written()
}

/// Orders a job, and has it carried out; checks that each lead costs no more than it may beyond its own change.
async fn costs_little(title: &str, order: Value, is_searched: bool) {
    let (metered, ids) = with_leads().await;
    let (first, others) = ids.split_first().unwrap();
    let own = one_alone(&metered, &order, *first).await;
    let deployment = Deployment::get().await;
    let (_, url) = deployment.own_queue().await;
    let lead_exports_queue = LeadExportsQueue::new(deployment.sqs(), url.clone());
    let bulk_queue = BulkQueue::new(metered.meter.sqs(&deployment.sqs()), url);
    let mut form = order;
    if is_searched {
        form["search"] = json!({ "campid": ["solar"] });
    } else {
        form["lead_ids"] = others.iter().map(ToString::to_string).collect();
    }
    let (store, queue) = (metered.store.clone(), metered.queue.clone());
    let app =
        bulk::App { store: store.clone(), identity: identity(), bulk_queue: bulk_queue.clone(), lead_exports_queue };
    let request = Request::post("/v1/bulk").header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {}", key_of("seller")));
    let answer = app.router().oneshot(request.body(Body::from(form.to_string())).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 202);
    let ordered = metered.meter.bill(&format!("{title}: the order"));

    let job = store.bulk_jobs(None, 1).await.unwrap().items.remove(0).id;
    metered.meter.bill("the test looks for the job");
    let app = worker::App { store: store.clone(), identity: identity(), queue, bulk_queue };
    worker::take(&app, BulkMessage { job }, lambda::now(), Pace::default()).await.unwrap();
    let bill = metered.meter.bill(&format!("{title}: the work")).and(ordered);
    // The lead that was changed alone is found as well, and left as it is or changed once more.
    let done = store.bulk_job(job).await.unwrap().unwrap();
    assert_eq!(done.tally.done(), LEADS + u64::from(is_searched), "{done:#?}");
    assert_eq!((done.tally.changed, done.tally.failed), (LEADS, 0), "{done:#?}");
    let own: Units = (0..LEADS).map(|_| own).sum();
    bill.print(&format!("{title}: {LEADS} leads, of which their own change is {own} WRU"));
    assert!(bill.written() <= own + Units::whole(LEADS * 12 / 10), "{title}: {} beyond {own}", bill.written());
    assert!(bill.read() <= Units::whole(LEADS), "{title}: {}", bill.read());
}

fn update_payout() -> Value {
    let payout = json!({ "amount": "7.00", "currency": "GBP" });
    json!({ "action": "update_payout", "params": { "payout": payout, "reason": "agreed" } })
}

#[tokio::test]
async fn a_lead_that_is_named_costs_little_beyond_its_own_change() {
    costs_little("update_payout of 300 named leads", update_payout(), false).await;
}

#[tokio::test]
async fn a_lead_that_a_search_finds_costs_little_beyond_its_own_change() {
    costs_little("update_payout of a campaign with 300 leads", update_payout(), true).await;
    let order = json!({ "action": "return", "params": { "reason": "OTHER" } });
    costs_little("return of a campaign with 300 leads", order, true).await;
}
