//! Lists, page by page.

use serde_json::json;

use crate::harness::{Api, buyer, supplier};

#[tokio::test]
async fn a_list_is_read_page_by_page_without_gaps_or_repetitions() {
    let api = Api::start().await;
    for at in 0..5 {
        api.made("/v1/suppliers", &supplier(&format!("s{at}"))).await;
    }
    api.delete("/v1/suppliers/s3").await;
    let (mut seen, mut path) = (Vec::new(), "/v1/suppliers?limit=2".to_owned());
    loop {
        let page = api.get(&path).await.json;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| (item["sid"].as_str().unwrap().to_owned(), item["active"] == json!(true))));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/suppliers?limit=2&cursor={cursor}");
    }
    let wanted = [("s0", true), ("s1", true), ("s2", true), ("s3", false), ("s4", true)];
    assert_eq!(seen, wanted.map(|(sid, active)| (sid.to_owned(), active)));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_alone() {
    let api = Api::start().await;
    for reference in ["a1", "a2"] {
        api.made("/v1/suppliers", &supplier(reference)).await;
        api.made("/v1/buyers", &buyer(reference)).await;
        api.key_for(json!({"role": "supplier", "sid": reference, "label": "feed"})).await;
    }
    let lists = ["suppliers", "buyers", "keys"];
    for giving in lists {
        let page = api.get(&format!("/v1/{giving}?limit=1")).await.json;
        let cursor = page["next_cursor"].as_str().unwrap();
        for asked in lists.into_iter().chain(["campaigns", "deliveries"]) {
            let answer = api.get(&format!("/v1/{asked}?cursor={cursor}")).await;
            let expected = if asked == giving { "200 -" } else { "400 invalid_query cursor:invalid_cursor" };
            assert_eq!(answer.refusal(), expected, "{asked}, with a cursor of {giving}");
        }
    }
}

#[tokio::test]
async fn an_empty_list_has_no_items_and_no_cursor() {
    let api = Api::start().await;
    assert_eq!(api.get("/v1/buyers").await.json, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn items_of_a_list_carry_their_versions() {
    let api = Api::start().await;
    api.made("/v1/suppliers", &supplier("s1")).await;
    assert_eq!(api.get("/v1/suppliers").await.json["items"][0], api.get("/v1/suppliers/s1").await.json);
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    let api = Api::start().await;
    assert_eq!(api.get("/v1/keys?limit=0").await.refusal(), "400 invalid_query limit:range");
    assert_eq!(api.get("/v1/campaigns?cursor=!").await.refusal(), "400 invalid_query cursor:invalid_cursor");
    // `2026-11-05|`, which the journal gives.
    assert_eq!(
        api.get("/v1/suppliers?cursor=MjAyNi0xMS0wNXw").await.refusal(),
        "400 invalid_query cursor:invalid_cursor"
    );
    assert_eq!(api.get("/v1/campaigns?offset=2").await.refusal(), "400 invalid_query offset:unknown_parameter");
}
