//! Every state, and what the seller's word makes of it.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use domain::{
    campaign::Campaign,
    id::{AttemptId, LeadId},
    intake::{Intake, Submission, judge},
    lead::{Agreed, Clearing, Method, PayoutState, SkipReason, SoldStatus},
    supplier::Supplier,
};
use serde_json::json;
use ulid::Ulid;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn pounds(amount: &str) -> Money {
    Money::parse(amount, "GBP".parse().unwrap()).unwrap()
}

fn d1() -> DeliveryRef {
    "d1".parse().unwrap()
}

/// A lead whose only delivery, to buyer `b1`, is in this state.
fn lead(state: DeliveryState) -> Lead {
    let campaign: Campaign = serde_json::from_value(json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
        "fields": [{ "name": "email", "kind": { "type": "email" }, "required": true }],
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": ["s1"],
    }))
    .unwrap();
    let supplier: Supplier = serde_json::from_value(json!({ "sid": "s1", "name": "Supplier One" })).unwrap();
    let sent = Submission {
        id: LeadId::from_ulid(Ulid(1)),
        received: at(0),
        method: Method::Api,
        ssid: None,
        source: None,
        test: false,
        fields: [("email".to_owned(), "ann@example.com".to_owned())].into(),
    };
    let Intake::Kept { lead: queued, .. } = judge(sent, &campaign, &supplier, &jiff::tz::TimeZone::UTC) else {
        unreachable!("the lead is good")
    };
    let mut lead = queued.on_queued(&d1(), Some("b1".parse().unwrap()), at(0)).unwrap();
    lead.deliveries.get_mut(&d1()).unwrap().state = state;
    lead
}

/// The same, asked at £12.50.
fn unknown() -> Lead {
    let attempt = AttemptId::from_ulid(Ulid(7));
    let reason = "timed out".to_owned();
    let asked = lead(DeliveryState::Unknown { attempt, clearing: Clearing::BySeller(at(60)), reason });
    agreed(asked, Some(pounds("12.50")))
}

fn agreed(lead: Lead, price: Option<Money>) -> Lead {
    lead.agreeing(&d1(), Agreed { price, ..Agreed::default() })
}

fn sold(revenue: Option<&str>) -> Settlement {
    Settlement::Sold { revenue: revenue.map(pounds) }
}

fn unsold(reason: Option<&str>) -> Settlement {
    Settlement::Unsold { reason: reason.map(str::to_owned) }
}

fn of(settlement: &Settlement, lead: &Lead) -> Result<Lead, &'static str> {
    settlement.of(lead, &d1(), at(100)).map_err(|refused| refused.code)
}

#[test]
fn an_unknown_delivery_is_sold_at_what_the_seller_says_or_at_what_was_agreed() {
    for (revenue, paid) in [(None, "12.50"), (Some("9.00"), "9.00"), (Some("0"), "0.00")] {
        let lead = of(&sold(revenue), &unknown()).unwrap();
        assert_eq!((lead.sold_status(), lead.revenue()), (SoldStatus::Sold, Ok(pounds(paid))));
        assert_eq!(lead.payout.state, PayoutState::Earned);
    }
}

#[test]
fn a_buyer_that_has_a_lead_without_deciding_has_it_decided_by_the_seller() {
    let (attempt, reference) = (AttemptId::from_ulid(Ulid(7)), Some("B-7".to_owned()));
    let awaited = DeliveryState::AwaitingFeedback { attempt, deadline: at(200), reference };
    let awaited = agreed(lead(awaited), Some(pounds("12.50")));
    let bought = of(&sold(None), &awaited).unwrap();
    assert_eq!((bought.sold_status(), bought.revenue()), (SoldStatus::Sold, Ok(pounds("12.50"))));
    let reference = bought.sales().next().and_then(|(.., sale)| sale.reference.clone());
    assert_eq!(reference.as_deref(), Some("B-7"), "what the buyer called it when it took it");
    assert_eq!(of(&unsold(None), &awaited).unwrap().sold_status(), SoldStatus::Unsold);
}

#[test]
fn an_unknown_delivery_that_is_unsold_says_why() {
    for (reason, shown) in [(None, BY_THE_SELLER), (Some("not in their system"), "not in their system")] {
        let lead = of(&unsold(reason), &unknown()).unwrap();
        let state = lead.delivery(&d1()).unwrap().state.clone();
        assert_eq!(state, DeliveryState::Rejected { reason: shown.to_owned() });
    }
}

#[test]
fn the_same_decision_once_more_changes_nothing_and_another_one_is_refused() {
    let (taken, refused) = (of(&sold(Some("9.00")), &unknown()).unwrap(), of(&unsold(Some("no")), &unknown()).unwrap());
    for (settlement, lead, same) in [
        (sold(Some("9.00")), &taken, true),
        (sold(None), &taken, true),
        (sold(Some("9.01")), &taken, false),
        (unsold(None), &taken, false),
        (unsold(Some("no")), &refused, true),
        (unsold(None), &refused, true),
        (unsold(Some("yes")), &refused, false),
        (sold(None), &refused, false),
    ] {
        let expected = if same { Ok(lead.clone()) } else { Err("settled_otherwise") };
        assert_eq!(of(&settlement, lead), expected, "{settlement:?}");
    }
}

#[test]
fn only_an_undecided_delivery_waits_for_the_seller() {
    let (attempt, soon) = (AttemptId::from_ulid(Ulid(7)), at(60));
    let states = [
        DeliveryState::Queued,
        DeliveryState::Held { until: soon },
        DeliveryState::Sending { attempt, lease_until: soon, in_doubt: true },
        DeliveryState::Retry { due: soon, reason: "busy".to_owned() },
        DeliveryState::Failed { reason: "busy".to_owned() },
        DeliveryState::Skipped { reason: SkipReason::NoSlot },
    ];
    for state in states {
        for settlement in [sold(None), sold(Some("9.00")), unsold(None)] {
            assert_eq!(of(&settlement, &lead(state.clone())), Err("not_awaited"), "{state:?}");
        }
    }
    let elsewhere = unsold(None).of(&unknown(), &"d2".parse().unwrap(), at(1));
    assert_eq!(elsewhere.map_err(|refused| refused.code), Err("no_such_delivery"));
}

#[test]
fn the_revenue_must_be_one_that_the_lead_can_have() {
    let euros = Money { currency: "EUR".parse().unwrap(), ..pounds("9.00") };
    let mut without_buyer = unknown();
    without_buyer.deliveries.get_mut(&d1()).unwrap().bid = None;
    for (settlement, lead, code) in [
        (Settlement::Sold { revenue: Some(euros) }, unknown(), Some(WRONG_CURRENCY)),
        (sold(None), agreed(unknown(), Some(euros)), Some(WRONG_CURRENCY)),
        (sold(None), agreed(unknown(), None), Some(REVENUE_REQUIRED)),
        (sold(Some("9.00")), agreed(unknown(), None), None),
        (sold(Some("9.00")), without_buyer.clone(), Some(NO_BUYER)),
        (sold(None), agreed(without_buyer, Some(pounds("0"))), None),
    ] {
        assert_eq!(of(&settlement, &lead).err(), code, "{settlement:?}");
    }
}

#[test]
fn a_form_says_what_goes_with_its_outcome_and_nothing_else() {
    let pounds = |amount: &str| json!({ "amount": amount, "currency": "GBP" });
    for (form, field) in [
        (json!({ "outcome": "sold" }), None),
        (json!({ "outcome": "sold", "revenue": pounds("0") }), None),
        (json!({ "outcome": "sold", "revenue": pounds("-0.01") }), Some("revenue")),
        (json!({ "outcome": "sold", "reason": "no" }), Some("reason")),
        (json!({ "outcome": "unsold" }), None),
        (json!({ "outcome": "unsold", "reason": "x".repeat(300) }), None),
        (json!({ "outcome": "unsold", "reason": "x".repeat(301) }), Some("reason")),
        (json!({ "outcome": "unsold", "reason": "  " }), Some("reason")),
        (json!({ "outcome": "unsold", "reason": "one\nother" }), Some("reason")),
        (json!({ "outcome": "unsold", "revenue": pounds("1") }), Some("revenue")),
    ] {
        let read = serde_json::from_value::<SettleForm>(form.clone()).unwrap().read();
        let fields: Vec<String> = read.err().into_iter().flat_map(|problem| problem.errors).map(|e| e.field).collect();
        assert_eq!(fields, field.map(str::to_owned).into_iter().collect::<Vec<_>>(), "{form}");
    }
}
