//! What is read as an address, a phone or a country, and what the refusals say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod plan;

use super::*;

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn phone(raw: &str, code: &str) -> Result<String, ContactError> {
    Phone::parse(raw, country(code)).map(|phone| phone.to_string())
}

#[test]
fn an_email_is_trimmed_and_put_in_lower_case() {
    assert_eq!(Email::parse("  Jo.Smith@Example.COM ").unwrap().as_str(), "jo.smith@example.com");
    assert_eq!(Email::parse("jo+tag@mail.example.co.uk").unwrap().as_str(), "jo+tag@mail.example.co.uk");
}

#[test]
fn what_is_not_an_email_is_refused_without_repeating_it() {
    let long = format!("{}@{}.com", "a".repeat(60), "b.".repeat(100));
    for raw in [
        "",
        "jo",
        "jo@",
        "@example.net",
        "jo@localhost",
        "jo@@example.com",
        "jo smith@example.com",
        "Jo <jo@example.com>",
        "jo@[127.0.0.1]",
        "jo@example.com.",
        "jo@example..com",
        &long,
    ] {
        let error = Email::parse(raw).unwrap_err();
        assert_eq!(error.code(), "not_an_email", "{raw}");
        assert!(raw.len() < 3 || !error.to_string().contains(raw), "{error}");
    }
}

#[test]
fn a_phone_is_read_in_every_customary_way_of_writing() {
    for raw in [
        "0161 496 0000",
        "(0161) 496-0000",
        "+44 161 496 0000",
        "+44 (0)161 496 0000",
        "0044 161 496 0000",
        "[0161] 496.0000",
        "0161\u{a0}496\u{2013}0000",
    ] {
        assert_eq!(phone(raw, "GB").unwrap(), "+441614960000", "{raw}");
    }
    assert_eq!(phone("07400 123456", "GB").unwrap(), "+447400123456");
    assert_eq!(phone("(650) 253-0000", "US").unwrap(), "+16502530000");
    assert_eq!(phone("1 650 253 0000", "US").unwrap(), "+16502530000");
    assert_eq!(phone("01 42 68 53 00", "FR").unwrap(), "+33142685300");
    assert_eq!(phone("030 123456", "DE").unwrap(), "+4930123456");
    assert_eq!(phone("06 6982 0000", "IT").unwrap(), "+390669820000");
    assert_eq!(phone("912 345 678", "ES").unwrap(), "+34912345678");
}

#[test]
fn an_international_phone_keeps_its_own_country() {
    assert_eq!(phone("+33 1 42 68 53 00", "GB").unwrap(), "+33142685300");
    assert_eq!(phone("+39 06 6982 0000", "GB").unwrap(), "+390669820000");
    assert_eq!(phone("0033 1 42 68 53 00", "US").unwrap(), "+33142685300");
}

#[test]
fn a_phone_with_a_lost_zero_is_refused() {
    for raw in ["7400123456", "1614960000", "447400123456"] {
        let error = phone(raw, "GB").unwrap_err();
        assert_eq!(error.code(), "phone_ambiguous", "{raw}");
        assert!(error.to_string().contains("write it like 0121 234 5678 or +44 121 234 5678"), "{error}");
    }
    assert_eq!(phone("142685300", "FR").unwrap_err().code(), "phone_ambiguous");
}

#[test]
fn a_phone_of_the_wrong_length_is_told_what_would_be_right() {
    let error = phone("0161 496", "GB").unwrap_err();
    assert_eq!(error.code(), "phone_too_short");
    assert!(error.to_string().starts_with("The number is too short for GB: write it like 0"), "{error}");
    assert_eq!(phone("0161 496 0000 000", "GB").unwrap_err().code(), "phone_too_long");
    assert_eq!(phone("253 0000", "US").unwrap_err().code(), "phone_too_short");
    assert_eq!(phone("+44 161", "US").unwrap_err().code(), "phone_too_short");
}

#[test]
fn a_phone_in_no_number_range_is_refused() {
    for (raw, code) in
        [("0999 999 9999", "GB"), ("(000) 253-0000", "US"), ("+44 0161 496 0000", "GB"), ("+999 123456", "GB")]
    {
        assert_eq!(phone(raw, code).unwrap_err().code(), "not_a_phone", "{raw}");
    }
}

#[test]
fn a_phone_with_letters_or_other_signs_is_refused() {
    for raw in [
        "",
        "+",
        "call me",
        "4.47E+11",
        "0161 496 0000 ext 5",
        "0161/4960000x",
        "++441614960000",
        "01614960000;0161",
        "٠١٦١",
    ] {
        assert_eq!(phone(raw, "GB"), Err(ContactError::PhoneCharacters), "{raw}");
    }
}

#[test]
fn a_refused_phone_is_never_repeated() {
    for raw in ["7400123456", "0161 496", "0999 999 9999", "+44161"] {
        let error = phone(raw, "GB").unwrap_err().to_string();
        assert!(!error.contains(raw), "{error}");
    }
}

#[test]
fn a_stored_phone_is_read_by_its_form_alone() {
    assert_eq!(serde_json::from_str::<Phone>("\"+449999999999\"").unwrap().as_str(), "+449999999999");
    for text in ["\"01614960000\"", "\"+0161\"", "\"+44161496x000\"", "\"+4416149600001234\"", "\"+\""] {
        assert!(serde_json::from_str::<Phone>(text).is_err(), "{text}");
    }
}

#[test]
fn a_country_is_a_known_code_of_two_letters() {
    assert_eq!(country(" gb ").as_str(), "GB");
    assert_eq!(serde_json::to_string(&country("us")).unwrap(), "\"US\"");
    for code in ["", "UK", "GBR", "ZZ", "United Kingdom", "44", "é"] {
        assert_eq!(code.parse::<Country>(), Err(ContactError::UnknownCountry), "{code}");
    }
}

#[test]
fn a_person_does_not_show_in_debug_output() {
    let text = format!("{:?} {:?}", Email::parse("jo@example.com"), Phone::parse("0161 496 0000", country("GB")));
    assert!(!text.contains("jo") && !text.contains("161"), "{text}");
}

#[test]
fn the_numbering_plans_own_examples_are_read_in_both_ways_of_writing() {
    let markets = "GB IE US CA AU NZ FR DE ES IT NL BE AT CH PT SE NO DK FI PL CZ ZA IN BR MX SG";
    for code in markets.split(' ') {
        let plan = phonenumber::metadata::DATABASE.by_id(code).unwrap();
        for kind in [plan.descriptors().fixed_line(), plan.descriptors().mobile()] {
            let e164 = format!("+{}{}", plan.country_code(), kind.unwrap().example().unwrap());
            let number = phonenumber::parse(None, &e164).unwrap();
            for mode in [phonenumber::Mode::National, phonenumber::Mode::International] {
                let written = number.format().mode(mode).to_string();
                assert_eq!(phone(&written, code).as_ref(), Ok(&e164), "{code} {written}");
            }
        }
    }
}
