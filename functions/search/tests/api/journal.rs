//! The entries of the journal about a lead, and its history, over a database in memory.

use domain::{
    access::Principal,
    history::steps,
    id::{AttemptId, KeyId},
    journal::events,
    lead::{Actor, EditOrder, Lead, Outcome, ReturnRequest, test_lead},
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use lambda::test_api::identity;
use serde_json::{Value, json};
use store::DoneToLead;
use ulid::Ulid;

use crate::harness::Api;

fn at(minutes: i64) -> Timestamp {
    "2026-11-05T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

/// A lead of `s1`, sold to `b1` and `b2`, whose price for `b1` was put right, and which `b2` has returned.
fn lead() -> Lead {
    let mut lead = test_lead(at(0));
    for (number, price) in [(1_u8, 1_250), (2, 900)] {
        let (did, bid) = (format!("d{number}").parse().unwrap(), format!("b{number}").parse().unwrap());
        let attempt = AttemptId::from_ulid(Ulid(number.into()));
        let minute = number.into();
        lead = lead.on_queued(&did, Some(bid), at(minute)).unwrap();
        lead = lead.on_intent(&did, 1, attempt, at(minute), at(minute + 1)).unwrap();
        let outcome = Outcome::Accepted { price: pounds(price), reference: None, redirect_url: None };
        lead = lead.on_outcome(&did, &attempt, 1, outcome, at(minute)).unwrap();
    }
    let order = EditOrder { order: "o", by: "root", reason: "agreed by phone" };
    lead = lead.on_revenue_edited(Some(&"b1".parse().unwrap()), None, pounds(1_000), order, at(10)).unwrap();
    lead = lead.on_return_requested(&"d2".parse().unwrap(), ReturnRequest::because("DUPE"), at(20)).unwrap();
    lead.on_return_approved(&"d2".parse().unwrap(), false, at(20)).unwrap()
}

/// What somebody is shown of the lead.
async fn shown(caller: &str) -> Value {
    shown_of(&Api::start().await.by(caller)).await
}

/// The same, where something is there before.
async fn shown_of(api: &Api) -> Value {
    let (lead, store) = (lead(), api.store());
    store.put_lead(&lead, 0, &identity()).await.unwrap();
    let booked = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
    store.book(booked, Ulid(1_000), at(30)).await.unwrap();
    let by = Some(Actor::with_key(&Principal::Seller, &KeyId::root()));
    let done = DoneToLead { version: lead.version, by, steps: steps(None, &lead) };
    store.append_history(lead.id, &[done], &identity()).await.unwrap();
    api.get(&format!("/v1/leads/{}", lead.id)).await.ok()
}

/// Each entry as its kind and its lines.
fn told(lead: &Value) -> Vec<String> {
    let amount = |line: &Value| {
        let side = if line["debit"].is_null() { "credit" } else { "debit" };
        format!("{} {side} {}", line["account"].as_str().unwrap(), line[side]["amount"].as_str().unwrap())
    };
    let entry = |entry: &Value| {
        let lines: Vec<String> = entry["lines"].as_array().unwrap().iter().map(amount).collect();
        format!("{}: {}", entry["kind"].as_str().unwrap(), lines.join(", "))
    };
    lead["journal"].as_array().unwrap().iter().map(entry).collect()
}

#[tokio::test]
async fn the_seller_sees_every_entry_in_the_order_of_what_happened() {
    let lead = shown("seller").await;
    let expected = [
        "sale: buyer_receivable:b1 debit 12.50, revenue:solar credit 12.50, payout_cost:solar debit 5.00, supplier_payable:s1 credit 5.00",
        "sale: buyer_receivable:b2 debit 9.00, revenue:solar credit 9.00",
        "revenue_edit: buyer_receivable:b1 credit 2.50, revenue:solar debit 2.50",
        "return: buyer_receivable:b2 credit 9.00, revenue:solar debit 9.00",
    ];
    assert_eq!(told(&lead), expected);
    let edit = &lead["journal"][2];
    assert_eq!((&edit["by"], &edit["reason"]), (&json!("root"), &json!("agreed by phone")));
    assert!(edit["order"].is_string(), "{edit}");
}

#[tokio::test]
async fn a_supplier_sees_its_payouts_and_nothing_of_buyers() {
    let lead = shown("s1").await;
    assert_eq!(told(&lead), ["sale: supplier_payable:s1 credit 5.00"]);
    let text = lead["journal"].to_string();
    for buyers in ["b1", "b2", "d1", "d2", "12.50"] {
        assert!(!text.contains(buyers), "{text}");
    }
}

#[tokio::test]
async fn a_buyer_sees_what_it_pays_and_nothing_of_others() {
    let lead = shown("b2").await;
    assert_eq!(told(&lead), ["sale: buyer_receivable:b2 debit 9.00", "return: buyer_receivable:b2 credit 9.00"]);
    let text = lead["journal"].to_string();
    for others in ["s1", "b1", "d1", "12.50", "5.00"] {
        assert!(!text.contains(others), "{text}");
    }
    assert_eq!(lead["journal"][1]["reason"], "DUPE");
}

/// What the history tells, without what the lead and its answers tell.
fn done(lead: &Value) -> Vec<String> {
    let line = |entry: &Value| format!("{} {}", entry["by"].as_str().unwrap(), entry["what"].as_str().unwrap());
    let lines = lead["history"].as_array().unwrap().iter().map(line);
    lines.filter(|line| !line.ends_with("accepted")).collect()
}

#[tokio::test]
async fn the_page_tells_what_was_done_to_the_lead_to_each_what_is_its_own() {
    let seller = shown("seller").await;
    let whole = ["supplier received", "seller revenue_updated", "seller returned"];
    assert_eq!(done(&seller), whole);
    assert_eq!(seller["history_intact"], json!(true));
    assert_eq!(seller["history"].as_array().unwrap().iter().filter(|entry| entry["key_id"] == "root").count(), 2);
    let supplier = shown("s1").await;
    assert_eq!(done(&supplier), ["supplier received", "seller returned"]);
    let buyer = shown("b1").await;
    assert_eq!(done(&buyer), ["supplier received", "seller revenue_updated"]);
    for others in [&supplier, &buyer] {
        assert_eq!(others.get("history_intact"), None);
        assert!(!others["history"].to_string().contains("root"), "{others}");
        assert_eq!(others["consent"]["sms"], json!({ "status": "unknown" }));
    }
}

#[tokio::test]
async fn a_lead_is_shown_though_its_campaign_cannot_be_read() {
    let api = Api::start().await;
    api.tables.spoil(&api.tables.tables().setup, ("campaign", lead().campid.as_str()), "r").await;
    let lead = shown_of(&api).await;
    assert_eq!(lead["journal"].as_array().unwrap().len(), 4);
}
