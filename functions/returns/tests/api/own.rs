//! Whose returns they are: a buyer returns and sees its own, a supplier sees those of its leads, and neither more than is theirs.

use domain::lead::Lead;
use lambda::test_api::pounds;
use serde_json::{Value, json};

use crate::{
    harness::{Api, Returned},
    sales::{at_once, by_approval, form, form_with, id, sold},
};

/// Leads of `s1` and `s2`, some returned:
///
/// 1. sold to both buyers, returned by `b1`;
/// 2. of `s2`, sold to `b2`, asked for;
/// 3. sold to `b2`, asked for and rejected;
/// 4. sold to `b2`, returned, and that undone.
async fn api() -> Api {
    let api = Api::start().await;
    let both = [("d1", "b1"), ("d2", "b2")];
    let of_s2 = Lead { sid: "s2".parse().unwrap(), ..sold(2, &both[1..], &by_approval()) };
    let (three, four) = (sold(3, &both[1..], &by_approval()), sold(4, &both[1..], &at_once()));
    api.put(&[sold(1, &both, &at_once()), of_s2, three, four]).await;
    let said = |number| form_with(number, json!({ "comment": "no such number" }));
    for (caller, number) in [("b1", 1), ("b2", 2), ("b2", 3), ("b2", 4)] {
        let answer = api.by(caller).posted(&[id(number)], "/v1/returns", &said(number)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    for (number, word) in [(3, "reject"), (4, "undo")] {
        let path = format!("/v1/returns/{}/{word}", name(number, "d2"));
        api.posted(&[id(number)], &path, &json!({ "reason": "it rang" })).await.ok();
    }
    api
}

fn name(number: u128, did: &str) -> String {
    format!("return_{}.1.{did}", id(number).ulid())
}

async fn listed(api: &Api, query: &str) -> Vec<Value> {
    api.get(&format!("/v1/returns{query}")).await.ok()["items"].as_array().unwrap().clone()
}

fn leads(items: &[Value]) -> Vec<Value> {
    let mut leads: Vec<Value> = items.iter().map(|item| item["lead_id"].clone()).collect();
    leads.sort_by_key(ToString::to_string);
    leads
}

fn members(item: &Value) -> Vec<&str> {
    item.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_buyer_returns_its_own_sale_whatever_it_names() {
    let api = api().await;
    let b2 = api.by("b2");
    let before = api.lead(id(1)).await;
    let of_b1 = b2.post("/v1/returns", &form_with(1, json!({ "bid": "b1" }))).await;
    assert_eq!((of_b1.status, of_b1.outcomes()), (422, vec!["not_yours".to_owned()]));
    let others = form_with(1, json!({ "did": "d1" }));
    assert_eq!(b2.post("/v1/returns", &others).await.outcomes(), ["not_sold"], "d1 is no delivery of b2");
    assert_eq!(api.by("b1").post("/v1/returns", &form(3, "OTHER")).await.outcomes(), ["not_yours"]);
    assert_eq!(api.lead(id(1)).await, before);
    let own = form_with(1, json!({ "bid": "b2", "did": "d2" }));
    assert_eq!(b2.post("/v1/returns", &own).await.outcomes(), ["returned"]);
    let after = api.lead(id(1)).await;
    assert_eq!(after.deliveries[&"d1".parse().unwrap()], before.deliveries[&"d1".parse().unwrap()]);
}

#[tokio::test]
async fn suppliers_return_nothing() {
    let api = api().await;
    let before = api.lead(id(1)).await;
    assert_eq!(api.by("s1").post("/v1/returns", &form(1, "OTHER")).await.refusal(), "403 not_yours");
    assert_eq!(api.lead(id(1)).await, before);
}

#[tokio::test]
async fn each_lists_what_is_theirs() {
    let api = api().await;
    let ids = |numbers: &[u128]| numbers.iter().map(|number| json!(id(*number))).collect::<Vec<_>>();
    for (caller, expected) in
        [("seller", &[1, 2, 3, 4][..]), ("b1", &[1]), ("b2", &[2, 3, 4]), ("s1", &[1, 4]), ("s2", &[])]
    {
        assert_eq!(leads(&listed(&api.by(caller), "").await), ids(expected), "{caller}");
    }
    // What waits for the seller is between it and its buyer.
    for (caller, expected) in [("seller", &[2][..]), ("b1", &[]), ("b2", &[2]), ("s1", &[]), ("s2", &[])] {
        assert_eq!(leads(&listed(&api.by(caller), "?state=requested").await), ids(expected), "{caller}");
    }
    for (caller, query) in [
        ("b1", "?bid=b2"),
        ("b1", "?sid=s1"),
        ("b1", "?bid=b1&sid=s1"),
        ("s1", "?sid=s2"),
        ("s1", "?bid=b1"),
        ("s2", "?state=requested&bid=b2"),
    ] {
        let answer = api.by(caller).get(&format!("/v1/returns{query}")).await;
        assert_eq!(answer.refusal(), "403 not_yours", "{caller} {query}");
    }
    assert_eq!(leads(&listed(&api.by("b1"), "?bid=b1").await), ids(&[1]));
    assert_eq!(leads(&listed(&api.by("s1"), "?sid=s1").await), ids(&[1, 4]));
    assert_eq!(api.by("").get("/v1/returns").await.status, 401);
}

#[tokio::test]
async fn each_reads_one_of_theirs_and_another_looks_as_if_it_were_not_there() {
    let api = api().await;
    for (caller, returned, status) in [
        ("seller", name(1, "d1"), 200),
        ("b1", name(1, "d1"), 200),
        ("b2", name(1, "d1"), 404),
        ("b2", name(2, "d2"), 200),
        ("b1", name(2, "d2"), 404),
        ("s1", name(1, "d1"), 404),
        ("s2", name(2, "d2"), 404),
        ("", name(1, "d1"), 401),
    ] {
        let answer = api.by(caller).get(&format!("/v1/returns/{returned}")).await;
        assert_eq!(answer.status, status, "{caller} {returned}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_buyer_sees_neither_the_supplier_nor_its_payout() {
    let api = api().await;
    let items = listed(&api.by("b1"), "").await;
    assert_eq!(items[0]["revenue_back"], pounds("12.50"));
    let expected = [
        "at",
        "bid",
        "campid",
        "comment",
        "did",
        "lead_id",
        "reason",
        "requested_at",
        "requested_by",
        "return_id",
        "revenue_back",
        "state",
    ];
    assert_eq!(sorted(members(&items[0])), expected);
    let one = api.by("b1").get(&format!("/v1/returns/{}", name(1, "d1"))).await.ok();
    assert_eq!(sorted(members(&one)), expected);
    let file = api.by("b1").get("/v1/returns?format=csv").await;
    assert!(!file.text.contains("s1") && !file.text.contains("5.00"), "{}", file.text);
}

#[tokio::test]
async fn a_supplier_sees_why_and_what_it_costs_it_and_nothing_of_the_buyer() {
    let api = api().await;
    let items = listed(&api.by("s1"), "").await;
    let of_one = items.iter().find(|item| item["lead_id"] == json!(id(1))).unwrap();
    let expected = ["at", "campid", "lead_id", "reason", "requested_at", "sid", "state"];
    assert_eq!(sorted(members(of_one)), expected, "nothing is taken back from it, and why is not its to know");
    assert_eq!((&of_one["reason"], &of_one["state"]), (&json!("OTHER"), &json!("approved")));
    let of_four = items.iter().find(|item| item["lead_id"] == json!(id(4))).unwrap();
    assert_eq!(of_four["state"], "undone");
    let file = api.by("s1").get("/v1/returns?format=csv").await;
    for text in [&file.text, &api.by("s1").get("/v1/returns").await.text] {
        for secret in ["b1", "b2", "d1", "d2", "12.50", "no such number", "it rang"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}
