//! What others have said of a lead, and how far they have been told.

use domain::{
    feedback::{EventKind, Step, Telling, event_order},
    id::{AttemptId, DeliveryRef},
    lead::{Lead, Outcome, ReturnRequest},
    money::Money,
};
use jiff::SignedDuration;
use ulid::Ulid;

use super::{at, identity, lead};
use crate::{Commit, FeedbackJob, SaidOfLead, Store, test_tables::TestTables};

const WORDS: &str = "Ann of 12 High Street says no";

fn d1() -> DeliveryRef {
    "d1".parse().unwrap()
}

/// A lead that another installation has bought, and whose return the seller has refused in so many words.
async fn refused(store: &Store) -> Lead {
    let (new, _) = lead(1, "ann@example.com", 0);
    let queued = new.on_queued(&d1(), Some("b1".parse().unwrap()), at(0)).unwrap();
    store.admit(&queued, 0, None, None, &identity()).await.unwrap();
    let (attempt, price) = (AttemptId::from_ulid(Ulid(9)), Money { minor: 1_250, currency: "GBP".parse().unwrap() });
    let reference = Some("lead_01JD3R00000000000000000009".to_owned());
    let accepted = Outcome::Accepted { price, reference, redirect_url: None };
    let sending = queued.on_intent(&d1(), 1, attempt, at(1), at(40)).unwrap();
    let sold = sending.on_outcome(&d1(), &attempt, 1, accepted, at(2)).unwrap();
    let order = event_order(&d1(), "h1");
    let request = ReturnRequest { order: Some(&order), ..ReturnRequest::because("DUPE") };
    let asked = sold.on_return_requested(&d1(), request, at(3)).unwrap();
    let refused = asked.on_return_refused(&d1(), WORDS, at(4)).unwrap();
    match store.commit(&queued, &refused, &identity()).await.unwrap() {
        Commit::Done(lead) => *lead,
        other @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes, but there is {other:?}"),
    }
}

async fn begin_to_tell(store: &Store, lead: &Lead) -> Telling {
    let telling = Telling::new(lead.id, Some(d1()), at(5));
    let step = telling.next_step(lead, AttemptId::from_ulid(Ulid(10)), at(5), at(35)).unwrap();
    let Step::Send(sending) = step else { unreachable!("there is something to tell") };
    assert!(store.save_telling(None, &sending).await.unwrap());
    *sending
}

#[tokio::test]
async fn what_is_told_to_who_got_a_lead_is_found_when_it_is_due_with_whom_to_tell() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let lead = refused(&store).await;
    let sending = begin_to_tell(&store, &lead).await;
    assert_eq!(store.telling(lead.id, Some(&d1())).await.unwrap(), Some(sending.clone()));
    assert_eq!(store.telling(lead.id, None).await.unwrap(), None, "who sent it is told by itself");
    assert_eq!(store.due_tellings(at(34), 10).await.unwrap(), []);
    let to_sender = Telling { did: None, ..sending.clone() };
    assert!(store.save_telling(None, &to_sender).await.unwrap());
    let due = store.due_tellings(at(35), 10).await.unwrap();
    let job = |did| FeedbackJob { lead: lead.id, did };
    assert!(due.len() == 2 && due.contains(&job(Some(d1()))) && due.contains(&job(None)), "{due:?}");
    assert_eq!(store.whole_lead(lead.id).await.unwrap().unwrap().tellings, [to_sender, sending]);
}

#[tokio::test]
async fn of_a_lead_that_is_deleted_the_refusal_is_still_to_be_told_and_its_words_are_gone() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let lead = refused(&store).await;
    let sending = begin_to_tell(&store, &lead).await;
    assert!(tables.everything().await.contains(WORDS));
    let after = lead.on_deleted(at(10)).unwrap();
    store.commit_deletion(&lead, after, None, &identity()).await.unwrap();
    assert!(!tables.everything().await.contains(WORDS));
    let left = store.telling(lead.id, Some(&d1())).await.unwrap().unwrap();
    assert_eq!(left, sending.without_words());
    assert_eq!((left.open().unwrap().id, left.due()), (sending.open().unwrap().id, sending.due()));
}

#[tokio::test]
async fn what_somebody_says_is_counted_for_itself_and_no_further_than_asked() {
    let tables = TestTables::start().await;
    let (store, id) = (tables.store(), lead(1, "ann@example.com", 0).0.id);
    let by = |did: Option<&str>, number: i64| SaidOfLead {
        did: did.map(|did| did.parse().unwrap()),
        id: format!("e{number}"),
        shown: format!("e{number}"),
        event: EventKind::Contacted,
        code: None,
        reason: None,
        revenue: None,
        result: "applied".to_owned(),
        detail: None,
        at: at(0) + SignedDuration::from_secs(number),
    };
    for (did, many) in [(Some("d1"), 4), (Some("d10"), 2), (None, 1)] {
        for number in 0..many {
            store.put_said(id, &by(did, number)).await.unwrap();
            store.put_said(id, &by(did, number)).await.unwrap();
        }
    }
    assert_eq!(store.count_said(id, Some(&d1()), &[EventKind::Contacted], 100).await.unwrap(), 4);
    assert_eq!(store.count_said(id, Some(&d1()), &[EventKind::NotReached, EventKind::Contacted], 3).await.unwrap(), 3);
    assert_eq!(store.count_said(id, None, &[EventKind::Contacted], 100).await.unwrap(), 1);
    assert_eq!(store.count_said(id, None, &[EventKind::Sold], 100).await.unwrap(), 0);
}

#[tokio::test]
async fn what_came_of_it_in_the_end_is_never_replaced_and_is_what_who_comes_later_is_told() {
    let tables = TestTables::start().await;
    let (store, lead) = (tables.store(), refused(&tables.store()).await.id);
    let came_to = |result: &str| SaidOfLead {
        did: Some(d1()),
        id: "e1".to_owned(),
        shown: "e1".to_owned(),
        event: EventKind::Sold,
        code: None,
        reason: None,
        revenue: None,
        result: result.to_owned(),
        detail: None,
        at: at(0),
    };
    for (now, there) in [
        ("too_early", None),
        ("too_early", None),
        ("applied", None),
        ("applied", None),
        ("too_early", Some("applied")),
        ("already", Some("applied")),
    ] {
        assert_eq!(store.put_said(lead, &came_to(now)).await.unwrap(), there.map(came_to), "{now}");
    }
    assert_eq!(store.said(lead, Some(&d1()), "e1").await.unwrap(), Some(came_to("applied")));
}
