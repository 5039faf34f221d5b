//! Who gets a lead: groups, turns, hours, filters, caps; and what the seller is told about the others.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Deployment, Reply, TestBuyer, World};

/// A world with this many buyers who take every lead.
async fn eager(buyers: usize) -> (World, Vec<TestBuyer>) {
    let mut world = World::selling(1).await;
    let mut endpoints = Vec::new();
    for at in 1..=buyers {
        let buyer = TestBuyer::answering([Reply::accept("B")]).await;
        world.add_buyer(&at.to_string(), "12.50", &buyer).await;
        endpoints.push(buyer);
    }
    (world, endpoints)
}

/// Posts so many leads of different people, one after the other, and waits for each.
async fn settled(world: &World, leads: usize) -> Vec<Value> {
    let mut settled = Vec::new();
    for at in 0..leads {
        let lead = world.lead(json!({ "email": format!("ann{at}@example.com") }));
        let receipt = world.post(&lead).await.expect(201);
        settled.push(world.settled(&receipt.lead_id()).await);
    }
    settled
}

/// The reasons for which deliveries were passed over or not reached, as `d1: code`.
fn passed_over(world: &World, lead: &Value) -> Vec<String> {
    let short = |did: &Value| did.as_str().unwrap().split('-').next().unwrap_or_default().to_owned();
    let skipped = lead["deliveries"].as_array().into_iter().flatten().filter(|one| one["state"] == "skipped");
    let missed = lead["not_reached"].as_array().into_iter().flatten();
    assert!(world.reference("d").starts_with("d-"));
    skipped.chain(missed).map(|one| format!("{}: {}", short(&one["did"]), one["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn buyers_that_share_leads_by_weight_get_their_shares() {
    let (mut world, buyers) = eager(2).await;
    let shares = json!([
        { "did": world.reference("d1"), "weight": 2 },
        { "did": world.reference("d2"), "weight": 1 },
    ]);
    world.change_campaign(json!({ "distribution": [{ "mode": "weighted", "deliveries": shares }] })).await;
    let leads = settled(&world, 6).await;
    assert_eq!(buyers.iter().map(|buyer| buyer.requests().len()).collect::<Vec<_>>(), [4, 2]);
    assert!(leads.iter().all(|lead| passed_over(&world, lead).iter().all(|told| told.ends_with(": no_slot"))));
}

#[tokio::test]
async fn groups_combine_and_whoever_is_not_asked_is_told_why() {
    let (mut world, buyers) = eager(4).await;
    let name = world.reference("");
    let did = |short: &str| format!("{short}{name}");
    let distribution = json!([
        { "mode": "priority", "deliveries": [did("d1"), did("d2")] },
        { "mode": "round_robin", "deliveries": [did("d3"), did("d4")] },
    ]);
    world.change_campaign(json!({ "distribution": distribution, "max_sales": 2 })).await;
    let out_of_area = json!([{ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["M"] } }]);
    world.change(&format!("/v1/deliveries/{}", did("d1")), json!({ "filters": out_of_area })).await;
    let lead = world.lead(json!({ "postcode": "LS1 4AP" }));
    let receipt = world.post(&lead).await.expect(201);
    let lead = world
        .lead_when(&receipt.lead_id(), |lead| lead["deliveries"].as_array().is_some_and(|all| all.len() == 3))
        .await;
    let id = lead["lead_id"].as_str().unwrap().to_owned();
    let lead = world.lead_when(&id, |lead| lead["delivery_status"] == "full").await;
    assert_eq!(passed_over(&world, &lead), ["d1: filter", "d4: no_slot"]);
    let reason = lead["deliveries"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("postcode starts with none of M"), "{reason}");
    assert_eq!(buyers.iter().map(|buyer| buyer.requests().len()).collect::<Vec<_>>(), [0, 1, 1, 0]);
}

#[tokio::test]
async fn a_delivery_outside_its_hours_waits_or_is_passed_over_as_it_is_set_up() {
    // Open on one day of the week that is not today, nor one on which the test could end.
    let now = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        [usize::try_from(now.weekday().to_monday_zero_offset() + 3).unwrap() % 7];
    for (outside, state) in [("hold", "held"), ("skip", "skipped")] {
        let (world, _) = eager(1).await;
        let hours = json!([{ "days": [day], "from": "09:00", "to": "17:00" }]);
        let schedule = json!({ "time_zone": "Europe/London", "hours": hours, "outside": outside });
        world.change(&format!("/v1/deliveries/{}", world.reference("d1")), json!({ "schedule": schedule })).await;
        let receipt = world.post(&world.lead(json!({}))).await.expect(201);
        let lead = world.lead_when(&receipt.lead_id(), |_| true).await;
        assert_eq!(lead["deliveries"][0]["state"], state, "{lead:#}");
        assert_eq!(lead["deliveries"][0].get("due").is_some(), outside == "hold", "{lead:#}");
    }
}

#[tokio::test]
async fn a_buyer_has_no_more_leads_than_its_cap_and_nobody_twice() {
    let (world, buyers) = eager(2).await;
    world
        .change(
            &format!("/v1/deliveries/{}", world.reference("d1")),
            json!({ "caps": [{ "per": "total", "count": 2 }] }),
        )
        .await;
    let dedupe = json!({ "dedupe": { "fields": ["phone1"], "window_days": 30 }, "time_zone": "America/New_York" });
    world.change(&format!("/v1/buyers/{}", world.reference("b2")), dedupe).await;
    let leads = settled(&world, 4).await;
    let told: Vec<String> = leads.iter().map(|lead| passed_over(&world, lead).join(", ")).collect();
    assert_eq!(told, ["d2: no_slot", "d2: no_slot", "d1: cap", "d1: cap, d2: buyer_has_it"]);
    assert_eq!(buyers.iter().map(|buyer| buyer.requests().len()).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn a_delivery_is_tried_on_a_made_up_lead_without_a_trace() {
    let (world, buyers) = eager(1).await;
    let path = format!("/v1/deliveries/{}/test", world.reference("d1"));
    let shown =
        world.as_seller(Method::POST, &path, &json!({ "fields": { "firstname": "Zoe" } })).await.expect(200).json;
    assert!(shown["request"]["body"].as_str().unwrap().contains("ZOE"), "{shown:#}");
    assert_eq!((shown.get("outcome"), buyers[0].requests().len()), (None, 0));
    let tried = world.as_seller(Method::POST, &path, &json!({ "send": true })).await.expect(200).json;
    assert_eq!(
        (
            &tried["outcome"]["answer"]["status"],
            &tried["outcome"]["meaning"]["outcome"],
            &tried["outcome"]["meaning"]["reference"]
        ),
        (&json!(200), &json!("accepted"), &json!("B"))
    );
    assert_eq!(buyers[0].requests()[0].headers["x-volley-test"], "1");
}

#[tokio::test]
async fn a_delivery_that_is_moved_to_another_host_does_not_take_its_secrets_along() {
    let mut world = World::selling(1).await;
    let (buyer, stranger) =
        (TestBuyer::answering([Reply::accept("B")]).await, TestBuyer::answering([Reply::accept("S")]).await);
    let secrets = json!({ "auth": { "kind": "bearer", "token": "hush" }, "secret_headers": { "X-Api": "hush-2" } });
    world.add_delivery("1", "12.50", &buyer, secrets).await;
    let path = format!("/v1/deliveries/{}", world.reference("d1"));
    let mut moved = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
    moved["channel"]["request"]["url"] = json!(stranger.url());
    let (key, version) = (Deployment::get().await.first_key(), [("if-match", "\"1\"")]);
    world.send(Method::PUT, &path, &key, &version, &moved.to_string()).await.expect(422);

    world.as_seller(Method::POST, &format!("{path}/test"), &json!({ "send": true })).await.expect(200);
    assert_eq!((buyer.requests().len(), stranger.requests().len()), (1, 0));
    let headers = &buyer.requests()[0].headers;
    assert_eq!((&headers["authorization"], &headers["x-api"]), (&"Bearer hush".into(), &"hush-2".into()));
}
