//! A person is erased on the deployed template: no byte of it is left in tables, indexes, dead letters, files or logs, and the books are what
//! they were.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Deployment, Reply, TestBuyer, World};

use super::bulk::{done, read};

/// The stream's functions come within seconds, but the machine may be busy.
const BOOKED_WITHIN: Duration = Duration::from_secs(60);

/// Somebody that nobody else in this run is.
struct Person {
    name: String,
    email: String,
    /// Without the leading zero or the country.
    phone: String,
}

impl Person {
    fn new() -> Self {
        let random = lambda::new_lead_id().ulid().random();
        let mark = format!("{random:020x}")[8..].to_owned();
        let phone = format!("7400{:06}", random % 1_000_000);
        Self { name: format!("yolanda{mark}"), email: format!("yo.{mark}@example.com"), phone }
    }

    fn lead(&self, world: &World) -> Value {
        let source = format!("{} {}", self.name, self.email);
        world.lead(json!({ "firstname": self.name, "email": self.email, "phone1": format!("0{}", self.phone), "source": source }))
    }

    /// How often a text has something of it.
    fn found_in(&self, text: &str) -> usize {
        let text = text.to_lowercase();
        [&self.name, &self.email, &self.phone].map(|own| text.matches(own.as_str()).count()).iter().sum()
    }
}

/// Everything that is kept of leads, but for what the queues have in flight, which are ids.
async fn everything() -> Vec<(&'static str, String)> {
    let deployment = Deployment::get().await;
    vec![
        ("tables and indexes", deployment.store().everything().await),
        ("files", files(deployment).await),
        ("dead letters", dead_letters(deployment).await),
        ("logs", deployment.logs()),
    ]
}

async fn files(deployment: &Deployment) -> String {
    let (s3, bucket, mut all) = (deployment.s3(), deployment.files_bucket(), String::new());
    let mut pages = s3.list_objects_v2().bucket(bucket).into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.unwrap().contents.unwrap_or_default() {
            let key = object.key.unwrap();
            // Another test may have removed it since.
            let Ok(got) = s3.get_object().bucket(bucket).key(&key).send().await else { continue };
            let bytes = got.body.collect().await.unwrap().into_bytes();
            all.push_str(&format!("{key} {}\n", String::from_utf8_lossy(&bytes)));
        }
    }
    all
}

async fn dead_letters(deployment: &Deployment) -> String {
    let (sqs, mut all) = (deployment.sqs(), String::new());
    let queues = sqs.list_queues().send().await.unwrap().queue_urls.unwrap_or_default();
    let dead: Vec<_> = queues.into_iter().filter(|url| url.contains("DeadLetters")).collect();
    assert!(dead.len() >= 5, "{dead:?}");
    for url in dead {
        let got = sqs.receive_message().queue_url(&url).visibility_timeout(0).max_number_of_messages(10).send().await;
        let bodies = got.unwrap().messages.unwrap_or_default().into_iter().filter_map(|message| message.body);
        all.extend(bodies.map(|body| format!("{url} {body}\n")));
    }
    all
}

async fn report(world: &World) -> Value {
    let day = |hours| domain::time::utc_day(lambda::now() + SignedDuration::from_hours(hours));
    let path = format!("/v1/reports/campaign?campid={}&from={}&to={}", world.reference("c"), day(-24), day(24));
    read(world, &path).await
}

/// A person of whom as much is kept as can be: sold with a buyer's answer that names it, turned down by another buyer, sent again under a key,
/// twice rejected, returned with a comment, left alone.
async fn known(person: &Person) -> (World, String) {
    let mut world = World::selling(2).await;
    let echo = json!({ "status": "accepted", "id": person.email, "reason": person.name, "price": "12.50" }).to_string();
    for (short, reply) in [("1", Reply::new(200, &echo)), ("2", Reply::reject(&format!("{} is known", person.email)))] {
        world.add_buyer(short, "12.50", &TestBuyer::answering([reply]).await).await;
    }
    let lead_id = world.post_once(&person.email, &person.lead(&world)).await.expect(201).lead_id();
    world.post(&person.lead(&world)).await.expect(422);
    let mut wrong = person.lead(&world);
    wrong["phone1"] = json!(format!("{}99", person.phone));
    world.post(&wrong).await.expect(422);
    world.settled(&lead_id).await;
    let comment = format!("{} says so", person.name);
    let back = json!({ "lead_id": lead_id, "reason": "OTHER", "comment": comment });
    world.as_seller(Method::POST, "/v1/returns", &back).await.expect(201);
    let alone = json!({ "action": "unsubscribe", "params": { "told": format!("Dear {}", person.name) }, "lead_ids": [lead_id] });
    assert_eq!(done(&world, &alone).await["changed"], 1);
    (world, lead_id)
}

#[tokio::test]
async fn nothing_of_a_person_is_left_anywhere_and_the_books_are_what_they_were() {
    let person = Person::new();
    let (world, lead_id) = known(&person).await;
    world.lead_when(&lead_id, |lead| lead["history"].as_array().is_some_and(|history| history.len() >= 3)).await;
    // What is booked comes a moment later.
    let started = Instant::now();
    let before = loop {
        let report = report(&world).await;
        if report["totals"][0]["returns"] == 1 {
            break report;
        }
        assert!(started.elapsed() < BOOKED_WITHIN, "{report:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let found = person.found_in(&everything().await[0].1);
    assert!(found > 15, "it is found {found} times before");

    let order =
        json!({ "action": "erase", "params": { "email": person.email, "phone": format!("+44{}", person.phone) } });
    let job = done(&world, &order).await;
    assert_eq!((&job["changed"], &job["failed"], &job["params"]), (&json!(3), &json!(0), &json!({})), "{job:#}");
    let tombstone = world.lead_when(&lead_id, |lead| lead["deleted_at"].is_string()).await;
    assert_eq!((&tombstone["fields"], &tombstone["sold_status"]), (&json!({}), &json!("returned")), "{tombstone:#}");
    for (place, text) in everything().await {
        let line = text.lines().find(|line| person.found_in(line) > 0);
        assert_eq!(line, None, "in {place}");
    }
    assert_eq!(report(&world).await, before);
    // Who looks for it finds nothing, and who knew it by its id finds ids and amounts.
    let found = read(&world, &format!("/v1/leads?q={}", person.email)).await;
    assert_eq!(found["items"], json!([]), "{found:#}");
    // It may come back, and is still left alone.
    world.post(&person.lead(&world)).await;
}

#[tokio::test]
async fn people_are_left_alone_and_spoken_to_again_by_one_order_each() {
    let person = Person::new();
    let world = World::new().await;
    let lead_id = world.post(&person.lead(&world)).await.expect(201).lead_id();
    let other = world.post(&person.lead(&world)).await.lead_id();
    for (action, params, expected) in [
        ("unsubscribe", json!({ "told": "No more, as you asked." }), ["no", "no"]),
        ("resubscribe", json!({ "to": "sms" }), ["no", "yes"]),
    ] {
        let job = done(&world, &json!({ "action": action, "params": params, "lead_ids": [lead_id] })).await;
        assert_eq!(job["changed"], 1, "{job:#}");
        // By another lead of the same person as well.
        for id in [&lead_id, &other] {
            let consent = read(&world, &format!("/v1/leads/{id}")).await["consent"].clone();
            let told = ["email", "sms"].map(|channel| consent[channel]["status"].as_str().unwrap().to_owned());
            assert_eq!(told, expected, "{consent:#}");
            assert_eq!(consent["sms"]["how"], "bulk", "{consent:#}");
        }
    }
    let supplier = world.read_as(world.supplier_key(), &format!("/v1/leads/{lead_id}")).await.expect(200).json;
    let email = &supplier["consent"]["email"];
    assert_eq!((&email["status"], email.get("by"), email.get("told")), (&json!("no"), None, None), "{email:#}");
}
