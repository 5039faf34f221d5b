//! Which payout is in force, and which rules make no sense.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use serde_json::{Value, json};

use super::*;
use crate::{money::Rounding, setup::Record};

fn campaign(changes: &Value) -> Campaign {
    let mut campaign = json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP", "payout": fixed("5.00"),
    });
    campaign.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(campaign).unwrap()
}

fn fixed(amount: &str) -> Value {
    json!({ "mode": "buyer_accept", "amount": { "amount": amount, "currency": "GBP" } })
}

fn step(from: Value, sid: Value, ssid: Value, amount: &str) -> Value {
    json!({ "from": from, "sid": sid, "ssid": ssid, "payout": fixed(amount) })
}

/// What is wrong, as `field:code`.
fn findings(changes: &Value) -> Vec<String> {
    let found = campaign(changes).check();
    found.iter().for_each(|finding| assert!(finding.detail.ends_with('.') && finding.detail.contains(' ')));
    found.into_iter().map(|finding| format!("{}:{}", finding.field, finding.code)).collect()
}

#[test]
fn the_closest_step_goes_first_and_of_equals_the_one_that_began_last() {
    let none = Value::Null;
    // In no order, as order makes no difference.
    let solar = campaign(&json!({ "payouts": [
        step(json!("2026-03-01"), json!("s1"), none.clone(), "7.00"),
        step(json!("2026-02-01"), none.clone(), none.clone(), "6.00"),
        step(json!("2026-05-01"), none.clone(), none.clone(), "6.50"),
        step(none.clone(), json!("s2"), none.clone(), "4.00"),
        step(json!("2026-04-01"), json!("s2"), none.clone(), "4.50"),
        step(json!("2026-03-15"), json!("s1"), json!("Blog"), "8.00"),
        step(none.clone(), json!("s2"), json!("blog"), "3.00"),
    ] }));
    for (day, sid, ssid, amount) in [
        ("2026-01-31", "s1", None, "5.00"),
        ("2026-02-01", "s1", None, "6.00"),
        ("2026-02-28", "s1", Some("blog"), "6.00"),
        ("2026-03-01", "s1", None, "7.00"),
        ("2026-03-14", "s1", Some("blog"), "7.00"),
        ("2026-03-15", "s1", Some(" BLOG"), "8.00"),
        ("2026-03-15", "s1", Some("blogs"), "7.00"),
        ("2026-05-01", "s1", None, "7.00"),
        ("2026-01-01", "s2", None, "4.00"),
        ("2026-03-31", "s2", Some("other"), "4.00"),
        ("2026-04-01", "s2", Some("other"), "4.50"),
        ("2026-04-01", "s2", Some("blog"), "3.00"),
        ("2026-04-30", "s3", Some("blog"), "6.00"),
        ("2026-05-01", "s3", None, "6.50"),
        ("9999-12-31", "S1", None, "6.50"),
    ] {
        let rule = solar.payout_for(&sid.parse().unwrap(), ssid, day.parse().unwrap());
        assert_eq!(rule.amount.unwrap().amount(), amount, "{sid} {ssid:?} on {day}");
    }
}

#[test]
fn a_payout_is_an_amount_or_a_share_and_not_less_than_nothing() {
    let amount = json!({ "amount": "-0.01", "currency": "EUR" });
    for (payout, found) in [
        (fixed("0.00"), &[][..]),
        (json!({ "mode": "system_accept", "amount": { "amount": "5.00", "currency": "GBP" } }), &[]),
        (json!({ "mode": "buyer_accept", "share": { "basis_points": 1 } }), &[]),
        (json!({ "mode": "buyer_accept", "share": { "basis_points": 10_000, "rounding": "half_up" } }), &[]),
        (json!({ "mode": "buyer_accept" }), &[":required"]),
        (json!({ "mode": "buyer_accept", "amount": amount }), &[".amount.currency:currency", ".amount:range"]),
        (json!({ "mode": "buyer_accept", "share": { "basis_points": 0 } }), &[".share.basis_points:range"]),
        (json!({ "mode": "buyer_accept", "share": { "basis_points": 10_001 } }), &[".share.basis_points:range"]),
        (json!({ "mode": "system_accept", "share": { "basis_points": 6_500 } }), &[".mode:share_before_sale"]),
        (
            json!({ "mode": "buyer_accept", "amount": amount, "share": { "basis_points": 0 } }),
            &[".amount.currency:currency", ".amount:range", ".share.basis_points:range", ":amount_and_share"],
        ),
    ] {
        let below = |place: &str| found.iter().map(|finding| format!("{place}{finding}")).collect::<Vec<_>>();
        assert_eq!(findings(&json!({ "payout": payout })), below("payout"), "{payout}");
        let steps = json!([{ "sid": "s1", "payout": payout }]);
        assert_eq!(findings(&json!({ "payouts": steps })), below("payouts.0.payout"), "{payout}");
    }
}

#[test]
fn steps_say_whom_they_are_for_and_never_the_same_twice() {
    let none = Value::Null;
    let from = |day: &str, sid: Value, ssid: Value| step(json!(day), sid, ssid, "1.00");
    let different = json!([
        from("2026-01-01", none.clone(), none.clone()),
        from("2026-01-02", none.clone(), none.clone()),
        from("2026-01-01", json!("s1"), none.clone()),
        from("2026-01-01", json!("S1"), none.clone()),
        from("2026-01-01", json!("s1"), json!("a")),
        step(none.clone(), json!("s1"), json!("a"), "1.00"),
        step(none.clone(), json!("s1"), none.clone(), "1.00"),
    ]);
    assert_eq!(findings(&json!({ "payouts": different })), [""; 0]);

    let wrong = json!([
        step(none.clone(), none.clone(), none.clone(), "1.00"),
        from("2026-01-01", none.clone(), json!("a")),
        from("2026-01-01", json!("s1"), json!(" ")),
        from("2026-01-01", json!("s1"), json!("x".repeat(MAX_LABEL_CHARS + 1))),
        from("2026-01-01", json!("s2"), json!("Blog")),
        from("2026-01-01", json!("s2"), json!("blog ")),
    ]);
    assert_eq!(
        findings(&json!({ "payouts": wrong })),
        [
            "payouts.0.from:required",
            "payouts.1.sid:required",
            "payouts.2.ssid:length",
            "payouts.3.ssid:length",
            "payouts.5:repeated",
        ]
    );

    let many: Vec<Value> =
        (0..=MAX_LIST).map(|at| step(none.clone(), json!(format!("s{at}")), none.clone(), "1.00")).collect();
    assert_eq!(findings(&json!({ "payouts": many[1..] })), [""; 0]);
    assert_eq!(findings(&json!({ "payouts": many })), ["payouts:length"]);
}

#[test]
fn suppliers_with_a_payout_of_their_own_have_to_be_there() {
    let none = Value::Null;
    let solar = campaign(&json!({
        "suppliers": ["s1"],
        "payouts": [
            step(json!("2026-01-01"), none.clone(), none.clone(), "1.00"),
            step(none.clone(), json!("s2"), none, "1.00"),
        ],
    }));
    let links: Vec<_> = solar.links().into_iter().map(|link| (link.field, link.kind, link.reference)).collect();
    let to = |field: &str, sid: &str| (field.to_owned(), Kind::Supplier, sid.to_owned());
    assert_eq!(links, [to("suppliers.0", "s1"), to("payouts.1.sid", "s2")]);
}

#[test]
fn rules_of_before_stay_what_they_were_and_a_share_rounds_halves_to_even_unless_it_says_otherwise() {
    let rule: PayoutRule = serde_json::from_value(fixed("5.00")).unwrap();
    assert_eq!((rule.share, serde_json::to_value(rule).unwrap()), (None, fixed("5.00")));
    let stored = serde_json::to_value(campaign(&json!({}))).unwrap();
    assert!(stored.get("payouts").is_none());
    let share: PayoutRule =
        serde_json::from_value(json!({ "mode": "buyer_accept", "share": { "basis_points": 6_500 } })).unwrap();
    assert_eq!(share.share, Some(Share { basis_points: 6_500, rounding: Rounding::HalfEven }));
}
