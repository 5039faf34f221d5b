#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test harness fails by panicking, and says what it expected")]

mod answer;
mod browser;
pub mod capacity;
mod deployment;
mod faults;
pub mod furnished;
mod installation;
mod lab;
mod test_buyer;
mod upload;
mod wire;
mod world;

pub use self::{
    answer::Answer,
    browser::{Browser, Element},
    deployment::Deployment,
    faults::{Fault, Faults},
    installation::{Installation, agreed, settle_all},
    lab::{Lab, LabBuyer, identity},
    test_buyer::{Reply, Request, TestBuyer},
    upload::upload,
    wire::{Fate, Said, Wire},
    world::{World, good_lead},
};
