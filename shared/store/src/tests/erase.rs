//! Deleted leads: what is left of them, and what lay beside them.

use domain::{
    access::Principal,
    bulk::{Change, Then},
    consent::{Contact, How, Speaker, Spoken, Word},
    contact::Email,
    id::{AttemptId, BulkJobId},
    lead::{Actor, Channel, Lead, Outcome},
    money::Money,
};
use serde_json::json;
use ulid::Ulid;

use super::{at, identity, lead};
use crate::{
    Attempt, Cells, Commit, Earlier, Exchange, Once, OutgoingFile, Store, StoredAnswer, WrittenFile, admit::Admitted,
    test_tables::TestTables,
};

const PERSON: &str = "ann@example.com";

fn once(key: &str) -> Once {
    let principal = Principal::Supplier { sid: "s1".parse().unwrap() };
    let request = identity().request("the body");
    Once { principal, key: key.to_owned(), request, place: None, open_until: None }
}

fn answer() -> StoredAnswer {
    StoredAnswer { status: 201, body: json!({ "redirect_url": format!("https://b1.example/?{PERSON}") }).to_string() }
}

/// A sold lead that everything is kept of: an answer to its request, one of its buyer, a row of a file, and what its person said.
async fn kept(store: &Store) -> Lead {
    let (lead, claim) = lead(1, PERSON, 0);
    let lead = lead.on_queued(&"d1".parse().unwrap(), Some("b1".parse().unwrap()), at(0)).unwrap();
    let admitted = store.admit(&lead, 0, claim.as_ref(), Some((&once("k1"), &answer())), &identity()).await.unwrap();
    assert_eq!(admitted, Admitted::Stored);
    let (did, id) = ("d1".parse().unwrap(), AttemptId::from_ulid(Ulid(9)));
    let sending = lead.on_intent(&did, 1, id, at(1), at(40)).unwrap();
    let Commit::Done(sending) = store.commit(&lead, &sending, &identity()).await.unwrap() else { unreachable!() };
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let outcome = Outcome::Accepted { price, reference: Some(PERSON.to_owned()), redirect_url: None };
    put_attempt(store, &lead, outcome.clone()).await;
    let sold = sending.on_outcome(&did, &id, 1, outcome, at(2)).unwrap();
    let Commit::Done(sold) = store.commit(&sending, &sold, &identity()).await.unwrap() else { unreachable!() };
    let word = Word { yes: false, at: at(3), by: Speaker::Person, how: How::Page, told: Some(PERSON.to_owned()) };
    store.say(&lead.contact(Channel::Email).unwrap(), &word, &identity()).await.unwrap();
    *sold
}

async fn put_attempt(store: &Store, lead: &Lead, outcome: Outcome) {
    let (headers, retry_after_s, cut) = (std::collections::BTreeMap::new(), None, false);
    let heard = Exchange::Answered { status: 200, body: format!("hello {PERSON}"), headers, retry_after_s, cut };
    let (did, id) = ("d1".parse().unwrap(), AttemptId::from_ulid(Ulid(9)));
    let attempt = Attempt { did, number: 1, id, at: at(1), elapsed_ms: 5, correlation_id: None, heard, outcome };
    store.put_attempt(lead.id, &attempt).await.unwrap();
}

/// In a file of its buyer.
async fn put_row(store: &Store, lead: &Lead) -> OutgoingFile {
    let columns = serde_json::from_value(json!([{ "name": "a", "value": "{{ lead.id }}" }])).unwrap();
    let (did, path) = ("d1".parse().unwrap(), "outgoing/b1/d1/today.csv".to_owned());
    let file = OutgoingFile { did, stem: "today".to_owned(), path, columns, closes: at(900) };
    store.begin_file(file.clone()).await.unwrap();
    let cells = Cells::from([("a".to_owned(), PERSON.to_owned())]);
    store.put_row(&file, lead.id, 1, &cells, at(2)).await.unwrap();
    file
}

async fn deleted(store: &Store, lead: &Lead) -> Lead {
    let after = lead.on_deleted(at(10)).unwrap();
    match store.commit_deletion(lead, after, None, &identity()).await.unwrap() {
        Commit::Done(lead) => *lead,
        other @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes, but there is {other:?}"),
    }
}

async fn found(store: &Store) -> usize {
    store.leads_by_email(&identity(), PERSON).await.unwrap().len()
}

#[tokio::test]
async fn nothing_of_a_person_is_left_in_any_table_or_index_and_the_sale_is() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let lead = kept(&store).await;
    assert!(tables.everything().await.matches(PERSON).count() > 5);
    assert_eq!(found(&store).await, 1);
    let tombstone = deleted(&store, &lead).await;
    let everything = tables.everything().await;
    assert!(!everything.contains("ann@"), "{everything}");
    assert_eq!(found(&store).await, 0);
    assert_eq!(tombstone.revenue().unwrap().minor, 1_250);
    let (attempts, enrolments) = (Vec::new(), Vec::new());
    let left = crate::WholeLead { lead: tombstone, attempts, enrolments, said: Vec::new(), tellings: Vec::new() };
    assert_eq!(store.whole_lead(lead.id).await.unwrap(), Some(left));
    // The same request brings no lead, and is told why.
    let Some(Earlier::Answered { answer: told, .. }) = store.replay(&once("k1"), &identity(), at(20)).await.unwrap()
    else {
        unreachable!("the request is known")
    };
    assert_eq!(told.status, 410);
    let (again, _) = super::lead(3, PERSON, 30);
    let admitted = store.admit(&again, 0, None, Some((&once("k1"), &answer())), &identity()).await.unwrap();
    assert!(matches!(admitted, Admitted::Earlier(_)), "{admitted:?}");
}

#[tokio::test]
async fn a_lead_that_its_buyer_gets_with_a_file_waits_for_that_file() {
    let store = TestTables::start().await.store();
    let lead = kept(&store).await;
    assert!(!store.waits_for_file(&lead).await.unwrap());
    let file = put_row(&store, &lead).await;
    assert!(store.waits_for_file(&lead).await.unwrap());
    let manifest = store.file(&file.did, &file.stem).await.unwrap().unwrap();
    let begun = store.file_begun(&manifest).await.unwrap().unwrap();
    let written = WrittenFile { rows: 1, bytes: 9, sha256: "00".to_owned() };
    let there = store.file_written(&begun, written.clone()).await.unwrap().unwrap();
    assert!(store.clear_file(&there, &written, at(1_000)).await.unwrap());
    assert!(!store.waits_for_file(&lead).await.unwrap());
}

#[tokio::test]
async fn a_person_that_may_have_been_sold_stays_the_first_with_its_data() {
    let store = TestTables::start().await.store();
    let (lead, claim) = lead(1, PERSON, 0);
    let lead = lead.on_queued(&"d1".parse().unwrap(), Some("b1".parse().unwrap()), at(0)).unwrap();
    store.admit(&lead, 0, claim.as_ref(), None, &identity()).await.unwrap();
    let asked = lead.on_intent(&"d1".parse().unwrap(), 1, AttemptId::from_ulid(Ulid(9)), at(1), at(40)).unwrap();
    let Commit::Done(asked) = store.commit(&lead, &asked, &identity()).await.unwrap() else { unreachable!() };
    deleted(&store, &asked).await;
    let (again, claim) = super::lead(2, PERSON, 20);
    let admitted = store.admit(&again, 0, claim.as_ref(), None, &identity()).await.unwrap();
    assert_eq!(admitted, Admitted::Duplicate { of: lead.id });
}

#[tokio::test]
async fn what_a_worker_puts_there_that_was_held_up_goes_the_second_time() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let lead = kept(&store).await;
    let tombstone = deleted(&store, &lead).await;
    put_attempt(&store, &lead, Outcome::Rejected { reason: PERSON.to_owned() }).await;
    assert!(tables.everything().await.contains(PERSON));
    let due = tombstone.watch_at().unwrap();
    let after = tombstone.on_deletion_due(due).unwrap().unwrap();
    store.commit_deletion(&tombstone, after, None, &identity()).await.unwrap();
    assert!(!tables.everything().await.contains("ann@"));
    let left = store.lead(lead.id).await.unwrap().unwrap();
    assert_eq!((left.watch_at(), left.version), (None, tombstone.version + 1));
}

#[tokio::test]
async fn a_no_outlives_its_leads_and_holds_for_whoever_comes_back() {
    let store = TestTables::start().await.store();
    deleted(&store, &kept(&store).await).await;
    let (again, _) = lead(2, "Ann@Example.com", 50);
    let spoken = store.spoken(&again, &identity()).await.unwrap();
    assert!(!again.may_be_written_to(Channel::Email, &spoken));
    let word = spoken.email.last().unwrap();
    assert_eq!((word.at, word.how, word.told.as_deref()), (at(3), How::Page, None));
}

#[tokio::test]
async fn an_answer_under_a_key_that_was_used_again_is_somebody_elses() {
    let store = TestTables::start().await.store();
    let first = kept(&store).await;
    let fifteen_days = 15 * 24 * 3_600;
    let (other, _) = lead(2, "bob@example.com", fifteen_days);
    let admitted = store.admit(&other, 0, None, Some((&once("k1"), &answer())), &identity()).await.unwrap();
    assert_eq!(admitted, Admitted::Stored);
    deleted(&store, &first).await;
    let replayed = store.replay(&once("k1"), &identity(), at(fifteen_days + 1)).await.unwrap();
    assert!(replayed.is_some(), "it is the answer about the other lead");
}

#[tokio::test]
async fn a_person_that_is_to_be_forgotten_is_on_no_list_by_name_and_still_has_its_no() {
    let store = TestTables::start().await.store();
    let ann = Contact::Email(Email::parse(PERSON).unwrap());
    let word = |yes, seconds| Word { yes, at: at(seconds), by: Speaker::Person, how: How::OneClick, told: None };
    store.say(&ann, &word(false, 1), &identity()).await.unwrap();
    store.say(&ann, &word(false, 1), &identity()).await.unwrap();
    let bob = Contact::Email(Email::parse("bob@example.com").unwrap());
    store.say(&bob, &word(true, 2), &identity()).await.unwrap();
    store.forget_contact(&ann, &identity()).await.unwrap();
    let mut told = listed(&store).await;
    told.sort();
    assert_eq!(told, [(None, false), (Some("bob@example.com".to_owned()), true)]);
}

/// Everybody on the list, page by page.
async fn listed(store: &Store) -> Vec<(Option<String>, bool)> {
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let page = store.consents(Channel::Email, after.as_deref(), 1).await.unwrap();
        told.extend(page.items.into_iter().map(|person| (person.contact, person.words.last().unwrap().yes)));
        after = page.last;
        if after.is_none() {
            return told;
        }
    }
}

#[tokio::test]
async fn who_says_something_of_a_lead_that_is_deleted_meanwhile_leaves_nobodys_name_behind() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let lead = kept(&store).await;
    let contact = Contact::Email(Email::parse(PERSON).unwrap());
    let word = Word { yes: false, at: at(20), by: Speaker::Person, how: How::Bulk, told: Some(PERSON.to_owned()) };
    let then = Then::Say { contacts: vec![contact.clone()], word, seen: Spoken::default() };
    let change = Change { after: Box::new(lead.on_swept(at(20))), then };
    deleted(&store, &lead).await;
    let job = Actor::with_job(BulkJobId::from_ulid(Ulid(3)));
    let commit = store.carry_out(&lead, change, &job, &identity(), at(20)).await.unwrap();
    assert!(matches!(commit, Commit::Stale(Some(_))), "{commit:?}");
    let known = store.person_consent(&contact, &identity()).await.unwrap().unwrap();
    assert!(known.words.last().is_some_and(|last| !last.yes), "the no itself holds");
    let everything = tables.everything().await;
    assert!(!everything.contains("ann@"), "{everything}");
}
