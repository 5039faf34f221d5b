//! Leads found again: by every filter, as lines that are ready to show, each party its own.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestBuyer, World};

/// What booking keeps lists of lags behind by seconds.
const LISTED_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Six leads of one campaign: sold to both buyers, to nobody, to one of them, sold and returned, posted as a form, and turned away.
struct Crowd {
    world: World,
    both: String,
    nobody: String,
    one: String,
    returned: String,
    form: String,
    rejected: String,
}

impl Crowd {
    async fn come() -> Self {
        let (yes, no) = (Reply::accept, || Reply::reject("not in our area"));
        let first = TestBuyer::answering([yes("R-1"), no(), yes("R-3"), yes("R-4"), no()]).await;
        let second = TestBuyer::answering([yes("R-5"), no()]).await;
        let mut world = World::selling(2).await;
        world.add_buyer("1", "12.50", &first).await;
        world.add_buyer("2", "9.00", &second).await;
        let person = |name: &str, source: &str| json!({ "firstname": name, "source": source, "email": format!("{}@example.com", lambda::new_lead_id()) });
        let settled = async |world: &World, changes: Value| {
            let lead = world.lead(changes);
            let posted = world.post(&lead).await.expect(201);
            let id = posted.json["lead_id"].as_str().unwrap().to_owned();
            let is_over = |lead: &Value| !["sending", "blank"].iter().any(|status| lead["delivery_status"] == *status);
            world.lead_when(&id, is_over).await;
            id
        };
        let both = settled(&world, person("José", "google")).await;
        let nobody = settled(&world, person("Ann", "bing")).await;
        let one = settled(&world, person("Bob", "bing")).await;
        let returned = settled(&world, person("Eve", "bing")).await;
        let back = json!({ "lead_id": returned, "bid": world.reference("b1"), "reason": "DUPE" });
        world.as_seller(Method::POST, "/v1/returns", &back).await.expect(201);
        let email = format!("form.{}@example.com", world.reference("x"));
        let body = format!("campid={}&firstname=Dan&email={email}&phone1=02079460018", world.reference("c"));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let posted = world.send(Method::POST, "/v1/leads", world.supplier_key(), &headers, &body).await.expect(201);
        let form = posted.json["lead_id"].as_str().unwrap().to_owned();
        world.settled(&form).await;
        let mut bad = world.lead(person("Zoe", "bing"));
        bad["phone1"] = json!("12");
        let bad = world.post(&bad).await.expect(422);
        let rejected = bad.json["lead_id"].as_str().unwrap().to_owned();
        Self { world, both, nobody, one, returned, form, rejected }
    }

    /// The ids that somebody finds in this campaign, newest first.
    async fn found_as(&self, key: &str, filters: &str) -> Vec<String> {
        let path = format!("/v1/leads?campid={}&{filters}", self.world.reference("c"));
        let found = self.world.read_as(key, &path).await.expect(200).json;
        assert_eq!(found["next_cursor"], Value::Null, "{found:#}");
        found["items"].as_array().unwrap().iter().map(|lead| lead["lead_id"].as_str().unwrap().to_owned()).collect()
    }

    /// The seller finds these, newest first, once booking has caught up.
    async fn finds(&self, filters: &str, expected: &[&String]) {
        let (key, started) = (self.world.deployment.first_key(), Instant::now());
        loop {
            let found = self.found_as(&key, filters).await;
            if found.iter().eq(expected.iter().copied()) {
                return;
            }
            assert!(started.elapsed() < LISTED_WITHIN, "{filters}: {found:?} instead of {expected:?}");
            tokio::time::sleep(POLL_EVERY).await;
        }
    }
}

#[tokio::test]
async fn leads_are_found_by_every_filter_and_by_several_together() {
    let crowd = Crowd::come().await;
    let Crowd { world, both, nobody, one, returned, form, rejected } = &crowd;
    let reference = |short: &str| world.reference(short);
    crowd.finds("", &[rejected, form, returned, one, nobody, both]).await;
    crowd.finds("limit=200&country=GB&method=api", &[rejected, returned, one, nobody, both]).await;
    crowd.finds("method=form&method=import", &[form]).await;
    crowd.finds("sold_status=sold", &[one, both]).await;
    crowd.finds("sold_status=returned&sold_status=unsold", &[rejected, form, returned, nobody]).await;
    crowd.finds("delivery_status=full", &[both]).await;
    crowd.finds("delivery_status=partial", &[returned, one]).await;
    crowd.finds("delivery_status=fail&method=api", &[nobody]).await;
    crowd.finds("delivery_status=blank", &[rejected]).await;
    crowd.finds("activity=returned", &[returned]).await;
    crowd.finds(&format!("did={}", reference("d2")), &[form, returned, one, nobody, both]).await;
    crowd.finds(&format!("bid={}", reference("b2")), &[both]).await;
    crowd.finds(&format!("bid={}&sold_status=returned", reference("b1")), &[returned]).await;
    crowd.finds(&format!("sid={}&field.source=goog", reference("s")), &[both]).await;
    crowd.finds("q=jose", &[both]).await;
    crowd.finds("field.firstname=BO&field.firstname=an", &[one, nobody]).await;
    crowd.finds(&format!("q={nobody}"), &[nobody]).await;
    crowd.finds(&format!("q=Form.{}@Example.com", reference("x")), &[form]).await;
    crowd.finds("q=020%207946%200018", &[form, returned, one, nobody, both]).await;
    crowd.finds("field.phone1=%2B442079460018&q=bo", &[one]).await;
    crowd.finds("country=US", &[]).await;
    let today = lambda::now().strftime("%Y-%m-%d");
    crowd.finds(&format!("from={today}&to={today}&q=eve"), &[returned]).await;
    crowd.finds("from=2020-01-01&to=2020-12-31", &[]).await;
    let email = world.as_seller(Method::GET, &format!("/v1/leads/{rejected}"), &Value::Null).await.expect(200).json;
    crowd.finds(&format!("field.email={}", email["fields"]["email"].as_str().unwrap()), &[rejected]).await;
}

#[tokio::test]
async fn each_party_finds_its_own_and_may_not_ask_for_more() {
    let crowd = Crowd::come().await;
    let Crowd { world, both, one, returned, .. } = &crowd;
    crowd.finds(&format!("bid={}", world.reference("b1")), &[returned, one, both]).await;
    let buyer = world.new_key(json!({ "role": "buyer", "bid": world.reference("b2"), "label": "tests" })).await;
    assert_eq!(crowd.found_as(&buyer, "").await, std::slice::from_ref(both));
    assert_eq!(crowd.found_as(&buyer, &format!("did={}", world.reference("d1"))).await, Vec::<String>::new());
    let other = world.new_supplier("other").await;
    assert_eq!(crowd.found_as(&other, "").await, Vec::<String>::new());
    assert_eq!(crowd.found_as(world.supplier_key(), "").await.len(), 6);
    for (key, filter) in
        [(&buyer, "field.source=goog"), (&other, "delivery_status=full&did=d1"), (&other, "explain=true")]
    {
        let path = format!("/v1/leads?{filter}");
        assert_eq!(world.read_as(key, &path).await.status, 403, "{filter}");
    }

    let line = |found: Value| {
        found["items"].as_array().unwrap().iter().find(|item| item["lead_id"] == **both).unwrap().clone()
    };
    let path = format!("/v1/leads?campid={}", world.reference("c"));
    let told = line(world.read_as(&world.deployment.first_key(), &path).await.expect(200).json);
    assert_eq!((&told["buyer"]["label"], &told["buyer"]["colour"]), (&json!("multiple"), &json!("green")), "{told:#}");
    assert_eq!((&told["revenue"]["amount"], &told["delivery"]["colour"]), (&json!("21.50"), &json!("green")));
    let told = line(world.read_as(world.supplier_key(), &path).await.expect(200).json);
    assert_eq!(
        (&told["payout"]["amount"], &told["buyer"], &told["revenue"]),
        (&json!("5.00"), &Value::Null, &Value::Null)
    );
    let told = line(world.read_as(&buyer, &path).await.expect(200).json);
    assert_eq!((&told["buyer"]["label"], &told["revenue"]["amount"]), (&json!(world.reference("b2")), &json!("9.00")));
    assert_eq!((&told["sid"], &told["source"], &told["payout"]), (&Value::Null, &Value::Null, &Value::Null));
}
