//! The search API over a database in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crowd;
mod exports;
mod harness;
mod journal;
mod listing;
