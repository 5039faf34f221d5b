//! Files of returns: which column is what, whom a row means, and what the rows come to.
//!
//! `columns` finds out which column is what, by `header` or by what the cells hold; `read` makes of a row what it seeks, with the help
//! of `clean`, `phones`, `days` and `reason`, which undo what spreadsheets do to cells; `seek` says which of the leads found is
//! meant. Nothing is guessed: an address or a phone that could be several is every one of them, a day that could be several is
//! none, and so is a row that could mean several leads, or says of the person what is not the lead's.
//!
//! The header is the first of the first 25 rows that has a column by which leads are found; above it stand titles. No row that
//! names somebody is passed over as a title: where one stands above, there is no header, and all rows are data. Below the header
//! only the very same row is the header once more. Leads are looked up by their id, e-mail address, first phone and reference.

mod clean;
mod columns;
mod content;
pub(crate) mod days;
pub(crate) mod header;
mod mapping;
mod phones;
mod read;
mod reason;
mod result;
mod seek;
mod tally;

#[cfg(test)]
mod tests;

pub use self::{
    columns::{Columns, NoColumns},
    mapping::{Column, DateOrder, ReturnFileMapping},
    read::{ReadRow, Reading},
    result::{HEADER, ResultRow, return_made, totals},
    seek::{Lookup, Match, MatchedBy, Sought},
    tally::Tally,
};
