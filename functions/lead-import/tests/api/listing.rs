//! Files as they are shown, and to whom.

use serde_json::{Value, json};
use store::{LeadImport, LeadImportState};

use crate::harness::{Api, PATH};

fn ids(listed: &Value) -> Vec<&str> {
    listed["items"].as_array().unwrap().iter().map(|item| item["lead_import_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_seller_sees_all_files_and_a_supplier_its_own_newest_first() {
    let api = Api::start().await;
    let files = [api.known("s1", 3).await, api.known("s2", 2).await, api.known("s1", 1).await];
    let names: Vec<String> = files.iter().map(|file| file.id.to_string()).collect();
    for (caller, query, seen) in [
        ("seller", "", vec![2, 1, 0]),
        ("seller", "?sid=s2", vec![1]),
        ("seller", "?sid=nobody", vec![]),
        ("s1", "", vec![2, 0]),
        ("s1", "?sid=s1", vec![2, 0]),
        ("s2", "", vec![1]),
    ] {
        let listed = api.by(caller).get(&format!("{PATH}{query}")).await.ok();
        let expected: Vec<&str> = seen.iter().map(|at: &usize| names[*at].as_str()).collect();
        assert_eq!(ids(&listed), expected, "{caller} {query}");
    }
    assert_eq!(api.by("s1").get(&format!("{PATH}?sid=s2")).await.refusal(), "403 not_yours");
    assert_eq!(api.by("b1").get(PATH).await.refusal(), "403 suppliers_only");
    // Page by page, and no page of somebody else's.
    let first = api.get(&format!("{PATH}?limit=2")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("{PATH}?limit=2&cursor={cursor}")).await.ok();
    assert_eq!((ids(&first).len(), ids(&second), &second["next_cursor"]), (2, vec![names[0].as_str()], &Value::Null));
    assert_eq!(api.by("s1").get(&format!("{PATH}?cursor={cursor}")).await.status, 400);
}

#[tokio::test]
async fn a_file_is_nobody_elses() {
    let api = Api::start().await;
    let path = format!("{PATH}/{}", api.known("s1", 1).await.id);
    for (caller, status) in [("seller", 200), ("s1", 200), ("s2", 404), ("b1", 403), ("", 401)] {
        assert_eq!(api.by(caller).get(&path).await.status, status, "{caller}");
    }
    assert_eq!(api.get(&format!("{PATH}/limp_01JD3QZ8000000000000000003")).await.status, 404);
}

#[tokio::test]
async fn a_file_that_is_done_says_what_its_rows_came_to_and_leads_to_its_result() {
    let api = Api::start().await;
    let file = api.known("s1", 1).await;
    let file = api.done(&api.come(&file).await).await;
    let view = api.by("s1").get(&format!("{PATH}/{}", file.id)).await.ok();
    assert_eq!(view["outcomes"], json!({ "accepted": 2, "duplicate": 1, "invalid_row": 1 }));
    assert_eq!((&view["state"], &view["rows"], &view["left_out"]), (&json!("done"), &json!(4), &json!(["Shoe size"])));
    assert_eq!((&view["bytes"], &view["read_bytes"]), (&json!(900), &json!(900)));
    let url = view["result_url"].as_str().unwrap();
    assert!(url.contains(&format!("/lead-import-results/s1/{}.csv?", file.id)), "{url}");
    // A list leads nowhere.
    let listed = api.get(PATH).await.ok();
    assert_eq!(listed["items"][0]["result_url"], Value::Null);
}

#[tokio::test]
async fn a_file_that_is_not_read_says_why() {
    let api = Api::start().await;
    let first = api.come(&api.known("s1", 2).await).await;
    let rejected = LeadImportState::Rejected { code: "no_header".to_owned(), detail: "Name fields.".to_owned() };
    let rejected = LeadImport { state: rejected, ..first.clone() };
    api.store().save_lead_import(&first, rejected).await.unwrap().unwrap();
    let view = api.get(&format!("{PATH}/{}", first.id)).await.ok();
    assert_eq!(view["rejected"], json!({ "code": "no_header", "detail": "Name fields." }));

    let second = api.come(&api.known("s1", 1).await).await;
    let repeated = LeadImport { state: LeadImportState::Repeated { of: first.id }, ..second.clone() };
    api.store().save_lead_import(&second, repeated).await.unwrap().unwrap();
    let view = api.get(&format!("{PATH}/{}", second.id)).await.ok();
    assert_eq!((&view["state"], &view["repeats"]), (&json!("repeated"), &json!(first.id.to_string())));
}
