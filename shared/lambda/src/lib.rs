#![doc = include_str!("../README.md")]

pub mod auth;
pub mod aws;
pub mod batch;
pub mod body;
pub mod bucket_event;
pub mod clock;
pub mod env;
pub mod http;
pub mod journal;
pub mod lead_tally;
pub mod list;
pub mod metrics;
pub mod openapi;
pub mod problem;
pub mod query;
pub mod random;
pub mod record;
pub mod search_form;
pub mod sheet;
pub mod start;
pub mod telemetry;
#[cfg(feature = "test-api")]
pub mod test_api;
pub mod turn;

pub use self::{
    aws::Aws,
    clock::Clock,
    problem::Problem,
    random::{jitter_permille, new_attempt_id, new_draw, new_key_id, new_lead_id, new_webhook_secret, now},
    start::StartError,
};
