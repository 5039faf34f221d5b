//! Every reason for which a delivery is passed over, and every one for which it waits.

use serde_json::{Value, json};

use super::{super::Standing, Town, at, buyer, told};
use crate::{cap::CapPer, lead::DeliveryState};

/// Closed on Saturdays.
fn closed(outside: &str) -> Value {
    let hours = json!([{ "days": ["mon", "tue"], "from": "09:00", "to": "17:00" }]);
    json!({ "schedule": { "time_zone": "Europe/London", "hours": hours, "outside": outside } })
}

/// Two deliveries in order of priority, so that the second has the lead where the first does not.
fn town() -> Town {
    Town::new(1, json!([{ "mode": "priority", "deliveries": ["d1", "d2"] }]))
}

/// Code and sentence of the first delivery's skip.
fn reason(mut town: Town) -> (&'static str, String) {
    let lead = town.lead();
    assert_eq!(told(&lead), "d1:skipped d2:queued");
    let state = &lead.deliveries[&"d1".parse().unwrap()].state;
    let DeliveryState::Skipped { reason } = state else { unreachable!("it was skipped: {state:?}") };
    (reason.code(), reason.detail())
}

#[test]
fn every_reason_has_a_code_and_a_sentence() {
    let prefixes = json!({ "type": "postcode_prefix", "of": ["M", "SW1"] });
    let filter = json!({ "filters": [{ "field": "postcode", "is": prefixes }] });
    let mut missing = town();
    missing.deliveries.remove(0);
    missing.standings.remove(0);
    let mut no_buyer = town();
    no_buyer.buyers[0] = buyer("b1", false);
    let mut too_cheap = town().with("d2", json!({ "price": { "amount": "20.00", "currency": "GBP" } }));
    too_cheap.campaign.min_revenue =
        Some(serde_json::from_value(json!({ "amount": "15.00", "currency": "GBP" })).unwrap());
    let full = Standing { full: Some(CapPer::Day), paused_until: None };
    let towns = [
        town().with("d1", json!({ "active": false })),
        missing,
        no_buyer,
        too_cheap,
        town().with("d1", filter),
        town().standing("d1", full),
        town().with("d1", closed("skip")),
    ];
    let told = towns.map(|town| {
        let (code, detail) = reason(town);
        format!("{code}: {detail}")
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_delivery_that_holds_leads_back_has_its_turn_when_it_opens() {
    let lead = town().with("d1", closed("hold")).lead();
    assert_eq!(told(&lead), "d1:held");
    let opens = DeliveryState::Held { until: "2026-11-23T09:00:00Z".parse().unwrap() };
    assert_eq!(lead.deliveries[&"d1".parse().unwrap()].state, opens);
}

#[test]
fn among_deliveries_that_take_turns_one_that_is_open_goes_before_one_that_holds_back() {
    let mut town =
        Town::new(1, json!([{ "mode": "round_robin", "deliveries": ["d1", "d2"] }])).with("d1", closed("hold"));
    assert_eq!(told(&town.lead()), "d2:queued");
    assert_eq!(told(&town.with("d2", json!({ "active": false })).lead()), "d2:skipped d1:held");
}

#[test]
fn a_paused_delivery_is_passed_over_while_another_can_take_the_lead_and_waited_for_when_none_can() {
    let paused = Standing { paused_until: Some(at(60)), full: None };
    let mut town = town().standing("d1", paused);
    let lead = town.lead();
    assert_eq!(told(&lead), "d2:queued", "it is not out of the running yet");
    assert_eq!(told(&town.after(&lead, "d2", false)), "d2:rejected d1:held");
}

#[test]
fn a_lead_waits_six_hours_for_paused_deliveries_and_no_longer_whenever_it_came_in() {
    let paused = Standing { paused_until: Some(at(1_000_000)), full: None };
    let town = town().standing("d1", paused).with("d2", json!({ "active": false }));
    // It came in days ago, and has not had to wait for a pause yet.
    let waiting = town.line_up(&town.new_lead(), at(200_000)).lead;
    assert_eq!((told(&waiting).as_str(), waiting.paused_since), ("d2:skipped d1:held", Some(at(200_000))));
    let did = "d1".parse().unwrap();
    let still = waiting.on_paused(&did, at(1_000_000), at(200_000 + 6 * 3_600 - 1)).unwrap();
    assert_eq!(told(&still), "d2:skipped d1:held");
    let over = still.on_paused(&did, at(1_000_000), at(200_000 + 6 * 3_600)).unwrap();
    assert_eq!(told(&over), "d2:skipped d1:skipped");
    let back = waiting.on_taken_back(&did).unwrap();
    assert_eq!(told(&town.line_up(&back, at(200_000 + 6 * 3_600)).lead), "d2:skipped d1:skipped");
}
