//! What the deployed functions write to their logs: nothing about a person, no secret, few bytes, and one thread to follow.

mod traces;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Deployment, Reply, TestBuyer, World};

use traces::lines_with;

/// Log lines of a lead that was posted alone and sold to the first buyer, line ends included; its metrics not.
const MAX_BYTES_PER_SOLD_LEAD: usize = 512;
/// The metrics that such a lead causes, in each of its two invocations.
const MAX_METRIC_BYTES: usize = 256;

/// The people of the other tests, which run at the same time: their addresses, and their phones without the leading zero.
const OTHERS: [&str; 4] = ["ann@example.com", "2079460018", "ben@example.com", "1174960102"];

/// A person that nobody else in this run is.
struct Person {
    name: String,
    email: String,
    /// Without the leading zero or the country.
    phone: String,
    postcode: String,
}

impl Person {
    fn new() -> Self {
        let random = lambda::new_lead_id().ulid().random();
        let mark = format!("{random:020x}")[8..].to_owned();
        Self {
            name: format!("Zebedee{mark}"),
            email: format!("zeb.{mark}@example.com"),
            phone: format!("7400{:06}", random % 1_000_000),
            postcode: format!("ZZ{mark}"),
        }
    }

    fn lead(&self, world: &World, changes: Value) -> Value {
        let phone = format!("0{} {}", &self.phone[..4], &self.phone[4..]);
        let mut lead = world.lead(json!({ "firstname": self.name, "email": self.email, "phone1": phone }));
        lead.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        lead
    }

    fn texts(&self) -> Vec<String> {
        [&self.name, &self.email, &self.phone, &self.postcode].map(Clone::clone).to_vec()
    }
}

/// A lead of this person goes to a buyer that answers so; returns once the delivery has come to something.
async fn delivered(person: &Person, reply: Reply) {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([reply]).await;
    let auth = json!({ "auth": { "kind": "bearer", "token": person.postcode }, "timeout_ms": 2_000 });
    world.add_delivery("1", "12.50", &buyer, auth).await;
    let receipt = world.post(&person.lead(&world, json!({}))).await.expect(201);
    let still_moving = ["queued", "sending", "retry"];
    let done = |lead: &Value| !still_moving.contains(&lead["deliveries"][0]["state"].as_str().unwrap());
    world.lead_when(&receipt.lead_id(), done).await;
}

/// Everything that a supplier can do wrong with a lead of this person.
async fn refused(person: &Person) {
    let world = World::new().await;
    let Person { name, email, phone, postcode } = person;
    world.post_once(email, &person.lead(&world, json!({}))).await.expect(201);
    world.post_once(email, &person.lead(&world, json!({ "firstname": "Other" }))).await.expect(422);
    world.post(&person.lead(&world, json!({}))).await.expect(422);
    for wrong in [
        json!({ "phone1": format!("{phone}99") }),
        json!({ "email": format!("{email}@") }),
        json!({ "postcode": postcode }),
        json!({ postcode.to_lowercase(): "1" }),
        json!({ "firstname": format!("<script>{name}</script>") }),
        json!({ "campid": name }),
        json!({ "firstname": { "a": name } }),
    ] {
        world.post(&person.lead(&world, wrong)).await.expect(422);
    }
    let (key, post) = (world.supplier_key(), Method::POST);
    let broken = format!("{{\"firstname\": \"{name}\", \"email\": \"{email}\", ");
    world.send(post.clone(), "/v1/leads", key, &[], &broken).await.expect(400);
    world.send(post.clone(), "/v1/leads", key, &[("content-type", email)], &broken).await.expect(415);
    world.send(post.clone(), &format!("/v1/leads?email={email}"), key, &[("x-correlation-id", email)], "").await;
    world.send(post, "/v1/leads", &format!("vk_{name}_{email}"), &[], "{}").await.expect(401);
    world.read_as(key, &format!("/v1/leads/{email}")).await.expect(404);
    world.read_as(key, &format!("/{name}/{phone}")).await.expect(404);
}

/// A message that no function of ours has written.
async fn misdirected(person: &Person) {
    // What says that a text is no number quotes the text.
    let body = json!({ "lead_id": lambda::new_lead_id(), "did": "d1", "round": person.email }).to_string();
    let event = json!({ "Records": [{ "messageId": "m1", "body": body, "eventSource": "aws:sqs" }] });
    let answer: Value = Deployment::get().await.invoke("delivery", &event.to_string()).await;
    assert_eq!(answer["batchItemFailures"][0]["itemIdentifier"], "m1");
}

/// The log, once it holds what was written for a request that came after everything else.
async fn log_so_far() -> String {
    let world = World::new().await;
    let mark = format!("end-{}", world.reference("log"));
    let headers = [("x-correlation-id", mark.as_str())];
    for path in ["/v1/leads/lead_01JD3QZ8000000000000000003", "/health"] {
        world.send(Method::GET, path, world.supplier_key(), &headers, "").await;
    }
    world.send(Method::POST, "/v1/leads", world.supplier_key(), &headers, "{}").await;
    world.deployment.log_when(|log| log.matches(&mark).count() >= 3).await
}

#[tokio::test]
async fn no_log_line_holds_anything_of_a_person_whatever_happens_to_the_lead() {
    let person = Person::new();
    let Person { name, email, phone, .. } = &person;
    let echo = format!(r#"{{"status":"rejected","reason":"{name} <{email}> +44{phone} is known"}}"#);
    for reply in [
        Reply::accept(email),
        Reply::accept_at(name, email),
        Reply::new(200, &echo),
        Reply::new(400, &echo),
        Reply::new(503, &echo),
        Reply::new(200, &format!("<html>Thank you, {name}, we call {phone}</html>")),
        Reply::new(200, &format!("{{{email}")),
    ] {
        delivered(&person, reply).await;
    }
    refused(&person).await;
    misdirected(&person).await;

    let log = log_so_far().await;
    assert!(log.contains("asked buyer") && log.contains("the message cannot be read"), "the log is that of the run");
    let others = OTHERS.map(str::to_owned).to_vec();
    let lines = lines_with(&log, &[person.texts(), others].concat());
    assert!(lines.is_empty(), "{lines:#?}");
}

#[tokio::test]
async fn no_log_line_holds_a_key_or_a_secret() {
    let world = World::new().await;
    world.post(&world.lead(json!({}))).await.expect(201);
    let log = log_so_far().await;
    let secret = |key: &str| key.rsplit_once('_').unwrap().1.to_owned();
    let secrets = [secret(&world.deployment.first_key()), secret(world.supplier_key())];
    let lines = lines_with(&log, &secrets);
    assert!(lines.is_empty() && !log.contains("vk_"), "{lines:#?}");
}

/// The JSON of each line, with its length, line end included.
fn parsed(log: &str) -> Vec<(Value, usize)> {
    // The local stack writes the function's name before each line.
    let lines = log.lines().filter_map(|line| line.get(line.find('{')?..));
    lines.filter_map(|line| Some((serde_json::from_str(line).ok()?, line.len() + 1))).collect()
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what was measured is of interest even where it is within its budget")]
async fn a_sold_lead_is_two_log_lines_of_few_bytes() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let (lead_id, correlation_id) = (receipt.lead_id(), receipt.headers["x-correlation-id"].clone());
    world.settled(&lead_id).await;

    let log = world.deployment.log_when(|log| log.matches(&correlation_id).count() >= 2).await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains(&lead_id) || line.contains(&correlation_id)).collect();
    let lines = parsed(&lines.join("\n"));
    let messages: Vec<_> = lines.iter().map(|(line, _)| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["answered", "asked buyer"]);
    let bytes: usize = lines.iter().map(|(_, bytes)| bytes).sum();
    println!("a sold lead: {bytes} bytes of log lines (budget {MAX_BYTES_PER_SOLD_LEAD}): {lines:#?}");
    assert!(bytes <= MAX_BYTES_PER_SOLD_LEAD, "{bytes} bytes: {lines:#?}");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what was measured is of interest even where it is within its budget")]
async fn metrics_are_lines_that_cloudwatch_can_read_and_few_bytes() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    world.settled(&receipt.lead_id()).await;
    world.deployment.invoke("sweeper", "{}").await;

    let sold =
        [["ingest_ms", "lead_approved"], ["buyer_ms", "delivery_accepted"]].map(|names| names.map(str::to_owned));
    let is_complete = |log: &str| {
        let seen = measured(log);
        sold.iter().all(|names| seen.contains_key(names.as_slice()))
            && seen.keys().flatten().any(|name| name == "sweep_ms")
    };
    let seen = measured(&world.deployment.log_when(is_complete).await);
    for names in &sold {
        let bytes = seen[names.as_slice()];
        println!("metrics {names:?}: {bytes} bytes (budget {MAX_METRIC_BYTES})");
        assert!(bytes <= MAX_METRIC_BYTES, "{names:?}: {bytes} bytes");
    }
}

#[tokio::test]
async fn buyers_that_fail_or_answer_what_no_rule_reads_are_counted_as_the_alarms_for_them_ask() {
    let mut world = World::new().await;
    let odd = TestBuyer::answering([Reply::new(200, "<html>Thank you</html>")]).await;
    world.add_buyer("1", "12.50", &odd).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    world.settled(&receipt.lead_id()).await;

    let mut world = World::new().await;
    let down = TestBuyer::answering([Reply::new(500, "down")]).await;
    world.add_buyer("1", "12.50", &down).await;
    // Three requests each, and a pause after ten that failed.
    for number in 0..4 {
        let lead = world.lead(json!({ "email": format!("ann.{number}@example.com") }));
        let receipt = world.post(&lead).await.expect(201);
        let has_failed = |lead: &Value| ["failed", "held"].iter().any(|state| lead["deliveries"][0]["state"] == *state);
        world.lead_when(&receipt.lead_id(), has_failed).await;
    }
    let asked = ["delivery_unrecognised", "delivery_failed", "delivery_paused"];
    let is_told = |log: &str| {
        let seen = measured(log);
        asked.iter().all(|asked| seen.keys().flatten().any(|name| name == asked))
    };
    world.deployment.log_when(is_told).await;
}

/// The metric lines of a log: the longest by the names it holds. Each must be as the format wants it.
fn measured(log: &str) -> BTreeMap<Vec<String>, usize> {
    let mut seen = BTreeMap::new();
    for (line, bytes) in parsed(log).into_iter().filter(|(line, _)| line.get("_aws").is_some()) {
        assert!(line["_aws"]["Timestamp"].as_u64().is_some_and(|ms| ms > 1_700_000_000_000), "{line}");
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((&directive["Namespace"], &directive["Dimensions"]), (&json!("volley"), &json!([[]])), "{line}");
        let mut names = Vec::new();
        for metric in directive["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap().to_owned();
            let is_known = lambda::metrics::ALL.iter().any(|(known, ..)| *known == name);
            let unit = if name.ends_with("_ms") { "Milliseconds" } else { "Count" };
            assert!(is_known && metric["Unit"] == unit, "{metric}");
            assert!(line[&name].is_number() || line[&name][0].is_number(), "{line}");
            names.push(name);
        }
        let longest = seen.entry(names).or_insert(0);
        *longest = bytes.max(*longest);
    }
    seen
}

#[tokio::test]
async fn the_correlation_id_of_a_post_stands_with_every_request_and_log_line_that_follows_from_it() {
    let mut world = World::new().await;
    let first = TestBuyer::answering([Reply::new(503, "busy"), Reply::reject("no")]).await;
    let second = TestBuyer::answering([Reply::accept("B-2")]).await;
    world.add_buyer("1", "12.50", &first).await;
    world.add_buyer("2", "8.00", &second).await;
    let id = world.reference("order");
    let lead = world.lead(json!({})).to_string();
    let headers = [("x-correlation-id", id.as_str())];
    let receipt = world.send(Method::POST, "/v1/leads", world.supplier_key(), &headers, &lead).await.expect(201);
    let lead = world.settled(&receipt.lead_id()).await;

    let ids = |lead: &Value| -> Vec<Value> {
        let deliveries = lead["deliveries"].as_array().unwrap().iter();
        let attempts = deliveries.flat_map(|delivery| delivery["attempts"].as_array().unwrap());
        attempts.map(|attempt| attempt["correlation_id"].clone()).collect()
    };
    assert_eq!(ids(&lead), [json!(id), json!(id), json!(id)], "{lead:#}");
    // The post, and three requests to buyers.
    let log = world.deployment.log_when(|log| log.matches(&id).count() >= 4).await;
    for (line, _) in parsed(&log).iter().filter(|(line, _)| line["lead_id"] == receipt.lead_id().as_str()) {
        assert_eq!((&line["correlation_id"], line["did"].is_string()), (&json!(id), true), "{line}");
    }

    let buyer = world.new_key(json!({ "role": "buyer", "bid": world.reference("b2"), "label": "crm" })).await;
    let seen = world.read_as(&buyer, &format!("/v1/leads/{}", receipt.lead_id())).await.expect(200);
    assert_eq!(ids(&seen.json), [Value::Null], "what a supplier chose is not shown to buyers");
}
