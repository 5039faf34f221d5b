//! Leads that are put aside and let go: their claims come and go with them, and so do the places that buyers give back.

use domain::{
    cap::{Cap, CapPer, Windows},
    id::{AttemptId, LeadId},
    lead::{Approval, Decision, Ending, Lead, Outcome, Rejection, SoldStatus, reservation_id},
};
use jiff::tz::TimeZone;
use ulid::Ulid;

use super::{at, campaign, identity, lead};
use crate::{Commit, LineUpError, Reservation, Reserved, Scope, Store, admit::Admitted, test_tables::TestTables};

/// A lead that a filter has put aside.
fn aside(number: u128, email: &str, seconds: i64) -> Lead {
    let (lead, _) = lead(number, email, seconds);
    lead.on_quarantined("a filter".to_owned(), None).unwrap()
}

async fn stored(store: &Store, lead: &Lead) {
    assert_eq!(store.admit(lead, 0, None, None, &identity()).await.unwrap(), Admitted::Stored);
}

fn done(commit: Commit) -> Lead {
    match commit {
        Commit::Done(lead) => *lead,
        other @ (Commit::Repeated(_) | Commit::Stale(_)) => unreachable!("nobody else writes, but there is {other:?}"),
    }
}

async fn end(store: &Store, lead: &Lead, ending: &Ending, seconds: i64) -> Result<Commit, LineUpError> {
    store.end_quarantine(lead, &campaign(), (ending, None), &identity(), at(seconds)).await
}

async fn admits(store: &Store, number: u128, seconds: i64) -> Admitted {
    let (lead, claim) = lead(number, "ann@example.com", seconds);
    store.admit(&lead, 0, claim.as_ref(), None, &identity()).await.unwrap()
}

#[tokio::test]
async fn a_released_lead_claims_its_data_from_then_on() {
    let (store, day) = (TestTables::start().await.store(), 86_400);
    let aside = aside(1, "ann@example.com", 0);
    stored(&store, &aside).await;
    let released = done(end(&store, &aside, &Ending::Release, 5 * day).await.unwrap());
    assert_eq!((&released.approval, released.version), (&Approval::Approved, 2));
    assert_eq!(store.lead(aside.id).await.unwrap(), Some(released.clone()));
    // Thirty days from its release, not from when it came in.
    assert_eq!(admits(&store, 2, 35 * day).await, Admitted::Duplicate { of: released.id });
    assert_eq!(admits(&store, 3, 35 * day + 1).await, Admitted::Stored);
}

#[tokio::test]
async fn a_lead_whose_data_another_one_has_claimed_meanwhile_is_a_duplicate_when_it_is_released() {
    let store = TestTables::start().await.store();
    let aside = aside(1, "ann@example.com", 0);
    stored(&store, &aside).await;
    assert_eq!(admits(&store, 2, 60).await, Admitted::Stored, "what is put aside is in nobody's way");
    let duplicate = done(end(&store, &aside, &Ending::Release, 120).await.unwrap());
    assert!(matches!(duplicate.approval, Approval::Rejected { code: Rejection::Duplicate, .. }), "{duplicate:?}");
    assert_eq!((duplicate.sold_status(), duplicate.deliveries.len()), (SoldStatus::Unsold, 0));
}

#[tokio::test]
async fn a_lead_that_is_turned_away_claims_nothing_and_is_not_decided_twice() {
    let store = TestTables::start().await.store();
    let aside = aside(1, "ann@example.com", 0);
    stored(&store, &aside).await;
    let ending = Ending::Reject { reason: "no".to_owned() };
    let rejected = done(end(&store, &aside, &ending, 60).await.unwrap());
    assert_eq!(rejected.approval, Approval::Rejected { code: Rejection::Filter, reason: "no".to_owned() });
    assert_eq!(admits(&store, 2, 120).await, Admitted::Stored);
    for ending in [Ending::Release, ending] {
        match end(&store, &rejected, &ending, 180).await {
            Err(LineUpError::Illegal(refused)) => assert_eq!(refused.code, "not_quarantined"),
            other => unreachable!("nothing is left to end, but there is {other:?}"),
        }
    }
}

#[tokio::test]
async fn of_two_who_decide_the_second_is_shown_what_the_first_has_decided() {
    let store = TestTables::start().await.store();
    let aside = aside(1, "ann@example.com", 0);
    stored(&store, &aside).await;
    let released = done(end(&store, &aside, &Ending::Release, 60).await.unwrap());
    let reject = Ending::Reject { reason: "no".to_owned() };
    assert_eq!(end(&store, &aside, &reject, 61).await.unwrap(), Commit::Stale(Some(Box::new(released.clone()))));
    // The same decision, at whatever time: it is recognised, and claims nothing twice.
    assert_eq!(end(&store, &aside, &Ending::Release, 62).await.unwrap(), Commit::Repeated(Box::new(released)));
}

#[tokio::test]
async fn a_lead_that_is_put_aside_later_gives_its_claim_up_but_never_anothers() {
    let (store, day) = (TestTables::start().await.store(), 86_400);
    let (first, claim) = lead(1, "ann@example.com", 0);
    store.save(campaign(), None).await.unwrap();
    store.admit(&first, 0, claim.as_ref(), None, &identity()).await.unwrap();
    let aside = first.on_quarantined("nobody wants it".to_owned(), None).unwrap();
    done(store.commit(&first, &aside, &identity()).await.unwrap());
    assert_eq!(admits(&store, 2, 60).await, Admitted::Stored);

    let (late, claim) = lead(3, "ann@example.com", 31 * day);
    store.admit(&late, 0, claim.as_ref(), None, &identity()).await.unwrap();
    let second = store.lead(LeadId::from_ulid(Ulid(2))).await.unwrap().unwrap();
    let aside = second.on_quarantined("nobody wants it".to_owned(), None).unwrap();
    done(store.commit(&second, &aside, &identity()).await.unwrap());
    assert_eq!(admits(&store, 4, 31 * day + 1).await, Admitted::Duplicate { of: late.id });
}

#[tokio::test]
async fn what_a_buyer_refuses_that_it_had_taken_is_given_back_with_the_leads_own_write_and_once() {
    let tables = TestTables::start().await;
    let (store, did) = (tables.store(), "d1".parse().unwrap());
    let scope = Scope::Delivery("d1".parse().unwrap());
    let windows = Windows::at(&[Cap { per: CapPer::Total, count: 1 }], &TimeZone::UTC, at(0));
    let (first, _) = lead(1, "ann@example.com", 0);
    let queued = first.on_queued(&did, Some("b1".parse().unwrap()), at(0)).unwrap();
    stored(&store, &queued).await;
    let asked = async |number: u128| {
        let reservation = Reservation {
            id: reservation_id(AttemptId::from_ulid(Ulid(number))),
            lead: queued.id,
            lease_until: at(40),
        };
        store.reserve(&scope, &windows, &reservation).await.unwrap()
    };
    let Reserved::Done(counted) = asked(9).await else { unreachable!("there is room") };
    let attempt = AttemptId::from_ulid(Ulid(9));
    let sending = queued.on_intent(&did, 1, attempt, at(1), at(40)).unwrap().counting(&did, counted);
    let sending = done(store.commit(&queued, &sending, &identity()).await.unwrap());
    let pending = Outcome::Pending { reference: None, deadline: at(1_000) };
    let awaiting = sending.on_outcome(&did, &attempt, 1, pending, at(2)).unwrap();
    let awaiting = done(store.commit(&sending, &awaiting, &identity()).await.unwrap());
    assert_eq!(asked(2).await, Reserved::Full { per: CapPer::Total });

    let no = Decision::Rejected { reason: "no".to_owned() };
    let refused = awaiting.on_decided(&did, no, at(3)).unwrap();
    let first = done(store.commit(&awaiting, &refused, &identity()).await.unwrap());
    assert_eq!(
        store.commit(&awaiting, &refused, &identity()).await.unwrap(),
        Commit::Repeated(Box::new(first.clone()))
    );
    assert_eq!(
        store.commit(&awaiting, &awaiting.on_swept(at(4)), &identity()).await.unwrap(),
        Commit::Stale(Some(Box::new(first)))
    );
    assert!(matches!(asked(3).await, Reserved::Done(_)), "there is room again");
    assert!(matches!(asked(4).await, Reserved::Held(_)), "but for one only, and it is this lead's own");
}
