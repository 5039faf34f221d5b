//! The list, and what is said of one person.

use axum::{body::Body, http::Request};
use domain::consent::Words;
use lambda::test_api::Api;
use serde_json::{Value, json};

use crate::harness::{ANN, FORM, PHONE, anns, email, kept, link, phone, send_form, start, words};

async fn bring(api: &Api, entries: Value) -> Value {
    api.post("/v1/suppressions", &json!({ "entries": entries })).await.ok()
}

fn outcomes(taken: &Value) -> Vec<&str> {
    taken["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect()
}

/// Everybody on the list, page by page.
async fn listed(api: &Api, query: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v1/suppressions?{query}{cursor}")).await.ok();
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

fn holding(words: &Words) -> Option<bool> {
    words.last().map(|word| word.yes)
}

#[tokio::test]
async fn a_list_is_taken_entry_by_entry_and_said_again_it_changes_nothing() {
    let api = start().await;
    let entries = json!([
        { "email": "Ann@Example.com", "phone": PHONE, "told": "No more, as you asked." },
        { "email": "bob at example" },
        { "channel": "sms", "phone": "020 7946 0456", "country": "GB" },
        { "email": "cat@example.com", "status": "yes", "at": "2026-01-02T03:04:05Z" },
        { "email": "dan@example.com", "status": "yes" },
        {},
    ]);
    let taken = bring(&api, entries.clone()).await;
    assert_eq!(outcomes(&taken), ["changed", "invalid", "changed", "changed", "invalid", "invalid"]);
    assert_eq!(
        (taken["changed"].as_u64(), taken["unchanged"].as_u64(), taken["invalid"].as_u64()),
        (Some(3), Some(0), Some(3))
    );
    assert_eq!(
        (taken["items"][1]["field"].as_str(), taken["items"][1]["code"].as_str()),
        (Some("email"), Some("not_an_email"))
    );
    assert_eq!(taken["items"][4]["code"], "required");
    let before = kept(&api).await;
    let again = bring(&api, entries).await;
    assert_eq!(outcomes(&again), ["unchanged", "invalid", "unchanged", "unchanged", "invalid", "invalid"]);
    assert_eq!(kept(&api).await, before);
    assert_eq!(holding(&words(&api, &phone("+442079460456")).await), Some(false));
    let word = words(&api, &email(ANN)).await.last().cloned().unwrap();
    assert_eq!((word.by.to_string().as_str(), word.how.word()), ("seller key seller", "list"));
}

#[tokio::test]
async fn an_old_yes_that_comes_late_overrules_no_later_no() {
    let api = start().await;
    let yes = json!([{ "email": ANN, "status": "yes", "at": "2026-01-02T03:04:05Z" }]);
    bring(&api, yes.clone()).await;
    send_form(&api, &link(&email(ANN), 1), FORM, "List-Unsubscribe=One-Click").await;
    assert_eq!(outcomes(&bring(&api, yes).await), ["unchanged"]);
    assert_eq!(holding(&words(&api, &email(ANN)).await), Some(false));
}

#[tokio::test]
async fn everybody_is_listed_once_page_by_page_and_channel_by_channel() {
    let api = start().await;
    let people = (0..60)
        .map(|number| json!({ "email": format!("p{number}@example.com"), "phone": format!("+4420794600{number:02}") }));
    bring(&api, people.collect()).await;
    for limit in [1, 7, 200] {
        let all = listed(&api, &format!("limit={limit}")).await;
        let contacts: std::collections::BTreeSet<_> =
            all.iter().map(|item| item["contact"].as_str().unwrap()).collect();
        assert_eq!((all.len(), contacts.len()), (120, 120), "{limit}");
    }
    let sms = listed(&api, "channel=sms&limit=50").await;
    assert_eq!(sms.len(), 60);
    assert!(sms.iter().all(|item| item["channel"] == "sms" && item["status"] == "no" && item["how"] == "list"));
}

#[tokio::test]
async fn as_csv_the_list_goes_on_behind_its_cursor_and_holds_no_formulas() {
    let api = start().await;
    bring(&api, json!([{ "email": ANN, "told": "=1+1" }, { "phone": PHONE }])).await;
    let csv = api.with_header("accept", "text/csv");
    let first = csv.get("/v1/suppressions?limit=1").await;
    assert_eq!(first.lines()[0], "channel,contact,status,since,by,how,told,hash");
    assert!(first.lines()[1].starts_with("email,ann@example.com,no,20"), "{}", first.text);
    assert!(first.lines()[1].contains(",seller key seller,list,'=1+1,"), "{}", first.text);
    let second = csv.get(&format!("/v1/suppressions?limit=1&cursor={}", first.header("next-cursor"))).await;
    assert!(second.lines()[1].starts_with("sms,+442079460018,no,"), "{}", second.text);
    let last = csv.get(&format!("/v1/suppressions?limit=5&cursor={}", first.header("next-cursor"))).await;
    assert_eq!((last.lines().len(), last.header("next-cursor")), (2, ""));
}

#[tokio::test]
async fn what_was_said_of_a_person_is_told_whole_and_its_name_stands_in_no_url() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    for answer in ["answer=unsubscribe", "answer=resubscribe"] {
        send_form(&api, &link(&email(ANN), 1), FORM, answer).await;
    }
    bring(&api, json!([{ "email": ANN, "told": "asked by phone" }])).await;
    let found = api.post("/v1/suppressions/search", &json!({ "email": " ANN@example.com", "phone": PHONE })).await.ok();
    assert_eq!(
        (found["items"][0]["contact"].as_str(), found["items"][1]["contact"].as_str()),
        (Some(ANN), Some(PHONE))
    );
    let said = found["items"][0]["words"].as_array().unwrap();
    let told: Vec<_> = said
        .iter()
        .map(|word| [&word["status"], &word["by"], &word["how"]].map(|text| text.as_str().unwrap()))
        .collect();
    assert_eq!(told, [["no", "person", "page"], ["yes", "person", "page"], ["no", "seller key seller", "list"]]);
    assert_eq!(found["items"][1]["words"], json!([]));
    for (asked, refusal) in [
        (json!({}), "422 invalid :required"),
        (json!({ "email": "x" }), "422 invalid email:not_an_email"),
        (json!({ "phone": "020 7946 0018" }), "422 invalid country:required"),
        (json!({ "name": "Ann" }), "422 invalid_body name:unknown_field"),
    ] {
        assert_eq!(api.post("/v1/suppressions/search", &asked).await.refusal(), refusal);
    }
}

#[tokio::test]
async fn the_list_is_the_sellers() {
    let api = start().await;
    let ann = json!({ "entries": [{ "email": ANN }] });
    for (caller, refusal) in [("", "401 unauthorised"), ("s1", "403 seller_only"), ("b1", "403 seller_only")] {
        let other = api.by(caller);
        assert_eq!(other.get("/v1/suppressions").await.refusal(), refusal);
        assert_eq!(other.post("/v1/suppressions", &ann).await.refusal(), refusal);
        assert_eq!(other.post("/v1/suppressions/search", &json!({ "email": ANN })).await.refusal(), refusal);
    }
    assert_eq!(holding(&words(&api, &email(ANN)).await), None);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let api = start().await;
    for (query, refusal) in [
        ("channel=fax", "400 invalid_query channel:unknown_word"),
        ("limit=0", "400 invalid_query limit:range"),
        ("cursor=00", "400 invalid_query cursor:invalid_cursor"),
        ("status=no", "400 invalid_query status:unknown_parameter"),
    ] {
        assert_eq!(api.get(&format!("/v1/suppressions?{query}")).await.refusal(), refusal);
    }
    bring(&api, json!([{ "email": ANN }, { "phone": PHONE }])).await;
    let cursor = api.get("/v1/suppressions?limit=1").await.ok()["next_cursor"].as_str().unwrap().to_owned();
    let others = api.get(&format!("/v1/suppressions?channel=sms&cursor={cursor}")).await;
    assert_eq!(others.refusal(), "400 invalid_query cursor:invalid_cursor", "it is another list's");

    let many: Vec<Value> = (0..1_001).map(|number| json!({ "email": format!("p{number}@example.com") })).collect();
    for (body, refusal) in [
        (json!({ "entries": [] }), "422 invalid entries:length"),
        (json!({ "entries": many }), "422 invalid entries:length"),
        (json!({ "entries": [{ "email": ANN, "status": "maybe" }] }), "422 invalid_body entries.0.status:"),
        (json!({ "entries": [{ "mail": ANN }] }), "422 invalid_body entries.0.mail:unknown_field"),
        (json!([]), "422 invalid_body"),
    ] {
        let refused = api.post("/v1/suppressions", &body).await.refusal();
        assert!(refused.starts_with(refusal), "{refused}");
    }
    let key = Request::post("/v1/suppressions").header("content-type", "application/xml");
    let odd = api.ask("POST", "/v1/suppressions", &[("Content-Type", "application/xml")], None).await;
    assert_eq!(odd.refusal(), "415 unsupported_media_type");
    assert_eq!(api.send(key.body(Body::empty()).unwrap()).await.refusal(), "401 unauthorised");
}
