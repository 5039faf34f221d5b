//! The API of consent over a database in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod document;
mod files;
mod harness;
mod pages;
mod suppressions;
