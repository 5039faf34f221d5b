//! The set-up: versions, pages, keys.

use domain::{
    access::{ApiKey, Principal},
    delivery::Delivery,
    id::KeyId,
    settings::Settings,
    setup::{Record, Versioned},
    supplier::Supplier,
};
use serde_json::json;

use super::{at, campaign, identity, supplier};
use crate::{Error, KeyRequest, NewKey, Revoked, Saved, Unreadable, test_tables::TestTables};

fn delivery() -> Delivery {
    serde_json::from_value(json!({
        "did": "d1", "name": "To buyer one", "campid": "solar", "bid": "b1",
        "price": { "amount": "12.50", "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": {
                "url": "https://buyer.example/leads", "fields": { "contact.email": "{{ lead.email }}" },
                "headers": { "X-Source": "{{ source }}" },
                "auth": { "kind": "basic", "username": "us", "password": "secret" },
            },
            "answer": {
                "rules": [
                    { "then": "accepted", "status": ["2xx"], "json": { "pointer": "/ok", "equals": true } },
                    { "then": "rejected", "json": { "pointer": "/code", "equals": 7 } },
                ],
                "price": { "json": "/price" },
            },
        },
    }))
    .unwrap()
}

#[tokio::test]
async fn every_kind_of_record_reads_back_as_it_was_saved() {
    let store = TestTables::start().await.store();
    store.save(campaign(), None).await.unwrap();
    store.save(supplier(), None).await.unwrap();
    store.save(delivery(), None).await.unwrap();
    assert_eq!(store.record("solar").await.unwrap(), Some(Versioned { record: campaign(), version: 1 }));
    assert_eq!(store.record("s1").await.unwrap(), Some(Versioned { record: supplier(), version: 1 }));
    assert_eq!(store.record("d1").await.unwrap(), Some(Versioned { record: delivery(), version: 1 }));
    assert_eq!(store.record::<Supplier>("d1").await.unwrap(), None);
}

#[tokio::test]
async fn a_record_is_made_once_and_replaced_only_by_who_read_it_last() {
    let store = TestTables::start().await.store();
    let named = |name: &str| Supplier { name: name.to_owned(), ..supplier() };
    assert!(matches!(store.save(supplier(), None).await.unwrap(), Saved::Done(Versioned { version: 1, .. })));
    assert_eq!(store.save(named("again"), None).await.unwrap(), Saved::Stale);
    assert_eq!(
        store.save(named("two"), Some(1)).await.unwrap(),
        Saved::Done(Versioned { record: named("two"), version: 2 })
    );
    assert_eq!(store.save(named("late"), Some(1)).await.unwrap(), Saved::Stale);
    assert_eq!(store.save(Supplier { sid: "s9".parse().unwrap(), ..supplier() }, Some(1)).await.unwrap(), Saved::Stale);
}

#[tokio::test]
async fn lists_come_in_pages_by_reference() {
    let store = TestTables::start().await.store();
    for sid in ["s3", "s1", "s2"] {
        store.save(Supplier { sid: sid.parse().unwrap(), ..supplier() }, None).await.unwrap();
    }
    let first = store.records::<Supplier>(2, None).await.unwrap();
    let rest = store.records::<Supplier>(2, first.last.as_deref()).await.unwrap();
    let names: Vec<_> = first.items.iter().chain(&rest.items).map(|item| item.record.reference().to_owned()).collect();
    assert_eq!((names, rest.last), (vec!["s1".to_owned(), "s2".to_owned(), "s3".to_owned()], None));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_hides_no_other_and_can_be_replaced_as_a_whole() {
    let tables = TestTables::start().await;
    let (store, setup) = (tables.store(), tables.tables().setup);
    for sid in ["s1", "s2", "s3"] {
        store.save(Supplier { sid: sid.parse().unwrap(), ..supplier() }, None).await.unwrap();
    }
    tables.spoil(&setup, ("supplier", "s2"), "r").await;
    let broken = Unreadable { table: "setup", pk: "supplier".to_owned(), sk: "s2".to_owned(), version: Some(1) };
    let error = store.record::<Supplier>("s2").await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable(row) if *row == broken));
    assert_eq!(error.to_string(), "a row of setup is not what it should be: pk supplier, sk s2");
    let page = store.records::<Supplier>(10, None).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable), (2, vec![broken]));

    let whole = || Supplier { sid: "s2".parse().unwrap(), ..supplier() };
    assert_eq!(store.save(whole(), Some(0)).await.unwrap(), Saved::Stale, "its version is known");
    tables.spoil(&setup, ("supplier", "s2"), "v").await;
    assert_eq!(store.save(whole(), Some(1)).await.unwrap(), Saved::Stale);
    let saved = Saved::Done(Versioned { record: whole(), version: 1 });
    assert_eq!(store.save(whole(), Some(0)).await.unwrap(), saved);
    assert_eq!(store.records::<Supplier>(10, None).await.unwrap().unreadable, []);
}

#[tokio::test]
async fn a_lead_that_cannot_be_read_is_named_without_what_it_holds() {
    let tables = TestTables::start().await;
    let lead = domain::lead::test_lead(at(0));
    tables.store().put_lead(&lead, 0, &identity()).await.unwrap();
    tables.spoil(&tables.tables().leads, (&lead.id.to_string(), "lead"), "f").await;
    let told = tables.store().lead(lead.id).await.unwrap_err().to_string();
    assert_eq!(told, format!("a row of leads is not what it should be: pk {}, sk lead", lead.id));
    let (leads, unreadable) = tables.store().leads(&[lead.id]).await.unwrap();
    assert_eq!((leads.len(), unreadable.len()), (0, 1));
}

#[tokio::test]
async fn a_warm_function_remembers_records_but_never_that_there_is_none() {
    let store = TestTables::start().await.store();
    assert!(store.cached::<Supplier>("s1").await.unwrap().is_none());
    store.save(supplier(), None).await.unwrap();
    assert!(store.cached::<Supplier>("s1").await.unwrap().is_some());
    store.save(Supplier { name: "new".to_owned(), ..supplier() }, Some(1)).await.unwrap();
    assert_eq!(store.cached::<Supplier>("s1").await.unwrap().unwrap().name, "Supplier One");
}

#[tokio::test]
async fn settings_have_versions_too() {
    let store = TestTables::start().await.store();
    let settings = Settings { name: "A".to_owned(), time_zone: "Europe/London".to_owned(), ..Settings::default() };
    assert_eq!(store.settings().await.unwrap(), None);
    assert!(matches!(store.save_settings(settings.clone(), None).await.unwrap(), Saved::Done(_)));
    assert_eq!(store.save_settings(settings, None).await.unwrap(), Saved::Stale);
}

fn key(id: &str) -> ApiKey {
    ApiKey {
        id: id.parse::<KeyId>().unwrap(),
        principal: Principal::Supplier { sid: "s1".parse().unwrap() },
        label: "feed".to_owned(),
        secret_sha256: "00".to_owned(),
        created: at(0),
        revoked: None,
    }
}

#[tokio::test]
async fn a_principal_has_at_most_two_active_keys() {
    let store = TestTables::start().await.store();
    assert_eq!(store.make_key(&key("k1")).await.unwrap(), NewKey::Made);
    assert_eq!(store.make_key(&key("k2")).await.unwrap(), NewKey::Made);
    assert_eq!(store.make_key(&key("k3")).await.unwrap(), NewKey::Refused);
    let revoked = Revoked::Done(ApiKey { revoked: Some(at(5)), ..key("k1") });
    assert_eq!(store.revoke_key(&"k1".parse().unwrap(), at(5)).await.unwrap(), revoked);
    assert_eq!(store.make_key(&key("k3")).await.unwrap(), NewKey::Made);
    // Revoking once more changes nothing, and makes no room for another.
    assert_eq!(store.revoke_key(&"k1".parse().unwrap(), at(9)).await.unwrap(), revoked);
    assert_eq!(store.make_key(&key("k4")).await.unwrap(), NewKey::Refused);
    assert_eq!(store.api_keys(10, None).await.unwrap().items.len(), 3);
}

fn request(asks: &str) -> KeyRequest {
    KeyRequest { caller: KeyId::root(), idempotency_key: "k".to_owned(), asks: asks.to_owned() }
}

#[tokio::test]
async fn a_request_for_a_key_is_known_again_for_a_day_and_then_is_a_new_one() {
    let store = TestTables::start().await.store();
    let made_at =
        |id: &str, seconds| ApiKey { created: at(seconds), secret_sha256: format!("hash of {id}"), ..key(id) };
    let make = async |id: &str, seconds, asks: &str| {
        store.make_key_once(&made_at(id, seconds), &request(asks), &identity()).await.unwrap()
    };
    let day_s = 24 * 3_600;
    assert_eq!(make("k1", 0, "a").await, NewKey::Made);
    let renewed = ApiKey { secret_sha256: "hash of k2".to_owned(), ..made_at("k1", 0) };
    assert_eq!(make("k2", day_s - 1, "a").await, NewKey::MadeBefore(renewed.clone()));
    assert_eq!(store.key(&renewed.id).await.unwrap(), Some(renewed));
    assert_eq!(make("k3", day_s - 1, "b").await, NewKey::RequestReused);
    assert_eq!(make("k3", day_s, "b").await, NewKey::Made);
    assert_eq!(make("k4", 2 * day_s, "c").await, NewKey::Refused);
    store.revoke_key(&"k3".parse().unwrap(), at(day_s)).await.unwrap();
    assert_eq!(make("k5", day_s + 1, "b").await, NewKey::RevokedSince);
}
