#![doc = include_str!("../README.md")]

mod ask;
pub mod client;
mod clock;
pub mod deliver;
mod exchange;
pub mod follow_up;
pub mod render;
mod resolver;
pub mod sent;
mod tally;
