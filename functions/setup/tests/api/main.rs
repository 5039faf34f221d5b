//! The set-up API over a database in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod credit;
mod deliveries;
mod document;
mod events;
mod first_key;
mod harness;
mod keys;
mod keys_once;
mod lists;
mod live;
mod payouts;
mod problems;
mod records;
mod references;
mod responders;
mod roles;
mod settings;
mod unreadable;
mod versions;
mod webhook_secrets;
