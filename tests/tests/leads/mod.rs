//! A lead's life on the deployed template, over HTTP.

mod intake;
mod sold;
mod unsold;
mod visible;
