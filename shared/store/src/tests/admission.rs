//! Taking leads in: duplicates, replays, and what the item looks like.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::Principal,
    lead::{Approval, Lead, Rejection},
};
use futures::future::join_all;
use insta::assert_json_snapshot;

use super::{at, identity, lead};
use crate::{Earlier, Once, StoredAnswer, admit::Admitted, keys, test_tables::TestTables};

fn once(key: &str, request: &str) -> Once {
    let principal = Principal::Supplier { sid: "s1".parse().unwrap() };
    Once { principal, key: key.to_owned(), request: identity().request(request), place: None, open_until: None }
}

fn answer(body: &str) -> StoredAnswer {
    StoredAnswer { status: 201, body: body.to_owned() }
}

#[tokio::test]
async fn an_admitted_lead_reads_back_as_it_was() {
    let store = TestTables::start().await.store();
    let (lead, claim) = lead(1, "ann@example.com", 0);
    let admitted = store.admit(&lead, 0, claim.as_ref(), None, &identity()).await.unwrap();
    assert_eq!(admitted, Admitted::Stored);
    assert_eq!(store.lead(lead.id).await.unwrap(), Some(lead));
}

#[tokio::test]
async fn a_lead_is_listed_by_campaign_supplier_status_email_and_phone() {
    let tables = TestTables::start().await;
    let (lead, claim) = lead(1, "ann@example.com", 0);
    tables.store().admit(&lead, 0, claim.as_ref(), None, &identity()).await.unwrap();
    for (index, hash) in [
        (keys::BY_CAMPAIGN, "gc"),
        (keys::BY_SUPPLIER, "gs"),
        (keys::BY_STATUS, "gt"),
        (keys::BY_EMAIL, "ge"),
        (keys::BY_PHONE, "gp"),
    ] {
        #[expect(clippy::disallowed_methods, reason = "the test wants to see all there is")]
        let scan = tables.client().scan();
        let listed = scan.table_name(tables.tables().leads).index_name(index).send().await.unwrap();
        let item = listed.items().first().unwrap().clone();
        assert!(item.contains_key(hash), "{index}: {item:?}");
        assert_eq!(item.get("c"), Some(&AttributeValue::S("solar".to_owned())), "{index}");
        assert!(!item.contains_key("f"), "{index} must not carry personal data");
    }
}

#[tokio::test]
async fn a_lead_that_is_rejected_is_listed_by_what_of_the_person_can_be_read() {
    let (good, _) = lead(1, "ann@example.com", 0);
    let sent = |email: &str, phone: &str| {
        let fields =
            [("email", email), ("phone1", phone)].map(|(name, value)| (name.parse().unwrap(), value.to_owned()));
        let approval = Approval::Rejected { code: Rejection::Validation, reason: "postcode".to_owned() };
        let item =
            crate::lead::new_item(&Lead { fields: fields.into(), approval, ..good.clone() }, 0, None, &identity());
        let item = item.unwrap();
        ["ge", "gp"].map(|key| item.get(key).map(|value| value.as_s().unwrap().clone()))
    };
    let listed = [identity().email("ann@example.com"), identity().phone("+442079460018")].map(Some);
    assert_eq!(sent(" Ann@Example.COM", "020 7946 0018"), listed);
    assert_eq!(sent("ann at example", "call me"), [None, None]);
}

#[tokio::test]
async fn the_row_of_a_new_lead_is_small_and_hides_the_person_from_its_keys() {
    let (lead, _) = lead(1, "ann@example.com", 0);
    let item = crate::lead::new_item(&lead, 0, None, &identity()).unwrap();
    let row: serde_json::Value = serde_dynamo::from_item(item).unwrap();
    assert_json_snapshot!(row);
    assert!(row.to_string().len() < 1_024);
}

#[tokio::test]
async fn the_second_lead_with_the_same_data_is_a_duplicate_until_the_window_ends() {
    let store = TestTables::start().await.store();
    let day = 86_400;
    let (first, claim) = lead(1, "ann@example.com", 0);
    store.admit(&first, 0, claim.as_ref(), None, &identity()).await.unwrap();
    let (second, claim) = lead(2, "Ann@Example.com ", 30 * day);
    let admitted = store.admit(&second, 0, claim.as_ref(), None, &identity()).await.unwrap();
    assert_eq!(admitted, Admitted::Duplicate { of: first.id });
    assert_eq!(store.lead(second.id).await.unwrap(), None);
    let (third, claim) = lead(3, "ann@example.com", 30 * day + 1);
    assert_eq!(store.admit(&third, 0, claim.as_ref(), None, &identity()).await.unwrap(), Admitted::Stored);
}

#[tokio::test]
async fn of_many_leads_with_the_same_data_at_once_one_is_stored() {
    let store = TestTables::start().await.store();
    let admissions = (1..=20).map(|number| {
        let store = store.clone();
        async move {
            let (lead, claim) = lead(number, "ann@example.com", 0);
            store.admit(&lead, 0, claim.as_ref(), None, &identity()).await.unwrap()
        }
    });
    let stored = join_all(admissions).await.into_iter().filter(|admitted| *admitted == Admitted::Stored).count();
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn a_repeated_request_gets_the_answer_of_the_first() {
    let store = TestTables::start().await.store();
    let once = once("k1", "body");
    let (first, claim) = lead(1, "ann@example.com", 0);
    let stored = store.admit(&first, 0, claim.as_ref(), Some((&once, &answer("first"))), &identity()).await.unwrap();
    let (again, claim) = lead(2, "ann@example.com", 13 * 86_400);
    let replayed = store.admit(&again, 0, claim.as_ref(), Some((&once, &answer("second"))), &identity()).await.unwrap();
    let first = Earlier::Answered { answer: answer("first"), place: None };
    assert_eq!((stored, replayed), (Admitted::Stored, Admitted::Earlier(first)));
}

#[tokio::test]
async fn a_request_with_several_leads_is_known_again_by_its_body_and_says_which_of_them_was_answered() {
    let store = TestTables::start().await.store();
    let at = |request: &str, place: usize| Once { place: Some(place), ..once("k1", request) };
    let (first, _) = lead(1, "ann@example.com", 0);
    store.admit(&first, 0, None, Some((&at("body", 2), &answer("2"))), &identity()).await.unwrap();
    let (again, _) = lead(2, "bob@example.com", 0);
    let bound = Earlier::Answered { answer: answer("2"), place: Some(2) };
    for place in [2, 0] {
        let admitted =
            store.admit(&again, 0, None, Some((&at("body", place), &answer("0"))), &identity()).await.unwrap();
        let read = store.replay(&at("body", place), &identity(), again.received).await.unwrap();
        assert_eq!((admitted, read), (Admitted::Earlier(bound.clone()), Some(bound.clone())));
    }
    for other in [at("other", 2), once("k1", "body")] {
        let admitted = store.admit(&again, 0, None, Some((&other, &answer("0"))), &identity()).await.unwrap();
        assert_eq!(admitted, Admitted::Earlier(Earlier::KeyReused), "{other:?}");
    }
    assert_eq!(store.lead(again.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_key_with_another_body_or_of_another_supplier_is_another_matter() {
    let store = TestTables::start().await.store();
    let (first, _) = lead(1, "ann@example.com", 0);
    store.admit(&first, 0, None, Some((&once("k1", "body"), &answer("1"))), &identity()).await.unwrap();
    let (second, _) = lead(2, "bob@example.com", 0);
    let reused = store.admit(&second, 0, None, Some((&once("k1", "other"), &answer("2"))), &identity()).await.unwrap();
    let other = Once { principal: Principal::Seller, ..once("k1", "body") };
    let others = store.admit(&second, 0, None, Some((&other, &answer("2"))), &identity()).await.unwrap();
    assert_eq!((reused, others), (Admitted::Earlier(Earlier::KeyReused), Admitted::Stored));
}

#[tokio::test]
async fn a_key_is_free_again_after_two_weeks_even_if_its_marker_is_still_there() {
    let store = TestTables::start().await.store();
    let (first, _) = lead(1, "ann@example.com", 0);
    store.admit(&first, 0, None, Some((&once("k1", "body"), &answer("1"))), &identity()).await.unwrap();
    let (second, _) = lead(2, "bob@example.com", 14 * 86_400);
    let free = store.admit(&second, 0, None, Some((&once("k1", "other"), &answer("2"))), &identity()).await.unwrap();
    assert_eq!(free, Admitted::Stored);
    assert!(at(0) < second.received);
}
