//! Entries of the journal: from what the books hold to what functions answer with.

use domain::posted::PostedEntry;
use store::{BookedEvent, Happened, Owner};

/// The entry of an event, all of it; none where the event moves no money.
pub fn posted(event: &BookedEvent) -> Option<PostedEntry> {
    let (entry, currency) = (event.happened.entry()?, event.happened.currency());
    let place = match &event.happened {
        Happened::Lead(event) => Some(&event.place),
        Happened::Credit(_) => None,
    };
    let (lead_id, owner) = match &event.owner {
        Owner::Lead(id) => (Some(*id), None),
        Owner::Buyer(bid) => (None, Some(bid)),
    };
    Some(PostedEntry {
        id: Some(event.id()),
        kind: entry.kind,
        event_time: event.happened.at(),
        booked_time: event.booked_at,
        currency,
        lines: PostedEntry::lines(entry, currency),
        lead_id,
        campid: place.map(|place| place.campid.clone()),
        sid: place.map(|place| place.sid.clone()),
        did: place.and_then(|place| place.did.clone()),
        bid: place.and_then(|place| place.bid.as_ref()).or(owner).cloned(),
        by: entry.by.clone(),
        reason: entry.reason.clone(),
        order: entry.order.clone(),
    })
}
