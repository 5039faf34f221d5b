//! What the terms of a sale make of its return.

use domain::access::Principal;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Books, Story};
use crate::leads::told::Listener;

const AT_ONCE: &str = r#"{ "window_days": 30 }"#;

fn terms(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn by_approval() -> Value {
    json!({ "window_days": 30, "approval": true })
}

#[tokio::test]
async fn a_return_at_once_takes_price_and_payout_back_and_its_supplier_is_told_why() {
    let story = Story::of(1, &[terms(AT_ONCE)]).await;
    let lead = story.sold(1).await;
    let asked = story.asked(1, &lead).await.expect(201);
    assert_eq!(asked.json["outcome"], "returned");
    let books = Books { sold: 1, returns: 1, owed: &["0.00"], payout: "0.00" };
    story.add_up(books, &[&lead]).await;
    let told = story.world.lead_when(&lead, |lead| lead["sold_status"] == "returned").await;
    assert_eq!(told["financials"]["payout_status"], "reversed", "{told:#}");
    let own = story.world.read_as(story.world.supplier_key(), "/v1/returns").await.expect(200).json;
    assert_eq!((&own["items"][0]["lead_id"], &own["items"][0]["reason"]), (&json!(lead), &json!("INVALID_PHONE")));
    assert_eq!(own["items"][0]["payout_back"]["amount"], "5.00", "{own:#}");
    // Once more.
    let again = story.asked(1, &lead).await.expect(422);
    assert_eq!(
        (&again.json["outcome"], &again.json["return_id"]),
        (&json!("already_returned"), &asked.json["return_id"])
    );
}

#[tokio::test]
async fn a_return_by_approval_waits_for_the_seller_and_takes_effect_with_its_word() {
    let story = Story::of(1, &[by_approval()]).await;
    let lead = story.sold(1).await;
    let asked = story.asked(1, &lead).await.expect(201);
    assert_eq!(asked.json["outcome"], "requested");
    let path = format!("/v1/returns?state=requested&bid={}", story.bid(1));
    let waits = story.read_when(&path, |list| list["items"][0].is_object()).await;
    assert_eq!(
        (&waits["items"][0]["return_id"], &waits["items"][0]["waiting_hours"]),
        (&asked.json["return_id"], &json!(0))
    );
    let before = Books { sold: 1, returns: 0, owed: &["12.50"], payout: "5.00" };
    story.add_up(before, &[&lead]).await;

    story.decided(&asked, "approve", json!({})).await.expect(200);
    let after = Books { sold: 1, returns: 1, owed: &["0.00"], payout: "0.00" };
    story.add_up(after, &[&lead]).await;
    story.read_when(&path, |list| list["items"] == json!([])).await;
}

#[tokio::test]
async fn a_return_that_is_refused_leaves_the_sale_and_its_buyer_is_told_why() {
    let story = Story::of(1, &[by_approval()]).await;
    let bid = story.bid(1);
    let who = Principal::Buyer { bid: bid.parse().unwrap() };
    let buyer = Listener::of(&story.world, &format!("/v1/buyers/{bid}"), who).await;
    let lead = story.sold(1).await;
    let asked = story.asked(1, &lead).await.expect(201);
    story.decided(&asked, "reject", json!({ "reason": "it rang when we called" })).await.expect(200);
    let name = asked.json["return_id"].as_str().unwrap();
    let told = story.read(1, &format!("/v1/returns/{name}")).await;
    assert_eq!((&told["state"], &told["why"]), (&json!("refused"), &json!("it rang when we called")));
    let heard = buyer.hears(&story.world).await;
    assert_eq!((&heard["type"], &heard["items"][0]["why"]), (&json!("returns.refused"), &told["why"]), "{heard:#}");
    let books = Books { sold: 1, returns: 0, owed: &["12.50"], payout: "5.00" };
    story.add_up(books, &[&lead]).await;
    let own = story.world.read_as(story.world.supplier_key(), "/v1/returns").await.expect(200).json;
    assert_eq!(own["items"], json!([]), "what did not take effect is between seller and buyer");
}

#[tokio::test]
async fn a_payout_that_is_kept_is_owed_still() {
    let story = Story::of(1, &[json!({ "window_days": 30, "reverse_payout": false }), by_approval()]).await;
    let lead = story.sold(1).await;
    assert_eq!(story.asked(1, &lead).await.expect(201).json["outcome"], "returned");
    let books = Books { sold: 1, returns: 1, owed: &["0.00", "0.00"], payout: "5.00" };
    story.add_up(books, &[&lead]).await;
}

#[tokio::test]
async fn of_a_lead_that_two_have_bought_each_returns_its_own_and_the_payout_goes_with_the_last() {
    let story = Story::of(2, &[terms(AT_ONCE), by_approval()]).await;
    let lead = story.sold(2).await;
    let wish = json!({ "lead_id": lead, "reason": "OTHER" });
    let several = story.world.as_seller(Method::POST, "/v1/returns", &wish).await.expect(422);
    assert_eq!(several.json["outcome"], "ambiguous");
    assert_eq!(story.asked(1, &lead).await.expect(201).json["outcome"], "returned");
    story.add_up(Books { sold: 2, returns: 1, owed: &["0.00", "9.00"], payout: "5.00" }, &[&lead]).await;
    let asked = story.asked(2, &lead).await.expect(201);
    story.decided(&asked, "approve", json!({})).await.expect(200);
    story.add_up(Books { sold: 2, returns: 2, owed: &["0.00", "0.00"], payout: "0.00" }, &[&lead]).await;
    let own = story.read(1, "/v1/returns").await;
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "I12: {own:#}");
}
