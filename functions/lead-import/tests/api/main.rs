//! The API of files of leads over a database in memory. What becomes of their rows is tried with a bucket, elsewhere.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod announcing;
mod document;
mod harness;
mod listing;
mod taking;
