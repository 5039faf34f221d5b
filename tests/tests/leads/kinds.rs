//! Deliveries that make no request: transferred, mailed, filed.

use std::time::{Duration, Instant};

use delivery::files::{App, assemble};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use store::{Cells, Files, OutgoingFile};
use tests::{Answer, Deployment, Reply, TestBuyer, World};

/// A delivery of this kind, without a buyer.
fn delivery(world: &World, short: &str, channel: &Value) -> Value {
    json!({
        "did": world.reference(short), "name": short, "campid": world.reference("c"),
        "price": { "amount": "0.00", "currency": "GBP" }, "channel": channel, "retry": { "delays_s": [0, 0] },
    })
}

async fn save(world: &World, short: &str, channel: &Value) -> Answer {
    world.as_seller(Method::POST, "/v1/deliveries", &delivery(world, short, channel)).await
}

/// Gives the campaign's leads to a delivery of this kind, and to nobody else.
pub(super) async fn give_to(world: &mut World, short: &str, channel: &Value) {
    save(world, short, channel).await.expect(201);
    let did = world.reference(short);
    world.change_campaign(json!({ "distribution": [{ "mode": "all", "deliveries": [did] }] })).await;
}

fn into(world: &World) -> Value {
    json!({ "kind": "transfer", "campid": world.reference("c"), "sid": world.reference("s") })
}

/// The lead once its only delivery is in this state.
pub(super) async fn once_is(world: &World, lead_id: &str, state: &str) -> Value {
    world.lead_when(lead_id, |lead| lead["deliveries"][0]["state"] == state).await
}

#[tokio::test]
async fn a_lead_that_is_transferred_is_sold_in_the_other_campaign() {
    let (mut first, mut second) = (World::new().await, World::new().await);
    let buyer = TestBuyer::answering([Reply::accept("B-7")]).await;
    second.add_buyer("1", "12.50", &buyer).await;
    let mut channel = into(&second);
    channel["fields"] = json!({ "firstname": "{{ lead.firstname | upper }} of {{ campaign }}", "source": "partner" });
    give_to(&mut first, "dt", &channel).await;

    let lead_id = first.post(&first.lead(json!({}))).await.expect(201).lead_id();
    let lead = once_is(&first, &lead_id, "accepted").await;
    let attempt = &lead["deliveries"][0]["attempts"][0];
    assert_eq!((&attempt["result"], &lead["sold_status"]), (&json!("taken"), &json!("unsold")), "{lead:#}");

    let other = second.settled(attempt["reference"].as_str().unwrap()).await;
    assert_eq!((&other["sold_status"], &other["method"]), (&json!("sold"), &json!("transfer")), "{other:#}");
    assert_eq!(
        (&other["campid"], &other["sid"], &other["source"]),
        (&json!(second.reference("c")), &json!(second.reference("s")), &json!("partner"))
    );
    assert_eq!(other["fields"]["firstname"], format!("ANN of {}", first.reference("c")));
    assert_eq!(
        (&other["fields"]["email"], &other["fields"]["phone1"]),
        (&json!("ann@example.com"), &json!("+442079460018"))
    );
    assert_eq!(other["transferred_from"], json!({ "lead_id": lead_id, "campaigns": [first.reference("c")] }));
    assert_eq!((&other["financials"]["revenue"]["amount"], buyer.requests().len()), (&json!("12.50"), 1));
}

#[tokio::test]
async fn a_transferred_lead_is_judged_like_any_other() {
    let (mut first, second) = (World::new().await, World::new().await);
    let own = second.lead(json!({}));
    second.post(&own).await.expect(201);
    give_to(&mut first, "dt", &into(&second)).await;
    let lead_id = first.post(&first.lead(json!({}))).await.expect(201).lead_id();
    let lead = once_is(&first, &lead_id, "rejected").await;
    let reason = lead["deliveries"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("An accepted lead of this campaign has the same data."), "{reason}");
}

#[tokio::test]
async fn a_lead_that_would_come_back_is_not_transferred() {
    let (mut first, mut second) = (World::new().await, World::new().await);
    give_to(&mut first, "dt", &into(&second)).await;
    give_to(&mut second, "du", &into(&first)).await;
    let lead_id = first.post(&first.lead(json!({}))).await.expect(201).lead_id();
    let lead = once_is(&first, &lead_id, "accepted").await;
    let other = lead["deliveries"][0]["attempts"][0]["reference"].as_str().unwrap();
    let other = once_is(&second, other, "failed").await;
    assert_eq!(
        other["deliveries"][0]["reason"],
        format!("it has been in campaign {} already", first.reference("c")),
        "{other:#}"
    );
}

#[tokio::test]
async fn a_transfer_that_could_never_be_made_is_not_saved() {
    let (first, second) = (World::new().await, World::new().await);
    let mut own = into(&first);
    own["sid"] = first.reference("s").into();
    let stranger = json!({ "kind": "transfer", "campid": second.reference("c"), "sid": first.reference("s") });
    let nowhere = json!({ "kind": "transfer", "campid": "nowhere", "sid": first.reference("s") });
    let mut unknown = into(&second);
    unknown["fields"] = json!({ "roof_type": "tiled" });
    for (channel, field, code) in [
        (own, "channel.campid", "own_campaign"),
        (stranger, "channel.sid", "not_a_supplier"),
        (nowhere, "channel.campid", "unknown_reference"),
        (unknown, "channel.fields.roof_type", "unknown_field"),
    ] {
        let refused = save(&first, "dt", &channel).await.expect(422);
        assert_eq!(
            (&refused.json["errors"][0]["field"], &refused.json["errors"][0]["code"]),
            (&json!(field), &json!(code))
        );
    }
}

#[tokio::test]
async fn a_lead_is_mailed_to_all_addresses_with_its_values_escaped() {
    let mut world = World::new().await;
    let (one, other) =
        (format!("{}@buyer.example", world.reference("one")), format!("{}@buyer.example", world.reference("two")));
    let channel = json!({
        "kind": "email", "to": [one, other], "from": "leads@seller.example", "subject": "New lead:\n{{ lead.firstname }}",
        "text": "{{ lead.firstname }}, {{ lead.phone1 }}", "html": "<p>{{ lead.firstname }}<br>{{ lead.email }}",
    });
    give_to(&mut world, "de", &channel).await;
    let lead_id = world.post(&world.lead(json!({ "firstname": "Ann & \"Co\"" }))).await.expect(201).lead_id();
    let lead = once_is(&world, &lead_id, "accepted").await;
    let mails = world.deployment.mails_to(&one).await;
    assert_eq!(mails.len(), 1, "{lead:#}");
    let text = mails[0].to_string();
    for part in [
        &other,
        "leads@seller.example",
        r#"New lead: Ann & \"Co\""#,
        r#"Ann & \"Co\", +442079460018"#,
        "<p>Ann &amp; &quot;Co&quot;<br>ann@example.com",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let reference = lead["deliveries"][0]["attempts"][0]["reference"].as_str().unwrap();
    assert!(text.contains(reference), "{reference} is not the id in {text}");
}

#[tokio::test]
async fn an_email_without_a_sender_fails_and_says_what_to_do() {
    let mut world = World::new().await;
    let channel =
        json!({ "kind": "email", "to": ["desk@buyer.example"], "subject": "A lead", "text": "{{ lead.email }}" });
    give_to(&mut world, "de", &channel).await;
    let lead_id = world.post(&world.lead(json!({}))).await.expect(201).lead_id();
    let lead = once_is(&world, &lead_id, "failed").await;
    let reason = lead["deliveries"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("MailFrom"), "{reason}");
}

/// The text of a file, once it is there.
async fn file_at(path: &str) -> String {
    let deployment = Deployment::get().await;
    let started = Instant::now();
    loop {
        let got = deployment.s3().get_object().bucket(deployment.files_bucket()).key(path).send().await;
        if let Ok(got) = got {
            let bytes = got.body.collect().await.unwrap().into_bytes();
            return String::from_utf8(bytes.to_vec()).unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{path} is not there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_lead_is_filed_and_its_file_is_written_once_it_has_closed() {
    let mut world = World::new().await;
    let channel = json!({
        "kind": "file", "time_zone": "Europe/London", "name": "leads", "at": ["06:00"],
        "columns": [
            { "name": "Name", "value": "{{ lead.firstname }}" }, { "name": "Phone", "value": "{{ lead.phone1 }}" },
            { "name": "Note", "value": "=1+{{ lead.source }}" },
        ],
    });
    give_to(&mut world, "df", &channel).await;
    let lead_id = world.post(&world.lead(json!({ "firstname": "Smith, Ann" }))).await.expect(201).lead_id();
    let lead = once_is(&world, &lead_id, "accepted").await;
    let path = lead["deliveries"][0]["attempts"][0]["reference"].as_str().unwrap();
    let folder = format!("outgoing/_/{}/leads-2", world.reference("df"));
    assert!(path.starts_with(&folder) && path.ends_with(".csv"), "{path}");

    let deployment = Deployment::get().await;
    let files = Files::new(deployment.s3(), deployment.files_bucket().to_owned());
    let app = App { store: deployment.store(), files };
    let later = lambda::now() + SignedDuration::from_hours(48);
    assemble(&app, later, Duration::from_secs(60)).await.unwrap();
    assert_eq!(file_at(path).await, "Name,Phone,Note\r\n\"Smith, Ann\",+442079460018,'=1+google\r\n");
    let again = assemble(&app, later, Duration::from_secs(60)).await.unwrap();
    assert_eq!((again.failed, again.cut_short), (0, false));
}

#[tokio::test]
async fn the_deployed_function_writes_the_files_that_have_closed() {
    let deployment = Deployment::get().await;
    let (store, now) = (deployment.store(), lambda::now());
    let did = format!("d-{}", lambda::new_lead_id().ulid().to_string().to_lowercase());
    let path = format!("outgoing/_/{did}/2026-01-01.csv");
    let file = OutgoingFile {
        did: did.parse().unwrap(),
        stem: "2026-01-01".to_owned(),
        path: path.clone(),
        columns: serde_json::from_value(json!([{ "name": "E-mail", "value": "{{ lead.email }}" }])).unwrap(),
        closes: now - SignedDuration::from_hours(1),
    };
    let file = store.begin_file(file).await.unwrap();
    let cells = Cells::from([("E-mail".to_owned(), "ann@example.com".to_owned())]);
    store.put_row(&file, lambda::new_lead_id(), 1, &cells, now).await.unwrap();
    let answer = deployment.invoke("delivery-files", "{}").await;
    assert_eq!((&answer["failed"], &answer["cut_short"]), (&json!(0), &json!(false)), "{answer}");
    assert_eq!(file_at(&path).await, "E-mail\r\nann@example.com\r\n");
}
