//! A person of whom as much is kept as can be, by every way by which anything of it comes in, goes out, or is said.

use std::time::{Duration, Instant};

use delivery::files::{App, assemble};
use domain::{access::Principal, consent::Contact, contact::Email};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use store::{DeliveryJob, DeliveryQueue, Files};
use tests::{Reply, TestBuyer, World};

use super::super::{
    bulk::{done, read},
    imported,
    kinds::{give_to, once_is},
    responders,
};

/// A worker may have to start, and the machine may be busy.
const WITHIN: Duration = Duration::from_secs(60);
const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

/// Somebody that nobody else in this run is.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    /// Without the leading zero or the country.
    pub(super) phone: String,
}

/// Where it is known.
pub(super) struct Known {
    /// The campaign in which it was sold and returned.
    pub(super) world: World,
    pub(super) lead_id: String,
    /// Its leads in other campaigns.
    pub(super) elsewhere: Vec<(World, String)>,
}

impl Person {
    pub(super) fn new() -> Self {
        let random = lambda::new_lead_id().ulid().random();
        let mark = format!("{random:020x}")[8..].to_owned();
        let phone = format!("7400{:06}", random % 1_000_000);
        Self { name: format!("yolanda{mark}"), email: format!("yo.{mark}@example.com"), phone }
    }

    pub(super) fn lead(&self, world: &World) -> Value {
        let source = format!("{} {}", self.name, self.email);
        world.lead(json!({ "firstname": self.name, "email": self.email, "phone1": format!("0{}", self.phone), "source": source }))
    }

    /// How often a text has something of it.
    pub(super) fn found_in(&self, text: &str) -> usize {
        let text = text.to_lowercase();
        [&self.name, &self.email, &self.phone].map(|own| text.matches(own.as_str()).count()).iter().sum()
    }
}

/// What the seller reads, once `done` says so.
async fn once(world: &World, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let told = read(world, path).await;
        if done(&told) {
            return told;
        }
        assert!(started.elapsed() < WITHIN, "it did not get there: {path}: {told:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A person who came in by each way, and of whom everybody had something to say.
pub(super) async fn everywhere(person: &Person) -> Known {
    let (world, lead_id) = sold(person).await;
    buyer_speaks(&world, person, &lead_id).await;
    written_to(&world, person, &lead_id).await;
    exported(&world, person, &lead_id).await;
    returned(&world, person, &lead_id).await;
    imported_again(&world, person).await;
    speaks(&world, person, &lead_id).await;
    let elsewhere = vec![turned_away(person).await, filed(person).await];
    Known { world, lead_id, elsewhere }
}

/// Sold with a buyer's answer that names it, turned down by another buyer, sent again under a key, twice rejected.
async fn sold(person: &Person) -> (World, String) {
    let mut world = World::selling(2).await;
    let echo = json!({ "status": "accepted", "id": person.email, "reason": person.name, "price": "12.50" }).to_string();
    for (short, reply) in [("1", Reply::new(200, &echo)), ("2", Reply::reject(&format!("{} is known", person.email)))] {
        world.add_buyer(short, "12.50", &TestBuyer::answering([reply]).await).await;
    }
    let bid = world.reference("b1");
    world.change(&format!("/v1/buyers/{bid}"), json!({ "returns": { "window_days": 30 } })).await;
    let lead_id = world.post_once(&person.email, &person.lead(&world)).await.expect(201).lead_id();
    world.post(&person.lead(&world)).await.expect(422);
    let mut wrong = person.lead(&world);
    wrong["phone1"] = json!(format!("{}99", person.phone));
    world.post(&wrong).await.expect(422);
    world.settled(&lead_id).await;
    world.lead_when(&lead_id, |lead| lead["deliveries"][1]["state"] == "rejected").await;
    (world, lead_id)
}

/// Its buyer says of it what the books do not, which is kept for the seller.
async fn buyer_speaks(world: &World, person: &Person, lead_id: &str) {
    let who = Principal::Buyer { bid: world.reference("b1").parse().unwrap() };
    let form = serde_json::to_value(&who).unwrap();
    let made = world.as_seller(Method::POST, "/v1/webhook-secrets", &form).await.expect(201).json;
    let said = json!({
        "lead_ref": lead_id, "reference": person.email, "event": "unsold", "code": person.name,
        "reason": format!("{} of {} says no", person.name, person.email),
    })
    .to_string();
    let (at, webhook) = (lambda::now().as_second(), standardwebhooks::Webhook::new(made["secret"].as_str().unwrap()));
    let (id, at) = (person.name.as_str(), (at, at.to_string()));
    let signature = webhook.unwrap().sign(id, at.0, said.as_bytes()).unwrap();
    let headers = [("webhook-id", id), ("webhook-timestamp", &at.1), ("webhook-signature", &signature)];
    let path = format!("/v1/feedback?did={}", world.reference("d1"));
    world.send(Method::POST, &path, "", &headers, &said).await.expect(200);
    let lead = read(world, &format!("/v1/leads/{lead_id}")).await;
    assert!(person.found_in(&lead["deliveries"][0]["feedback"].to_string()) > 0, "{lead:#}");
}

/// A responder writes to it, and so does a bulk job; the gateway's answers name it.
async fn written_to(world: &World, person: &Person, lead_id: &str) {
    let said = format!("{} at +44{} has it", person.name, person.phone);
    let gateway = TestBuyer::answering([Reply::new(200, &said)]).await;
    let record = responders::responder(world, "by_hand", &gateway);
    world.as_seller(Method::POST, "/v1/responders", &record).await.expect(201);
    let join = json!({ "action": "join_responder", "params": { "rid": record["rid"] }, "lead_ids": [lead_id] });
    let params = json!({
        "campid": world.reference("c"), "channel": "sms", "gateway": record["rid"], "quiet": record["quiet"],
        "text": "Come round, {{ lead.firstname }}! {{ unsubscribe_url }}",
    });
    let message = json!({ "action": "send_message", "params": params, "lead_ids": [lead_id] });
    for order in [join, message] {
        assert_eq!(done(world, &order).await["changed"], 1);
    }
    world.lead_when(lead_id, |lead| lead["responders"].to_string().matches(r#""state":"sent""#).count() == 2).await;
    let texts: Vec<_> = gateway.requests().into_iter().filter(|request| person.found_in(&request.body) > 0).collect();
    assert!(texts.len() >= 2, "{texts:?}");
}

/// It is searched for by its name, and the seller and a bulk job write a file of it.
async fn exported(world: &World, person: &Person, lead_id: &str) {
    let search = json!({ "search": { "campid": [world.reference("c")], "q": [person.email] } });
    let asked = world.as_seller(Method::POST, "/v1/lead-exports", &search).await.expect(202).json;
    let path = format!("/v1/lead-exports/{}", asked["export_id"].as_str().unwrap());
    let file = once(world, &path, |export| export["state"] == "done").await;
    assert_eq!(file["rows"].as_u64(), Some(3), "{file:#}");
    done(world, &json!({ "action": "export", "lead_ids": [lead_id] })).await;
    let order = json!({ "action": "update_payout", "params": { "payout": { "amount": "5.00", "currency": "GBP" }, "reason": "agreed" } });
    let mut order = order;
    order["search"] = json!({ "q": [person.name] });
    done(world, &order).await;
}

/// Its buyer returns it by a file that says why.
async fn returned(world: &World, person: &Person, lead_id: &str) {
    let text = format!("Email,Reason,Comment\n{},OTHER,{} says so\n", person.email, person.name);
    let key = format!("returns/{}/june.csv", world.reference("b1"));
    let deployment = world.deployment;
    let put = deployment.s3().put_object().bucket(deployment.files_bucket()).key(key);
    put.body(text.into_bytes().into()).send().await.unwrap();
    world.lead_when(lead_id, |lead| lead["sold_status"] == "returned").await;
    let listed = format!("/v1/return-files?bid={}", world.reference("b1"));
    let is_done = |files: &Value| files["items"][0]["state"] == "done";
    let files = once(world, &listed, is_done).await;
    assert_eq!(files["items"][0]["outcomes"], json!({ "returned": 1 }), "{files:#}");
}

/// Its supplier sends it once more, with a file of leads.
async fn imported_again(world: &World, person: &Person) {
    let text = format!("firstname,email,phone1\n{},{},0{}\n", person.name, person.email, person.phone);
    let id = imported::uploaded(world, json!({}), text).await;
    let file = imported::over(world, &id).await;
    assert_eq!(file["outcomes"], json!({ "duplicate": 1 }), "{file:#}");
}

/// It answers a message by its link, and is told something twice, which is noted.
async fn speaks(world: &World, person: &Person, lead_id: &str) {
    let contact = Contact::Email(Email::parse(&person.email).unwrap());
    let token = world.deployment.identity().await.unsubscribe_token(&contact, lead_id.parse().unwrap()).unwrap();
    let path = format!("/v1/unsubscribe/{token}");
    world.send(Method::POST, &path, "nobody", &FORM, "answer=unsubscribe").await.expect(200);
    let told = format!("Dear {}", person.name);
    let entries = json!({ "entries": [{ "phone": format!("+44{}", person.phone), "told": told }] });
    world.as_seller(Method::POST, "/v1/suppressions", &entries).await.expect(200);
    let back = json!({ "action": "resubscribe", "params": { "to": "sms", "told": told }, "lead_ids": [lead_id] });
    assert_eq!(done(world, &back).await["changed"], 1);
}

/// A message about its lead has failed for good.
pub(super) async fn given_up(world: &World, lead_id: &str) {
    let deployment = world.deployment;
    let lead = deployment.store().lead(lead_id.parse().unwrap()).await.unwrap().unwrap();
    let (did, delivery) = lead.deliveries.first_key_value().unwrap();
    let dead = DeliveryQueue::new(deployment.sqs(), deployment.dead_letters_url().to_owned());
    dead.send(&[DeliveryJob::of(&lead, did, delivery, None)], SignedDuration::ZERO).await.unwrap();
}

/// Elsewhere it is put aside, and turned away with a reason that names it.
async fn turned_away(person: &Person) -> (World, String) {
    let mut world = World::new().await;
    let filter = json!({ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["LS"] } });
    world.change_campaign(json!({ "filters": [{ "filter": filter, "otherwise": "quarantine" }] })).await;
    let mut lead = person.lead(&world);
    lead["postcode"] = json!("M1 1AE");
    let answer = world.post(&lead).await.expect(201);
    assert_eq!(answer.json["status"], "quarantined", "{}", answer.text);
    let lead_id = answer.lead_id();
    let reason = format!("{} at {} is unknown", person.name, person.email);
    let order = json!({ "action": "reject", "params": { "reason": reason }, "lead_ids": [lead_id] });
    assert_eq!(done(&world, &order).await["changed"], 1);
    (world, lead_id)
}

/// Elsewhere it is written into a file for its buyer.
async fn filed(person: &Person) -> (World, String) {
    let mut world = World::new().await;
    let channel = json!({
        "kind": "file", "time_zone": "Europe/London", "name": "leads", "at": ["06:00"],
        "columns": [{ "name": "Name", "value": "{{ lead.firstname }}" }, { "name": "Phone", "value": "{{ lead.phone1 }}" }],
    });
    give_to(&mut world, "df", &channel).await;
    let lead_id = world.post(&person.lead(&world)).await.expect(201).lead_id();
    once_is(&world, &lead_id, "accepted").await;
    let deployment = world.deployment;
    let files = Files::new(deployment.s3(), deployment.files_bucket().to_owned());
    let later = lambda::now() + SignedDuration::from_hours(48);
    assemble(&App { store: deployment.store(), files }, later, WITHIN).await.unwrap();
    (world, lead_id)
}
