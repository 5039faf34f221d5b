//! The journal: what a lead has ever been worth, as a pure fold of its row.
//!
//! Everything that counts is an [`Event`] with a name of its own in its lead; what moves money carries an entry, whose lines
//! add up to nothing. Events follow from the lead's row alone, so they can be made again from it at any time, and never
//! change once they have happened: corrections are events of their own.

mod entry;
mod event;
mod fold;
mod period;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use self::{
    entry::{Account, Entry, EntryKind, Line},
    event::Event,
    fold::{events, news},
    period::{CLOSED_AFTER, WRITTEN_WITHIN, booked_at, days},
};
