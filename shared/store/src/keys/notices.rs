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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn every_key_of_telling_looks_as_it_always_did_and_says_what_is_to_be_done() {
        let lead = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let at: Timestamp = "2026-11-05T10:20:30.400Z".parse().unwrap();
        let (seller, buyer) = (Principal::Seller, Principal::Buyer { bid: "b1".parse().unwrap() });
        let (did, reason) = ("d1".parse().unwrap(), "DUPE".to_owned());
        let item = NoticeItem { lead, did, number: 2, bid: None, at, asked_at: None, reason, why: None, amount: None };
        let close = Work::Close { to: buyer.clone(), kind: NoticeKind::ReturnUndone, group: "abc".to_owned() };
        let send = Work::Send { to: seller.clone(), at, id: "abc".to_owned() };
        for work in [&close, &send] {
            assert_eq!(work_of(&unsent(at, work).sk), Some((at, work.clone())));
        }
        let keys = [
            ("notice", notice(at, "abc")),
            ("open_group", open_group(&seller, NoticeKind::ReturnRequested)),
            ("group_items", group_items("abc", Ulid(3))),
            ("told", told(&buyer, NoticeKind::ReturnRefused, &item)),
            ("unsent_close", unsent(at, &close)),
            ("unsent_send", unsent(at, &send)),
            ("webhook_secret", webhook_secret(&buyer)),
        ];
        for (name, key) in &keys {
            assert_eq!(key.table(), "setup", "{name}");
        }
        let lines: Vec<String> = keys.iter().map(|(name, key)| format!("{name}: {} / {}", key.pk, key.sk)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
