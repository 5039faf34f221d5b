//! The keys of the ledger table: events, chunks, cells, accounts, and rows that leads are found by.

use domain::{
    access::Principal,
    finder::Listing,
    id::{BuyerRef, CampaignRef, LeadId, SupplierRef},
    journal::EntryKind,
    money::Currency,
    report::{Place, View},
};
use jiff::{Timestamp, civil::Date};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::StrDeserializer},
};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::{Key, month, received_until};

/// What the sort keys of events begin with.
pub const EVENTS: &str = "event#";
/// What the sort keys of a lead's history begin with. It stands behind the lead's events.
pub const HISTORY: &str = "history#";
/// Behind everything that begins with the same characters: nothing in a key of the ledger is greater.
const END: char = '~';

/// Partitions that the cells of a month of days, or of a year of months, are spread over. At 1,000 sales a second the busiest of
/// them takes some 550 of the 1,000 units that a partition takes, even where hardly two events of a batch meet in a cell; with
/// half as many it would be too close. More would make every report dearer, as it reads all of them.
pub const CUBE_SLOTS: u8 = 16;

/// How much time a cell is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// A day.
    Day,
    /// A month.
    Month,
}

impl Grain {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Day, Self::Month];

    /// The day itself, or the first of its month.
    pub fn of(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
        }
    }

    /// What a day or a month is called in sort keys.
    fn part(self, day: Date) -> String {
        match self {
            Self::Day => format!("{:02}", day.day()),
            Self::Month => format!("{:02}", day.month()),
        }
    }
}

/// The partition of a buyer's own events: those that no lead has.
pub fn buyer_events(bid: &BuyerRef) -> String {
    format!("buyer#{bid}")
}

/// An event of a lead or a buyer, by the owner's partition.
pub fn event(owner: impl Into<String>, name: &str) -> Key {
    Key::new(owner, format!("{EVENTS}{name}"))
}

/// An entry of a lead's history, by its number.
pub fn history(lead: LeadId, n: u32) -> Key {
    Key::new(lead.to_string(), format!("{HISTORY}{n:05}"))
}

/// The number in a sort key of [`history`].
pub fn history_number(sk: &str) -> Option<u32> {
    sk.strip_prefix(HISTORY)?.parse().ok()
}

/// Behind everything that begins so.
pub fn behind(beginning: &str) -> String {
    format!("{beginning}{END}")
}

/// The partition of a day's chunks.
pub fn booked(day: Date) -> String {
    format!("booked#{day}")
}

/// What was counted together. Its id begins with the time at which it was drawn, so a day lists its chunks in the order in
/// which they are written.
pub fn chunk(day: Date, id: Ulid) -> Key {
    Key::new(booked(day), id.to_string())
}

/// Before all chunks of a day.
pub const CHUNKS_START: &str = "0";
/// Behind all chunks of a day: nothing in a ULID is greater.
pub const CHUNKS_END: &str = "Z~";

/// Behind all chunks of a day whose ids were drawn before `at`, and before all others.
pub fn chunks_before(at: Timestamp) -> String {
    Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), 0).to_string()
}

/// How far the reconciliation of the day is.
pub fn reconciliation() -> Key {
    Key::new("reconciliation", "progress")
}

/// What was decided of an order of some kind; `id` is the hash of its `Idempotency-Key`.
pub fn order(kind: &str, caller: &Principal, id: &str) -> Key {
    Key::new(format!("{kind}#{}#{id}", caller.tag()), kind)
}

/// The partition of a view's cells: a month of days, or a year of months, of one of [`CUBE_SLOTS`]. Most of what happens
/// counts on one day in all views, and is kept only once, for all of them: without a view.
pub fn cube(view: Option<View>, grain: Grain, day: Date, slot: u8) -> String {
    let view = view.map_or("all", View::word);
    match grain {
        Grain::Day => format!("cube#{view}#{:04}{:02}#{slot:02}", day.year(), day.month()),
        Grain::Month => format!("cube#{view}#{:04}#{slot:02}", day.year()),
    }
}

/// The slot of a cell, by a hash of its sort key. The sort key alone decides: whoever reads all slots reads all cells, however
/// many shards a campaign has now, or had when they were written.
fn cube_slot(sk: &str) -> u8 {
    Sha256::digest(sk)[0] % CUBE_SLOTS
}

/// The numbers of one place in one view, or in all of them, and time; a shard of them.
pub fn cell(view: Option<View>, grain: Grain, day: Date, place: &Place, shard: u8) -> Key {
    let Place { campid, sid, did, bid, currency } = place;
    let did = did.as_ref().map_or("-", |did| did.as_str());
    let bid = bid.as_ref().map_or("-", |bid| bid.as_str());
    let part = grain.part(day);
    let sk = format!("{campid}#{part}#{sid}#{did}#{bid}#{currency}#{shard}");
    Key::new(cube(view, grain, day, cube_slot(&sk)), sk)
}

/// The day, or the first of the month, and the place in a sort key of [`cell`], in the partition that has `within`.
pub fn cell_of(sk: &str, grain: Grain, within: Date) -> Option<(Date, Place)> {
    let mut parts = sk.split('#');
    let mut next = || parts.next();
    let campid = next()?.parse().ok()?;
    let part: i8 = next()?.parse().ok()?;
    let (month, day) = match grain {
        Grain::Day => (within.month(), part),
        Grain::Month => (part, 1),
    };
    let day = Date::new(within.year(), month, day).ok()?;
    let sid = next()?.parse().ok()?;
    let did = Some(next()?).filter(|did| *did != "-").map(str::parse).transpose().ok()?;
    let bid = Some(next()?).filter(|bid| *bid != "-").map(str::parse).transpose().ok()?;
    let currency = next()?.parse().ok()?;
    Some((day, Place { campid, sid, did, bid, currency }))
}

/// The first and the last sort key of a campaign's cells from one day or month to another of the same partition.
pub fn cells_between(campid: &CampaignRef, grain: Grain, from: Date, to: Date) -> (String, String) {
    (format!("{campid}#{}#", grain.part(from)), format!("{campid}#{}#{END}", grain.part(to)))
}

/// The partition of what a buyer's entries of each day add up to.
pub fn buyer_account(bid: &BuyerRef) -> String {
    format!("account#buyer#{bid}")
}

/// The partition of what a supplier's entries of each day add up to.
pub fn supplier_account(sid: &SupplierRef) -> String {
    format!("account#supplier#{sid}")
}

/// What entries of one kind, day and currency add up to, in the partition of an account; a shard of it.
pub fn account(party: String, day: Date, kind: EntryKind, currency: Currency, shard: u8) -> Key {
    Key::new(party, format!("{day}#{kind}#{currency}#{shard}"))
}

/// The day, the kind and the currency in a sort key of [`account`].
pub fn account_of(sk: &str) -> Option<(Date, EntryKind, Currency)> {
    let mut parts = sk.split('#');
    let day = parts.next()?.parse().ok()?;
    let kind: StrDeserializer<'_, serde::de::value::Error> = parts.next()?.into_deserializer();
    Some((day, EntryKind::deserialize(kind).ok()?, parts.next()?.parse().ok()?))
}

/// Behind the last sort key of an account's day.
pub fn account_until(day: Date) -> String {
    format!("{day}#{END}")
}

/// The partition of a listing's leads of a month.
pub fn listing(listing: &Listing, at: Timestamp) -> String {
    let month = month(at);
    match listing {
        Listing::Delivery(did) => format!("did#{did}#{month}"),
        Listing::Activity(activity) => format!("activity#{}#{month}", activity.word()),
        Listing::Undelivered(how) => format!("dstat#{}#{month}", how.word()),
        Listing::Buyer(bid) => format!("bid#{bid}#{month}"),
    }
}

/// The newest lead of a row of a listing, as [`received`](super::received) names it.
pub fn newest_of(sk: &str) -> &str {
    sk.rsplit_once('#').map_or(sk, |(newest, _)| newest)
}

/// Behind all rows of a listing that can name a lead received at or before `at`.
pub fn listed_until(listing: &Listing, at: Timestamp) -> String {
    received_until(listing.end_of_bucket(at))
}

/// A lead by what a buyer calls it, by the keyed hash of that.
pub fn buyer_reference(bid: &BuyerRef, hash: &str, lead: LeadId) -> Key {
    Key::new(buyer_references(bid, hash), lead.to_string())
}

/// The partition of a [`buyer_reference`].
pub fn buyer_references(bid: &BuyerRef, hash: &str) -> String {
    format!("bref#{bid}#{hash}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use domain::{
        finder::{Activity, FoundReturn, Returns, Undelivered},
        id::ReturnFileId,
        lead::ReturnState,
    };

    use super::{
        super::{found_return, listed_return_file, return_content, return_file},
        *,
    };

    #[test]
    fn every_key_of_the_ledger_looks_as_it_always_did() {
        let id: LeadId = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let at: Timestamp = "2026-11-05T10:20:30.400Z".parse().unwrap();
        let day: Date = "2026-11-05".parse().unwrap();
        let file = ReturnFileId::from_ulid(id.ulid());
        let (bid, sid, currency): (BuyerRef, SupplierRef, Currency) =
            ("b1".parse().unwrap(), "s1".parse().unwrap(), "GBP".parse().unwrap());
        let campid: CampaignRef = "solar".parse().unwrap();
        let lead = Place { campid: campid.clone(), sid: sid.clone(), did: None, bid: None, currency };
        let sale = Place { did: Some("d1".parse().unwrap()), bid: Some(bid.clone()), ..lead.clone() };
        let (from, to) = cells_between(&campid, Grain::Day, day, "2026-11-09".parse().unwrap());
        let page = |listed: Listing| Key::new(listing(&listed, at), "");
        let back = FoundReturn { asked_at: at, lead: id, did: "d1".parse().unwrap(), number: 2 };
        let keys = [
            ("event", event(id.to_string(), "sale#d1")),
            ("credit", event(buyer_events(&bid), "credit#abc")),
            ("history", history(id, 12)),
            ("chunk", chunk(day, id.ulid())),
            ("before", Key::new("", chunks_before(at))),
            ("edits", order("edits", &Principal::Seller, "abc")),
            ("reconciliation", reconciliation()),
            ("day", cell(None, Grain::Day, day, &lead, 0)),
            ("month", cell(Some(View::Booked), Grain::Month, day, &sale, 31)),
            ("between", Key::new(from, to)),
            ("buyer", account(buyer_account(&bid), day, EntryKind::Sale, currency, 3)),
            ("supplier", account(supplier_account(&sid), day, EntryKind::PayoutReversal, currency, 0)),
            ("until", Key::new("", account_until(day))),
            ("delivery", page(Listing::Delivery("d1".parse().unwrap()))),
            ("activity", page(Listing::Activity(Activity::ReturnRequested))),
            ("buyer_leads", page(Listing::Buyer(bid.clone()))),
            ("undelivered", page(Listing::Undelivered(Undelivered::Partial))),
            ("returns", found_return(&Returns::All, &back)),
            ("returns_state", found_return(&Returns::InState(ReturnState::Approved), &back)),
            ("returns_buyer", found_return(&Returns::OfBuyer(bid.clone()), &back)),
            ("returns_supplier", found_return(&Returns::OfSupplier(sid), &back)),
            ("reference", buyer_reference(&bid, "abc", id)),
            ("return_file", return_file(file)),
            ("return_files", listed_return_file(None, at, file)),
            ("return_files_buyer", listed_return_file(Some(&bid), at, file)),
            ("return_content", return_content(&bid, "abc")),
        ];
        for (name, key) in &keys {
            assert_eq!(key.table(), "ledger", "{name}");
        }
        let lines: Vec<String> = keys.iter().map(|(name, key)| format!("{name}: {} / {}", key.pk, key.sk)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
