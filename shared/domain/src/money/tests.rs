//! Reading and writing amounts, and the properties that no booking may break.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn gbp(minor: i64) -> Money {
    Money { minor, currency: currency("GBP") }
}

#[test]
fn an_amount_is_read_with_up_to_the_decimals_of_its_currency() {
    for (text, code, minor) in [
        ("12", "GBP", 1_200),
        ("12.5", "GBP", 1_250),
        ("12.50", "GBP", 1_250),
        ("-0.05", "GBP", -5),
        ("12", "JPY", 12),
        ("1.234", "KWD", 1_234),
        ("007", "JPY", 7),
        ("-92233720368547758.08", "GBP", i64::MIN),
    ] {
        assert_eq!(Money::parse(text, currency(code)).unwrap().minor, minor, "{text} {code}");
    }
}

#[test]
fn anything_but_a_plain_decimal_number_is_refused() {
    for text in ["", "-", ".", ".5", "5.", "1,000", "1e3", " 1", "1 ", "+1", "--1", "1.2.3", "£1", "٣", "0x1"] {
        assert_eq!(Money::parse(text, currency("GBP")), Err(MoneyError::Malformed), "{text}");
    }
}

#[test]
fn more_decimals_than_the_currency_has_are_refused_never_rounded() {
    let error = Money::parse("12.500", currency("GBP")).unwrap_err();
    assert_eq!(error.code(), "too_many_decimals");
    assert_eq!(error.to_string(), "GBP has 2 decimals, and the amount has more");
    assert!(Money::parse("12.0", currency("JPY")).is_err());
}

#[test]
fn an_amount_is_written_with_exactly_the_decimals_of_its_currency() {
    assert_eq!(gbp(1_250).to_string(), "12.50 GBP");
    assert_eq!(gbp(-5).amount(), "-0.05");
    assert_eq!(gbp(i64::MIN).amount(), "-92233720368547758.08");
    assert_eq!(Money { minor: 12, currency: currency("JPY") }.to_string(), "12 JPY");
    assert_eq!(Money { minor: 1, currency: currency("KWD") }.amount(), "0.001");
}

#[test]
fn overflow_is_an_error() {
    assert_eq!(gbp(i64::MAX).add(gbp(1)), Err(MoneyError::Overflow));
    assert_eq!(gbp(i64::MIN).sub(gbp(1)), Err(MoneyError::Overflow));
    assert_eq!(gbp(i64::MIN).neg(), Err(MoneyError::Overflow));
    assert_eq!(Money::parse("92233720368547758.08", currency("GBP")), Err(MoneyError::Overflow));
}

#[test]
fn two_currencies_are_never_put_together() {
    let error = gbp(1).add(Money::zero(currency("EUR"))).unwrap_err();
    assert_eq!(error.code(), "currency_mismatch");
    assert_eq!(error.to_string(), "amounts in GBP and EUR cannot be put together");
}

#[test]
fn codes_without_a_minor_unit_or_in_small_letters_are_no_currencies() {
    for code in ["XAU", "XTS", "gbp", "GB", "", "ZZZ"] {
        assert_eq!(code.parse::<Currency>(), Err(MoneyError::UnknownCurrency), "{code}");
    }
}

#[test]
fn money_in_json_is_a_decimal_string_with_a_currency() {
    let form = json!({"amount": "12.50", "currency": "GBP"});
    assert_eq!(serde_json::to_value(gbp(1_250)).unwrap(), form);
    assert_eq!(serde_json::from_value::<Money>(form).unwrap(), gbp(1_250));
}

#[test]
fn money_in_json_refuses_floats_and_unknown_fields() {
    for form in [
        json!({"amount": 12.5, "currency": "GBP"}),
        json!({"amount": "12.50"}),
        json!({"amount": "12.50", "currency": "gbp"}),
        json!({"amount": "12.50", "currency": "GBP", "vat": "2.50"}),
    ] {
        assert!(serde_json::from_value::<Money>(form.clone()).is_err(), "{form}");
    }
}

#[test]
fn the_schema_of_money_is_its_json_form() {
    let schema = serde_json::to_value(Money::schema()).unwrap();
    assert_eq!(schema["properties"]["amount"]["type"], "string", "{schema}");
    assert_eq!(schema["required"], json!(["amount", "currency"]), "{schema}");
    let mut parts = Vec::new();
    Money::schemas(&mut parts);
    assert!(parts.iter().any(|(name, _)| name == "Currency"));
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["JPY", "GBP", "KWD"]).prop_map(currency)
}

proptest! {
    #[test]
    fn every_amount_survives_the_way_through_its_text(minor: i64, currency in any_currency()) {
        let money = Money { minor, currency };
        prop_assert_eq!(Money::parse(&money.amount(), currency), Ok(money));
        prop_assert_eq!(money.is_negative(), money.amount().starts_with('-'));
    }

    #[test]
    fn sums_never_drift_whatever_the_order(
        (amounts, shuffled) in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 0..50)
            .prop_flat_map(|amounts| (Just(amounts.clone()), Just(amounts).prop_shuffle())),
    ) {
        let zero = Money::zero(currency("GBP"));
        let total = amounts.iter().try_fold(zero, |sum, minor| sum.add(gbp(*minor)))?;
        let rest = shuffled.iter().try_fold(total, |sum, minor| sum.sub(gbp(*minor)))?;
        prop_assert_eq!(rest, zero);
    }

    #[test]
    fn a_reversal_brings_an_amount_back_to_nothing(minor in (i64::MIN + 1)..=i64::MAX) {
        let money = gbp(minor);
        prop_assert_eq!(money.add(money.neg()?), Ok(Money::zero(money.currency)));
    }

    #[test]
    fn any_sum_is_exact_or_refused(a: i64, b: i64) {
        let expected = i64::try_from(i128::from(a) + i128::from(b));
        prop_assert_eq!(gbp(a).add(gbp(b)).ok().map(|sum| sum.minor), expected.ok());
    }

    #[test]
    fn no_text_makes_parsing_fail_otherwise_than_with_an_error(text in "\\PC*", currency in any_currency()) {
        if let Ok(money) = Money::parse(&text, currency) {
            prop_assert_eq!(Money::parse(&money.amount(), currency), Ok(money));
        }
    }
}
