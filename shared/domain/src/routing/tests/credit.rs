//! Whether a buyer's credit lets it have a lead.

use serde_json::{Value, json};

use super::{super::Standing, Town, told};

/// Two deliveries in order of priority, the first to a buyer with this credit.
fn told_with(credit: Value, no_credit: bool) -> String {
    let standing = Standing { no_credit, ..Standing::default() };
    let mut town = Town::new(1, json!([{ "mode": "priority", "deliveries": ["d1", "d2"] }])).standing("d1", standing);
    town.buyers[0].credit = serde_json::from_value(credit).unwrap();
    told(&town.lead())
}

#[test]
fn a_buyer_that_has_credit_or_needs_none_is_asked_and_one_without_is_passed_over() {
    let prepaid = json!({ "kind": "prepaid", "currency": "GBP" });
    assert_eq!(told_with(prepaid.clone(), false), "d1:queued");
    assert_eq!(told_with(prepaid, true), "d1:skipped d2:queued");
    // Its credit was taken out of the set-up a moment ago.
    assert_eq!(told_with(Value::Null, true), "d1:queued");
}

#[test]
fn credit_in_one_currency_buys_nothing_in_another() {
    let limit = json!({ "kind": "limit", "limit": { "amount": "100.00", "currency": "EUR" } });
    assert_eq!(told_with(limit, false), "d1:skipped d2:queued");
}
