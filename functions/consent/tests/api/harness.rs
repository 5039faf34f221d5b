//! The API, and a person with a lead.

use axum::{body::Body, http::Request};
use consent::App;
use domain::{
    consent::{Contact, Words},
    contact::{Email, Phone},
    id::LeadId,
    lead::{Channel, Lead, test_lead},
};
use lambda::test_api::{Answer, Api, identity};
use store::test_tables::TestTables;
use ulid::Ulid;

pub(crate) const ANN: &str = "ann@example.com";
pub(crate) const PHONE: &str = "+442079460018";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// An instance over new tables, called by the seller.
pub(crate) async fn start() -> Api {
    let tables = TestTables::start().await;
    let app = App { store: tables.store(), identity: identity() };
    Api::with_callers(tables, app).await
}

pub(crate) fn email(address: &str) -> Contact {
    Contact::Email(Email::parse(address).unwrap())
}

pub(crate) fn phone(number: &str) -> Contact {
    Contact::Sms(number.parse::<Phone>().unwrap())
}

pub(crate) fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

/// A lead of Ann's.
pub(crate) fn anns(number: u128) -> Lead {
    let fields = [("email", ANN), ("phone1", PHONE)];
    let fields = fields.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into();
    Lead { id: id(number), fields, ..test_lead("2026-11-05T10:20:30Z".parse().unwrap()) }
}

/// The path of a link in a message to Ann.
pub(crate) fn link(contact: &Contact, number: u128) -> String {
    format!("/v1/unsubscribe/{}", identity().unsubscribe_token(contact, id(number)).unwrap())
}

/// Sends a form as a mail program or a browser does: without a key.
pub(crate) async fn send_form(api: &Api, path: &str, kind: &str, body: &str) -> Answer {
    let request = Request::post(path).header("content-type", kind).body(Body::from(body.to_owned()));
    api.send(request.unwrap()).await
}

pub(crate) async fn words(api: &Api, contact: &Contact) -> Words {
    let known = api.store().person_consent(contact, &identity()).await.unwrap();
    known.map(|person| person.words).unwrap_or_default()
}

/// Whether the person of a lead may be written to, by e-mail and by text message.
pub(crate) async fn may_be_written_to(api: &Api, number: u128) -> [bool; 2] {
    let lead = api.store().lead(id(number)).await.unwrap().unwrap();
    let spoken = api.store().spoken(&lead, &identity()).await.unwrap();
    Channel::ALL.map(|channel| lead.may_be_written_to(channel, &spoken))
}

/// All that the tables hold, in an order of its own.
pub(crate) async fn kept(api: &Api) -> Vec<String> {
    let everything = api.tables.everything().await;
    let mut parts: Vec<String> = everything.split(['{', '}', ',', '\n']).map(|part| part.trim().to_owned()).collect();
    parts.sort();
    parts
}
