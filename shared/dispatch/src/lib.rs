#![doc = include_str!("../README.md")]

pub mod client;
pub mod deliver;
mod exchange;
pub mod follow_up;
pub mod render;
mod resolver;
pub mod sent;
