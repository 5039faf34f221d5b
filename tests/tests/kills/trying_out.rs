//! Deliveries that are to be tried out: what cannot be read is a finding, no failure.

use axum::http::StatusCode;
use domain::{access::Principal, setup::Kind};
use serde_json::{Value, json};
use tests::Faults;

use super::{asked_by_hand, buyer, lab, make_key};

#[tokio::test]
async fn a_delivery_or_campaign_that_cannot_be_read_is_named_with_the_version_to_replace() {
    let lab = lab(1, vec![buyer("1", [])]).await;
    make_key(&lab, "seller", Principal::Seller).await;
    let tried = async || {
        let (status, text) = asked_by_hand(&lab, &Faults::default(), "/v1/deliveries/d1/test", &json!({})).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        (status, answer["code"].as_str().map(str::to_owned), answer["detail"].as_str().map(str::to_owned))
    };
    assert_eq!(tried().await.0, StatusCode::OK);
    for (kind, reference) in [(Kind::Campaign, "solar"), (Kind::Delivery, "d1")] {
        lab.tables.spoil(&lab.tables.tables().setup, (kind.word(), reference), "r").await;
        let what = format!("The {} {reference} is there, and cannot be read. ", kind.word());
        let detail = what + "Replace it as a whole with PUT, and If-Match: \"1\".";
        assert_eq!(tried().await, (StatusCode::CONFLICT, Some("unreadable".to_owned()), Some(detail)));
    }
}
