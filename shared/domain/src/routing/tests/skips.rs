//! Every reason for which a delivery is passed over, and every one for which it waits.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use ulid::Ulid;

use super::{super::Standing, Town, at, buyer, told};
use crate::{
    cap::{Cap, CapPer, Windows},
    id::{AttemptId, DeliveryRef},
    lead::{DeliveryState, Lead, SkipReason},
};

/// Closed on Saturdays.
fn closed(outside: &str) -> Value {
    let hours = json!([{ "days": ["mon", "tue"], "from": "09:00", "to": "17:00" }]);
    json!({ "schedule": { "time_zone": "Europe/London", "hours": hours, "outside": outside } })
}

/// Two deliveries in order of priority, so that the second has the lead where the first does not.
fn town() -> Town {
    Town::new(1, json!([{ "mode": "priority", "deliveries": ["d1", "d2"] }]))
}

/// The first delivery may have so many leads in each of these periods.
fn capped(per: CapPer, count: u32) -> Town {
    town().with("d1", json!({ "caps": [{ "per": per, "count": count }] }))
}

/// That these are used up in the period that this second falls in.
fn full(per: CapPer, count: u32, seconds: i64) -> Standing {
    let windows = Windows::at(&[Cap { per, count }], &TimeZone::UTC, at(seconds));
    Standing { full: windows.iter().next().cloned(), ..Standing::default() }
}

/// The reason after this one. A new reason has to be put into the row, or this does not compile.
fn following(reason: &SkipReason) -> Option<SkipReason> {
    match reason {
        SkipReason::DeliveryInactive => Some(SkipReason::DeliveryMissing),
        SkipReason::DeliveryMissing => Some(SkipReason::BuyerInactive),
        SkipReason::BuyerInactive => Some(SkipReason::NoSlot),
        SkipReason::NoSlot => Some(SkipReason::OutsideHours),
        SkipReason::OutsideHours => Some(SkipReason::Filter("postcode starts with none of M, SW1".to_owned())),
        SkipReason::Filter(_) => Some(SkipReason::Cap(CapPer::Day)),
        SkipReason::Cap(_) => Some(SkipReason::Credit),
        SkipReason::Credit => Some(SkipReason::MinRevenue),
        SkipReason::MinRevenue => Some(SkipReason::BuyerHasIt),
        SkipReason::BuyerHasIt => Some(SkipReason::BuyerReturnedIt),
        SkipReason::BuyerReturnedIt => Some(SkipReason::Paused),
        // A deleted lead goes to nobody, so no other has it instead.
        SkipReason::Paused | SkipReason::Deleted => None,
    }
}

/// A lead for which the first delivery is passed over for this reason.
fn passed_over(reason: &SkipReason) -> Lead {
    let mut town = match reason {
        SkipReason::DeliveryInactive => town().with("d1", json!({ "active": false })),
        SkipReason::DeliveryMissing => {
            let mut town = town();
            town.deliveries.remove(0);
            town.standings.remove(0);
            town
        }
        SkipReason::BuyerInactive => {
            let mut town = town();
            town.buyers[0] = buyer("b1", false);
            town
        }
        SkipReason::OutsideHours => town().with("d1", closed("skip")),
        SkipReason::Filter(_) => {
            let prefixes = json!({ "type": "postcode_prefix", "of": ["M", "SW1"] });
            town().with("d1", json!({ "filters": [{ "field": "postcode", "is": prefixes }] }))
        }
        SkipReason::Cap(per) => capped(*per, 1).standing("d1", full(*per, 1, 0)),
        SkipReason::Credit => {
            let mut town = town().standing("d1", Standing { no_credit: true, ..Standing::default() });
            town.buyers[0].credit = serde_json::from_value(json!({ "kind": "prepaid", "currency": "GBP" })).unwrap();
            town
        }
        SkipReason::MinRevenue => {
            let mut town = town().with("d2", json!({ "price": { "amount": "20.00", "currency": "GBP" } }));
            let least = json!({ "amount": "15.00", "currency": "GBP" });
            town.campaign.min_revenue = Some(serde_json::from_value(least).unwrap());
            town
        }
        SkipReason::Paused => {
            let paused = Standing { paused_until: Some(at(1_000_000)), ..Standing::default() };
            let town = town().standing("d1", paused);
            let waited = Lead { paused_since: Some(at(0)), ..town.new_lead() };
            return town.line_up(&waited, at(6 * 3_600)).lead;
        }
        // These come up at its turn, or after a sale.
        SkipReason::NoSlot | SkipReason::BuyerHasIt | SkipReason::BuyerReturnedIt | SkipReason::Deleted => {
            let mut town = town();
            let (lead, did, bid) = (town.lead(), "d1".parse().unwrap(), "b1".parse().ok());
            return town.line_up(&lead.on_skipped(&did, bid, reason.clone(), at(1)).unwrap(), at(1)).lead;
        }
    };
    town.lead()
}

#[test]
fn every_reason_has_a_code_and_a_sentence_and_the_next_in_line_has_the_lead() {
    let reasons = std::iter::successors(Some(SkipReason::DeliveryInactive), following);
    let told = reasons.map(|reason| {
        let lead = passed_over(&reason);
        let state = |did: &str| &lead.deliveries[&did.parse().unwrap()].state;
        assert_eq!(
            (state("d1"), state("d2")),
            (&DeliveryState::Skipped { reason: reason.clone() }, &DeliveryState::Queued)
        );
        format!("{}: {}", reason.code(), reason.detail())
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
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
    let paused = Standing { paused_until: Some(at(60)), ..Standing::default() };
    let mut town = town().standing("d1", paused);
    let lead = town.lead();
    assert_eq!(told(&lead), "d2:queued", "it is not out of the running yet");
    assert_eq!(told(&town.after(&lead, "d2", false)), "d2:rejected d1:held");
}

#[test]
fn a_lead_waits_six_hours_for_paused_deliveries_and_no_longer_whenever_it_came_in() {
    let paused = Standing { paused_until: Some(at(1_000_000)), ..Standing::default() };
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

#[test]
fn a_cap_that_was_used_up_is_so_until_its_period_ends_or_it_is_raised() {
    // 15 hours to midnight.
    let (evening, midnight) = (15 * 3_600 - 1, 15 * 3_600);
    let used_up = full(CapPer::Day, 5, 0);
    let told_at = |town: Town, seconds| {
        let town = town.standing("d1", used_up.clone());
        told(&town.line_up(&town.new_lead(), at(seconds)).lead)
    };
    assert_eq!(told_at(capped(CapPer::Day, 5), evening), "d1:skipped d2:queued");
    assert_eq!(told_at(capped(CapPer::Day, 5), midnight), "d1:queued");
    assert_eq!(told_at(capped(CapPer::Day, 6), evening), "d1:queued");
    assert_eq!(told_at(town(), evening), "d1:queued");
}

#[test]
fn the_wait_for_a_pause_ends_with_a_request_and_begins_anew_with_a_round_or_a_release() {
    let (did, hour): (DeliveryRef, i64) = ("d1".parse().unwrap(), 3_600);
    let paused = town().lead().on_paused(&did, at(60), at(0)).unwrap();
    assert_eq!(paused.on_paused(&did, at(hour), at(60)).unwrap().paused_since, Some(at(0)), "it is one wait");

    let asked = paused.on_intent(&did, 1, AttemptId::from_ulid(Ulid(1)), at(60), at(90)).unwrap();
    assert_eq!(asked.paused_since, None);
    // What it waits for opening hours is not waited for a pause.
    let closed = paused.on_held(&did, at(16 * hour), at(hour)).unwrap();
    let still = closed.on_paused(&did, at(17 * hour), at(16 * hour)).unwrap();
    assert_eq!(still.paused_since, Some(at(15 * hour)));

    let given_up = paused.on_paused(&did, at(7 * hour), at(6 * hour)).unwrap();
    assert_eq!(told(&given_up), "d1:skipped");
    assert_eq!(given_up.on_redelivered(&did, at(30 * hour)).unwrap().paused_since, None);
    let aside = given_up.on_quarantined("nobody has it".to_owned(), None).unwrap();
    assert_eq!(aside.on_released(at(30 * hour)).unwrap().paused_since, None);
}
