//! Keys of callers: how they are written, made, hashed and recognised.

mod caller;
mod key_text;

pub use self::{
    caller::{Caller, Seller},
    key_text::{KeySecret, Presented, format_key, parse_key, presented_key, same_hash, secret_sha256},
};

#[cfg(test)]
mod tests;
