//! Exports end to end: asked for over the API, written by the deployed worker, and downloaded by the link that the API gives.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// The worker may have to start, and the machine may be busy.
const WRITTEN_WITHIN: Duration = Duration::from_secs(60);
/// Leads there are.
const LEADS: usize = 30;

type Row = BTreeMap<String, String>;

/// The rows of an export of this world's campaign, by column, as somebody downloads them.
async fn exported(world: &World, key: &str) -> Vec<Row> {
    let body = json!({ "search": { "campid": [world.reference("c")] } }).to_string();
    let asked = world.send(Method::POST, "/v1/lead-exports", key, &[], &body).await.expect(202).json;
    rows_of(world, key, asked["export_id"].as_str().unwrap()).await
}

/// The rows of an export, once it is written.
async fn rows_of(world: &World, key: &str, export_id: &str) -> Vec<Row> {
    let path = format!("/v1/lead-exports/{export_id}");
    let started = Instant::now();
    let export = loop {
        let export = world.read_as(key, &path).await.expect(200).json;
        if export["state"] == "done" {
            break export;
        }
        assert!(started.elapsed() < WRITTEN_WITHIN, "it is not written: {export:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let answer = client.get(export["url"].as_str().unwrap()).send().await.unwrap().error_for_status().unwrap();
    let text = answer.bytes().await.unwrap();
    assert_eq!(export["bytes"], text.len());
    let mut reader = csv::Reader::from_reader(text.as_ref());
    let rows: Vec<Row> = reader.deserialize().map(|row| row.unwrap()).collect();
    assert_eq!(export["rows"], rows.len());
    rows
}

#[tokio::test]
async fn a_bulk_job_writes_the_leads_that_it_names_into_a_file_and_changes_none() {
    let world = World::new().await;
    let mut leads = Vec::new();
    for number in 0..3 {
        leads.push(
            world
                .post(&world.lead(json!({ "email": format!("person{number}@example.com") })))
                .await
                .expect(201)
                .lead_id(),
        );
    }
    let order = json!({ "action": "export", "lead_ids": [leads[2], leads[0]] });
    let job = world.as_seller(Method::POST, "/v1/bulk", &order).await.expect(202).json;
    let (job, export) = (job["job_id"].as_str().unwrap(), job["export_id"].as_str().unwrap());
    let rows = rows_of(&world, &world.deployment.first_key(), export).await;
    assert_eq!(column(&rows, "lead_id"), [&leads[2], &leads[0]]);
    let over = world.as_seller(Method::GET, &format!("/v1/bulk/{job}"), &Value::Null).await.expect(200).json;
    assert_eq!((&over["state"], &over["total"], &over["changed"]), (&json!("done"), &json!(2), &json!(0)), "{over:#}");
}

fn column<'a>(rows: &'a [Row], name: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str()).collect()
}

#[tokio::test]
async fn a_search_is_downloaded_as_a_file_by_all_whom_it_concerns_each_with_its_own() {
    let mut world = World::new().await;
    let endpoint = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &endpoint).await;
    let bid = world.reference("b1");
    let buyer_key = world.new_key(json!({ "role": "buyer", "bid": bid, "label": "tests" })).await;
    let mut leads = Vec::new();
    for number in 0..LEADS {
        let changes =
            json!({ "email": format!("person{number}@example.com"), "firstname": format!("=Ann \"{number}\",\nB") });
        leads.push(world.post(&world.lead(changes)).await.expect(201).lead_id());
    }
    for lead in &leads {
        world.settled(lead).await;
    }
    leads.reverse();

    let first_key = world.deployment.first_key();
    let rows = exported(&world, &first_key).await;
    assert_eq!(column(&rows, "lead_id"), leads, "each once, newest first");
    let people: BTreeSet<&str> = column(&rows, "email").into_iter().collect();
    assert_eq!(people.len(), LEADS);
    let newest = &rows[0];
    assert_eq!(newest["firstname"], format!("'=Ann \"{}\",\nB", LEADS - 1), "no spreadsheet runs it");
    let told = ["sold_status", "buyers", "revenue", "payout", "profit", "source"].map(|name| newest[name].as_str());
    assert_eq!(told, ["sold", bid.as_str(), "12.50", "5.00", "7.50", "google"]);

    let rows = exported(&world, world.supplier_key()).await;
    assert_eq!(column(&rows, "lead_id"), leads);
    assert_eq!((rows[0]["payout"].as_str(), rows[0].get("buyers"), rows[0].get("revenue")), ("5.00", None, None));

    let rows = exported(&world, &buyer_key).await;
    assert_eq!(column(&rows, "lead_id"), leads);
    assert_eq!((rows[0]["revenue"].as_str(), rows[0].get("payout"), rows[0].get("source")), ("12.50", None, None));
    assert!(column(&rows, "buyers").iter().all(|buyers| *buyers == bid));
}

#[tokio::test]
async fn an_export_that_finds_nothing_is_a_header_alone() {
    let world = World::new().await;
    assert_eq!(exported(&world, world.supplier_key()).await, Vec::<Row>::new());
    let listed = world.read_as(world.supplier_key(), "/v1/lead-exports").await.expect(200).json;
    assert_eq!((&listed["items"][0]["state"], &listed["items"][1]), (&json!("done"), &Value::Null));
}
