//! Which column is which field, what rows say, and how fast they become leads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    campaign::Campaign,
    field::FieldProblem,
    lead::{Approval, Lead, Rejection, test_lead},
};

fn campaign(fields: Value) -> Campaign {
    serde_json::from_value(json!({
        "campid": "solar", "name": "Solar", "country": "GB", "currency": "GBP", "fields": fields,
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } }, "suppliers": ["s1"],
    }))
    .unwrap()
}

fn plain() -> Campaign {
    campaign(
        json!([{ "name": "email", "kind": { "type": "email" }, "required": true }, { "name": "roof_type", "kind": { "type": "text" } }]),
    )
}

fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

fn mapping(pairs: &[(&str, &str)]) -> ImportMapping {
    pairs.iter().map(|(header, field)| ((*header).to_owned(), (*field).to_owned())).collect()
}

fn found(first: &[&[&str]], pairs: &[(&str, &str)]) -> Result<(ImportColumns, usize), NotReadable> {
    ImportColumns::find(&rows(first), &plain(), &mapping(pairs))
}

/// What a row says, as `field=value`, below this header.
fn said(header: &[&str], row: &[&str]) -> String {
    said_with(header, row, &[])
}

fn said_with(header: &[&str], row: &[&str], pairs: &[(&str, &str)]) -> String {
    match found(&[header], pairs).unwrap().0.read(row.iter().copied()) {
        ReadRow::Ignored => "ignored".to_owned(),
        ReadRow::Invalid { .. } => "invalid".to_owned(),
        ReadRow::Lead(lead) => {
            let RowLead { ssid, source, fields } = *lead;
            let labels = [("ssid", ssid), ("source", source)];
            let labels = labels.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            fields
                .into_iter()
                .chain(labels)
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        }
    }
}

#[test]
fn columns_are_fields_by_their_names_whatever_their_case_blanks_and_signs() {
    let header = ["First Name", "LASTNAME", "E-Mail", "roof type", "SSID", "Source", "Post Code"];
    let row = ["Ann", "Smith", "ann@example.com", "tiled", "sub-1", "SEO", "LS1 4AP"];
    assert_eq!(
        said(&header, &row),
        "email=ann@example.com firstname=Ann lastname=Smith postcode=LS1 4AP roof_type=tiled ssid=sub-1 source=SEO"
    );
}

#[test]
fn columns_are_fields_by_what_people_call_them() {
    for (header, field) in [
        ("Forename", "firstname"),
        ("Surname", "lastname"),
        ("Mobile", "phone1"),
        ("telephone number", "phone1"),
        ("Landline", "phone2"),
        ("Address Line 1", "street1"),
        ("Town", "towncity"),
        ("ZIP", "postcode"),
        ("Date of birth", "dob"),
        ("IP", "ipaddress"),
    ] {
        let said = said(&["email", header], &["a@b.co", "x"]);
        let mut expected = ["email=a@b.co".to_owned(), format!("{field}=x")];
        expected.sort();
        assert_eq!(said, expected.join(" "), "{header}");
    }
}

#[test]
fn the_name_of_a_field_goes_before_what_people_call_it_and_the_other_column_is_left_out() {
    let header = ["mobile", "email", "phone1"];
    assert_eq!(said(&header, &["1", "a@b.co", "2"]), "email=a@b.co phone1=2");
    assert_eq!(found(&[&header], &[]).unwrap().0.left_out(), ["mobile"]);
    // Of two that say the same, the first.
    assert_eq!(said(&["email", "Email"], &["a@b.co", "c@d.co"]), "email=a@b.co");
}

#[test]
fn a_field_of_the_campaign_goes_before_what_people_call_another() {
    let own = campaign(json!([{ "name": "mobile", "kind": { "type": "text" } }]));
    let (columns, _) = ImportColumns::find(&rows(&[&["mobile", "email"]]), &own, &ImportMapping::new()).unwrap();
    let ReadRow::Lead(lead) = columns.read(["07911", "a@b.co"].into_iter()) else { unreachable!("it says a lead") };
    assert_eq!(lead.fields["mobile"], "07911");
}

#[test]
fn what_the_mapping_says_goes_before_all_names() {
    let pairs = [("Handy Nr.", "phone1"), ("firstname", "c1"), ("Herkunft", "source")];
    let header = ["email", "phone1", "handy nr", "Firstname", "HERKUNFT"];
    let row = ["a@b.co", "1", "2", "Ann", "SEO"];
    assert_eq!(said_with(&header, &row, &pairs), "c1=Ann email=a@b.co phone1=2 source=SEO");
    assert_eq!(found(&[&header], &pairs).unwrap().0.left_out(), ["phone1"]);
}

#[test]
fn unknown_columns_are_left_out_and_named_in_signs_that_harm_nobody() {
    let header = ["email", "Shoe size", "<b>x</b>", "", "sid", "campid", "test"];
    assert_eq!(said(&header, &["a@b.co", "44", "y", "z", "s2", "other", "true"]), "email=a@b.co");
    assert_eq!(found(&[&header], &[]).unwrap().0.left_out(), ["Shoe size", "_b_x__b_", "sid", "campid", "test"]);
}

#[test]
fn the_header_stands_below_titles_and_above_all_data() {
    let (_, above) = found(&[&["Leads of June"], &["name", ""], &["email", "phone"], &["a@b.co", "1"]], &[]).unwrap();
    assert_eq!(above, 3);
    for first in [
        &[&["a@b.co", "email"][..], &["email", "phone"]][..],
        &[&["02079460018", "source"], &["email", "phone"]],
        &[&["x", "y"]],
        &[],
    ] {
        assert_eq!(found(first, &[]).unwrap_err(), NotReadable::NoHeader, "{first:?}");
    }
}

#[test]
fn a_title_may_say_of_when_the_file_is() {
    for title in [
        "Leads of 01.06.2026",
        "2026-06-01 to 2026-06-30",
        "Export 06/01/2026 10:20:30",
        "01.06.26-30.06.26",
        "Created at 2026-06-30T23:59:59Z.",
        "Period: 1st June 2026 - 30th June 2026",
        "(30-Jun-2026)",
    ] {
        let (_, above) = found(&[&[title], &["email", "phone"], &["a@b.co", "1"]], &[]).unwrap();
        assert_eq!(above, 2, "{title}");
    }
    for data in
        ["020 7946 0018", "020-7946-0018", "01.23.45.67.89", "12-34-56", "20260601", "01/06/1980", "may 07911123456"]
    {
        assert_eq!(found(&[&[data], &["email", "phone"]], &[]).unwrap_err(), NotReadable::NoHeader, "{data}");
    }
}

#[test]
fn a_file_without_a_column_that_every_lead_must_have_or_that_was_named_is_not_read() {
    let missing = |first: &[&[&str]], pairs: &[(&str, &str)]| match found(first, pairs).unwrap_err() {
        NotReadable::MissingColumns(missing) => missing.join(" "),
        NotReadable::NoHeader => unreachable!("there is a header"),
    };
    assert_eq!(missing(&[&["firstname", "phone"]], &[]), "email");
    assert_eq!(missing(&[&["firstname", "email"]], &[("Mail 2", "c1")]), "Mail 2");
    assert_eq!(missing(&[&["email", "firstname"]], &[("email", "c1")]), "email");
}

#[test]
fn rows_that_are_no_leads_say_why_and_the_header_once_more_says_nothing() {
    let header = ["email", "firstname"];
    assert_eq!(said(&header, &["E-Mail", "First name"]), "ignored");
    assert_eq!(said(&header, &["a@b.co", "Ann", "", ""]), "email=a@b.co firstname=Ann");
    assert_eq!(said(&header, &["a@b.co", "Ann", "Smith"]), "invalid", "more cells than the header");
    assert_eq!(said(&header, &[" ", ""]), "invalid", "nothing");
    assert_eq!(said(&["email", "ssid"], &["", "sub-1"]), "invalid", "no field");
    assert_eq!(said(&header, &["a@b.co"]), "email=a@b.co", "the last cells are empty");
}

#[test]
fn a_mapping_names_each_column_once_and_fields_that_there_are() {
    let codes = |pairs: &[(&str, &str)]| {
        let problems = mapping_problems(&mapping(pairs), &plain());
        problems.into_iter().map(|problem| format!("{}:{}", problem.field, problem.code)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes(&[("Handy", "phone1"), ("Sub", "ssid"), ("From", "source"), ("Roof", "roof_type")]), "");
    assert_eq!(codes(&[("Handy", "phone9")]), "mapping.Handy:unknown_field");
    assert_eq!(codes(&[("Handy", "phone1"), ("Tel", "phone1")]), "mapping.Tel:twice");
    assert_eq!(codes(&[("Handy", "phone1"), ("handy", "phone2")]), "mapping.handy:column");
    assert_eq!(codes(&[("?!", "phone1")]), "mapping.__:column");
    let many: ImportMapping = (0..=MAX_MAPPED).map(|at| (format!("c{at:03}"), "email".to_owned())).collect();
    assert_eq!(mapping_problems(&many, &plain())[0].code, "too_many");
}

#[test]
fn what_is_known_of_columns_is_read_as_it_was_written() {
    let (columns, _) = found(&[&["email", "other"]], &[]).unwrap();
    let kept = serde_json::to_string(&columns).unwrap();
    assert_eq!(serde_json::from_str::<ImportColumns>(&kept).unwrap(), columns);
}

fn lead(approval: Approval) -> Lead {
    Lead { approval, ..test_lead("2026-11-05T10:20:30Z".parse().unwrap()) }
}

#[test]
fn what_became_of_a_row_is_said_in_codes_and_names_nobody() {
    let rejected = |code, reason: &str| lead(Approval::Rejected { code, reason: reason.to_owned() });
    let problem = FieldProblem { field: "email".to_owned(), code: "not_an_email", detail: "…".to_owned() };
    let id = lead(Approval::Approved).id;
    for (result, line) in [
        (RowResult::of(&lead(Approval::Approved), &[]), format!("7,accepted,1,,{id}\r\n")),
        (
            RowResult::of(&rejected(Rejection::Validation, "Wrong."), &[problem]),
            format!("7,rejected,-5,Wrong. email (not_an_email),{id}\r\n"),
        ),
        (
            RowResult::of(&rejected(Rejection::Duplicate, "Another has it."), &[]),
            format!("7,duplicate,-2,Another has it.,{id}\r\n"),
        ),
        (RowResult::refused(Rejection::UnsafeContent, "Markup.", &[]), "7,rejected,-18,Markup.,\r\n".to_owned()),
        (RowResult::invalid("=1".to_owned()), "7,invalid_row,,'=1,\r\n".to_owned()),
    ] {
        assert_eq!(result.line(7), line);
        let kept = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<RowResult>(&kept).unwrap(), result);
    }
    assert_eq!(ignored_line(3).split(',').count(), HEADER.len());
}

#[test]
fn what_the_rows_come_to_stands_below_an_empty_line() {
    let mut tally = ImportTally::default();
    tally.add(ImportOutcome::Accepted);
    tally.add(ImportOutcome::InvalidRow);
    tally.add_ignored();
    assert_eq!(totals(&tally), "\r\ntotal,rows,3\r\ntotal,ignored,1\r\ntotal,accepted,1\r\ntotal,invalid_row,1\r\n");
    let kept = serde_json::to_string(&tally).unwrap();
    assert_eq!(kept, r#"{"n":3,"i":1,"o":{"accepted":1,"invalid_row":1}}"#);
    assert_eq!(serde_json::from_str::<ImportTally>(&kept).unwrap(), tally);
}

proptest! {
    #[test]
    fn no_minute_has_more_leads_than_it_may(per_minute in 1..=MAX_PER_MINUTE, batches in 1..60_usize) {
        let start: Timestamp = "2026-11-05T10:20:30Z".parse().unwrap();
        let (mut now, mut taken) = (start, BTreeMap::<i64, usize>::new());
        for _ in 0..batches {
            *taken.entry(now.duration_since(start).as_millis() as i64).or_default() += at_once(per_minute);
            now = next_at(now, at_once(per_minute), per_minute);
        }
        // Within any minute: the last of its batches may have been begun just before its end.
        for from in taken.keys() {
            let within: usize = taken.range(from..&(from + 60_000)).map(|(_, leads)| leads).sum();
            prop_assert!(within <= usize::try_from(per_minute).unwrap() + at_once(per_minute));
        }
    }
}

#[test]
fn rows_that_are_no_leads_take_no_time_and_ten_seconds_are_taken_at_once() {
    let at: Timestamp = "2026-11-05T10:20:30Z".parse().unwrap();
    assert_eq!((at_once(600), at_once(1), at_once(MAX_PER_MINUTE)), (100, 1, 1_000));
    assert_eq!(next_at(at, 0, 600), at);
    assert_eq!(next_at(at, 100, 600).duration_since(at), SignedDuration::from_secs(10));
    assert_eq!(next_at(at, 1, 1).duration_since(at), SignedDuration::from_secs(60));
    assert!(next_at(at, usize::MAX, 1) > at);
}
