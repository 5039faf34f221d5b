//! Exports over the API: asked for, looked at, listed, by whom they are.

use domain::{id::LeadExportId, time::rfc3339};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{LeadExport, LeadExportState};

use crate::harness::Api;

const PATH: &str = "/v1/lead-exports";

/// The exports that the worker was told of since the last look.
fn told(api: &Api) -> Vec<LeadExportId> {
    api.queue.take_due().into_iter().map(|job| job.export).collect()
}

async fn get(api: &Api, path: &str) -> (u16, Value) {
    api.get(path).await.into_parts()
}

async fn post(api: &Api, body: &Value) -> (u16, Value) {
    api.post(PATH, body).await.into_parts()
}

async fn post_once(api: &Api, key: &str, body: &Value) -> (u16, Value) {
    api.post_once(PATH, key, body).await.into_parts()
}

fn id(view: &Value) -> LeadExportId {
    view["export_id"].as_str().unwrap().parse().unwrap()
}

async fn stored(api: &Api, id: LeadExportId) -> LeadExport {
    api.store().lead_export(id).await.unwrap().unwrap()
}

/// Makes the export what a worker would have made of it.
async fn ended(api: &Api, id: LeadExportId, state: LeadExportState, ended_at: Timestamp) {
    let before = stored(api, id).await;
    let after = LeadExport { state, ended_at: Some(ended_at), rows: 3, bytes: 420, ..before.clone() };
    api.store().save_lead_export(&before, after).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_export_is_queued_with_what_was_asked_and_the_leads_that_there_are_by_now() {
    let api = Api::start().await;
    let before = lambda::now();
    let search = json!({ "campid": ["solar"], "q": ["ann@example.com"], "field": { "postcode": ["SW1A"] } });
    let (status, view) = post(&api, &json!({ "search": search })).await;
    assert_eq!(status, 202, "{view}");
    let expected = json!({
        "export_id": view["export_id"], "state": "queued", "search": search, "created_at": view["created_at"],
        "updated_at": view["created_at"], "rows": 0, "bytes": 0,
    });
    assert_eq!(view, expected);
    let export = stored(&api, id(&view)).await;
    assert!((before..=lambda::now()).contains(&export.query.received.until), "{export:#?}");
    assert_eq!(rfc3339(export.created), view["created_at"].as_str().unwrap());
    assert_eq!(told(&api), [id(&view)], "the worker is told");
    assert_eq!(get(&api, &format!("{PATH}/{}", id(&view))).await, (200, view.clone()));
    assert_eq!(get(&api, PATH).await.1["items"], json!([view]));
}

#[tokio::test]
async fn a_request_that_comes_again_under_its_key_is_the_same_export() {
    let api = Api::start().await;
    let (one, other) = (json!({ "search": { "campid": ["solar"] } }), json!({ "search": { "campid": ["loans"] } }));
    api.queue.set_away(true);
    assert_eq!(post_once(&api, "k", &one).await.0, 503);
    api.queue.set_away(false);
    let (status, first) = post_once(&api, "k", &one).await;
    let again = post_once(&api, "k", &one).await;
    assert_eq!((status, &again), (202, &(202, first.clone())));
    assert_eq!(told(&api), [id(&first), id(&first)], "as long as nobody has begun");
    assert_eq!(get(&api, PATH).await.1["items"].as_array().unwrap().len(), 1, "also where the queue was away at first");
    ended(&api, id(&first), LeadExportState::Running, lambda::now()).await;
    assert_eq!(post_once(&api, "k", &one).await.1["state"], "running");
    assert_eq!(told(&api), [id(&first)], "whoever had it is not at it any more");
    let held = stored(&api, id(&first)).await;
    let until = Some(lambda::now() + SignedDuration::from_mins(5));
    api.store().save_lead_export(&held, LeadExport { lease_until: until, ..held.clone() }).await.unwrap();
    assert_eq!(post_once(&api, "k", &one).await.1["state"], "running");
    assert!(told(&api).is_empty(), "somebody is");

    let (status, refused) = post_once(&api, "k", &other).await;
    assert_eq!((status, &refused["code"]), (422, &json!("idempotency_key_reused")));
    let (status, of_another) = post_once(&api.by("s1"), "k", &one).await;
    assert_eq!(status, 202);
    assert_ne!(id(&of_another), id(&first), "keys are their callers' own");
    assert_ne!(id(&post(&api, &one).await.1), id(&post(&api, &one).await.1), "without a key each is another");
}

#[tokio::test]
async fn an_export_is_its_callers_alone() {
    let api = Api::start().await;
    let mut exports = Vec::new();
    for caller in ["seller", "s1", "b1"] {
        let (status, view) = post(&api.by(caller), &json!({})).await;
        assert_eq!(status, 202, "{view}");
        exports.push((caller, id(&view)));
    }
    for caller in ["seller", "s1", "s2", "b1", "b2"] {
        let api = api.by(caller);
        let listed = get(&api, PATH).await.1["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
        let own: Vec<_> = exports.iter().filter(|(of, _)| *of == caller).map(|(_, export)| *export).collect();
        assert_eq!(listed, own, "{caller}");
        for (of, export) in &exports {
            let expected = if *of == caller { 200 } else { 404 };
            assert_eq!(get(&api, &format!("{PATH}/{export}")).await.0, expected, "{caller} of {of}'s");
        }
    }
    assert_eq!(get(&api.by(""), PATH).await.0, 401);
}

#[tokio::test]
async fn nobody_exports_by_what_it_is_not_shown() {
    let api = Api::start().await;
    for (caller, search) in [("s1", json!({ "bid": ["b1"] })), ("b1", json!({ "field": { "source": ["facebook"] } }))] {
        let (status, refused) = post(&api.by(caller), &json!({ "search": search })).await;
        assert_eq!(status, 403, "{caller}: {refused}");
    }
    for (body, field) in [
        (json!({ "search": { "campid": ["a b"] } }), "search.campid.0"),
        (json!({ "search": { "from": "2026-11-05", "to": "2026-11-01" } }), "search.to"),
        (json!({ "search": { "colour": ["red"] } }), "search.colour"),
        (json!({ "what": 1 }), "what"),
    ] {
        let (status, refused) = post(&api, &body).await;
        assert_eq!(status, 422, "{refused}");
        assert!(refused["errors"][0]["field"].as_str().unwrap().starts_with(field), "{body}: {refused}");
    }
    assert!(told(&api).is_empty());
    assert_eq!(get(&api, PATH).await.1["items"], json!([]));
}

#[tokio::test]
async fn a_file_that_is_there_is_led_to_for_a_quarter_of_an_hour_under_a_name_of_its_own() {
    let api = Api::start().await;
    let export = id(&post(&api, &json!({})).await.1);
    ended(&api, export, LeadExportState::Done, lambda::now()).await;
    let (status, view) = get(&api, &format!("{PATH}/{export}")).await;
    assert_eq!((status, &view["state"], &view["rows"]), (200, &json!("done"), &json!(3)));
    let url = view["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("https://files.s3.eu-west-2.amazonaws.com/lead-exports/{export}.csv?")), "{url}");
    let created = stored(&api, export).await.created.strftime("%Y%m%d-%H%M%S");
    assert!(url.contains("X-Amz-Expires=900") && url.contains(&format!("leads-{created}.csv")), "{url}");
    let until: Timestamp = view["expires_at"].as_str().unwrap().parse().unwrap();
    let left = until.duration_since(lambda::now()).as_hours();
    assert!((7 * 24 - 1..=7 * 24).contains(&left), "{left}");
    assert_eq!(get(&api, PATH).await.1["items"][0]["url"], Value::Null, "a list leads nowhere");
}

#[tokio::test]
async fn a_file_that_is_not_kept_any_more_is_said_to_have_been_there() {
    let api = Api::start().await;
    let export = id(&post(&api, &json!({})).await.1);
    ended(&api, export, LeadExportState::Done, lambda::now()).await;
    let done = stored(&api, export).await;
    let created = done.created - SignedDuration::from_hours(7 * 24);
    api.store().save_lead_export(&done, LeadExport { created, ..done.clone() }).await.unwrap();
    let (status, refused) = get(&api, &format!("{PATH}/{export}")).await;
    assert_eq!((status, &refused["code"]), (410, &json!("expired")));
    assert!(refused["detail"].as_str().unwrap().contains("new export"), "{refused}");
    assert_eq!(get(&api, PATH).await.1["items"][0]["state"], "expired");
}

#[tokio::test]
async fn an_export_that_failed_says_why_and_what_to_do() {
    let api = Api::start().await;
    let export = id(&post(&api, &json!({})).await.1);
    let failed = LeadExportState::Failed { code: "too_many".to_owned(), detail: "Name fewer days.".to_owned() };
    ended(&api, export, failed, lambda::now()).await;
    let (status, view) = get(&api, &format!("{PATH}/{export}")).await;
    assert_eq!((status, &view["state"], &view["url"]), (200, &json!("failed"), &Value::Null));
    assert_eq!(view["failed"], json!({ "code": "too_many", "detail": "Name fewer days." }));
}

#[tokio::test]
async fn exports_are_listed_newest_first_page_by_page() {
    let api = Api::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(id(&post(&api, &json!({})).await.1));
    }
    let mut listed: Vec<(String, LeadExportId)> = Vec::new();
    let (mut path, mut pages) = (format!("{PATH}?limit=2"), 0);
    loop {
        let (status, page) = get(&api, &path).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap().iter();
        listed.extend(items.map(|item| (item["created_at"].as_str().unwrap().to_owned(), id(item))));
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert_eq!(
            get(&api.by("s1"), &format!("{PATH}?cursor={cursor}")).await.0,
            400,
            "another's cursor opens nothing"
        );
        path = format!("{PATH}?limit=2&cursor={cursor}");
    }
    assert_eq!(pages, 3);
    assert!(listed.is_sorted_by(|one, next| one >= next), "{listed:?}");
    let mut ids: Vec<LeadExportId> = listed.into_iter().map(|(_, export)| export).collect();
    ids.sort_unstable();
    made.sort_unstable();
    assert_eq!(ids, made);
}
