//! Keys of what is told: notices, the groups that they are made of, what is still to be done about them, and secrets.

use domain::{
    access::Principal,
    notice::{NoticeItem, NoticeKind},
    time::rfc3339,
};
use jiff::Timestamp;
use ulid::Ulid;

use super::{Key, month};
use crate::Work;

/// The partition of what is still to be done about notices, by when.
pub const UNSENT: &str = "unsent";
/// The partition of the groups that take items.
pub const OPEN_GROUPS: &str = "open_group";
/// The partition of all secrets of webhooks.
pub const WEBHOOK_SECRETS: &str = "webhook_secret";

/// A notice: something that happened at an instant.
pub fn notice(at: Timestamp, id: &str) -> Key {
    Key::new(notices(at), format!("{}#{id}", rfc3339(at)))
}

/// The partition of the notices of an instant's month.
pub fn notices(at: Timestamp) -> String {
    format!("notice#{}", month(at))
}

/// The group of a kind that takes what somebody is to be told.
pub fn open_group(to: &Principal, kind: NoticeKind) -> Key {
    Key::new(OPEN_GROUPS, format!("{}#{}", to.tag(), kind.word()))
}

/// The partition of a group's items.
pub fn group(id: &str) -> String {
    format!("group#{id}")
}

/// Some items of a group, under a name that nothing else has.
pub fn group_items(id: &str, name: Ulid) -> Key {
    Key::new(group(id), name.to_string())
}

/// The marker of an item that somebody was told in a kind of notice: it stands in one group.
pub fn told(to: &Principal, kind: NoticeKind, item: &NoticeItem) -> Key {
    let NoticeItem { lead, did, number, .. } = item;
    Key::new(format!("told#{}#{}#{lead}#{did}#{number:03}", kind.word(), to.tag()), "told")
}

/// What is to be done about a notice or a group at an instant.
pub fn unsent(due: Timestamp, work: &Work) -> Key {
    let (verb, middle, id, to) = match work {
        Work::Close { to, kind, group } => ("close", kind.word().to_owned(), group, to),
        Work::Send { to, at, id } => ("send", rfc3339(*at), id, to),
    };
    Key::new(UNSENT, format!("{}#{verb}#{middle}#{id}#{}", rfc3339(due), to.tag()))
}

/// Behind everything that is to be done at `at` or before.
pub fn unsent_until(at: Timestamp) -> String {
    format!("{}#~", rfc3339(at))
}

/// What a sort key of [`unsent`] says.
pub fn work_of(sk: &str) -> Option<(Timestamp, Work)> {
    let mut parts = sk.splitn(5, '#');
    let (due, verb, middle, id, tag) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (to, id) = (principal_of(tag)?, id.to_owned());
    let work = match verb {
        "close" => Work::Close { to, kind: NoticeKind::of_word(middle)?, group: id },
        "send" => Work::Send { to, at: middle.parse().ok()?, id },
        _ => return None,
    };
    Some((due.parse().ok()?, work))
}

/// The secrets of somebody's webhooks.
pub fn webhook_secret(of: &Principal) -> Key {
    Key::new(WEBHOOK_SECRETS, of.tag())
}

/// Whom a [`Principal::tag`] names.
fn principal_of(tag: &str) -> Option<Principal> {
    match tag.split_once('#') {
        None => (tag == Principal::Seller.tag()).then_some(Principal::Seller),
        Some(("supplier", sid)) => Some(Principal::Supplier { sid: sid.parse().ok()? }),
        Some(("buyer", bid)) => Some(Principal::Buyer { bid: bid.parse().ok()? }),
        Some(_) => None,
    }
}
