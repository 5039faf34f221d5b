//! Keys of returns: the lists that they stand on, and how many of a buyer's sales have come back.

use domain::{
    finder::{FoundReturn, Returns},
    id::{BuyerRef, ReturnFileId},
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
    Key::new(shares_taken(bid), month.strftime("%Y%m").to_string())
}

/// The partition of a buyer's [`share_taken`].
pub fn shares_taken(bid: &BuyerRef) -> String {
    format!("returned#{bid}")
}

/// The first day of the month in a sort key of [`share_taken`].
pub fn share_month(sk: &str) -> Option<Date> {
    let (year, month) = sk.split_at_checked(4)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

/// A file of returns.
pub fn return_file(id: ReturnFileId) -> Key {
    Key::new(format!("return_file#{id}"), "file")
}

/// The partition of the files of an instant's month: of one buyer, or of all.
pub fn return_files(of: Option<&BuyerRef>, at: Timestamp) -> String {
    let month = month(at);
    match of {
        None => format!("return_files#all#{month}"),
        Some(bid) => format!("return_files#buyer#{bid}#{month}"),
    }
}

/// A file's line on a list.
pub fn listed_return_file(of: Option<&BuyerRef>, at: Timestamp, id: ReturnFileId) -> Key {
    Key::new(return_files(of, at), format!("{}#{id}", rfc3339(at)))
}

/// The file that a line is about.
pub fn listed_file(sk: &str) -> Option<ReturnFileId> {
    sk.split_once('#')?.1.parse().ok()
}

/// When the file came that a line is about.
pub fn listed_at(sk: &str) -> Option<Timestamp> {
    sk.split_once('#')?.0.parse().ok()
}

/// The marker of a content that a buyer has sent, by its hash.
pub fn return_content(bid: &BuyerRef, hash: &str) -> Key {
    Key::new(format!("return_content#{bid}"), hash)
}
