//! A person is erased on the deployed template: no byte of it is left in tables, indexes, queues, dead letters, files or logs, but in the files
//! that people have sent or asked for, which end by themselves; and the books are what they were.

mod kept;
mod known;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::World;

use self::{
    kept::{ENDS_BY_ITSELF, Kept},
    known::{Known, Person},
};
use super::{
    bulk::{done, read},
    dead_letters,
};

/// The stream's functions come within seconds, but the machine may be busy.
const BOOKED_WITHIN: Duration = Duration::from_secs(60);

async fn report(world: &World) -> Value {
    let day = |hours| domain::time::utc_day(lambda::now() + SignedDuration::from_hours(hours));
    let path = format!("/v1/reports/campaign?campid={}&from={}&to={}", world.reference("c"), day(-24), day(24));
    read(world, &path).await
}

/// The report once so many returns are booked, which comes a moment later.
async fn booked(world: &World, returns: u64) -> Value {
    let started = Instant::now();
    loop {
        let report = report(world).await;
        if report["totals"][0]["returns"] == returns {
            return report;
        }
        assert!(started.elapsed() < BOOKED_WITHIN, "{report:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the entries of a lead move, which adds up to nothing.
async fn entries(world: &World, lead_id: &str) -> Value {
    let lead = read(world, &format!("/v1/leads/{lead_id}")).await;
    let lines = lead["journal"].as_array().unwrap().iter().flat_map(|entry| entry["lines"].as_array().unwrap());
    let minor = |line: &Value, side: &str| {
        let amount = line[side]["amount"].as_str().unwrap_or("0.00");
        amount.replace('.', "").parse::<i64>().unwrap()
    };
    assert_eq!(lines.map(|line| minor(line, "debit") - minor(line, "credit")).sum::<i64>(), 0, "{lead:#}");
    lead["journal"].clone()
}

#[tokio::test]
async fn nothing_of_a_person_is_left_anywhere_and_the_books_are_what_they_were() {
    let person = Person::new();
    let Known { world, lead_id, elsewhere } = known::everywhere(&person).await;
    let before = (booked(&world, 1).await, entries(&world, &lead_id).await);
    let kept = {
        let _alone = dead_letters::ALONE.lock().await;
        known::given_up(&world, &lead_id).await;
        Kept::now().await
    };
    assert!(person.found_in(&kept.tables) > 30, "it is found {} times before", person.found_in(&kept.tables));
    assert!(kept.messages.contains(&lead_id), "a message about its lead is dead");
    let files = kept.files_of(&person);
    let folders: BTreeSet<&str> = files.iter().filter_map(|key| key.split('/').next()).collect();
    assert_eq!(Vec::from_iter(folders), ENDS_BY_ITSELF.map(|(folder, _)| folder), "it is in all of these");

    let order =
        json!({ "action": "erase", "params": { "email": person.email, "phone": format!("+44{}", person.phone) } });
    let job = done(&world, &order).await;
    let told = (&job["failed"], &job["skipped"], &job["params"]);
    assert_eq!((told, job["changed"].as_u64() >= Some(6)), ((&json!(0), &json!(0), &json!({})), true), "{job:#}");
    let tombstone = world.lead_when(&lead_id, |lead| lead["deleted_at"].is_string()).await;
    assert_eq!((&tombstone["fields"], &tombstone["sold_status"]), (&json!({}), &json!("returned")), "{tombstone:#}");
    for (world, lead_id) in &elsewhere {
        world.lead_when(lead_id, |lead| lead["deleted_at"].is_string()).await;
    }

    let left = Kept::now().await;
    for (place, text) in left.texts() {
        let line = text.lines().find(|line| person.found_in(line) > 0);
        assert_eq!(line, None, "in {place}");
    }
    let more: Vec<&str> = left.files_of(&person).difference(&files).copied().collect();
    assert!(more.is_empty(), "in what people have sent or asked for before, and nowhere else: {more:?}");
    assert_eq!((report(&world).await, entries(&world, &lead_id).await), before);
    // Who looks for it finds nothing, and who knew it by its id finds ids and amounts.
    let found = read(&world, &format!("/v1/leads?q={}", person.email)).await;
    assert_eq!(found["items"], json!([]), "{found:#}");
    // It may come back, and is still left alone.
    let again = world.post(&person.lead(&world)).await.lead_id();
    let consent = read(&world, &format!("/v1/leads/{again}")).await["consent"].clone();
    assert_eq!(consent["email"]["status"], "no", "{consent:#}");
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
