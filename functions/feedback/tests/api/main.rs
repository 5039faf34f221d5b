//! The API over a database in memory: what is said of leads, and what comes of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deciding;
mod document;
mod harness;
mod returning;
mod trust;
