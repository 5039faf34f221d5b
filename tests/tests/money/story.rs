//! Money through the deployed system: what a lead is worth reaches journal, reports and statements by the real stream.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// The stream's functions come within seconds, but the machine may be busy.
const BOOKED_WITHIN: Duration = Duration::from_secs(60);

/// What the seller reads, once `done` says so.
async fn read_when(world: &World, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let answer = world.as_seller(Method::GET, path, &Value::Null).await.expect(200).json;
        if done(&answer) {
            return answer;
        }
        assert!(started.elapsed() < BOOKED_WITHIN, "it did not get there: {answer:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Yesterday, today and tomorrow, as the test may run around midnight.
fn around_today() -> String {
    let day = |hours| lambda::now() + jiff::SignedDuration::from_hours(hours);
    format!("from={}&to={}", domain::time::utc_day(day(-24)), domain::time::utc_day(day(24)))
}

#[tokio::test]
async fn a_sale_is_in_journal_reports_and_statements_of_all_whom_it_concerns_and_of_nobody_else() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let receipt = world.post(&world.lead(json!({}))).await.expect(201);
    let lead_id = receipt.lead_id();
    world.settled(&lead_id).await;

    let (campid, period) = (world.reference("c"), around_today());
    let report = format!("/v1/reports/campaign?{period}&campid={campid}");
    let told = read_when(&world, &report, |report| report["totals"][0]["sold"] == 1).await;
    let row = &told["items"][0];
    assert_eq!((&row["campid"], &row["leads"], &row["approved"]), (&json!(campid), &json!(1), &json!(1)), "{told:#}");
    assert_eq!(
        (&row["revenue"]["amount"], &row["payout"]["amount"], &row["profit"]["amount"]),
        (&json!("12.50"), &json!("5.00"), &json!("7.50"))
    );

    let lead = world.as_seller(Method::GET, &format!("/v1/leads/{lead_id}"), &Value::Null).await.expect(200).json;
    let entry = &lead["journal"][0];
    assert_eq!((&entry["kind"], entry["lines"].as_array().unwrap().len()), (&json!("sale"), 4), "{lead:#}");
    let booked = &entry["booked_time"].as_str().unwrap()[..10];
    let journal = format!("/v1/journal?day={booked}&limit=200");
    let listed = read_when(&world, &journal, |page| {
        let items = page["items"].as_array().unwrap();
        items.iter().any(|item| item["id"] == entry["id"]) || page["next_cursor"].is_string()
    });
    listed.await;

    let own = world.new_key(json!({ "role": "buyer", "bid": world.reference("b1"), "label": "tests" })).await;
    let statement = format!("/v1/buyers/{}/statement?{period}", world.reference("b1"));
    let told = world.read_as(&own, &statement).await.expect(200).json;
    assert_eq!(told["items"][0]["closing"]["amount"], "12.50", "{told:#}");
    let mine = format!("/v1/suppliers/{}/statement?{period}", world.reference("s"));
    let told = world.read_as(world.supplier_key(), &mine).await.expect(200).json;
    assert_eq!(told["items"][0]["closing"]["amount"], "5.00", "{told:#}");
    // I12
    world.read_as(world.supplier_key(), &statement).await.expect(403);
    world.read_as(&own, &mine).await.expect(403);
    world.read_as(world.supplier_key(), "/v1/journal?day=2026-11-01").await.expect(403);
    let told = world.read_as(world.supplier_key(), &format!("/v1/reports/campaign?{period}")).await.expect(200).json;
    assert_eq!((&told["totals"][0]["leads"], &told["totals"][0]["revenue"]), (&json!(1), &Value::Null), "{told:#}");
}

#[tokio::test]
async fn a_price_that_is_put_right_is_an_entry_with_who_and_why() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    world.settled(&lead_id).await;

    let order = json!({
        "reason": "agreed by phone",
        "edits": [{ "lead_id": lead_id, "revenue": { "amount": "10.00", "currency": "GBP" } }],
    });
    let key = world.deployment.first_key();
    let headers = [("idempotency-key", lead_id.as_str())];
    for _ in 0..2 {
        world.send(Method::POST, "/v1/financial-edits", &key, &headers, &order.to_string()).await.expect(200);
    }
    let path = format!("/v1/leads/{lead_id}");
    let lead = read_when(&world, &path, |lead| lead["journal"].as_array().is_some_and(|all| all.len() == 2)).await;
    let edit = lead["journal"].as_array().unwrap().iter().find(|entry| entry["kind"] == "revenue_edit").unwrap();
    assert_eq!((&edit["by"], &edit["reason"]), (&json!("root"), &json!("agreed by phone")));
    assert_eq!(lead["financials"]["revenue"]["amount"], "10.00");
    let report = format!("/v1/reports/buyer?{}&bid={}", around_today(), world.reference("b1"));
    read_when(&world, &report, |report| report["totals"][0]["revenue"]["amount"] == "10.00").await;
}

#[tokio::test]
async fn a_buyer_without_credit_gets_nothing_until_it_has_paid() {
    let mut world = World::new().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    world.add_buyer("1", "12.50", &buyer).await;
    let bid = world.reference("b1");
    let prepaid = json!({ "credit": { "kind": "prepaid", "currency": "GBP" } });
    world.change(&format!("/v1/buyers/{bid}"), prepaid).await;

    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    let lead = world.settled(&lead_id).await;
    assert_eq!((&lead["sold_status"], &lead["deliveries"][0]["state"]), (&json!("unsold"), &json!("skipped")));
    assert_eq!(lead["deliveries"][0]["code"], "credit", "{lead:#}");

    let path = format!("/v1/buyers/{bid}/credit");
    let paid = json!({
        "kind": "added", "amount": { "amount": "20.00", "currency": "GBP" }, "reason": "bank transfer",
    });
    let key = world.deployment.first_key();
    for replayed in [false, true] {
        let headers = [("idempotency-key", bid.as_str())];
        let answer = world.send(Method::POST, &path, &key, &headers, &paid.to_string()).await.expect(201);
        assert_eq!(answer.headers.contains_key("idempotency-replayed"), replayed);
    }
    // That there was none is believed for some seconds.
    let started = Instant::now();
    let sold = loop {
        let email = format!("ann.{}@example.com", started.elapsed().as_millis());
        let lead_id = world.post(&world.lead(json!({ "email": email }))).await.expect(201).lead_id();
        let lead = world.settled(&lead_id).await;
        if lead["sold_status"] == "sold" {
            break lead_id;
        }
        assert!(started.elapsed() < BOOKED_WITHIN, "{lead:#}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    let credit = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
    assert_eq!((&credit["balance"]["amount"], &credit["available"]["amount"]), (&json!("7.50"), &json!("7.50")));
    let lead = read_when(&world, &format!("/v1/leads/{sold}"), |lead| lead["journal"][0].is_object()).await;
    assert_eq!(lead["journal"][0]["lines"][0]["account"], format!("buyer_credit:{bid}"), "{lead:#}");
    let statement = format!("/v1/buyers/{bid}/statement?{}", around_today());
    read_when(&world, &statement, |told| told["items"][0]["closing"]["amount"] == "-7.50").await;
}
