//! Who sees what of an entry.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use serde_json::{Value, json};

use super::*;

fn money() -> Currency {
    "GBP".parse().unwrap()
}

/// A sale of a lead of `s1` to `b1`, with what the supplier earns.
fn sale() -> PostedEntry {
    let line = |account: &str, minor| Line { account: account.parse().unwrap(), minor };
    let lines = vec![
        line("buyer_receivable:b1", 1_250),
        line("revenue:solar", -1_250),
        line("payout_cost:solar", 500),
        line("supplier_payable:s1", -500),
    ];
    let entry = Entry { kind: EntryKind::Sale, lines, by: None, order: None, reason: None };
    PostedEntry {
        id: Some("lead_01JD3QZ8000000000000000003.sale#d1".to_owned()),
        kind: EntryKind::Sale,
        event_time: "2026-11-05T10:20:30Z".parse().unwrap(),
        booked_time: "2026-11-05T10:20:30Z".parse().unwrap(),
        currency: money(),
        lines: PostedEntry::lines(&entry, money()),
        lead_id: Some("lead_01JD3QZ8000000000000000003".parse().unwrap()),
        campid: Some("solar".parse().unwrap()),
        sid: Some("s1".parse().unwrap()),
        did: Some("d1".parse().unwrap()),
        bid: Some("b1".parse().unwrap()),
        by: None,
        reason: None,
        order: None,
    }
}

fn edit() -> PostedEntry {
    let (by, reason) = (Some("root".to_owned()), Some("agreed by phone".to_owned()));
    PostedEntry { kind: EntryKind::RevenueEdit, by, reason, order: Some("1f2e".to_owned()), ..sale() }
}

fn supplier(sid: &str) -> Principal {
    Principal::Supplier { sid: sid.parse().unwrap() }
}

fn buyer(bid: &str) -> Principal {
    Principal::Buyer { bid: bid.parse().unwrap() }
}

fn seen(entry: PostedEntry, viewer: &Principal) -> Value {
    serde_json::to_value(entry.seen_by(viewer)).unwrap()
}

fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

#[test]
fn the_seller_sees_all_of_an_entry() {
    let expected = json!({
        "id": "lead_01JD3QZ8000000000000000003.sale#d1", "kind": "sale",
        "event_time": "2026-11-05T10:20:30.000Z", "booked_time": "2026-11-05T10:20:30.000Z", "currency": "GBP",
        "lines": [
            { "account": "buyer_receivable:b1", "debit": pounds("12.50") },
            { "account": "revenue:solar", "credit": pounds("12.50") },
            { "account": "payout_cost:solar", "debit": pounds("5.00") },
            { "account": "supplier_payable:s1", "credit": pounds("5.00") },
        ],
        "lead_id": "lead_01JD3QZ8000000000000000003", "campid": "solar", "sid": "s1", "did": "d1", "bid": "b1",
    });
    assert_eq!(seen(sale(), &Principal::Seller), expected);
    let told = seen(edit(), &Principal::Seller);
    assert_eq!((&told["by"], &told["order"]), (&json!("root"), &json!("1f2e")));
}

#[test]
fn a_supplier_sees_its_payout_and_nothing_of_buyers() {
    let expected = json!({
        "kind": "sale",
        "event_time": "2026-11-05T10:20:30.000Z", "booked_time": "2026-11-05T10:20:30.000Z", "currency": "GBP",
        "lines": [{ "account": "supplier_payable:s1", "credit": pounds("5.00") }],
        "lead_id": "lead_01JD3QZ8000000000000000003", "campid": "solar", "sid": "s1",
    });
    assert_eq!(seen(sale(), &supplier("s1")), expected);
    assert_eq!(seen(sale(), &supplier("s2")), Value::Null);
}

#[test]
fn a_buyer_sees_what_it_pays_and_nothing_of_suppliers() {
    let expected = json!({
        "id": "lead_01JD3QZ8000000000000000003.sale#d1", "kind": "sale",
        "event_time": "2026-11-05T10:20:30.000Z", "booked_time": "2026-11-05T10:20:30.000Z", "currency": "GBP",
        "lines": [{ "account": "buyer_receivable:b1", "debit": pounds("12.50") }],
        "lead_id": "lead_01JD3QZ8000000000000000003", "campid": "solar", "did": "d1", "bid": "b1",
    });
    assert_eq!(seen(sale(), &buyer("b1")), expected);
    assert_eq!(seen(sale(), &buyer("b2")), Value::Null);
}

#[test]
fn who_ordered_something_and_in_which_words_is_between_the_seller_and_itself() {
    let told = seen(edit(), &buyer("b1"));
    assert_eq!((&told["by"], &told["reason"], &told["order"]), (&Value::Null, &Value::Null, &Value::Null));
    let back = PostedEntry { kind: EntryKind::Return, reason: Some("INVALID_PHONE".to_owned()), ..sale() };
    assert_eq!(seen(back, &buyer("b1"))["reason"], "INVALID_PHONE");
}

#[test]
fn each_line_is_a_row_with_all_columns() {
    let rows: Vec<String> = edit().rows().map(|row| row.join("|")).collect();
    let (id, time) = ("lead_01JD3QZ8000000000000000003", "2026-11-05T10:20:30.000Z");
    let row = |account: &str, amounts: &str| {
        format!(
            "{id}.sale#d1|revenue_edit|{time}|{time}|GBP|{account}|{amounts}|{id}|solar|s1|d1|b1|root|agreed by phone|1f2e"
        )
    };
    assert_eq!(rows[..2], [row("buyer_receivable:b1", "12.50|"), row("revenue:solar", "|12.50")]);
    assert_eq!((rows.len(), PostedEntry::COLUMNS.len()), (4, 16));
}
