//! The reports API over a database in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod books;
mod credit;
mod document;
mod edits;
mod harness;
mod journal;
mod own;
mod queries;
mod reports;
mod statements;
mod unreadable;
