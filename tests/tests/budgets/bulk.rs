//! Bulk jobs: what a lead costs beyond its own change, whatever is done to it, and however many there are.

use aws_sdk_dynamodb::types::StreamSpecification;
use axum::{body::Body, http::Request};
use bulk::worker::{self, Pace};
use domain::{
    bulk::{Action, Ordered},
    consent::{How, Speaker, Spoken, Word},
    id::{AttemptId, BulkJobId, LeadId},
    lead::{Actor, Channel, Lead, Outcome, test_lead},
    money::Money,
    responder::Responder,
    setup::Record,
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use lambda::http::Function;
use serde_json::{Value, json};
use store::{BulkMessage, BulkQueue, Commit, LeadExportsQueue, Saved, test_tables::TestTables};
use tests::{
    Deployment,
    capacity::{Bill, Units},
    furnished::key_of,
    identity,
};
use tower::ServiceExt;
use ulid::Ulid;

use super::{Metered, furnished};

/// Leads that are changed alone before: by the second, everything is known that a cold function has to learn, which is none of a lead's cost.
const ALONE: u64 = 2;
/// Most leads that can be named at once.
const MAX_NAMED: u64 = 1_000;

/// What has become of leads before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Been {
    /// They were sold to `b1`.
    Sold,
    /// The same, and their people have said no.
    SoldAndSilent,
    /// The same, all of one person.
    SoldOfOne,
    /// `b1` has turned them down.
    TurnedDown,
    /// They were put aside.
    Aside,
}

/// What leads an action is for; none: it does nothing to them.
fn wants(action: &Action) -> Option<Been> {
    Some(match action {
        Action::Return(_)
        | Action::UpdatePayout(_)
        | Action::UpdateRevenue(_)
        | Action::Unsubscribe(_)
        | Action::Delete(_)
        | Action::JoinResponder(_)
        | Action::SendMessage(_) => Been::Sold,
        Action::Redeliver(_) => Been::TurnedDown,
        Action::Release(_) | Action::Reject(_) => Been::Aside,
        Action::Resubscribe(_) => Been::SoldAndSilent,
        Action::Erase(_) => Been::SoldOfOne,
        // What it costs is an export's.
        Action::Export(_) => return None,
    })
}

/// The `number`th lead, which came in within the last hour.
fn lead(number: u64, been: Been, now: Timestamp) -> Lead {
    let at = now - SignedDuration::from_secs(3_600) + SignedDuration::from_millis(i64::try_from(number).unwrap() * 100);
    let ulid = Ulid::from_parts(at.as_millisecond().unsigned_abs(), number.into());
    let person = if been == Been::SoldOfOne { 0 } else { number };
    let fields = [("email", format!("ann.smith.{person}@example.com")), ("firstname", "Ann".to_owned())];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value)).into();
    let (did, attempt) = ("d1".parse().unwrap(), AttemptId::from_ulid(ulid));
    let lead = Lead { id: LeadId::from_ulid(ulid), fields, ..test_lead(at) };
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let outcome = match been {
        Been::Aside => return lead.on_quarantined("looks odd".to_owned(), None).unwrap(),
        Been::TurnedDown => Outcome::Rejected { reason: "no".to_owned() },
        Been::Sold | Been::SoldAndSilent | Been::SoldOfOne => {
            Outcome::Accepted { price, reference: None, redirect_url: None }
        }
    };
    let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), at).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(40)).unwrap();
    lead.on_outcome(&did, &attempt, 1, outcome, at).unwrap()
}

/// Tables whose leads leave no stream: with one, the emulator looks through all changes there have been for each that comes.
async fn unstreamed() -> TestTables {
    let tables = furnished(&["http://127.0.0.1:9/none"], true).await;
    let none = StreamSpecification::builder().stream_enabled(false).build().unwrap();
    let update = tables.client().update_table().table_name(tables.tables().leads);
    update.stream_specification(none).send().await.unwrap();
    let step = json!({ "after_min": 0, "channel": "email", "subject": "Hello", "text": "Hello." });
    let welcome: Responder =
        serde_json::from_value(json!({ "rid": "welcome", "name": "Welcome", "campid": "solar", "steps": [step] }))
            .unwrap();
    assert!(welcome.check().is_empty() && matches!(tables.store().save(welcome, None).await.unwrap(), Saved::Done(_)));
    tables
}

/// An installation with so many leads.
async fn with_leads(count: u64, been: Been) -> (Metered, Vec<LeadId>) {
    let (tables, now) = (unstreamed().await, lambda::now());
    let put = |number| {
        let store = tables.store();
        async move {
            let lead = lead(number, been, now);
            store.put_lead(&lead, 0, &identity()).await.unwrap();
            if been == Been::SoldAndSilent {
                let at = now - SignedDuration::from_mins(1);
                let word = Word { yes: false, at, by: Speaker::Person, how: How::Page, told: None };
                store.say(&lead.contact(Channel::Email).unwrap(), &word, &identity()).await.unwrap();
            }
            lead.id
        }
    };
    let ids = stream::iter((0..count).map(put)).buffered(16).collect().await;
    (Metered::over(tables).await, ids)
}

/// What the change of one lead alone takes, with what is asked for that.
async fn one_alone(metered: &Metered, order: &Value, lead: LeadId) -> Bill {
    let action: Action = serde_json::from_value(order.clone()).unwrap();
    let (now, by) = (lambda::now(), "seller".parse().unwrap());
    let job = BulkJobId::from_ulid(Ulid::from_parts(now.as_millisecond().unsigned_abs(), 1));
    let reasons = ["OTHER".to_owned()];
    let before = metered.store.lead(lead).await.unwrap().unwrap();
    let responder = match action.responder() {
        Some(rid) => metered.store.cached::<Responder>(rid.as_str()).await.unwrap(),
        None => None,
    };
    metered.meter.bill("the lead is read");
    let spoken = match action.asks_what_was_said() {
        true => metered.store.spoken(&before, &identity()).await.unwrap(),
        false => Spoken::default(),
    };
    let responder = responder.as_deref();
    let ordered = Ordered { job, by: &by, zone: &TimeZone::UTC, reasons: &reasons, spoken: &spoken, responder, now };
    let change = action.plan(&before, &ordered).unwrap();
    let done = metered.store.carry_out(&before, change, &Actor::with_job(job), &identity(), now).await.unwrap();
    assert!(matches!(done, Commit::Done(_)));
    metered.meter.bill(&format!("{} of one lead alone", action.word()))
}

/// Orders a job for so many leads, and has it carried out; checks that each costs no more than it may beyond its own change.
async fn costs_little(order: Value, leads: u64, is_searched: bool) {
    let action: Action = serde_json::from_value(order.clone()).unwrap();
    let been = wants(&action).unwrap();
    let title =
        format!("{} of {leads} leads that are {}", action.word(), if is_searched { "searched" } else { "named" });
    let (metered, ids) = with_leads(ALONE + leads, been).await;
    let (alone, others) = ids.split_at(usize::try_from(ALONE).unwrap());
    let mut own = None;
    for lead in alone {
        own = Some(one_alone(&metered, &order, *lead).await);
    }
    let own = own.unwrap();
    let deployment = Deployment::get().await;
    let (_, url) = deployment.own_queue().await;
    let lead_exports_queue = LeadExportsQueue::new(deployment.sqs(), url.clone());
    let bulk_queue = BulkQueue::new(metered.meter.sqs(&deployment.sqs()), url);
    let mut form = order;
    if is_searched {
        form["search"] = json!({ "campid": ["solar"] });
    } else if been != Been::SoldOfOne {
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
    // Those that were changed alone are found as well, and changed once more, or left as they are.
    let done = store.bulk_job(job).await.unwrap().unwrap();
    assert_eq!((done.tally.failed, done.tally.done() >= leads), (0, true), "{done:#?}");
    assert!((leads..=leads + ALONE).contains(&done.tally.changed), "{done:#?}");
    let times = |units: Units| (0..done.tally.changed).map(|_| units).sum::<Units>();
    let (written, read) = (times(own.written()), times(own.read()));
    bill.print(&format!("{title}, of which their own changes are {written} WRU and {read} RRU"));
    assert!(bill.written() <= written + Units::whole(leads * 12 / 10), "{title}: {} beyond {written}", bill.written());
    assert!(bill.read() <= read + Units::whole(leads), "{title}: {} beyond {read}", bill.read());
}

fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

fn update_payout() -> Value {
    json!({ "action": "update_payout", "params": { "payout": pounds("7.00"), "reason": "agreed" } })
}

/// An order of each action.
fn orders() -> Vec<Value> {
    let message = json!({ "campid": "solar", "channel": "email", "subject": "Hello", "text": "Thank you." });
    let person = json!({ "email": "ann.smith.0@example.com" });
    [
        ("redeliver", json!({})),
        ("return", json!({ "reason": "OTHER" })),
        ("update_revenue", json!({ "revenue": pounds("10.00"), "reason": "agreed" })),
        ("release", json!({})),
        ("reject", json!({ "reason": "odd" })),
        ("unsubscribe", json!({})),
        ("resubscribe", json!({})),
        ("delete", json!({})),
        ("erase", person),
        ("join_responder", json!({ "rid": "welcome" })),
        ("send_message", message),
    ]
    .map(|(action, params)| json!({ "action": action, "params": params }))
    .into_iter()
    .chain([update_payout()])
    .collect()
}

#[tokio::test]
async fn a_lead_that_is_named_costs_little_beyond_its_own_change_whatever_that_is() {
    for order in orders() {
        costs_little(order, 100, false).await;
    }
}

#[tokio::test]
async fn a_lead_that_a_search_finds_costs_little_beyond_its_own_change() {
    let order = json!({ "action": "return", "params": { "reason": "OTHER" } });
    costs_little(order, 300, true).await;
    costs_little(update_payout(), MAX_NAMED, false).await;
}

#[tokio::test]
async fn so_does_each_of_ten_thousand() {
    costs_little(update_payout(), 10_000, true).await;
}
