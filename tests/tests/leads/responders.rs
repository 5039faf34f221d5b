//! Responders on the deployed template: a lead is posted, and its person is written to.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Deployment, Reply, TestBuyer, World};

const WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(100);

/// What `look` finds, once it finds something.
async fn once<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < WITHIN, "what was waited for has not come");
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// A responder of two steps that come at once, quiet at a time that this test does not get to.
pub(super) fn responder(world: &World, join: &str, gateway: &TestBuyer) -> Value {
    let hour = (lambda::now().to_zoned(TimeZone::UTC).hour() + 12) % 24;
    json!({
        "rid": world.reference("r"), "name": "Welcome", "campid": world.reference("c"), "join": join,
        "from_name": "Solar Quotes", "quiet": { "from": format!("{hour:02}:00"), "to": format!("{hour:02}:01") },
        "steps": [
            { "after_min": 0, "channel": "email", "subject": "Hello {{ lead.firstname }}", "text": "Thank you." },
            { "after_min": 0, "channel": "sms", "text": "Thank you, {{ lead.firstname }}. Reply STOP to get no more." },
            { "after_min": 1_440, "channel": "sms", "text": "Still there? Reply STOP to get no more." },
        ],
        "sms": {
            "request": {
                "url": gateway.url(), "secret_headers": { "X-Key": "s3cret" },
                "fields": { "to": "{{ sms.to }}", "text": "{{ sms.text }}" },
            },
            "answer": { "rules": [{ "then": "accepted", "status": ["2xx"] }] },
        },
    })
}

async fn statistics(world: &World) -> Value {
    let path = format!("/v1/responders/{}/statistics", world.reference("r"));
    world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json
}

fn has_had(lead: &Value, steps: usize) -> bool {
    lead["responders"][0]["steps"].as_array().is_some_and(|had| had.len() >= steps)
}

#[tokio::test]
async fn who_is_approved_is_written_to_and_can_be_told_apart_from_who_is_not() {
    let world = World::new().await;
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let record = responder(&world, "on_approval", &gateway);
    let made = world.as_seller(Method::POST, "/v1/responders", &record).await.expect(201).json;
    assert!(!made.to_string().contains("s3cret"), "{made:#}");
    // Which responders take approved leads is known for half a minute.
    tokio::time::sleep(store::CACHED_FOR).await;
    let address = format!("{}@example.com", world.reference("ann"));
    let lead_id = world.post(&world.lead(json!({ "email": address }))).await.expect(201).lead_id();

    let lead = world.lead_when(&lead_id, |lead| has_had(lead, 2)).await;
    let own = &lead["responders"][0];
    assert_eq!(
        (&own["rid"], &own["number"], &own["state"]),
        (&json!(world.reference("r")), &json!(1), &json!("active"))
    );
    assert_eq!([&own["steps"][0]["state"], &own["steps"][1]["state"]], [&json!("failed"), &json!("sent")], "{own:#}");
    assert!(own["joined_at"].as_str() > lead["received"].as_str(), "a date of its own: {lead:#}");
    let joined = |lead: &Value| lead["history"].as_array().unwrap().iter().any(|one| one["what"] == "joined_responder");
    world.lead_when(&lead_id, joined).await;

    // The deployment has no sender of its own; what is mailed where there is one, `tests/tests/kills/responding.rs` looks at.
    assert_eq!(own["steps"][0]["reason"], "there is no sender", "{own:#}");
    assert_eq!(Deployment::get().await.mails_to(&address).await, Vec::<Value>::new());
    let requests = gateway.requests();
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(
        (requests.len(), &body),
        (1, &json!({ "to": "+442079460018", "text": "Thank you, Ann. Reply STOP to get no more." }))
    );
    assert_eq!(requests[0].headers["x-key"], "s3cret");

    let told = statistics(&world).await;
    assert_eq!([&told["joined"], &told["active"], &told["finished"]], [&json!(1), &json!(1), &json!(0)], "{told:#}");
    let sent: Vec<&Value> = told["steps"].as_array().unwrap().iter().map(|step| &step["sent"]).collect();
    assert_eq!(sent, [&json!(0), &json!(1), &json!(0)], "{told:#}");
    assert_eq!(told["steps"][0]["failed"], 1, "{told:#}");
}

#[tokio::test]
async fn who_is_put_into_a_responder_by_a_bulk_job_is_written_to_unless_it_has_unsubscribed() {
    let world = World::new().await;
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let record = responder(&world, "by_hand", &gateway);
    world.as_seller(Method::POST, "/v1/responders", &record).await.expect(201);
    let mut leads = Vec::new();
    for short in ["ann", "bob"] {
        let email = format!("{}@example.com", world.reference(short));
        // Of one phone there is one consent.
        let phone1 = if short == "ann" { "020 7946 0018" } else { "020 7946 0857" };
        leads.push(world.post(&world.lead(json!({ "email": email, "phone1": phone1 }))).await.expect(201).lead_id());
    }
    let order =
        |action: &str, params: Value, lead: &str| json!({ "action": action, "params": params, "lead_ids": [lead] });
    done(&world, &order("unsubscribe", json!({ "from": "all" }), &leads[1])).await;
    let rid = json!({ "rid": world.reference("r") });
    let ann = done(&world, &order("join_responder", rid.clone(), &leads[0])).await;
    let bob = done(&world, &order("join_responder", rid.clone(), &leads[1])).await;
    assert_eq!(
        (&ann["changed"], &bob["changed"], &bob["skipped"]),
        (&json!(1), &json!(0), &json!(1)),
        "{ann:#} {bob:#}"
    );

    let lead = world.lead_when(&leads[0], |lead| has_had(lead, 2)).await;
    assert_eq!(lead["responders"][0]["steps"][1]["state"], "sent", "{lead:#}");
    let again = done(&world, &order("join_responder", rid, &leads[0])).await;
    assert_eq!(again["skipped"], 1, "it is in it still: {again:#}");
    let missing = order("join_responder", json!({ "rid": "nobody-made-it" }), &leads[0]);
    let answer = world.as_seller(Method::POST, "/v1/bulk", &missing).await.expect(422).json;
    assert_eq!(answer["errors"][0]["field"], "params.rid", "{answer:#}");
    assert_eq!(statistics(&world).await["joined"], 1);
}

#[tokio::test]
async fn a_bulk_message_is_sent_once_to_who_may_have_it_and_stands_in_the_leads_activity() {
    let world = World::new().await;
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let record = responder(&world, "by_hand", &gateway);
    world.as_seller(Method::POST, "/v1/responders", &record).await.expect(201);
    let mut leads = Vec::new();
    for (short, phone1) in [("ann", "020 7946 0018"), ("bob", "020 7946 0857")] {
        let email = format!("{}@example.com", world.reference(short));
        leads.push(world.post(&world.lead(json!({ "email": email, "phone1": phone1 }))).await.expect(201).lead_id());
    }
    done(&world, &json!({ "action": "unsubscribe", "params": { "from": "sms" }, "lead_ids": [leads[1]] })).await;
    let params = json!({
        "campid": world.reference("c"), "channel": "sms", "gateway": world.reference("r"), "quiet": record["quiet"],
        "text": "Come round, {{ lead.firstname }}! {{ unsubscribe_url }}",
    });
    let mut order = json!({ "action": "send_message", "params": params, "lead_ids": leads, "dry_run": true });
    let seen = done(&world, &order).await;
    order["dry_run"] = json!(false);
    let job = done(&world, &order).await;
    for told in [&seen, &job] {
        assert_eq!((&told["changed"], &told["skipped_for"]), (&json!(1), &json!({ "no_consent": 1 })), "{told:#}");
    }

    let lead = world.lead_when(&leads[0], |lead| has_had(lead, 1)).await;
    let own = &lead["responders"][0];
    assert_eq!(
        (&own["rid"], &own["state"], &own["steps"][0]["state"]),
        (&job["job_id"], &json!("finished"), &json!("sent"))
    );
    let ordered = |lead: &Value| lead["history"].as_array().unwrap().iter().any(|one| one["what"] == "message_ordered");
    world.lead_when(&leads[0], ordered).await;
    let requests = gateway.requests();
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!((requests.len(), &body["to"]), (1, &json!("+442079460018")));
    assert!(body["text"].as_str().unwrap().starts_with("Come round, Ann! http"), "{body}");
    let path = format!("/v1/bulk/{}", job["job_id"].as_str().unwrap());
    let told = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
    assert_eq!((&told["messages"]["sent"], &told["messages"]["waiting"]), (&json!(1), &json!(0)), "{told:#}");
}

/// Orders something, and waits until it is done. The job, as it is shown then.
async fn done(world: &World, order: &Value) -> Value {
    let ordered = world.as_seller(Method::POST, "/v1/bulk", order).await.expect(202).json;
    let path = format!("/v1/bulk/{}", ordered["job_id"].as_str().unwrap());
    once(async || {
        let job = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
        (job["state"] == "done").then_some(job)
    })
    .await
}
