//! A lead's life on the deployed template, over HTTP.

mod intake;
mod sold;
mod test_mode;
mod unsold;
mod visible;
