//! People who answer a message: by the button of a mail program and by the page, over HTTP, with nothing but the link.

use std::time::{Duration, Instant};

use domain::{consent::Contact, contact::Email};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, World};

const LISTED_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(100);
const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

/// A lead that came in, its person's address, and the link of a message to it.
async fn written_to(world: &World) -> (String, String, String) {
    let email = format!("ann.{}@example.com", world.reference("x"));
    let id = world.post(&world.lead(json!({ "email": email }))).await.expect(201).lead_id();
    let contact = Contact::Email(Email::parse(&email).unwrap());
    let token = world.deployment.identity().await.unsubscribe_token(&contact, id.parse().unwrap()).unwrap();
    (id, email, format!("/v1/unsubscribe/{token}"))
}

/// Sends what a browser or a mail program sends: no key that opens anything.
async fn send(world: &World, method: Method, link: &str, form: &str) -> Answer {
    world.send(method, link, "nobody", &FORM, form).await
}

async fn consent(world: &World, id: &str) -> Value {
    world.as_seller(Method::GET, &format!("/v1/leads/{id}"), &Value::Null).await.expect(200).json["consent"].clone()
}

#[tokio::test]
async fn who_presses_the_button_of_a_mail_program_is_not_written_to_any_more() {
    let world = World::new().await;
    let (id, email, link) = written_to(&world).await;
    let page = send(&world, Method::GET, &link, "").await.expect(200);
    assert!(page.text.contains("Stop e-mails from") && page.headers["content-type"].starts_with("text/html"));
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));
    assert_eq!(send(&world, Method::HEAD, &link, "").await.expect(200).text, "");
    assert_eq!(consent(&world, &id).await["email"]["status"], "yes", "looking changes nothing");

    assert_eq!(
        send(&world, Method::POST, &link, "List-Unsubscribe=One-Click").await.expect(200).text,
        "Unsubscribed.\n"
    );
    let now = consent(&world, &id).await;
    let said = ["status", "by", "how"].map(|part| now["email"][part].as_str().unwrap_or_default());
    assert_eq!((said, now["sms"]["status"].as_str()), (["no", "person", "one_click"], Some("yes")), "{now:#}");

    let asked = json!({ "email": email });
    let found = world.as_seller(Method::POST, "/v1/suppressions/search", &asked).await.expect(200).json;
    assert_eq!(found["items"][0]["words"].as_array().unwrap().len(), 1, "{found:#}");
    let history = async || world.lead_when(&id, |lead| lead["history"].to_string().contains("unsubscribed")).await;
    history().await;
    unsubscribed_is_found(&world, &id).await;
}

/// The lead is found by what happened to it.
async fn unsubscribed_is_found(world: &World, id: &str) {
    let path = format!("/v1/leads?campid={}&activity=unsubscribed", world.reference("c"));
    let started = Instant::now();
    loop {
        let found = world.as_seller(Method::GET, &path, &Value::Null).await.expect(200).json;
        if found["items"][0]["lead_id"] == id {
            return;
        }
        assert!(started.elapsed() < LISTED_WITHIN, "{found:#}");
        tokio::time::sleep(POLL_EVERY).await;
    }
}

#[tokio::test]
async fn on_the_page_it_is_taken_back_and_the_next_lead_of_the_person_follows() {
    let world = World::new().await;
    let (id, email, link) = written_to(&world).await;
    let done = send(&world, Method::POST, &link, "answer=unsubscribe").await.expect(200);
    assert!(done.text.contains("You are unsubscribed"), "{}", done.text);
    let again = world.post(&world.lead(json!({ "email": email.to_uppercase() }))).await.lead_id();
    assert_eq!(consent(&world, &again).await["email"]["status"], "no", "it is the same person");
    send(&world, Method::POST, &link, "answer=resubscribe").await.expect(200);
    for lead in [&id, &again] {
        assert_eq!(consent(&world, lead).await["email"]["status"], "yes");
    }
    assert_eq!(send(&world, Method::POST, "/v1/unsubscribe/00", "answer=unsubscribe").await.status, 404);
}
