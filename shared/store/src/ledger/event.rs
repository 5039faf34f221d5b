//! Event rows: what has happened, on which days it counts, and the chunk that counts it.

use std::fmt;

use domain::{
    id::{BuyerRef, LeadId},
    journal::{Entry, Event, booked_at},
    money::Currency,
    report::{Counts, Days, Place},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::ChunkId;
use crate::{
    Error,
    item::{Item, from_item},
    keys,
};

/// What a lead's id begins with.
const LEAD: &str = "lead_";
/// What the partition of a buyer's events begins with.
const BUYER: &str = "buyer#";

/// Whose an event is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A lead's.
    Lead(LeadId),
    /// A buyer's own, without a lead.
    Buyer(BuyerRef),
}

/// Something that happened to a buyer's credit without a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditEvent {
    /// What it is called within its buyer: `credit#` and the id that its order had.
    #[serde(rename = "nm")]
    pub name: String,
    /// When it happened.
    #[serde(rename = "at", with = "domain::time")]
    pub at: Timestamp,
    /// The currency of what it moves.
    #[serde(rename = "cu")]
    pub currency: Currency,
    /// What it moves.
    #[serde(rename = "e")]
    pub entry: Entry,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Happened {
    /// To a lead.
    Lead(Box<Event>),
    /// To a buyer's credit.
    Credit(CreditEvent),
}

/// An event as it stands in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedEvent {
    /// Whose it is.
    pub owner: Owner,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// The days on which it counts.
    pub days: Days,
    /// The chunk that counts it, if that was written; see [`crate::Store::is_counted`].
    pub chunk: ChunkId,
    /// What has happened.
    pub happened: Happened,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) pk: String,
    pub(super) sk: String,
    /// The chunk that counts it, or is about to.
    pub(super) b: ChunkId,
    #[serde(rename = "ba", with = "domain::time")]
    pub(super) booked_at: Timestamp,
    #[serde(rename = "dy")]
    pub(super) days: Days,
    #[serde(flatten)]
    pub(super) happened: Happened,
}

impl Row {
    pub(super) fn new(owner: &Owner, happened: Happened, booked_at: Timestamp, days: Days, b: ChunkId) -> Self {
        let keys::Key { pk, sk } = keys::event(owner.partition(), happened.name());
        Self { pk, sk, b, booked_at, days, happened }
    }

    /// As it is to be booked now, if nobody has counted it until its month was closed.
    pub(super) fn unless_closed(self, now: Timestamp, zone: &TimeZone) -> Self {
        let booked_at = booked_at(self.booked_at, now, zone);
        let booked = zone.to_datetime(booked_at).date();
        let days = if booked_at == self.booked_at { self.days } else { Days { booked, ..self.days } };
        Self { booked_at, days, ..self }
    }

    pub(super) fn key(&self) -> keys::Key {
        keys::Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }

    /// What a chunk calls it; the journal's page is made of these.
    pub(super) fn reference(&self) -> String {
        format!("{}|{}", self.pk.strip_prefix(LEAD).unwrap_or(&self.pk), self.happened.name())
    }
}

/// The row that a chunk calls so.
pub(super) fn referred_to(reference: &str) -> Option<keys::Key> {
    let (owner, name) = reference.split_once('|')?;
    let owner = if owner.starts_with(BUYER) { owner.to_owned() } else { format!("{LEAD}{owner}") };
    Some(keys::event(owner, name))
}

impl Happened {
    /// What it is called within its owner.
    pub fn name(&self) -> &str {
        match self {
            Self::Lead(event) => &event.name,
            Self::Credit(event) => &event.name,
        }
    }

    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Lead(event) => event.at,
            Self::Credit(event) => event.at,
        }
    }

    /// The currency of its money.
    pub fn currency(&self) -> Currency {
        match self {
            Self::Lead(event) => event.place.currency,
            Self::Credit(event) => event.currency,
        }
    }

    /// What it counts, and where; none where nothing is counted.
    pub fn counts(&self) -> Option<(&Place, Counts)> {
        match self {
            Self::Lead(event) => Some((&event.place, event.counts)),
            Self::Credit(_) => None,
        }
    }

    /// What it moves; none where no money is moved.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Lead(event) => event.entry.as_ref(),
            Self::Credit(event) => Some(&event.entry),
        }
    }
}

impl BookedEvent {
    /// What it is called everywhere: its owner and its name.
    pub fn id(&self) -> String {
        format!("{}.{}", self.owner, self.happened.name())
    }

    pub(super) fn read(item: Item) -> Result<Self, Error> {
        let Row { pk, b, booked_at, days, happened, .. } = from_item(item)?;
        Ok(Self { owner: Owner::of(&pk)?, booked_at, days, chunk: b, happened })
    }
}

impl Owner {
    pub(super) fn partition(&self) -> String {
        match self {
            Self::Lead(id) => id.to_string(),
            Self::Buyer(bid) => keys::buyer_events(bid),
        }
    }

    fn of(partition: &str) -> Result<Self, Error> {
        match partition.strip_prefix(BUYER) {
            Some(bid) => bid.parse().map(Self::Buyer).map_err(Error::item),
            None => partition.parse().map(Self::Lead).map_err(Error::item),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.partition())
    }
}
