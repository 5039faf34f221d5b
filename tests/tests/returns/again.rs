//! Leads that are sold again after their return, and returns that are undone.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Books, Story};

fn at_once() -> Value {
    json!({ "window_days": 30 })
}

#[tokio::test]
async fn a_lead_that_comes_back_is_offered_again_and_sold_again_and_its_return_stays() {
    let mut story = Story::of(1, &[at_once(), at_once()]).await;
    story.world.change_campaign(json!({ "reoffer": { "within_hours": 24 } })).await;
    let lead = story.sold(1).await;
    let asked = story.asked(1, &lead).await.expect(201);
    let sold = story.world.lead_when(&lead, |lead| lead["sold_status"] == "sold").await;
    assert_eq!(sold["financials"]["revenue"]["amount"], "9.00", "{sold:#}");
    story.add_up(Books { sold: 2, returns: 1, owed: &["0.00", "9.00"], payout: "5.00" }, &[&lead]).await;
    assert_eq!((story.requests(1), story.requests(2)), (1, 1));
    let undo = story.decided(&asked, "undo", json!({ "reason": "a mistake" })).await.expect(409);
    assert_eq!(undo.json["code"], "sold_again");

    // Nobody is left to have it once the second one returns it, too.
    story.asked(2, &lead).await.expect(201);
    story.add_up(Books { sold: 2, returns: 2, owed: &["0.00", "0.00"], payout: "0.00" }, &[&lead]).await;
    let undo = story.decided(&asked, "undo", json!({ "reason": "a mistake" })).await.expect(200);
    assert_eq!(undo.json["state"], "undone");
    story.add_up(Books { sold: 2, returns: 1, owed: &["12.50", "0.00"], payout: "5.00" }, &[&lead]).await;
}

#[tokio::test]
async fn a_return_that_is_undone_is_owed_again_by_an_entry_of_its_own_and_by_credit_too() {
    let story = Story::of(1, &[at_once()]).await;
    let bid = story.bid(1);
    let prepaid = json!({ "credit": { "kind": "prepaid", "currency": "GBP" } });
    story.world.change(&format!("/v1/buyers/{bid}"), prepaid).await;
    let path = format!("/v1/buyers/{bid}/credit");
    let paid =
        json!({ "kind": "added", "amount": { "amount": "20.00", "currency": "GBP" }, "reason": "bank transfer" });
    let key = story.world.deployment.first_key();
    let headers = [("idempotency-key", bid.as_str())];
    story.world.send(Method::POST, &path, &key, &headers, &paid.to_string()).await.expect(201);
    let balance = async || {
        let credit = story.world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
        credit["balance"]["amount"].as_str().unwrap().to_owned()
    };

    let lead = story.sold(1).await;
    assert_eq!(balance().await, "7.50");
    let asked = story.asked(1, &lead).await.expect(201);
    assert_eq!((&asked.json["outcome"], balance().await.as_str()), (&json!("returned"), "20.00"));
    story.decided(&asked, "undo", json!({ "reason": "a mistake" })).await.expect(200);
    assert_eq!(balance().await, "7.50");
    let is_told = |lead: &Value| lead["journal"].as_array().is_some_and(|entries| entries.len() == 5);
    let told = story.world.lead_when(&lead, is_told).await;
    let mut kinds: Vec<&str> =
        told["journal"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["payout_restored", "payout_reversal", "return", "return_undone", "sale"]);
    let statement = format!("/v1/buyers/{bid}/statement?{}", super::around_today());
    story.read_when(&statement, |told| told["items"][0]["closing"]["amount"] == "-7.50").await;
    let report = format!("/v1/reports/buyer?{}&bid={bid}", super::around_today());
    let totals = story.read_when(&report, |report| report["totals"][0]["returns"] == 0).await;
    assert_eq!(totals["totals"][0]["revenue"]["amount"], "12.50", "{totals:#}");
}
