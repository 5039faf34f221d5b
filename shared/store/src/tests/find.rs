//! Leads by what buyers know of them.

use domain::{finder::Finder, id::LeadId};
use ulid::Ulid;

use super::{at, identity, lead};
use crate::{Store, test_tables::TestTables};

fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

async fn put(store: &Store, number: u128, email: &str, seconds: i64) {
    let (lead, _) = lead(number, email, seconds);
    store.put_lead(&lead, 0, &identity()).await.unwrap();
}

#[tokio::test]
async fn leads_are_found_by_address_and_by_number_newest_first() {
    let store = TestTables::start().await.store();
    for (number, email, seconds) in [(1, "ann@example.com", 0), (2, "ann@example.com", 90), (3, "bob@example.com", 5)] {
        put(&store, number, email, seconds).await;
    }
    assert_eq!(store.leads_by_email(&identity(), "ann@example.com").await.unwrap(), [id(2), id(1)]);
    assert_eq!(store.leads_by_email(&identity(), "nobody@example.com").await.unwrap(), []);
    assert_eq!(store.leads_by_phone(&identity(), "+442079460018").await.unwrap(), [id(2), id(3), id(1)]);
}

#[tokio::test]
async fn leads_are_found_by_what_their_buyer_calls_them_and_by_no_other_buyers_name() {
    let store = TestTables::start().await.store();
    let named = |bid: &str, number| Finder::Reference {
        bid: bid.parse().unwrap(),
        reference: "A-1".to_owned(),
        lead: id(number),
    };
    store.put_finders(&[named("b1", 1), named("b1", 7), named("b2", 3)], &identity()).await.unwrap();
    let find =
        async |bid: &str, name: &str| store.leads_by_reference(&identity(), &bid.parse().unwrap(), name).await.unwrap();
    assert_eq!((find("b1", "A-1").await, find("b2", "A-1").await), (vec![id(7), id(1)], vec![id(3)]));
    assert_eq!(find("b1", "a-1").await, []);
}

#[tokio::test]
async fn many_leads_are_read_at_once_however_often_they_are_asked_for() {
    let tables = TestTables::start().await;
    let store = tables.store();
    for number in 1..=120 {
        put(&store, number, &format!("{number}@example.com"), 0).await;
    }
    tables.spoil(&tables.tables().leads, (&id(120).to_string(), "lead"), "f").await;
    let ids: Vec<LeadId> = (1..=130).chain(1..=30).map(id).collect();
    let found = store.leads_at_once(&ids).await.unwrap();
    assert_eq!(found.len(), 120, "those that are gone are left out");
    assert_eq!(found[&id(7)].as_ref().unwrap().received, at(0));
    assert_eq!(found.iter().filter(|(_, lead)| lead.is_err()).map(|(id, _)| *id).collect::<Vec<_>>(), [id(120)]);
    assert!(store.leads_at_once(&[]).await.unwrap().is_empty());
}
