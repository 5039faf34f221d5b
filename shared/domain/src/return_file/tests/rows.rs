//! Cells and what is read from them.

use jiff::civil::{Date, date};
use serde_json::json;

use super::{LEAD, PHONE, Reading, detail, one, read, read_by, sought};
use crate::{
    contact::{Country, Phone},
    return_file::{Columns, Lookup, Match, MatchedBy, ReadRow, ReturnFileMapping},
};

fn mapping(mapping: serde_json::Value) -> ReturnFileMapping {
    serde_json::from_value(mapping).unwrap()
}

#[test]
fn a_lead_id_is_known_in_whatever_dress_it_comes() {
    for cell in [
        "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "  lead_01jcxv5a8m3q4r5s6t7v8w9xyz ",
        "01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "01jcxv5a8m3q4r5s6t7v8w9xyz",
        "LEAD-01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "lead 01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "Lead ID: 01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "#01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "\u{feff}lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ\u{200b}",
        "\u{a0}lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ\u{a0}",
        "'lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ",
        "=\"lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ\"",
        "\"'lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ'\"",
        "“lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ”",
    ] {
        let sought = one("lead_id", cell);
        assert_eq!(sought.lookups(), [Lookup::Lead(LEAD.parse().unwrap())], "{cell:?}");
    }
}

#[test]
fn what_is_no_lead_id_may_be_what_the_buyer_calls_the_lead() {
    for (cell, reference) in [
        ("A-4711", "A-4711"),
        ("12345.0", "12345"),
        ("lead_1", "lead_1"),
        ("1.2345678E+7", "12345678"),
        ("12E5", "12E5"),
        ("0042", "0042"),
        ("01JCXV5A8M3Q4R5S6T7V8W9XYZ0", "01JCXV5A8M3Q4R5S6T7V8W9XYZ0"),
    ] {
        let sought = one("id", cell);
        assert_eq!((sought.lead, sought.reference.as_deref()), (None, Some(reference)), "{cell:?}");
    }
    let own = sought(read(&["lead id", "your ref"], &["A-4711", "B-1"]));
    assert_eq!(own.reference.as_deref(), Some("B-1"), "its own column says more");
    let Match::NotFound { detail } = one("id", "lead_1").unfound() else { panic!("it is not there") };
    assert!(detail.contains("what stands under lead_id") && detail.contains("lead_ and 26 characters"), "{detail}");
    assert!(!one("reference", "lead_1").has_broken_id);
    // The same system may run at the buyer's, and have ids of the same form.
    assert_eq!(one("reference", LEAD).lead, None);
}

#[test]
fn a_phone_is_looked_up_as_everything_that_it_may_be() {
    for cell in [
        "+447911123456",
        "+44 7911 123456",
        "+44 (0)7911-123.456",
        "+44 07911 123456",
        "0044 7911 123456",
        "07911 123456",
        "(07911) 123 456",
        "07911/123456",
        "7911123456",
        "7911123456.0",
        "447911123456",
        "447911123456,00",
        "447,911,123,456",
        "4.47911123456E+11",
        "4,47911123456E+11",
        "4.47911123456e11",
        "7.911123456E+9",
        "'07911123456",
        "=\"07911123456\"",
        "=+447911123456",
        "\u{202a}+44 7911 123456\u{202c}",
        "tel: 07911 123456",
        "07911123456 ext 12",
        "07911 123456x4",
        "07911123456; 0161 496 0000",
        "not known / 07911 123456",
    ] {
        let sought = one("phone", cell);
        assert!(sought.phones.contains(&PHONE.parse().unwrap()), "{cell:?}");
        assert_eq!(sought.lookups().len(), 1, "{cell:?}");
    }
}

#[test]
fn a_phone_that_says_where_it_is_from_is_that_number_alone() {
    for cell in ["+447911123456", "00447911123456", "07911123456"] {
        assert_eq!(one("phone", cell).phones, [PHONE.parse().unwrap()], "{cell:?}");
    }
    let both = ["+12079460018".parse().unwrap(), "+442079460018".parse().unwrap()];
    assert!(one("phone", "12079460018").phones.contains(&both[0]));
    assert!(one("phone", "2079460018").phones.contains(&both[1]));
    let german = mapping(json!({ "country": "DE" }));
    let phones = sought(read_by(&["phone"], &["1512 3456789"], Some(&german))).phones;
    assert!(phones.contains(&"+4915123456789".parse().unwrap()));
}

#[test]
fn without_a_sign_a_phone_may_be_a_number_of_every_country_that_leads_are_from() {
    let (columns, _) = Columns::find(&super::rows(&[&["phone"]]), None, &[]).unwrap();
    let numbers = |countries: &[&str], cell: &str| {
        let countries: Vec<Country> = countries.iter().map(|country| country.parse().unwrap()).collect();
        let about = Reading { mapping: None, reasons: &[], countries: &countries };
        match columns.read(|at| [cell].get(at).copied(), &about) {
            ReadRow::Sought(sought) => sought.phones.iter().map(Phone::to_string).collect(),
            ReadRow::Ignored | ReadRow::Invalid { .. } => Vec::new(),
        }
    };
    assert_eq!(numbers(&["GB", "IE"], "0851234567"), ["+353851234567"]);
    assert_eq!(numbers(&["GB", "IE"], "7911123456"), [PHONE]);
    assert_eq!(numbers(&["GB", "US"], "1614960000"), ["+441614960000"]);
    for cell in ["+447911123456", "447911123456", "(+44) 7911 123456", "0044 07911 123456"] {
        assert_eq!(numbers(&[], cell), [PHONE], "{cell}");
    }
    assert_eq!(numbers(&[], "07911123456"), [""; 0], "nobody knows where that is dialled");
}

#[test]
fn several_phones_and_addresses_of_a_row_are_all_looked_at() {
    let headers = ["phone1", "phone2", "e-mail", "email 2"];
    let sought = sought(read(&headers, &["07911 123456", "0161 496 0000", "n/a", "Jo <JO@Example.com>; x@y.org"]));
    assert_eq!(sought.phones, [PHONE.parse().unwrap(), "+441614960000".parse().unwrap()]);
    assert_eq!(sought.emails, ["jo@example.com".parse().unwrap(), "x@y.org".parse().unwrap()]);
    let by: Vec<MatchedBy> = sought.lookups().iter().map(Lookup::by).collect();
    assert_eq!(by, [MatchedBy::Email, MatchedBy::Phone]);
}

#[test]
fn an_address_is_known_whatever_is_around_it() {
    for cell in [
        "jo@example.com",
        " JO@EXAMPLE.COM ",
        "mailto:jo@example.com",
        "Jo Bloggs <jo@example.com>",
        "'jo@example.com'",
        "jo@example.com.",
        "jo\u{200b}@example.com",
        "jo@example.com, JO@example.com",
        "not known; jo@example.com",
    ] {
        assert_eq!(one("email", cell).emails, ["jo@example.com".parse().unwrap()], "{cell:?}");
    }
    for cell in
        ["jo@example.com, al@example.com", "jo@example.com al@example.com", "Jo <jo@example.com>; <al@example.com>"]
    {
        let both = ["jo@example.com".parse().unwrap(), "al@example.com".parse().unwrap()];
        assert_eq!(one("email", cell).emails, both, "{cell:?}");
    }
    for cell in ["jo bloggs@example.com", "Contact: jo@example.com", "jo @example.com"] {
        assert!(detail(read(&["email"], &[cell])).contains("not one; write it like name@example.com"), "{cell:?}");
    }
}

#[test]
fn a_rounded_number_is_nobody_and_the_row_says_how_to_mend_that() {
    for (header, cell) in [
        ("phone", "4.47E+11"),
        ("phone", "4,47E+11"),
        ("phone", "4.4791112345E+11"),
        ("phone", "4E+11"),
        ("phone", "\"4.47911E+11\""),
        ("reference", "1.23457E+15"),
        ("lead id", "1.23457E+15"),
        ("reference", "1234567890123450"),
        ("reference", "1234567890123450.0"),
        ("lead id", "12345678901234500000"),
    ] {
        let detail = detail(read(&[header], &[cell]));
        assert!(detail.contains("format the column as text"), "{cell}: {detail}");
    }
    for whole in ["123456789012345", "1234567890123456", "0034567890123450", "100000000000000"] {
        assert_eq!(one("reference", whole).reference.as_deref(), Some(whole));
    }
    let by_email = sought(read(&["phone", "email"], &["4.47E+11", "jo@example.com"]));
    assert_eq!(by_email.lookups().len(), 1, "something else names the person");
}

#[test]
fn a_row_that_names_nobody_is_invalid_and_says_what_is_wrong() {
    let headers = ["lead_id", "email", "phone", "reason"];
    for (cells, says) in [
        (["", "", "", "DUPE"], "names no lead"),
        (["-", "#N/A", "n/a", "DUPE"], "names no lead"),
        (["", "jo.example.com", "", ""], "stands as e-mail address is not one"),
        (["", "", "12", ""], "stands as phone is no phone number of GB"),
        (["null", "(blank)", "ask her", "x"], "stands as phone is no phone number of GB"),
    ] {
        let detail = detail(read(&headers, &cells));
        assert!(detail.contains(says), "{cells:?}: {detail}");
    }
}

#[test]
fn rows_that_are_empty_or_sum_up_others_or_repeat_the_header_are_ignored() {
    let headers = ["lead_id", "email", "phone", "amount"];
    for cells in [
        &[][..],
        &[""],
        &["", " ", "\u{a0}", "\u{feff}"],
        &["Total", "", "", "120.00"],
        &["", "", "", "", "", "Grand Total:"],
        &["Total: 12", "", "", ""],
        &["SUMME", "", "12", "120,00"],
        &["count", "12"],
        &["Lead ID", "E-Mail", "Phone", "Price"],
    ] {
        assert_eq!(read(&headers, cells), ReadRow::Ignored, "{cells:?}");
    }
    let by_reference = ["name", "ref", "id", "phone"];
    for cells in [["Total", "2", "", ""], ["Total:", "1,250.00", "", ""], ["Sum", "", "12", ""]] {
        assert_eq!(read(&by_reference, &cells), ReadRow::Ignored, "{cells:?}");
    }
    for (headers, cells) in [
        (&["lead id", "reason"][..], &["lead_", "DUPE"][..]),
        (&["lead id", "reason"], &["Reference", "DUPE"]),
        (&["lead id", "phone", "reason"], &["phone", "", "reason"]),
        (&headers, &["Total", "jo@example.com"]),
        (&headers, &["Summers 12"]),
        (&by_reference, &["Sum", "A-4711"]),
        (&["name", "ref", "reason"], &["Sum", "4711", "DUPE"]),
        (&by_reference, &["Total", "2", "", "07911 123456"]),
    ] {
        assert!(matches!(read(headers, cells), ReadRow::Sought(_)), "somebody may be called so: {cells:?}");
    }
}

#[test]
fn a_day_is_known_however_it_is_written() {
    let (jan, feb) = ([date(2026, 1, 15)], [date(2026, 2, 1)]);
    let around = [date(2026, 1, 14), date(2026, 1, 15), date(2026, 1, 16)];
    let cases: &[(&str, &[Date])] = &[
        ("2026-01-15", &jan),
        ("2026/1/15", &jan),
        ("2026-01-15 10:20:30", &jan),
        ("2026-01-15T10:20", &jan),
        ("15/01/2026 10:20 UTC", &around),
        ("2026-01-15 10:20:30 +0100", &around),
        ("15/01/2026", &jan),
        ("15.1.26", &jan),
        ("15-01-2026 9:05 PM", &jan),
        ("1/15/2026", &jan),
        ("01/02/2026", &feb),
        ("46037", &jan),
        ("46037.43", &jan),
        ("46037,43", &jan),
        ("20260115", &jan),
        ("15 Jan 2026", &jan),
        ("15-Jan-26", &jan),
        ("January 15th, 2026", &jan),
        ("Thu 15 January 2026 10:00", &jan),
        ("31/02/2026", &[]),
        ("yesterday", &[]),
        ("29999", &[]),
        ("2026", &[]),
        ("1/2/3/4", &[]),
        ("01/02/1926", &[]),
    ];
    for (cell, days) in cases {
        let sought = sought(read(&["lead id", "date"], &[LEAD, cell]));
        assert_eq!(sought.dates, *days, "{cell}");
    }
}

#[test]
fn a_day_of_several_readings_is_as_all_countries_that_leads_are_from_write_it_or_none() {
    let (columns, _) = Columns::find(&super::rows(&[&["lead id", "date"]]), None, &[]).unwrap();
    let days = |countries: &[&str], cell: &str| {
        let countries: Vec<Country> = countries.iter().map(|country| country.parse().unwrap()).collect();
        let about = Reading { mapping: None, reasons: &[], countries: &countries };
        sought(columns.read(|at| [LEAD, cell].get(at).copied(), &about)).dates
    };
    for (countries, cell, days_) in [
        (&["GB", "DE"][..], "03/11/2026", &[date(2026, 11, 3)][..]),
        (&["US", "CA"], "03/11/2026", &[date(2026, 3, 11)]),
        (&["US", "GB"], "03/11/2026", &[]),
        (&[], "03/11/2026", &[]),
        (&["US", "GB"], "13/11/2026", &[date(2026, 11, 13)]),
        (&["GB"], "11/13/2026", &[date(2026, 11, 13)]),
        (&["US", "GB"], "11/11/2026", &[date(2026, 11, 11)]),
        (&["US", "GB"], "2026-11-03", &[date(2026, 11, 3)]),
        (&["US", "GB"], "11/11/26", &[]),
    ] {
        assert_eq!(days(countries, cell), days_, "{countries:?} {cell}");
    }
}

#[test]
fn a_time_with_its_distance_from_greenwich_is_a_moment_and_no_day() {
    for cell in ["2026-01-15T10:20:30Z", "2026-01-15 11:20:30+01:00", "2026-01-15t10:20:30.000z"] {
        let sought = sought(read(&["lead id", "date"], &[LEAD, cell]));
        assert_eq!((sought.dates, sought.moments), (vec![], vec!["2026-01-15T10:20:30Z".parse().unwrap()]), "{cell}");
    }
}

#[test]
fn the_buyer_may_say_in_which_order_it_writes_days() {
    for (order, cell, days) in [
        ("dmy", "01/02/2026", vec![date(2026, 2, 1)]),
        ("mdy", "01/02/2026", vec![date(2026, 1, 2)]),
        ("ymd", "26-01-02", vec![date(2026, 1, 2)]),
        ("dmy", "2026-01-02", vec![date(2026, 1, 2)]),
        ("mdy", "15/01/2026", vec![]),
        ("ymd", "01/02/2026", vec![]),
    ] {
        let mapping = mapping(json!({ "date_order": order }));
        let sought = sought(read_by(&["lead id", "date"], &[LEAD, cell], Some(&mapping)));
        assert_eq!(sought.dates, days, "{order} {cell}");
    }
}

#[test]
fn a_reason_is_a_code_or_words_that_are_kept() {
    let own = mapping(json!({ "reasons": { "Wrong number": "INVALID_PHONE", "ÖFTER!": "DUPE" } }));
    for (cells, (code, comment)) in [
        (["DUPE", ""], ("DUPE", None)),
        ([" dupe ", "again"], ("DUPE", Some("again"))),
        (["Wrong Person", ""], ("WRONG_PERSON", None)),
        (["not-interested.", ""], ("NOT_INTERESTED", None)),
        (["wrong   NUMBER", ""], ("INVALID_PHONE", None)),
        (["ofter", ""], ("DUPE", None)),
        (["NO_ANSWER", ""], ("NO_ANSWER", None)),
        (["never answered", ""], ("OTHER", Some("never answered"))),
        (["never answered", "three\ntimes"], ("OTHER", Some("never answered; three times"))),
        (["", ""], ("", None)),
        (["n/a", "  she moved\u{202e}  "], ("", Some("she moved"))),
    ] {
        let cells = [&[LEAD][..], &cells].concat();
        let sought = sought(read_by(&["lead id", "reason", "comment"], &cells, Some(&own)));
        assert_eq!((sought.reason.as_str(), sought.comment.as_deref()), (code, comment), "{cells:?}");
    }
    let long = sought(read(&["lead id", "reason"], &[LEAD, &"é".repeat(400)]));
    assert_eq!((long.reason.as_str(), long.comment.unwrap().chars().count()), ("OTHER", 300));
    let default = mapping(json!({ "default_reason": "DNCC" }));
    assert_eq!(sought(read_by(&["lead id"], &[LEAD], Some(&default))).reason, "DNCC");
    assert_eq!(sought(read_by(&["lead id", "reason"], &[LEAD, ""], Some(&default))).reason, "DNCC");
    assert_eq!(one("lead id", LEAD).reason, "OTHER", "nothing else could be said");
}

#[test]
fn without_other_the_judge_is_left_to_say_which_reasons_there_are() {
    let (columns, _) = Columns::find(&super::rows(&[&["id", "reason"]]), None, &[]).unwrap();
    let codes = ["DUPE".to_owned()];
    let about = Reading { mapping: None, reasons: &codes, countries: &["GB".parse().unwrap()] };
    for (cell, reason) in [("not mine", "NOT_MINE"), ("", ""), ("dupe", "DUPE")] {
        let cells = [LEAD, cell];
        let sought = sought(columns.read(|at| cells.get(at).copied(), &about));
        assert_eq!((sought.reason.as_str(), sought.comment), (reason, None));
    }
}

#[test]
fn nothing_that_is_logged_shows_a_person() {
    let sought = sought(read(&["email", "phone", "ref"], &["jo@example.com", "07911123456", "Jo Bloggs"]));
    let shown = format!("{sought:?} {:?}", sought.lookups());
    assert_eq!(shown, "Sought(…) [Lookup(email), Lookup(phone), Lookup(reference)]");
}
