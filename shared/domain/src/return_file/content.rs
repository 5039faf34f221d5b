//! What columns are by what their cells hold.

use std::collections::BTreeMap;

use super::{
    Column, ReturnFileMapping,
    clean::{Written, emails, filled, lead_id, written},
    columns::Places,
    days, reason,
};

/// Fewest and most digits of what looks like a phone.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// Whether a row has an id, an e-mail address or a phone in one of its cells: then it is no header.
pub(super) fn names_somebody(row: &[String]) -> bool {
    row.iter().filter_map(|cell| filled(cell)).any(|text| somebody(&text).is_some())
}

/// Columns most of whose cells are of one kind. Phones and e-mail addresses may stand in several columns, the rest in the one that
/// has most of them.
pub(super) fn by_content(rows: &[Vec<String>], mapping: Option<&ReturnFileMapping>, reasons: &[String]) -> Places {
    let mut places = Places::new();
    let mut most = BTreeMap::<Column, usize>::new();
    for at in 0..rows.iter().map(Vec::len).max().unwrap_or_default() {
        let cells: Vec<String> = rows.iter().filter_map(|row| filled(row.get(at)?)).collect();
        let Some((column, count)) = kind_of_most(&cells, mapping, reasons) else { continue };
        let several = matches!(column, Column::Email | Column::Phone);
        if several {
            places.entry(column).or_default().push(at);
        } else if most.get(&column).is_none_or(|most| count > *most) {
            most.insert(column, count);
            places.insert(column, vec![at]);
        }
    }
    places
}

/// What more than half of the cells are, and how many.
fn kind_of_most(cells: &[String], mapping: Option<&ReturnFileMapping>, reasons: &[String]) -> Option<(Column, usize)> {
    let reason = |text: &str| reason::known(text, mapping, reasons).map(|_| Column::Reason);
    let kind = |text: &String| somebody(text).or_else(|| reason(text));
    let kinds: Vec<Column> = cells.iter().filter_map(kind).collect();
    let counts = Column::ALL.into_iter().map(|column| (column, kinds.iter().filter(|kind| **kind == column).count()));
    counts.filter(|(_, count)| count * 2 > cells.len()).max_by_key(|(_, count)| *count)
}

fn somebody(text: &str) -> Option<Column> {
    if lead_id(text).is_some() {
        Some(Column::LeadId)
    } else if !emails(text).is_empty() {
        Some(Column::Email)
    } else {
        looks_like_a_phone(text).then_some(Column::Phone)
    }
}

fn looks_like_a_phone(text: &str) -> bool {
    let Written::Exactly(text) = written(text) else { return true };
    let is_sign = |sign: char| sign.is_ascii_digit() || matches!(sign, '+' | '-' | '.' | '(' | ')' | '/' | ' ');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_day = || !text.starts_with('+') && days::is_day(&text);
    text.chars().all(is_sign) && PHONE_DIGITS.contains(&digits) && !is_day()
}
