//! Which column of a file is which field, and what a row says.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::names::{Closeness, fields, named};
use crate::{
    campaign::Campaign,
    field::shown_name,
    return_file::{
        days::{is_of_a_day, names_a_month},
        header::fold,
    },
    setup::Invalid,
};

/// The column of the sub-supplier.
pub const SSID: &str = "ssid";
/// The column of the source, which is a field where the campaign has a rule for it.
const SOURCE: &str = "source";
/// Most columns that a mapping may name.
pub const MAX_MAPPED: usize = 100;
/// Most characters of a header.
const MAX_HEADER_CHARS: usize = 100;
/// Most columns that are named as left out.
const MAX_LEFT_OUT: usize = 50;
/// A cell with so many digits that are of no day is somebody's phone, or an id.
const DATA_DIGITS: usize = 6;

/// Which field a column is, by what its header says. It goes before all other names.
pub type ImportMapping = BTreeMap<String, String>;

/// What is wrong with a mapping for a campaign.
pub fn mapping_problems(mapping: &ImportMapping, campaign: &Campaign) -> Vec<Invalid> {
    let mut problems = Vec::new();
    if mapping.len() > MAX_MAPPED {
        problems.push(Invalid::new("mapping", "too_many", format!("Name at most {MAX_MAPPED} columns.")));
    }
    let (mut folded, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (header, field) in mapping.iter().take(MAX_MAPPED) {
        let place = format!("mapping.{}", shown_name(header));
        let name = fold(header);
        if name.is_empty() || header.chars().count() > MAX_HEADER_CHARS || !folded.insert(name) {
            let detail = format!(
                "Name each column once, in 1 to {MAX_HEADER_CHARS} characters, of which one is a letter or digit."
            );
            problems.push(Invalid::new(place, "column", detail));
        } else if !fields(campaign).any(|known| known == field) {
            let detail = format!(
                "The campaign has no field {}; use one of its own, a customary one, or ssid.",
                shown_name(field)
            );
            problems.push(Invalid::new(place, "unknown_field", detail));
        } else if !used.insert(field) {
            problems.push(Invalid::new(place, "twice", format!("{field} is another column already.")));
        }
    }
    problems
}

/// Why no row of a file is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    /// No row names fields.
    #[error(
        "No row at the top names fields. Begin the file with a row of headers such as firstname, lastname, email, phone1, postcode, or \
         give mapping when you announce the file."
    )]
    NoHeader,
    /// Columns that the mapping names, or that every lead must have, are not there.
    #[error("Columns are missing: {}. Add them, or give mapping when you announce the file.", .0.join(", "))]
    MissingColumns(Vec<String>),
}

impl NotReadable {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::MissingColumns(_) => "missing_columns",
        }
    }
}

/// Which column of a file is which field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumns {
    /// The field of each column that has one, from 0.
    #[serde(rename = "c")]
    places: BTreeMap<usize, String>,
    /// What the header says, folded.
    #[serde(rename = "h")]
    header: Vec<String>,
    /// The columns that no field is, by what their headers say.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadRow {
    /// It is the header once more.
    Ignored,
    /// No lead can be made of it.
    Invalid {
        /// Why, for people; nothing of it is repeated.
        detail: String,
    },
    /// A lead.
    Lead(Box<RowLead>),
}

/// A lead as a row says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowLead {
    /// The sub-supplier.
    pub ssid: Option<String>,
    /// The source.
    pub source: Option<String>,
    /// The fields that say something.
    pub fields: BTreeMap<String, String>,
}

impl ImportColumns {
    /// Rows among which the header is sought; of more, [`ImportColumns::find`] looks at the first of them.
    pub const FIRST_ROWS: usize = 25;

    /// Finds them by the header. Behind them, how many of these rows are up to it.
    ///
    /// # Errors
    /// `no_header`, `missing_columns`.
    pub fn find(
        first: &[Vec<String>],
        campaign: &Campaign,
        mapping: &ImportMapping,
    ) -> Result<(Self, usize), NotReadable> {
        let titles = first.iter().take(Self::FIRST_ROWS).take_while(|row| !row.iter().any(|cell| is_data(cell)));
        let mut named = titles.map(|row| (row, places(row, campaign, mapping))).zip(1..);
        let found = named.find(|((_, places), _)| !places.is_empty());
        let ((row, places), above) = found.ok_or(NotReadable::NoHeader)?;
        let missing = missing(row, &places, campaign, mapping);
        if !missing.is_empty() {
            return Err(NotReadable::MissingColumns(missing));
        }
        let left_out = row.iter().enumerate().filter(|(at, cell)| !places.contains_key(at) && !cell.trim().is_empty());
        let left_out = left_out.map(|(_, cell)| shown_name(cell.trim())).take(MAX_LEFT_OUT).collect();
        Ok((Self { header: row.iter().map(|cell| fold(cell)).collect(), places, left_out }, above))
    }

    /// The columns that are left out, by what their headers say.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// What a row of cells says.
    pub fn read<'a>(&self, cells: impl ExactSizeIterator<Item = &'a str>) -> ReadRow {
        let cells: Vec<&str> = cells.map(str::trim).collect();
        let is_header = |(at, cell): (usize, &&str)| self.header.get(at).is_some_and(|name| *name == fold(cell));
        if cells.len() >= self.header.len() && cells.iter().enumerate().all(is_header) {
            return ReadRow::Ignored;
        }
        if cells.iter().skip(self.header.len()).any(|cell| !cell.is_empty()) {
            let detail =
                "It has more cells than the header; put quotes around cells with separators in them.".to_owned();
            return ReadRow::Invalid { detail };
        }
        let mut lead = RowLead::default();
        for (at, field) in &self.places {
            let Some(value) = cells.get(*at).filter(|cell| !cell.is_empty()) else { continue };
            let value = (*value).to_owned();
            match field.as_str() {
                SSID => lead.ssid = Some(value),
                SOURCE => lead.source = Some(value),
                _ => drop(lead.fields.insert(field.clone(), value)),
            }
        }
        if lead.fields.is_empty() {
            return ReadRow::Invalid { detail: "Nothing stands in the columns that are fields of a lead.".to_owned() };
        }
        ReadRow::Lead(Box::new(lead))
    }
}

/// The field of each column: those that the mapping names, then each field's closest name, and of equally close ones the first.
fn places(row: &[String], campaign: &Campaign, mapping: &ImportMapping) -> BTreeMap<usize, String> {
    let (mut places, mut best) = (BTreeMap::new(), BTreeMap::<String, (Closeness, usize)>::new());
    for (at, header) in row.iter().enumerate() {
        let own = mapping.iter().find(|(name, _)| fold(name) == fold(header));
        if let Some((_, field)) = own.filter(|(_, field)| !places.values().any(|taken| taken == *field)) {
            places.insert(at, field.clone());
        } else if own.is_none()
            && let Some((field, closeness)) = named(header, campaign)
        {
            let closest = best.entry(field).or_insert((closeness, at));
            *closest = (*closest).min((closeness, at));
        }
    }
    for (field, (_, at)) in best {
        if !mapping.values().any(|mapped| *mapped == field) {
            places.insert(at, field);
        }
    }
    places
}

/// What the mapping names and the header does not, and the fields without which every lead would be rejected.
fn missing(
    row: &[String],
    places: &BTreeMap<usize, String>,
    campaign: &Campaign,
    mapping: &ImportMapping,
) -> Vec<String> {
    let is_there = |name: &str| row.iter().any(|header| fold(header) == fold(name));
    let mapped = mapping.keys().filter(|name| !is_there(name)).map(|name| shown_name(name));
    let required = campaign.fields.iter().filter(|rule| rule.required).map(|rule| rule.name.as_str());
    let required = required.filter(|name| !places.values().any(|field| field == name)).map(str::to_owned);
    mapped.chain(required).collect()
}

/// Whether a cell holds what no header does, and no title, which may say of when the file is.
fn is_data(cell: &str) -> bool {
    if cell.contains('@') {
        return true;
    }
    let beside_a_month = names_a_month(cell);
    let words = cell.split_whitespace().filter(|word| !is_of_a_day(word, beside_a_month));
    words.flat_map(str::bytes).filter(u8::is_ascii_digit).count() >= DATA_DIGITS
}
