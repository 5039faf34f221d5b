//! Who gets a lead, and why not: table by table, and over random campaigns.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod credit;
mod properties;
mod skips;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use ulid::Ulid;

use super::*;
use crate::{
    buyer::Buyer,
    delivery::Delivery,
    id::{AttemptId, LeadId},
    intake::{Intake, Submission, judge},
    lead::{Clearing, Method, Outcome},
};

/// A Saturday, 09:00 in London.
pub(super) fn at(seconds: i64) -> Timestamp {
    "2026-11-21T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// A campaign's deliveries and what is known of them. Delivery `d1` is to buyer `b1`; `crm` is to no buyer.
pub(super) struct Town {
    pub(super) campaign: Campaign,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) buyers: Vec<Buyer>,
    pub(super) standings: Vec<Standing>,
    pub(super) turns: Turns,
}

impl Town {
    pub(super) fn new(max_sales: u8, distribution: Value) -> Self {
        let campaign: Campaign = serde_json::from_value(json!({
            "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP",
            "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
            "max_sales": max_sales, "suppliers": ["s1"], "distribution": distribution,
        }))
        .unwrap();
        let dids: Vec<String> = campaign.deliveries().iter().map(|did| did.to_string()).collect();
        let deliveries: Vec<_> = dids.iter().map(|did| delivery(did, json!({}))).collect();
        let buyers = dids.iter().map(|did| buyer(&format!("b{}", did.trim_start_matches('d')), true)).collect();
        let standings = vec![Standing::default(); dids.len()];
        Self { campaign, deliveries, buyers, standings, turns: Turns::default() }
    }

    /// With something else set up for one delivery.
    pub(super) fn with(mut self, did: &str, more: Value) -> Self {
        let at = self.deliveries.iter().position(|one| one.did.as_str() == did).unwrap();
        self.deliveries[at] = delivery(did, more);
        self
    }

    pub(super) fn standing(mut self, did: &str, standing: Standing) -> Self {
        let at = self.deliveries.iter().position(|one| one.did.as_str() == did).unwrap();
        self.standings[at] = standing;
        self
    }

    pub(super) fn line_up(&self, lead: &Lead, now: Timestamp) -> LinedUp {
        let campaign_dids = self.campaign.deliveries();
        let candidates: Vec<Candidate<'_>> = campaign_dids
            .into_iter()
            .map(|did| {
                let at = self.deliveries.iter().position(|one| one.did == *did);
                let delivery = at.map(|at| &self.deliveries[at]);
                let bid = delivery.and_then(|delivery| delivery.bid.as_ref());
                Candidate {
                    did,
                    delivery,
                    buyer: bid.and_then(|bid| self.buyers.iter().find(|buyer| buyer.bid == *bid)),
                    standing: at.map(|at| self.standings[at].clone()).unwrap_or_default(),
                }
            })
            .collect();
        let view =
            View { campaign: &self.campaign, candidates: &candidates, turns: &self.turns, zone: &TimeZone::UTC, now };
        line_up(lead, &view).unwrap()
    }

    /// A lead as it comes in, given to whoever is first.
    pub(super) fn lead(&mut self) -> Lead {
        let lead = self.new_lead();
        let LinedUp { lead, turns } = self.line_up(&lead, at(0));
        self.turns.apply(&turns);
        lead
    }

    pub(super) fn new_lead(&self) -> Lead {
        let sent = Submission {
            id: LeadId::from_ulid(Ulid(7)),
            received: at(0),
            method: Method::Api,
            ssid: None,
            source: None,
            test: false,
            fields: [("postcode".to_owned(), "LS1 4AP".to_owned())].into(),
        };
        let supplier = serde_json::from_value(json!({ "sid": "s1", "name": "Supplier One" })).unwrap();
        match judge(sent, &self.campaign, &supplier, &TimeZone::UTC) {
            Intake::Kept { lead, problems, .. } if problems.is_empty() => *lead,
            other @ (Intake::Kept { .. } | Intake::Refused { .. }) => unreachable!("the lead is good: {other:?}"),
        }
    }

    /// The lead after its request to this delivery came to this, given to whoever is next.
    pub(super) fn after(&mut self, lead: &Lead, did: &str, accepts: bool) -> Lead {
        let (did, attempt) = (did.parse().unwrap(), AttemptId::from_ulid(Ulid(9)));
        let outcome = if accepts {
            let price = crate::money::Money { minor: 100, currency: "GBP".parse().unwrap() };
            Outcome::Accepted { price, reference: None, redirect_url: None }
        } else {
            Outcome::Rejected { reason: "no".to_owned() }
        };
        let lead = lead.on_intent(&did, 1, attempt, at(1), at(60)).unwrap();
        let lead = lead.on_outcome(&did, &attempt, 1, outcome, at(2)).unwrap();
        let LinedUp { lead, turns } = self.line_up(&lead, at(2));
        self.turns.apply(&turns);
        lead
    }
}

pub(super) fn buyer(bid: &str, active: bool) -> Buyer {
    serde_json::from_value(json!({ "bid": bid, "name": bid, "active": active })).unwrap()
}

pub(super) fn delivery(did: &str, more: Value) -> Delivery {
    let mut delivery = json!({
        "did": did, "name": did, "campid": "solar", "price": { "amount": "12.00", "currency": "GBP" },
        "channel": { "kind": "store" },
    });
    if let Some(number) = did.strip_prefix('d') {
        delivery["bid"] = format!("b{number}").into();
    }
    delivery.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(delivery).unwrap()
}

/// `d1:queued d2:skipped`, in the order in which they were given.
pub(super) fn told(lead: &Lead) -> String {
    let mut given: Vec<_> = lead.deliveries.iter().collect();
    given.sort_by_key(|(_, delivery)| delivery.place);
    given.iter().map(|(did, delivery)| format!("{did}:{}", delivery.state.word())).collect::<Vec<_>>().join(" ")
}

#[test]
fn in_a_group_of_all_as_many_get_it_as_there_are_sales_and_a_refusal_makes_room() {
    let mut town = Town::new(2, json!([{ "mode": "all", "deliveries": ["d1", "d2", "d3", "crm"] }]));
    let lead = town.lead();
    assert_eq!(told(&lead), "d1:queued d2:queued crm:queued");
    let lead = town.after(&lead, "d2", false);
    assert_eq!(told(&lead), "d1:queued d2:rejected crm:queued d3:queued");
}

#[test]
fn in_a_group_of_priority_one_after_the_other_is_asked_until_one_takes_it() {
    let mut town = Town::new(3, json!([{ "mode": "priority", "deliveries": ["d1", "d2", "d3"] }]));
    let lead = town.lead();
    assert_eq!(told(&lead), "d1:queued");
    let lead = town.after(&lead, "d1", false);
    assert_eq!(told(&lead), "d1:rejected d2:queued");
    let lead = town.after(&lead, "d2", true);
    assert_eq!(
        told(&lead),
        "d1:rejected d2:accepted",
        "the first that takes it ends the group, whatever sales are left"
    );
}

#[test]
fn deliveries_that_take_turns_begin_each_lead_with_the_next() {
    let mut town = Town::new(1, json!([{ "mode": "round_robin", "deliveries": ["d1", "d2", "d3"] }]));
    let firsts: Vec<String> = (0..6).map(|_| told(&town.lead())).collect();
    assert_eq!(firsts, ["d1", "d2", "d3", "d1", "d2", "d3"].map(|did| format!("{did}:queued")));
}

#[test]
fn whoever_refuses_in_a_group_of_turns_is_followed_by_who_is_furthest_behind() {
    let shares = json!([{ "did": "d1", "weight": 3 }, { "did": "d2", "weight": 1 }, { "did": "d3", "weight": 2 }]);
    let mut town = Town::new(1, json!([{ "mode": "weighted", "deliveries": shares }]));
    let lead = town.lead();
    assert_eq!(told(&lead), "d1:queued");
    assert_eq!(told(&town.after(&lead, "d1", false)), "d1:rejected d3:queued");
}

#[test]
fn groups_have_their_turn_in_order_as_long_as_sales_are_left() {
    let groups = json!([
        { "mode": "priority", "deliveries": ["d1", "d2"] },
        { "mode": "all", "deliveries": ["d3", "d4", "crm"] },
    ]);
    let mut town = Town::new(2, groups);
    let lead = town.lead();
    assert_eq!(told(&lead), "d1:queued");
    let lead = town.after(&lead, "d1", true);
    assert_eq!(told(&lead), "d1:accepted d3:queued crm:queued");
    let lead = town.after(&lead, "d3", true);
    assert_eq!(told(&lead), "d1:accepted d3:accepted crm:queued", "all sales are taken");
}

#[test]
fn an_exclusive_lead_that_was_taken_goes_to_no_later_group() {
    let groups = json!([{ "mode": "priority", "deliveries": ["d1"] }, { "mode": "all", "deliveries": ["crm"] }]);
    let mut town = Town::new(1, groups);
    let lead = town.lead();
    assert_eq!(told(&town.after(&lead, "d1", true)), "d1:accepted");
    assert_eq!(told(&town.after(&lead, "d1", false)), "d1:rejected crm:queued", "what nobody buys is handed on");
}

#[test]
fn a_copy_that_is_slow_holds_up_nobody() {
    let groups = json!([{ "mode": "all", "deliveries": ["crm"] }, { "mode": "priority", "deliveries": ["d1"] }]);
    assert_eq!(told(&Town::new(1, groups).lead()), "crm:queued d1:queued");
}

#[test]
fn a_buyer_that_may_have_the_lead_ends_its_group_but_keeps_its_sale() {
    let groups =
        json!([{ "mode": "priority", "deliveries": ["d1", "d2"] }, { "mode": "priority", "deliveries": ["d3"] }]);
    for (max_sales, wanted) in [(1, "d1:unknown"), (2, "d1:unknown d3:queued")] {
        let mut town = Town::new(max_sales, groups.clone());
        let (did, attempt) = ("d1".parse().unwrap(), AttemptId::from_ulid(Ulid(9)));
        let sent = town.lead().on_intent(&did, 1, attempt, at(1), at(60)).unwrap();
        let unknown = Outcome::Unknown { reason: "?".to_owned(), clearing: Clearing::ByAnswer(at(1_000)) };
        let lead = sent.on_outcome(&did, &attempt, 1, unknown, at(2)).unwrap();
        assert_eq!(told(&town.line_up(&lead, at(2)).lead), wanted);
    }
}

#[test]
fn a_lead_that_every_delivery_passes_over_is_put_aside_once_and_three_times_again_at_most() {
    let mut town = Town::new(1, json!([{ "mode": "all", "deliveries": ["d1", "d2"] }]))
        .with("d1", json!({ "active": false }))
        .with("d2", json!({ "filters": [{ "field": "postcode", "is": { "type": "postcode_prefix", "of": ["M"] } }] }));
    assert_eq!(told(&town.lead()), "d1:skipped d2:skipped");
    town.campaign.quarantine =
        Some(serde_json::from_value(json!({ "when_all_skipped": true, "hours": 2, "then": "release" })).unwrap());
    let mut lead = town.lead();
    for _ in 0..3 {
        assert_eq!((lead.approval.word(), lead.quarantined_until()), ("quarantined", Some(at(7_200))));
        lead = town.line_up(&lead.on_released(at(0)).unwrap(), at(0)).lead;
    }
    assert_eq!(lead.approval.word(), "quarantined");
    let lead = town.line_up(&lead.on_released(at(0)).unwrap(), at(0)).lead;
    assert_eq!((lead.approval.word(), lead.sold_status()), ("approved", crate::lead::SoldStatus::Unsold));
}
