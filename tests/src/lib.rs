#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, reason = "a test harness fails by panicking, and says what it expected")]

mod answer;
mod deployment;
mod test_buyer;
mod world;

pub use self::{
    answer::Answer,
    deployment::Deployment,
    test_buyer::{Reply, TestBuyer},
    world::{World, good_lead},
};
