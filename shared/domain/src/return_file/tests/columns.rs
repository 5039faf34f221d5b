//! Which column is what.

use serde_json::json;

use super::{LEAD, reasons, rows};
use crate::return_file::{Column, Columns, ReturnFileMapping};

/// Where each column is, and how many rows are above the data.
type Found = (Vec<(Column, Vec<usize>)>, usize);

/// Where each column was found, and how many rows are above the data.
fn found(first: &[&[&str]], mapping: Option<&serde_json::Value>) -> Option<Found> {
    let mapping: Option<ReturnFileMapping> = mapping.map(|mapping| serde_json::from_value(mapping.clone()).unwrap());
    let (columns, above) = Columns::find(&rows(first), mapping.as_ref(), &reasons()).ok()?;
    let stored = serde_json::to_string(&columns).unwrap();
    assert_eq!(serde_json::from_str::<Columns>(&stored).unwrap(), columns, "it is kept in checkpoints");
    Some((columns.places.into_iter().collect(), above))
}

fn at(column: Column, at: usize) -> (Column, Vec<usize>) {
    (column, vec![at])
}

#[test]
fn the_header_stands_below_titles_and_above_the_data() {
    let header: &[&str] = &["LeadID", "E-Mail", "Name", "Return reason", "Notes"];
    let expected = vec![at(Column::LeadId, 0), at(Column::Email, 1), at(Column::Reason, 3), at(Column::Comment, 4)];
    let data: &[&str] = &[LEAD, "jo@example.com", "Jo", "DUPE", "phone"];
    for (first, above) in [
        (vec![header], 1),
        (vec![header, data, data], 1),
        (vec![&["Returns of March"][..], &[], header, data], 3),
        (vec![&["Contact: jo@example.com"][..], &["printed by Jo"], header, data], 3),
    ] {
        assert_eq!(found(&first, None), Some((expected.clone(), above)), "{first:?}");
    }
}

#[test]
fn a_row_below_the_header_is_data_however_many_columns_it_names() {
    let (header, notes): (&[&str], &[&str]) = (&["ref", "note"], &["phone", "email", "id", "reason", "date"]);
    let expected = vec![at(Column::Reference, 0), at(Column::Comment, 1)];
    assert_eq!(found(&[header, &["A-1", "call"], notes], None), Some((expected, 1)));
}

#[test]
fn no_row_that_names_somebody_is_passed_over_as_a_title() {
    let first: [&[&str]; 4] = [&[LEAD, "", "DUPE"], &["lead_id", "phone", "reason"], &[LEAD, "", "OTHER"], &[LEAD, ""]];
    assert_eq!(found(&first, None), Some((vec![at(Column::LeadId, 0), at(Column::Reason, 2)], 0)));
}

#[test]
fn what_says_more_takes_the_place_of_what_says_less() {
    let (places, _) = found(&[&["id", "date", "lead id", "date sold", "code", "reason"]], None).unwrap();
    assert_eq!(places, [at(Column::LeadId, 2), at(Column::Reason, 5), at(Column::Date, 3)]);
    let (places, _) = found(&[&["phone", "mobile", "email", "email"]], None).unwrap();
    assert_eq!(places, [(Column::Email, vec![2, 3]), (Column::Phone, vec![0, 1])]);
}

#[test]
fn without_a_header_a_column_is_what_most_of_its_cells_are() {
    let data: [&[&str]; 3] = [
        &["1", LEAD, "jo@example.com", "07911 123456", "DUPE"],
        &["2", "01jcxv5a8m3q4r5s6t7v8w9xyz", "", "4.47E+11", "wrong person"],
        &["3", "A-1", "al@example.com", "7911123457", "phone"],
    ];
    let expected = vec![at(Column::LeadId, 1), at(Column::Email, 2), at(Column::Phone, 3), at(Column::Reason, 4)];
    assert_eq!(found(&data, None), Some((expected.clone(), 0)));
    let unknown: Vec<&[&str]> =
        [&["Nr", "Kennung", "Adresse", "Nummer", "Wieso"][..]].into_iter().chain(data).collect();
    assert_eq!(found(&unknown, None), Some((expected, 1)), "headers in words that nobody knows");
    assert_eq!(found(&[&["jo@example.com"]], None), Some((vec![at(Column::Email, 0)], 0)));
    assert_eq!(found(&[&["15/01/2026", "07911123456"]], None), Some((vec![at(Column::Phone, 1)], 0)));
}

#[test]
fn the_buyers_own_headers_come_first() {
    let mapping = json!({ "columns": { "reference": "Lead ID", "reason": "Why not?", "email": "Nowhere" } });
    let (places, above) = found(&[&["lead id", "WHY NOT", "mail", "reason"]], Some(&mapping)).unwrap();
    assert_eq!((places, above), (vec![at(Column::Email, 2), at(Column::Reference, 0), at(Column::Reason, 1)], 1));
}

#[test]
fn the_buyer_may_number_its_columns() {
    let mapping = json!({ "columns": { "reference": "#2", "reason": "#1" } });
    let expected = vec![at(Column::Reference, 1), at(Column::Reason, 0)];
    assert_eq!(found(&[&["DUPE", "A-1"], &["OTHER", "A-2"]], Some(&mapping)), Some((expected.clone(), 0)));
    let (places, above) = found(&[&["id", "phone", "email"], &["DUPE", "A-1"]], Some(&mapping)).unwrap();
    assert_eq!((places, above), ([vec![at(Column::Email, 2)], expected].concat(), 1), "a number is nothing else");
}

#[test]
fn a_file_that_names_nobody_is_refused() {
    let files: [&[&[&str]]; 4] =
        [&[], &[&[]], &[&["Name", "Reason"], &["Jo", "DUPE"]], &[&["12", "15/01/2026", "45678"]]];
    for first in files {
        assert_eq!(found(first, None), None, "{first:?}");
    }
    let refused = Columns::find(&[], None, &[]).unwrap_err();
    assert!(refused.code() == "no_columns" && refused.to_string().contains("lead_id, email, phone or reference"));
}

#[test]
fn only_the_first_rows_are_looked_at() {
    let titles = [&["Returns"][..]; 25];
    let late: Vec<&[&str]> = titles.into_iter().chain([&["email"][..]]).collect();
    assert_eq!(found(&late, None), None);
    assert_eq!(found(&late[1..], None).map(|(_, above)| above), Some(25));
}
