//! The returns API over a database in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deciding;
mod document;
mod files;
mod harness;
mod listing;
mod once;
mod outcomes;
mod own;
mod pages;
mod sales;
