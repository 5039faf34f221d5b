//! Which column of a file is what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Column, ReturnFileMapping,
    content::{by_content, names_somebody},
    header::{self, fold},
    mapping::place_of,
};

/// Characters of a header by which it is known again.
const MAX_HEADER_CHARS: usize = 60;
/// Columns that may say the same.
const MAX_PLACES: usize = 4;

/// Nothing in the file says by what leads could be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "No column names leads. Begin the file with a row of headers, one of which is lead_id, email, phone or reference; reason, \
     comment, date and did are understood besides. Or name your own headers in return_file.columns of the buyer."
)]
pub struct NoColumns;

impl NoColumns {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "no_columns"
    }
}

/// Where each column is, from 0; phones, e-mail addresses and dates may stand in several.
pub(super) type Places = BTreeMap<Column, Vec<usize>>;

/// Which column of a file is what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    #[serde(rename = "c")]
    pub(super) places: Places,
    /// What the header says in each of these columns, folded.
    #[serde(rename = "h", default, skip_serializing_if = "BTreeMap::is_empty")]
    header: BTreeMap<usize, String>,
}

impl Columns {
    /// Rows among which the header is sought; of more, [`Columns::find`] looks at the first of them.
    pub const FIRST_ROWS: usize = 25;

    /// Finds them by the header, or else by what the cells hold: then a column is what most of its cells are. Behind them, how
    /// many of these rows are above the data; 0 without a header.
    ///
    /// # Errors
    /// `no_columns`.
    pub fn find(
        first: &[Vec<String>],
        mapping: Option<&ReturnFileMapping>,
        reasons: &[String],
    ) -> Result<(Self, usize), NoColumns> {
        let rows = &first[..first.len().min(Self::FIRST_ROWS)];
        let (places, above) = by_header(rows, mapping).unwrap_or_else(|| without_header(rows, mapping, reasons));
        if !identifies(&places) {
            return Err(NoColumns);
        }
        let header = above.checked_sub(1).map(|last| header_of(&rows[last], &places)).unwrap_or_default();
        Ok((Self { places, header }, above))
    }

    /// Whether a row is the header once more, as in files that were put together of several. `cell` gives what stands in a column.
    pub(super) fn is_header<'a>(&self, cell: impl Fn(usize) -> Option<&'a str>) -> bool {
        let is_same = |(at, header): (&usize, &String)| known_as(cell(*at).unwrap_or_default()) == *header;
        !self.header.is_empty() && self.header.iter().all(is_same)
    }
}

/// What a row says in these columns; nothing, if it has no words for whom rows mean.
fn header_of(row: &[String], places: &Places) -> BTreeMap<usize, String> {
    let word = |at: &usize| (*at, row.get(*at).map(|cell| known_as(cell)).unwrap_or_default());
    let has_words = places.iter().filter(|(column, _)| column.identifies()).flat_map(|(_, at)| at).map(word);
    if has_words.into_iter().all(|(_, word)| word.is_empty()) {
        return BTreeMap::new();
    }
    places.values().flatten().map(word).collect()
}

fn known_as(header: &str) -> String {
    let mut header = fold(header);
    if let Some((end, _)) = header.char_indices().nth(MAX_HEADER_CHARS) {
        header.truncate(end);
    }
    header
}

/// The first row that names a column by which leads are found, with how many there are up to it: what stands above are titles. A
/// row below it may name more columns and is still data, and a row with somebody's data has none above it.
fn by_header(rows: &[Vec<String>], mapping: Option<&ReturnFileMapping>) -> Option<(Places, usize)> {
    let titles = rows.iter().take_while(|row| !names_somebody(row));
    let mut named = titles.map(|row| by_names(row, mapping)).zip(1..);
    named.find(|(named, _)| identifies(named)).map(|(named, above)| (with_numbered(named, mapping), above))
}

/// Rows above the first with somebody's data may be a header in words that nobody knows.
fn without_header(rows: &[Vec<String>], mapping: Option<&ReturnFileMapping>, reasons: &[String]) -> (Places, usize) {
    let above = rows.iter().position(|row| names_somebody(row)).unwrap_or_default();
    let (titles, data) = rows.split_at(above);
    let named = titles.last().map(|row| by_names(row, mapping)).unwrap_or_default();
    let mut places = with_numbered(named, mapping);
    let taken: Vec<usize> = places.values().flatten().copied().collect();
    for (column, found) in by_content(data, mapping, reasons) {
        let free: Vec<usize> = found.into_iter().filter(|place| !taken.contains(place)).take(MAX_PLACES).collect();
        if !free.is_empty() {
            places.entry(column).or_insert(free);
        }
    }
    (places, above)
}

/// What a row names: in the buyer's own way first, and then what is left by the usual names.
fn by_names(row: &[String], mapping: Option<&ReturnFileMapping>) -> Places {
    let mut places = Places::new();
    let mut usual: BTreeMap<Column, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, header) in row.iter().enumerate() {
        if let Some(column) = mapping.and_then(|mapping| header::mapped(header, mapping)) {
            add(&mut places, column, at);
        } else if let Some((column, rank)) = header::named(header) {
            usual.entry(column).or_default().push((rank, at));
        }
    }
    usual.retain(|column, _| !is_own(*column, mapping, &places));
    for (column, found) in usual {
        let best = found.iter().map(|(rank, _)| *rank).min();
        for (_, at) in found.iter().filter(|(rank, _)| Some(*rank) == best) {
            add(&mut places, column, *at);
        }
    }
    places
}

/// Whether the buyer has said itself where it is, and it is there.
fn is_own(column: Column, mapping: Option<&ReturnFileMapping>, places: &Places) -> bool {
    places.contains_key(&column) || numbered(mapping).any(|(own, _)| own == column)
}

fn add(places: &mut Places, column: Column, at: usize) {
    let own = places.entry(column).or_default();
    let most = match column {
        Column::Email | Column::Phone | Column::Date => MAX_PLACES,
        Column::LeadId | Column::Reference | Column::Reason | Column::Comment | Column::Did => 1,
    };
    if own.len() < most {
        own.push(at);
    }
}

/// With the columns that the buyer names by their numbers; what a number is said of is nothing else.
fn with_numbered(mut places: Places, mapping: Option<&ReturnFileMapping>) -> Places {
    for (column, at) in numbered(mapping) {
        for other in places.values_mut() {
            other.retain(|place| *place != at);
        }
        places.insert(column, vec![at]);
    }
    places.retain(|_, at| !at.is_empty());
    places
}

fn numbered(mapping: Option<&ReturnFileMapping>) -> impl Iterator<Item = (Column, usize)> {
    let columns = mapping.into_iter().flat_map(|mapping| &mapping.columns);
    columns.filter_map(|(column, name)| Some((*column, place_of(name)?)))
}

fn identifies(places: &Places) -> bool {
    places.keys().any(|column| column.identifies())
}
