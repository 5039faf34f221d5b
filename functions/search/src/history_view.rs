//! The history of a lead as the API shows it: how it came in, who was given it and what came of that, and what was done to it since.

mod derived;

use domain::{
    access::{Part, Principal},
    history::{Entry, Moved, Step, Was, What, untold},
    id::{BulkJobId, BuyerRef, DeliveryRef, KeyId, LeadId, ReturnFileId},
    lead::{Actor, Lead, Method, Via},
    money::Money,
    returned::ReturnId,
};
use jiff::Timestamp;
use serde::Serialize;
use store::{Attempt, BrokenAt, History};
use utoipa::ToSchema;

/// What nobody did: it came about by itself.
const SYSTEM: &str = "system";

/// Something that happened to the lead, or was done to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadHistoryEntry)]
pub(crate) struct HistoryEntry {
    /// When.
    #[serde(serialize_with = "domain::time::serialize")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who: `seller`, `supplier`, `buyer`; `system`, if it came about by itself.
    by: &'static str,
    /// The key with which it was asked for; only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<KeyId>,
    /// The file of returns that asked for it; only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_id: Option<ReturnFileId>,
    /// The bulk job that did it; only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<BulkJobId>,
    /// What: `received`; `handed_over` with the first request of a delivery, and what came of that delivery in the end (`accepted`,
    /// `rejected`, `awaiting_feedback`, `unknown`, `failed`, `skipped`); and `redelivered`, `settled`, `return_requested`, `returned`,
    /// `return_refused`, `return_undone`, `payout_updated`, `revenue_updated`, `quarantined`, `released`, `turned_away`,
    /// `unsubscribed`, `resubscribed`, `joined_responder`, `message_ordered`, `feedback`.
    what: &'static str,
    /// How it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<DeliveryRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "return_01JCXV5A8M3Q4R5S6T7V8W9XYZ.1.bright-solar-crm")]
    return_id: Option<ReturnId>,
    /// Why, or as what: the reason of a return, the code of a skip, how a delivery was settled, the number of a rejection,
    /// in which way nobody is to be written to, a responder, or the job whose message it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The price of the sale, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<MovedView>,
    /// What the supplier is owed for the lead, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<MovedView>,
    /// Of a redelivery: what had become of the delivery before.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<WasView>,
}

/// An amount that changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedAmount)]
struct MovedView {
    before: Money,
    after: Money,
}

/// What had become of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EarlierDeliveryState)]
struct WasView {
    state: String,
    /// Why, where that has a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Requests by then.
    attempts: u32,
}

/// A history, and whether it is to be believed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryView {
    /// What happened to it and was done to it, oldest first. A moment passes between what happens and its entry.
    history: Vec<HistoryEntry>,
    /// Whether no entry was changed, put in or taken out since it was written; only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    history_intact: Option<bool>,
    /// The first entry of which that cannot be said: its number among those that were done to the lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    history_broken_at: Option<u32>,
    /// How many steps the lead itself tells of that are not in its history: they are on their way for a moment, or gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    history_missing: Option<usize>,
}

impl HistoryView {
    /// As `viewer` may see it.
    pub(crate) fn new(lead: &Lead, attempts: &[Attempt], kept: &History, viewer: &Principal) -> Self {
        let is_sellers = viewer.sees(Part::Orders);
        let mut entries: Vec<&Entry> = kept.entries.iter().collect();
        // What came late was written behind what it goes before.
        entries.sort_by_key(|entry| (entry.version, entry.index));
        let mut history = derived::entries(lead, attempts, &kept.entries, viewer);
        history.extend(entries.into_iter().filter_map(|entry| HistoryEntry::new(lead.id, entry, viewer)));
        history.sort_by_key(|entry| entry.at);
        let missing = untold(lead, &kept.entries);
        Self {
            history,
            history_intact: is_sellers.then_some(kept.broken.is_none()),
            history_broken_at: kept.broken.filter(|_| is_sellers).map(|BrokenAt(n)| n),
            history_missing: Some(missing).filter(|missing| is_sellers && *missing > 0),
        }
    }
}

impl HistoryEntry {
    /// What is there to be seen of it; none: nothing is.
    fn new(lead: LeadId, entry: &Entry, viewer: &Principal) -> Option<Self> {
        let Step { what, at, did, bid, number, code, revenue, payout, was } = entry.step.seen_by(viewer)?;
        let by = entry.by.as_ref();
        let (key_id, file_id, job_id) = match by.filter(|_| viewer.sees(Part::Orders)).map(|by| &by.via) {
            Some(Via::Key(key)) => (Some(key.clone()), None, None),
            Some(Via::ReturnFile(file)) => (None, Some(*file), None),
            Some(Via::Job(job)) => (None, None, Some(*job)),
            Some(Via::Feedback(_)) | None => (None, None, None),
        };
        let return_id = did.clone().zip(number).map(|(did, number)| ReturnId { lead, number, did });
        Some(Self {
            by: by.map_or(SYSTEM, role),
            key_id,
            file_id,
            job_id,
            did,
            bid,
            return_id,
            code,
            revenue: revenue.map(MovedView::new),
            payout: payout.map(MovedView::new),
            was: was.map(WasView::new),
            ..Self::at(at, What::word(what))
        })
    }

    fn at(at: Timestamp, what: &'static str) -> Self {
        let (key_id, file_id, job_id, method, did, bid) = (None, None, None, None, None, None);
        let (return_id, code, revenue, payout, was) = (None, None, None, None, None);
        Self { at, by: SYSTEM, key_id, file_id, job_id, what, method, did, bid, return_id, code, revenue, payout, was }
    }
}

impl MovedView {
    fn new(Moved { before, after }: Moved) -> Self {
        Self { before, after }
    }
}

impl WasView {
    fn new(Was { state, code, attempts }: Was) -> Self {
        Self { state, code, attempts }
    }
}

fn role(by: &Actor) -> &'static str {
    match by.principal {
        Principal::Seller => "seller",
        Principal::Supplier { .. } => "supplier",
        Principal::Buyer { .. } => "buyer",
    }
}

#[cfg(test)]
mod tests;
