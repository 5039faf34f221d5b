//! A lead's life on the deployed template, over HTTP.

mod between;
mod bulk;
mod dead_letters;
mod erased;
mod fed_back;
mod gates;
mod imported;
mod intake;
mod kinds;
mod live;
mod notices;
mod passed_on;
mod quarantine;
mod refused_back;
mod responders;
mod searched;
mod settled;
mod shared_out;
mod shares;
mod sold;
mod spoken;
mod test_mode;
pub(crate) mod told;
mod unsold;
mod unsubscribed;
mod visible;
