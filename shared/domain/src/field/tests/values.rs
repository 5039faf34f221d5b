//! One value under one rule: what is stored of it, or what is wrong with it.

use serde_json::json;

use super::*;

fn ok(value: &str) -> Result<String, &'static str> {
    Ok(value.to_owned())
}

#[test]
fn text_is_trimmed_and_held_to_its_length_and_pattern() {
    let kind = json!({"type": "text", "min_len": 2, "max_len": 4, "pattern": "[a-zé]+"});
    assert_eq!(check(kind.clone(), "  éé "), ok("éé"));
    assert_eq!(check(kind.clone(), "a"), Err("too_short"));
    assert_eq!(check(kind.clone(), "aaaaa"), Err("too_long"));
    assert_eq!(check(kind.clone(), "ab1"), Err("pattern_mismatch"));
    assert_eq!(check(kind, "ab\ncd"), Err("too_long"));
    assert_eq!(check(json!({"type": "text", "pattern": "a|ab"}), "ab"), ok("ab"));
    assert_eq!(check(json!({"type": "text", "pattern": "a"}), "a\nb"), Err("pattern_mismatch"));
    assert_eq!(check(json!({"type": "text"}), &"é".repeat(1_000)), ok(&"é".repeat(1_000)));
    assert_eq!(check(json!({"type": "text"}), &"é".repeat(1_001)), Err("too_long"));
}

#[test]
fn a_value_is_measured_as_it_is_stored_as_well() {
    let url = |paths: usize| format!("https://example.com/{}", "é".repeat(paths));
    assert_eq!(check(json!({"type": "url"}), &url(163)).unwrap().len(), 998);
    assert_eq!(check(json!({"type": "url"}), &url(164)), Err("too_long"), "each é is stored as %C3%A9");
}

#[test]
fn a_refusal_stays_short_however_long_its_rule_is() {
    let told = |kind: serde_json::Value| rule(kind).check("x", &ctx("GB")).unwrap_err().detail;
    let long = told(json!({"type": "choice", "of": ["a".repeat(1_000), "b"]}));
    assert_eq!(long, format!("Use one of: {}….", "a".repeat(200)));
    assert_eq!(told(json!({"type": "choice", "of": ["a", "b"]})), "Use one of: a, b.");
    let many: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    assert!(told(json!({"type": "choice", "of": many})).ends_with(", 18, 19, …."));
    let pattern = told(json!({"type": "text", "pattern": "a".repeat(201)}));
    assert_eq!(pattern, "The whole value must match the campaign's pattern, which is too long to be shown.");
}

#[test]
fn an_empty_value_is_an_absent_one() {
    assert_eq!(check(json!({"type": "email"}), "   "), ok(""));
    let required: FieldRule =
        serde_json::from_value(json!({"name": "f", "kind": {"type": "email"}, "required": true})).unwrap();
    assert_eq!(required.check(" \t", &ctx("GB")).unwrap_err().code, "required");
}

#[test]
fn addresses_and_phones_are_normalised_by_country() {
    assert_eq!(check(json!({"type": "email"}), "Jo@Example.com"), ok("jo@example.com"));
    assert_eq!(check(json!({"type": "email"}), "jo"), Err("not_an_email"));
    assert_eq!(check(json!({"type": "phone"}), "0161 496 0000"), ok("+441614960000"));
    assert_eq!(check(json!({"type": "phone"}), "1614960000"), Err("phone_ambiguous"));
    assert_eq!(check(json!({"type": "ip_address"}), "2001:DB8:0::1"), ok("2001:db8::1"));
    assert_eq!(check(json!({"type": "ip_address"}), "999.1.1.1"), Err("not_an_ip_address"));
    assert_eq!(check(json!({"type": "url"}), "https://Example.com/a?b=c"), ok("https://example.com/a?b=c"));
    for raw in ["example.com", "ftp://example.com", "javascript:alert(1)", "http://"] {
        assert_eq!(check(json!({"type": "url"}), raw), Err("not_a_url"), "{raw}");
    }
}

#[test]
fn a_postcode_is_written_as_its_country_writes_it() {
    let postcode = || json!({"type": "postcode"});
    for (raw, stored) in
        [("sw1a1aa", "SW1A 1AA"), ("M1  1ae", "M1 1AE"), ("cr2 6xh", "CR2 6XH"), ("DN551PT", "DN55 1PT")]
    {
        assert_eq!(check(postcode(), raw), ok(stored), "{raw}");
    }
    for raw in ["SW1A", "SW1A 1A", "1AA SW1A", "SW1A-1AA", "M 11AE", "M1 1CE", "ééé", "é1 1AA", "12345"] {
        assert_eq!(check(postcode(), raw), Err("not_a_postcode"), "{raw}");
    }
    assert_eq!(check_in("US", postcode(), "90210-1234"), ok("90210-1234"));
    assert_eq!(check_in("US", postcode(), "9021"), Err("not_a_postcode"));
    assert_eq!(check_in("NL", postcode(), "1012  ab"), ok("1012 AB"));
    assert_eq!(check_in("NL", postcode(), "1012_ab"), Err("not_a_postcode"));
}

#[test]
fn a_day_is_stored_as_iso_and_never_guessed() {
    let date = || json!({"type": "date"});
    assert_eq!(check(date(), "2024-02-29"), ok("2024-02-29"));
    assert_eq!(check(date(), "03/04/2024"), ok("2024-04-03"));
    for raw in
        ["2023-02-29", "04/13/2024", "3/4/2024", "03/04/24", "03-04-2024", "2024/04/03", "today", "2024-02-29T00"]
    {
        assert_eq!(check(date(), raw), Err("not_a_date"), "{raw}");
    }
    assert_eq!(check_in("US", date(), "03/04/2024"), Err("not_a_date"));
    assert_eq!(check_in("US", date(), "2024-04-03"), ok("2024-04-03"));
}

#[test]
fn ages_are_full_years_on_the_day() {
    let kind = || json!({"type": "date_of_birth", "min_age": 18, "max_age": 80});
    assert_eq!(check(kind(), "15/06/2007"), ok("2007-06-15"));
    assert_eq!(check(kind(), "2007-06-16"), Err("too_young"));
    assert_eq!(check(kind(), "1944-06-16"), ok("1944-06-16"));
    assert_eq!(check(kind(), "1944-06-15"), Err("too_old"));
    assert_eq!(check(json!({"type": "date_of_birth"}), "2025-06-16"), Err("in_future"));
    assert_eq!(check(json!({"type": "date_of_birth"}), "1080-01-01"), Err("too_old"));
}

#[test]
fn numbers_choices_and_answers_have_one_form() {
    let integer = || json!({"type": "integer", "min": -5, "max": 10});
    assert_eq!(check(integer(), "007"), ok("7"));
    assert_eq!(check(integer(), "-6"), Err("too_small"));
    assert_eq!(check(integer(), "11"), Err("too_large"));
    assert_eq!(check(integer(), "1.5"), Err("not_an_integer"));
    assert_eq!(check(json!({"type": "decimal"}), "-007.50"), ok("-7.50"));
    assert_eq!(check(json!({"type": "decimal"}), "000"), ok("0"));
    for raw in ["1,000", "1e3", ".5", "5.", "1.1234567", "-", "1234567890123456"] {
        assert_eq!(check(json!({"type": "decimal"}), raw), Err("not_a_decimal"), "{raw}");
    }
    assert_eq!(check(json!({"type": "choice", "of": ["Flat", "House"]}), "HOUSE"), ok("House"));
    assert_eq!(check(json!({"type": "choice", "of": ["Flat", "House"]}), "Boat"), Err("not_allowed"));
    assert_eq!(check(json!({"type": "boolean"}), "TRUE"), ok("yes"));
    assert_eq!(check(json!({"type": "boolean"}), "0"), ok("no"));
    assert_eq!(check(json!({"type": "boolean"}), "maybe"), Err("not_a_boolean"));
    assert_eq!(check(json!({"type": "country", "allowed": ["GB", "IE"]}), "ie"), ok("IE"));
    assert_eq!(check(json!({"type": "country", "allowed": ["GB", "IE"]}), "US"), Err("not_allowed"));
    assert_eq!(check(json!({"type": "country"}), "England"), Err("not_a_country"));
}
