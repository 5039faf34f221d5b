//! Buyers and suppliers that are there and cannot be read.

use domain::setup::Kind;
use lambda::test_api::{Api, pounds};
use serde_json::json;

use crate::harness::start;

const PERIOD: &str = "from=2026-11-01&to=2026-11-30";

/// With buyer `b1` and supplier `s1` as records that nobody can read.
async fn spoilt() -> Api {
    let api = start().await;
    for (kind, reference) in [(Kind::Buyer, "b1"), (Kind::Supplier, "s1")] {
        api.tables.spoil(&api.tables.tables().setup, (kind.word(), reference), "r").await;
    }
    api
}

#[tokio::test]
async fn the_seller_is_told_which_version_to_replace() {
    let api = spoilt().await;
    let added = json!({ "kind": "added", "amount": pounds("50.00"), "reason": "invoice 2026-17" });
    for answer in [
        api.get(&format!("/v1/buyers/b1/statement?{PERIOD}")).await,
        api.get(&format!("/v1/suppliers/s1/statement?{PERIOD}")).await,
        api.get("/v1/buyers/b1/credit").await,
        api.post_once("/v1/buyers/b1/credit", "k1", &added).await,
    ] {
        assert_eq!(answer.refusal(), "409 unreadable");
        assert!(answer.json["detail"].as_str().unwrap().ends_with("with PUT, and If-Match: \"1\"."), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_buyer_or_supplier_that_could_not_replace_itself_is_not_told_to() {
    let api = spoilt().await;
    assert_eq!(api.by("b1").get("/v1/buyers/b1/credit").await.refusal(), "500 internal");
    assert_eq!(api.by("b1").get(&format!("/v1/buyers/b1/statement?{PERIOD}")).await.status, 200);
    assert_eq!(api.by("s1").get(&format!("/v1/suppliers/s1/statement?{PERIOD}")).await.status, 200);
}
