//! Suppliers that earn a share of what buyers pay.

use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// A campaign that pays 65 %, with a buyer at 12.50 for this reply; a sub-supplier `blog` is paid 7.00 for any lead.
async fn sharing(reply: Reply) -> World {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([reply]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let fixed = json!({ "mode": "system_accept", "amount": { "amount": "7.00", "currency": "GBP" } });
    world
        .change_campaign(json!({
            "payout": { "mode": "buyer_accept", "share": { "basis_points": 6_500 } },
            "payouts": [{ "sid": world.reference("s"), "ssid": "blog", "payout": fixed }],
        }))
        .await;
    world
}

/// What the receipt says, and what the supplier sees when all is over.
async fn told_and_seen(world: &World, changes: Value) -> (Value, Value) {
    let receipt = world.post(&world.lead(changes)).await.expect(201);
    world.settled(&receipt.lead_id()).await;
    let path = format!("/v1/leads/{}", receipt.lead_id());
    let lead = world.read_as(world.supplier_key(), &path).await.expect(200);
    (receipt.json["payout"].clone(), lead.json["financials"].clone())
}

#[tokio::test]
async fn a_share_is_pending_until_a_buyer_has_paid_and_then_a_share_of_that() {
    let world = sharing(Reply::accept("B-1")).await;
    let (told, seen) = told_and_seen(&world, json!({})).await;
    // 65 % of 12.50 is 8.125: the half goes to the even penny.
    let earned = json!({ "payout": { "amount": "8.12", "currency": "GBP" }, "payout_status": "earned" });
    assert_eq!((told, seen), (json!("Pending"), earned));
}

#[tokio::test]
async fn of_what_nobody_paid_no_share_is_shown_and_a_sub_supplier_may_be_paid_all_the_same() {
    let world = sharing(Reply::reject("no")).await;
    let (told, seen) = told_and_seen(&world, json!({})).await;
    assert_eq!((told, seen), (json!("Pending"), json!({ "payout_status": "pending" })));
    let (told, seen) = told_and_seen(&world, json!({ "email": "bea@example.com", "ssid": "Blog" })).await;
    let earned = json!({ "payout": { "amount": "7.00", "currency": "GBP" }, "payout_status": "earned" });
    assert_eq!((told, seen), (json!("7.00"), earned));
}
