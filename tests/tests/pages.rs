//! The pages that people see, in a real browser.

use domain::{consent::Contact, contact::Email};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, World};

/// The blue of the button that is the main thing on a page: the page's policy must let its style through.
const MAIN: &str = "rgba(29, 78, 216, 1)";
const WHITE: &str = "rgba(255, 255, 255, 1)";
const BUTTON: &str = "main form button";

/// A lead that came in, and the page that a message to its person leads to.
async fn written_to(world: &World) -> (String, String) {
    let address = format!("ann.{}@example.com", world.reference("x"));
    let id = world.post(&world.lead(json!({ "email": address }))).await.expect(201).lead_id();
    let contact = Contact::Email(Email::parse(&address).unwrap());
    let token = world.deployment.identity().await.unsubscribe_token(&contact, id.parse().unwrap()).unwrap();
    (id, world.deployment.url(&format!("/v1/unsubscribe/{token}")))
}

/// Whether the person of a lead is written to, and how that was said.
async fn email(world: &World, id: &str) -> [String; 2] {
    let lead = world.as_seller(Method::GET, &format!("/v1/leads/{id}"), &Value::Null).await.expect(200).json;
    ["status", "how"].map(|part| lead["consent"]["email"][part].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_person_unsubscribes_by_the_page_and_takes_it_back() {
    let Some(browser) = Browser::start(800, 600).await else { return };
    let world = World::new().await;
    let (id, page) = written_to(&world).await;

    browser.open(&page).await;
    browser.find("h1", "Stop e-mails from").await;
    let button = browser.find(BUTTON, "Unsubscribe").await;
    assert_eq!(browser.style(&button, "background-color").await, MAIN);
    assert_eq!(email(&world, &id).await[0], "yes", "looking changes nothing");

    browser.press(&button).await;
    browser.find("h1", "You are unsubscribed").await;
    assert_eq!(email(&world, &id).await, ["no", "page"]);
    let button = browser.find(BUTTON, "Subscribe again").await;
    assert_eq!(browser.style(&button, "background-color").await, WHITE, "it is not what people come for");

    browser.press(&button).await;
    browser.find("h1", "You are subscribed again").await;
    assert_eq!(email(&world, &id).await, ["yes", "page"]);
    browser.close().await;
}

#[tokio::test]
async fn a_page_fits_a_narrow_window_and_its_button_is_as_wide_as_that() {
    let Some(browser) = Browser::start(500, 800).await else { return };
    let world = World::new().await;
    browser.open(&written_to(&world).await.1).await;
    let (width, height) = browser.size(&browser.find(BUTTON, "Unsubscribe").await).await;
    assert!(width > 400 && height >= 44, "{width} × {height}");
    let is_wider = browser.run("return document.documentElement.scrollWidth > innerWidth").await;
    assert_eq!(is_wider, json!(false), "nobody scrolls sideways");
    browser.close().await;
}
