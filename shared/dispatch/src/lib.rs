#![doc = include_str!("../README.md")]

mod ask;
mod breaker;
mod channel;
pub mod client;
mod connection;
mod credit;
pub mod decide;
pub mod deliver;
mod exchange;
pub mod gateway;
pub mod live;
pub mod render;
mod reserved;
mod resolver;
pub mod sample;
pub mod sent;
mod start;
mod tally;
#[cfg(feature = "test-dispatcher")]
pub mod test_dispatcher;
mod turn;
pub mod webhook;

pub use channel::l2l::Own;
