//! What the terms of a sale do not allow.

use domain::{
    buyer::ReturnTerms,
    id::AttemptId,
    lead::{Agreed, Lead, Outcome, test_lead},
    money::Money,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::Identity;

use super::{Books, Story};

/// A lead of the story that its first buyer bought so many days ago.
async fn sold_ago(story: &Story, days: i64, returns: &Value) -> String {
    let at = lambda::now() - SignedDuration::from_hours(24 * days);
    let reference = |short: &str| story.world.reference(short);
    let (campid, sid) = (reference("c").parse().unwrap(), reference("s").parse().unwrap());
    let lead = Lead { id: lambda::new_lead_id(), campid, sid, ..test_lead(at) };
    let (did, attempt) = (reference("d1").parse().unwrap(), AttemptId::from_ulid(lambda::new_lead_id().ulid()));
    let returns: ReturnTerms = serde_json::from_value(returns.clone()).unwrap();
    let lead = lead.on_queued(&did, Some(story.bid(1).parse().unwrap()), at).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(30)).unwrap();
    let lead = lead.agreeing(&did, Agreed { returns: Some(returns), ..Agreed::default() });
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let bought = Outcome::Accepted { price, reference: None, redirect_url: None };
    let lead = lead.on_outcome(&did, &attempt, 1, bought, at).unwrap();
    let identity = Identity::new("it has no personal data".to_owned().into());
    story.world.deployment.store().put_lead(&lead, 0, &identity).await.unwrap();
    lead.id.to_string()
}

#[tokio::test]
async fn after_the_window_a_sale_stays_and_before_its_end_it_may_come_back() {
    let terms = json!({ "window_days": 7 });
    let story = Story::of(1, std::slice::from_ref(&terms)).await;
    let (late, in_time) = (sold_ago(&story, 9, &terms).await, sold_ago(&story, 6, &terms).await);
    let refused = story.asked(1, &late).await.expect(422);
    assert_eq!((&refused.json["outcome"], &refused.json["return_id"]), (&json!("window_expired"), &Value::Null));
    assert!(refused.json["detail"].as_str().unwrap().contains("within 7 days"), "{}", refused.text);
    assert_eq!(story.asked(1, &in_time).await.expect(201).json["outcome"], "returned");
    let sold = story.world.lead_when(&late, |lead| lead["journal"][0].is_object()).await;
    assert_eq!((&sold["sold_status"], &sold["financials"]["revenue"]["amount"]), (&json!("sold"), &json!("12.50")));
}

#[tokio::test]
async fn over_the_cap_nothing_comes_back_until_the_seller_makes_room() {
    let half = json!({ "window_days": 30, "approval": true, "max_share_percent": 50 });
    let story = Story::of(1, &[half]).await;
    let (one, two) = (story.sold(1).await, story.sold(1).await);
    let leads = [one.as_str(), two.as_str()];
    // The share is of what is booked.
    story.add_up(Books { sold: 2, returns: 0, owed: &["25.00"], payout: "10.00" }, &leads).await;
    let asked = story.asked(1, &one).await.expect(201);
    assert_eq!(asked.json["outcome"], "requested");
    assert_eq!(story.asked(1, &two).await.expect(422).json["outcome"], "over_cap");
    story.decided(&asked, "reject", json!({ "reason": "it rang" })).await.expect(200);
    let second = story.asked(1, &two).await.expect(201);
    story.decided(&second, "approve", json!({})).await.expect(200);
    assert_eq!(story.asked(1, &one).await.expect(422).json["outcome"], "over_cap");
    story.add_up(Books { sold: 2, returns: 1, owed: &["12.50"], payout: "5.00" }, &leads).await;
}
