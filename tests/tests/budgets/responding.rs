//! What responders cost: a lead that joins, and a step that is sent, by a text message, as the mail service is no part of it.

use dispatch::test_dispatcher::dispatcher;
use domain::{lead::Lead, responder::Responder};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;
use store::ResponderJob;
use tests::{Reply, TestBuyer, capacity::Units};

use super::{Metered, after, furnished};

/// The function, over the metered tables, once it knows the set-up; and a lead that may join.
async fn ready(gateway: &TestBuyer, now: Timestamp) -> (Metered, responder::App, Lead) {
    let tables = furnished(&[], false).await;
    let metered = Metered::over(tables).await;
    let lead_id = metered.taken_in(1).await;
    let lead = metered.store.lead(lead_id).await.unwrap().unwrap();
    let hour = (now.to_zoned(TimeZone::UTC).hour() + 12) % 24;
    let step = |after_min: u32| json!({ "after_min": after_min, "channel": "sms", "text": "Hello. STOP ends it." });
    let record: Responder = serde_json::from_value(json!({
        "rid": "welcome", "name": "Welcome", "campid": lead.campid, "join": "on_approval",
        "quiet": { "from": format!("{hour:02}:00"), "to": format!("{hour:02}:01") },
        "steps": [step(10), step(20), step(30)],
        "sms": {
            "request": { "url": gateway.url(), "fields": { "to": "{{ sms.to }}", "text": "{{ sms.text }}" } },
            "answer": { "rules": [{ "then": "accepted", "status": ["2xx"] }] },
        },
    }))
    .unwrap();
    assert_eq!(domain::setup::Record::check(&record), []);
    metered.store.save(record, None).await.unwrap();
    metered.store.cached::<Responder>("welcome").await.unwrap();
    metered.store.zone().await.unwrap();
    let dispatcher = dispatcher(metered.store.clone(), metered.queue.clone());
    let app = responder::App {
        store: metered.store.clone(),
        client: dispatcher.client,
        mail: dispatcher.mail,
        identity: dispatcher.identity,
        public_url: "https://leads.example".to_owned(),
    };
    metered.meter.bill("the set-up is known");
    (metered, app, lead)
}

#[tokio::test]
async fn a_lead_joins_for_eight_units_and_each_step_costs_seven() {
    let (gateway, now) = (TestBuyer::answering([Reply::new(200, "")]).await, lambda::now());
    let (metered, app, lead) = ready(&gateway, now).await;
    let (rid, lead) = ("welcome".parse::<domain::id::ResponderRef>().unwrap(), lead.id);
    responder::take(&app, &ResponderJob::Join { lead, rid: rid.clone() }, now).await.unwrap();
    let joined = metered.meter.bill("a lead joins, and waits for its first step");
    assert!(
        joined.written() <= Units::whole(9),
        "the lead 1; enrolment and numbers 4, its place 1; moved 3: {}",
        joined.written()
    );

    let next = ResponderJob::Next { lead, rid, number: 1 };
    for step in 1..=2 {
        // It is due ten minutes after the lead has joined, which took a moment.
        responder::take(&app, &next, after(now, step * 600 + 20)).await.unwrap();
        let sent = metered.meter.bill("a step is sent, and the next one waits");
        assert!(sent.written() <= Units::whole(7), "intent 1, outcome and numbers 4, its place 2: {}", sent.written());
        assert!(sent.read() <= Units::whole(8), "enrolment, lead and consent, again for the next: {}", sent.read());
    }
    responder::take(&app, &next, after(now, 1_250)).await.unwrap();
    let early = metered.meter.bill("a message that comes too early");
    assert_eq!((early.written(), gateway.requests().len()), (Units::whole(0), 2));
}
