//! How far a buyer has got with a lead, as it says: written once, and counted once.

use domain::{lead::FollowUpStage, report::View};

use super::*;
use crate::kills::booking::{book, cells};

async fn followed_up(faults: Faults) {
    let (mut lab, lead) = awaiting(BUYS).await;
    let quiet = Faults::default();
    say(&lab, &quiet, "e1", &event(&lead, "sold", &json!({}))).await;
    let value = json!({ "revenue": { "amount": "900.00", "currency": "GBP" } });
    let said = [
        ("e2", event(&lead, "not_reached", &json!({}))),
        ("e3", event(&lead, "contacted", &json!({}))),
        ("e4", event(&lead, "converted", &value)),
    ];
    for (id, event) in &said {
        let answer = say(&lab, &faults, id, event).await;
        assert!(["applied", "already"].contains(&answer["result"].as_str().unwrap()), "{answer}");
    }
    lab.drain(&quiet).await;
    lab.verify().await;
    let after = only_approved(&lab).await;
    let follow_up = after.deliveries[&"d1".parse().unwrap()].follow_up.unwrap();
    assert_eq!((follow_up.stage, follow_up.value.unwrap().minor), (FollowUpStage::Converted, 90_000));
    let kept = lab.tables.store().whole_lead(lead.id).await.unwrap().unwrap().said.len();
    assert_eq!(kept, 4, "each is kept once");
    for (id, event) in &said {
        assert_eq!(say(&lab, &quiet, id, event).await["replayed"], true);
    }
    assert_eq!(only_approved(&lab).await, after);

    book(&lab, &quiet, &lab.tables.lead_changes()).await;
    for view in View::ALL {
        let counts = cells(&lab, view).await;
        assert_eq!((counts.not_reached, counts.contacted, counts.converted), (1, 1, 1), "{view:?}");
        assert_eq!((counts.converted_value, counts.revenue), (90_000, after.revenue().unwrap().minor), "{view:?}");
    }
}

#[tokio::test]
async fn how_far_a_buyer_has_got_is_known_and_counted_once_whatever_fails() {
    with_every_fault(followed_up).await;
}
