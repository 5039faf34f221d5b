//! Files of returns: which column is what, whom a row means, and what the rows come to.
//!
//! `columns` finds out which column is what, by `header` or by what the cells hold; `read` makes of a row what it seeks, with the help
//! of `clean`, `phones`, `days` and `reason`, which undo what spreadsheets do to cells; `seek` says which of the leads found is
//! meant. Nothing is guessed: what could be several things is every one of them, and what could be several leads is none.

mod clean;
mod columns;
mod content;
mod days;
mod header;
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
