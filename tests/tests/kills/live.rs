//! Selling while the supplier waits: killed or lied to anywhere, the lead is sold once, and a repeat hears one answer.

use axum::http::StatusCode;
use domain::lead::SoldStatus;
use serde_json::json;
use tests::{Faults, Reply};

use super::{buyer, good_lead, is_sold_or_left_unknown, lab_with, only_approved, post, with_every_fault};

async fn sold_live(faults: Faults) {
    let buyers = vec![buyer("1", [Reply::reject("no")]), buyer("2", [Reply::accept("B-2")])];
    let mut lab = lab_with(json!({ "live": { "within_ms": 20_000 } }), buyers).await;
    let (status, told) = post(&lab, &faults, Some("once"), &good_lead()).await;
    lab.drain(&Faults::default()).await;
    lab.verify().await;
    lab.replay_everything().await;
    assert!(lab.requests().iter().all(|requests| *requests <= 1), "nobody is asked twice: {:?}", lab.requests());
    let lead = only_approved(&lab).await;
    assert!(is_sold_or_left_unknown(&lead, &faults) || lead.sold_status() == SoldStatus::Sold, "{lead:#?}");
    if status.is_success() {
        let again = post(&lab, &Faults::default(), Some("once"), &good_lead()).await;
        // The first answer may be replaced for a while, whether or not anybody lives to do it; until then nobody else gets it.
        let may_change = !told.contains("sold_status");
        assert!(again == (status, told) || may_change && again.0 == StatusCode::CONFLICT, "a repeat is told {again:?}");
    }
}

#[tokio::test]
async fn a_lead_that_is_sold_live_is_sold_once_whatever_fails() {
    with_every_fault(sold_live).await;
}
