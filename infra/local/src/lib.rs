#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    reason = "a program on a person's own machine: it reads their environment, and blocks only itself"
)]

mod cloud;
mod demo;
mod demo_buyer;
mod deploy;
mod emulator;
mod error;
mod progress;
mod python;
mod stack;
mod template;
mod workspace;

pub mod cli;

pub use error::StackError;
pub use progress::Progress;
pub use stack::{Stack, StackOptions};
