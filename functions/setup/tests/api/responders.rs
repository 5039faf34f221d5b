//! Responders: made, checked against their campaign, replaced with their secrets kept, and what they have come to.

use serde_json::{Value, json};

use crate::harness::{Api, campaign, with};

fn responder(changes: Value) -> Value {
    let record = json!({
        "rid": "welcome", "name": "Welcome", "campid": "solar", "join": "on_approval",
        "steps": [
            { "after_min": 0, "channel": "email", "subject": "Hello {{ lead.firstname }}", "text": "Thank you." },
            { "after_min": 60, "channel": "sms", "text": "Still there? Reply STOP to get no more." },
        ],
        "sms": {
            "request": {
                "url": "https://sms.example/send", "secret_headers": { "X-Key": "hush" },
                "fields": { "to": "{{ sms.to }}", "text": "{{ sms.text }}" },
            },
            "answer": { "rules": [{ "then": "accepted", "status": ["2xx"] }] },
        },
    });
    with(record, changes)
}

async fn api() -> Api {
    let api = Api::start().await;
    api.furnish().await;
    api
}

#[tokio::test]
async fn a_responder_is_made_read_replaced_and_deactivated_and_shows_no_secret() {
    let api = api().await;
    let made = api.made("/v1/responders", &responder(json!({}))).await;
    assert_eq!(made["quiet"], json!({ "from": "21:00", "to": "08:00" }));
    assert_eq!(made["stop_on"], json!(["return", "conversion"]));
    let mut shown = api.get("/v1/responders/welcome").await.json;
    shown["name"] = json!("Renamed");
    assert_eq!(api.put("/v1/responders/welcome", 1, &shown).await.status, 200, "what is shown, with a change");
    let stored = api.store().record::<domain::responder::Responder>("welcome").await.unwrap().unwrap().record;
    let secrets = stored.sms.unwrap().request.secret_headers;
    assert_eq!(secrets.iter().collect::<Vec<_>>(), [("X-Key", "hush")], "it is kept");
    let listed = api.get("/v1/responders").await.json;
    let off = api.delete("/v1/responders/welcome").await.json;
    assert_eq!((listed["items"][0]["name"].as_str(), off["active"].as_bool()), (Some("Renamed"), Some(false)));
    for answer in [made, shown, listed, off] {
        assert!(!answer.to_string().contains("hush"), "{answer}");
    }
}

#[tokio::test]
async fn what_leads_of_its_campaign_do_not_have_and_where_nothing_may_go_is_refused() {
    let api = api().await;
    let step = |text: &str| json!([{ "after_min": 0, "channel": "sms", "text": format!("{text} Reply STOP.") }]);
    let mut inside = responder(json!({}));
    inside["sms"]["request"]["url"] = json!("https://169.254.169.254/");
    for (record, field) in [
        (responder(json!({ "steps": step("{{ lead.rof }}") })), "steps.0.text"),
        (responder(json!({ "steps": step("{{ lead.firstname") })), "steps.0.text"),
        (responder(json!({ "campid": "nobody" })), "campid"),
        (responder(json!({ "sms": null })), "sms"),
        (inside, "sms.request.url"),
    ] {
        let answer = api.post("/v1/responders", &record).await;
        assert_eq!((answer.status, &answer.json["errors"][0]["field"]), (422, &json!(field)), "{:#}", answer.json);
    }
}

#[tokio::test]
async fn its_campaign_stays() {
    let api = api().await;
    api.made("/v1/campaigns", &campaign("boilers")).await;
    api.made("/v1/responders", &responder(json!({}))).await;
    let answer = api.put("/v1/responders/welcome", 1, &responder(json!({ "campid": "boilers" }))).await;
    assert_eq!((answer.status, &answer.json["code"]), (409, &json!("campid_locked")), "{:#}", answer.json);
}

#[tokio::test]
async fn a_responder_that_nobody_has_joined_has_come_to_nothing_and_one_that_is_not_there_to_less() {
    let api = api().await;
    api.made("/v1/responders", &responder(json!({}))).await;
    let told = api.get("/v1/responders/welcome/statistics").await.json;
    assert_eq!([&told["joined"], &told["active"], &told["finished"]], [&json!(0), &json!(0), &json!(0)]);
    let nothing = json!({ "no_consent": 0, "no_contact": 0, "always_quiet": 0 });
    let step = json!({ "sent": 0, "failed": 0, "unknown": 0, "skipped": nothing });
    assert_eq!(told["steps"], json!([step, step]), "{told:#}");
    assert_eq!(told["stopped"]["returned"], 0);
    assert_eq!(api.get("/v1/responders/missing/statistics").await.status, 404);
    let supplier = api.key_for(json!({ "role": "supplier", "sid": "s1", "label": "s1" })).await;
    assert_eq!(api.with_key(&supplier).get("/v1/responders/welcome/statistics").await.status, 403);
}
