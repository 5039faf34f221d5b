//! Files of leads: which column is which field, what a row says, what became of it, and how fast rows become leads.
//!
//! Nothing is guessed. A column is a field by its exact name, by a name that people customarily give it, or because whoever sends the file
//! says so; all others are left out and named. The header is the first of the first 25 rows that names a field, above all that looks like
//! data; a file without one is not read.

mod columns;
mod names;
mod outcome;
mod rate;
mod tally;
#[cfg(test)]
mod tests;

pub use self::{
    columns::{ImportColumns, ImportMapping, MAX_MAPPED, NotReadable, ReadRow, RowLead, SSID, mapping_problems},
    outcome::{HEADER, ImportOutcome, RowResult, ignored_line},
    rate::{DEFAULT_PER_MINUTE, MAX_PER_MINUTE, at_once, next_at},
    tally::{ImportTally, totals},
};
