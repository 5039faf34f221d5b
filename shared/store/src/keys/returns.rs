//! Keys of returns: the lists that they stand on, and how many of a buyer's sales have come back.

use domain::{
    finder::{FoundReturn, Returns},
    id::BuyerRef,
    time::rfc3339,
};
use jiff::{Timestamp, civil::Date};

use super::{Key, month};

/// The partition of a list's returns of an instant's month.
pub fn returns(list: &Returns, at: Timestamp) -> String {
    let month = month(at);
    match list {
        Returns::All => format!("returns#all#{month}"),
        Returns::InState(state) => format!("returns#state#{}#{month}", state.word()),
        Returns::OfBuyer(bid) => format!("returns#buyer#{bid}#{month}"),
        Returns::OfSupplier(sid) => format!("returns#supplier#{sid}#{month}"),
    }
}

/// A return's line on a list.
pub fn found_return(list: &Returns, back: &FoundReturn) -> Key {
    let FoundReturn { asked_at, lead, did, number } = back;
    Key::new(returns(list, *asked_at), format!("{}#{lead}#{number}#{did}", rfc3339(*asked_at)))
}

/// The return that a line is about.
pub fn found_return_of(sk: &str) -> Option<FoundReturn> {
    let mut parts = sk.splitn(4, '#');
    let mut next = || parts.next();
    let (asked_at, lead) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let number = next()?.parse().ok()?;
    Some(FoundReturn { asked_at, lead, did: next()?.parse().ok()?, number })
}

/// Before all lines of a list from this instant on.
pub fn returned_from(at: Timestamp) -> String {
    rfc3339(at)
}

/// How many returns there are of a buyer's sales of a month.
pub fn share_taken(bid: &BuyerRef, month: Date) -> Key {
    Key::new(format!("returned#{bid}"), month.strftime("%Y%m").to_string())
}
