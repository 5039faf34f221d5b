#![doc = include_str!("../README.md")]

pub mod api;
pub mod files;
mod messages;

pub use self::messages::{handle, serve, start};
