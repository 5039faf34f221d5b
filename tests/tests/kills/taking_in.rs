//! Ingest: one lead, one answer, whatever happens on the way.

use tests::{Faults, Lab, Reply};

use super::{buyer, good_lead, lab, only_approved, post, sold_or_unknown, with_every_fault, with_every_pair_of_kills};

async fn taking_buyer() -> Lab {
    lab(1, vec![buyer("1", [Reply::accept("B-1")])]).await
}

/// I1: the lead of one key is one lead, and its answer one answer.
async fn with_a_key(faults: Faults) {
    let mut lab = taking_buyer().await;
    let first = post(&lab, &faults, Some("k1"), &good_lead()).await;
    let again = post(&lab, &Faults::default(), Some("k1"), &good_lead()).await;
    assert_eq!(first, again);
    assert_eq!(first.0, 201, "{}", first.1);
    assert_eq!(lab.leads().await.len(), 1);
    only_approved(&lab).await;

    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert!(sold_or_unknown(&only_approved(&lab).await));
    assert_eq!(lab.requests(), [1], "the lead reaches its buyer, and once");
}

#[tokio::test]
async fn a_lead_with_an_idempotency_key_is_taken_in_once_and_answered_alike_whatever_fails() {
    with_every_fault(with_a_key).await;
}

#[tokio::test]
async fn a_lead_with_an_idempotency_key_survives_two_deaths() {
    with_every_pair_of_kills(with_a_key).await;
}

/// I2: without a key a repeated post may be a duplicate of the lead that came in first, but never a second lead for sale.
async fn without_a_key(faults: Faults) {
    let mut lab = taking_buyer().await;
    let (status, body) = post(&lab, &faults, None, &good_lead()).await;
    assert!(status == 201 || body.contains("\"code\":-2"), "{body}");
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    assert!(sold_or_unknown(&only_approved(&lab).await));
    assert_eq!(lab.requests(), [1]);
}

#[tokio::test]
async fn a_lead_without_a_key_is_for_sale_at_most_once_whatever_fails() {
    with_every_fault(without_a_key).await;
}

/// A duplicate takes a second write, and its answer is replayed like any other.
async fn a_duplicate(faults: Faults) {
    let lab = taking_buyer().await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let first = post(&lab, &faults, Some("k2"), &good_lead()).await;
    let again = post(&lab, &Faults::default(), Some("k2"), &good_lead()).await;
    assert_eq!(first, again);
    assert!(first.1.contains("\"code\":-2"), "{}", first.1);
    assert_eq!(lab.leads().await.len(), 2);
    only_approved(&lab).await;
}

#[tokio::test]
async fn a_duplicate_is_kept_once_and_answered_alike_whatever_fails() {
    with_every_fault(a_duplicate).await;
}
