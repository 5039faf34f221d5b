//! The API of bulk jobs and their worker over a database in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod actions;
mod beside;
mod called_off;
mod document;
mod exported;
mod forms;
mod harness;
mod leads;
mod listing;
mod messages;
mod once;
mod outcomes;
mod people;
mod refused;
mod searched;
