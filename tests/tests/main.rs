//! Tests of the system as a whole, and of the house it lives in.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken fixture should fail the test")]

mod budgets;
mod events;
mod exports;
mod kills;
mod leads;
mod logs;
mod money;
mod openapi;
mod pages;
mod returns;
mod steps;
mod tidy;
