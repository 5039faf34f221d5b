//! What a job does to people: a no that it did not know of, and whose lead their message goes by.

use domain::{
    bulk::{Action, Change, Ordered},
    consent::{Contact, How, Speaker, Word},
    contact::Email,
    id::BulkJobId,
    lead::{Actor, IllegalTransition, Lead},
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use ulid::Ulid;

use super::{at, identity, lead};
use crate::{Commit, Error, LineUpError, Store, admit::Admitted, test_tables::TestTables};

const PERSON: &str = "ann@example.com";

fn job() -> BulkJobId {
    BulkJobId::from_ulid(Ulid::from_parts(at(100).as_millisecond().unsigned_abs(), 1))
}

fn contact() -> Contact {
    Contact::Email(Email::parse(PERSON).unwrap())
}

/// The person's no of this second.
fn said(seconds: i64) -> Word {
    Word { yes: false, at: at(seconds), by: Speaker::Person, how: How::Page, told: Some(PERSON.to_owned()) }
}

async fn put(store: &Store, number: u128) -> Lead {
    let (lead, _) = lead(number, PERSON, 0);
    assert_eq!(store.admit(&lead, 0, None, None, &identity()).await.unwrap(), Admitted::Stored);
    lead
}

/// What the job comes to for a lead at second 200, by what its person has said up to now.
async fn planned(store: &Store, order: Value, lead: &Lead) -> Change {
    let action: Action = serde_json::from_value(order).unwrap();
    let (by, spoken) = ("k1".parse().unwrap(), store.spoken(lead, &identity()).await.unwrap());
    let ordered = Ordered {
        job: job(),
        by: &by,
        zone: &TimeZone::UTC,
        reasons: &[],
        spoken: &spoken,
        responder: None,
        now: at(200),
    };
    action.plan(lead, &ordered).unwrap()
}

async fn done(store: &Store, lead: &Lead, change: Change) -> Result<Commit, LineUpError> {
    store.carry_out(lead, change, &Actor::with_job(job()), &identity(), at(200)).await
}

fn refusal(of: Result<Commit, LineUpError>) -> &'static str {
    match of {
        Err(LineUpError::Illegal(IllegalTransition { code, .. })) => code,
        other => unreachable!("it is refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_no_that_comes_between_a_plan_and_its_yes_stays_the_last_word() {
    let store = TestTables::start().await.store();
    let lead = put(&store, 1).await;
    store.say(&contact(), &said(50), &identity()).await.unwrap();
    let change = planned(&store, json!({ "action": "resubscribe", "params": {} }), &lead).await;
    // By somebody else, on a machine whose clock is behind.
    let no = Word { by: "seller key k2".parse().unwrap(), ..said(150) };
    store.say(&contact(), &no, &identity()).await.unwrap();
    assert_eq!(refusal(done(&store, &lead, change).await), "superseded");
    let known = store.person_consent(&contact(), &identity()).await.unwrap().unwrap();
    assert_eq!(known.words.last(), Some(&no));
    assert_eq!(store.lead(lead.id).await.unwrap().unwrap(), lead, "nothing is said by way of it");
}

#[tokio::test]
async fn a_no_that_was_known_is_taken_back_and_so_it_is_once_more_by_the_same_job() {
    let store = TestTables::start().await.store();
    let lead = put(&store, 1).await;
    store.say(&contact(), &said(50), &identity()).await.unwrap();
    for _ in 0..2 {
        let change = planned(&store, json!({ "action": "resubscribe", "params": {} }), &lead).await;
        // Its texts may be forgotten meanwhile.
        store.forget_contact(&contact(), &identity()).await.unwrap();
        let commit = done(&store, &lead, change).await.unwrap();
        assert!(matches!(commit, Commit::Done(_) | Commit::Repeated(_)), "{commit:?}");
        let known = store.person_consent(&contact(), &identity()).await.unwrap().unwrap();
        assert_eq!(known.words.iter().map(|word| word.yes).collect::<Vec<_>>(), [false, true]);
    }
}

fn by_email() -> Value {
    json!({
        "action": "send_message",
        "params": { "campid": "solar", "channel": "email", "subject": "Hello", "text": "Thank you." },
    })
}

async fn has_it(store: &Store, lead: &Lead) -> bool {
    store.lead(lead.id).await.unwrap().unwrap().joined.iter().any(|one| one.rid.job() == Some(job()))
}

#[tokio::test]
async fn whoever_was_to_have_the_message_and_cannot_leaves_it_to_the_next_lead_of_its_person() {
    let store = TestTables::start().await.store();
    let (first, second, third) = (put(&store, 1).await, put(&store, 2).await, put(&store, 3).await);
    let change = planned(&store, by_email(), &first).await;
    let Commit::Done(_) = store.commit(&first, &first.on_deleted(at(150)).unwrap(), &identity()).await.unwrap() else {
        unreachable!()
    };
    // It is put down as the one, and is gone by then.
    let commit = done(&store, &first, change).await.unwrap();
    assert!(matches!(commit, Commit::Stale(Some(_))), "{commit:?}");
    for (lead, expected) in [(&second, true), (&third, false)] {
        let change = planned(&store, by_email(), lead).await;
        match done(&store, lead, change).await {
            Ok(commit) => assert!(expected && matches!(commit, Commit::Done(_)), "{commit:?}"),
            refused => assert_eq!((refusal(refused), expected), ("same_person", false)),
        }
        assert_eq!(has_it(&store, lead).await, expected);
    }
}

#[tokio::test]
async fn whoever_may_be_about_to_have_the_message_is_waited_for() {
    let store = TestTables::start().await.store();
    let (first, second) = (put(&store, 1).await, put(&store, 2).await);
    assert!(store.gets_it_by(job(), &contact(), first.id, &identity(), at(200)).await.unwrap());
    let change = planned(&store, by_email(), &second).await;
    let waits = done(&store, &second, change.clone()).await;
    assert!(matches!(waits, Err(LineUpError::Store(Error::Contended { .. }))), "{waits:?}");
    let own = planned(&store, by_email(), &first).await;
    assert!(matches!(done(&store, &first, own).await, Ok(Commit::Done(_))));
    assert_eq!(refusal(done(&store, &second, change).await), "same_person");
    assert_eq!((has_it(&store, &first).await, has_it(&store, &second).await), (true, false));
}
