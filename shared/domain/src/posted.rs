//! Entries of the journal as people and programs read them, each as much of it as is theirs.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::{Part, Principal},
    id::{BuyerRef, CampaignRef, DeliveryRef, LeadId, SupplierRef},
    journal::{Account, Entry, EntryKind, Line},
    money::{Currency, Money},
};

#[cfg(test)]
mod tests;

/// An entry of the journal. It never changes; corrections are entries of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = JournalEntry)]
pub struct PostedEntry {
    /// What it is called: always the same for the same thing. Suppliers do not see it, as it may name a delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ.sale#d1")]
    pub id: Option<String>,
    /// What happened.
    pub kind: EntryKind,
    /// When it happened.
    #[serde(with = "crate::time")]
    #[schema(value_type = String, format = DateTime)]
    pub event_time: Timestamp,
    /// When it was booked: then, unless that month was closed already.
    #[serde(with = "crate::time")]
    #[schema(value_type = String, format = DateTime)]
    pub booked_time: Timestamp,
    /// The currency of all its lines.
    pub currency: Currency,
    /// What it moves. To the seller, who sees all of them, they add up to nothing.
    pub lines: Vec<PostedLine>,
    /// The lead that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// Its campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campid: Option<CampaignRef>,
    /// Its supplier. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SupplierRef>,
    /// The delivery whose sale it is about. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// The buyer. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// The key of the seller that it was ordered with. Only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why: the code of a return, which all see whom it concerns; or, for the seller alone, the words of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The order that it was made by, as the answer to that order named it. Only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// What an entry moves on one account, on either side of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = JournalLine)]
pub struct PostedLine {
    /// Which account: `buyer_receivable:<bid>`, `buyer_credit:<bid>`, `revenue:<campid>`, `payout_cost:<campid>`,
    /// `supplier_payable:<sid>`, `cash`, `adjustments`.
    #[schema(value_type = String, example = "buyer_receivable:b1")]
    pub account: Account,
    /// What is added to it: what is owed to the seller, has come in, or is spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debit: Option<Money>,
    /// What is taken from it: what the seller owes, or earns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
}

impl PostedLine {
    /// A line with its amount on the side that it is on.
    pub fn new(line: &Line, currency: Currency) -> Self {
        let amount = |minor| Some(Money { minor, currency });
        let (debit, credit) =
            if line.minor < 0 { (None, amount(line.minor.saturating_neg())) } else { (amount(line.minor), None) };
        Self { account: line.account.clone(), debit, credit }
    }
}

impl PostedEntry {
    /// The columns of a CSV file of entries; each line is a row.
    pub const COLUMNS: [&'static str; 16] = [
        "id",
        "kind",
        "event_time",
        "booked_time",
        "currency",
        "account",
        "debit",
        "credit",
        "lead_id",
        "campid",
        "sid",
        "did",
        "bid",
        "by",
        "reason",
        "order",
    ];

    /// The lines of an entry.
    pub fn lines(entry: &Entry, currency: Currency) -> Vec<PostedLine> {
        entry.lines.iter().map(|line| PostedLine::new(line, currency)).collect()
    }

    /// What of it is theirs to see; none: nothing is. Suppliers and buyers see what is moved on their own accounts.
    #[must_use]
    pub fn seen_by(self, viewer: &Principal) -> Option<Self> {
        let lines: Vec<PostedLine> = self.lines.into_iter().filter(|line| viewer.sees_account(&line.account)).collect();
        if lines.is_empty() {
            return None;
        }
        let (sees_orders, sees_deliveries) = (viewer.sees(Part::Orders), viewer.sees(Part::Deliveries));
        let is_return = match self.kind {
            EntryKind::Return | EntryKind::PayoutReversal | EntryKind::ReturnUndone | EntryKind::PayoutRestored => true,
            EntryKind::Sale
            | EntryKind::Payout
            | EntryKind::RevenueEdit
            | EntryKind::PayoutEdit
            | EntryKind::CreditAdded
            | EntryKind::CreditAdjusted => false,
        };
        Some(Self {
            lines,
            sid: self.sid.filter(|_| viewer.sees(Part::Source)),
            did: self.did.filter(|_| sees_deliveries),
            bid: self.bid.filter(|_| sees_deliveries),
            by: self.by.filter(|_| sees_orders),
            reason: self.reason.filter(|_| is_return || sees_orders),
            order: self.order.filter(|_| sees_orders),
            id: self.id.filter(|_| sees_deliveries),
            ..self
        })
    }

    /// Its rows in a CSV file, each with the texts of [`Self::COLUMNS`].
    pub fn rows(&self) -> impl Iterator<Item = [String; 16]> {
        let amount = |money: Option<Money>| money.map(Money::amount).unwrap_or_default();
        self.lines.iter().map(move |line| {
            [
                self.id.clone().unwrap_or_default(),
                self.kind.to_string(),
                crate::time::rfc3339(self.event_time),
                crate::time::rfc3339(self.booked_time),
                self.currency.to_string(),
                line.account.to_string(),
                amount(line.debit),
                amount(line.credit),
                text(self.lead_id.as_ref()),
                text(self.campid.as_ref()),
                text(self.sid.as_ref()),
                text(self.did.as_ref()),
                text(self.bid.as_ref()),
                text(self.by.as_ref()),
                text(self.reason.as_ref()),
                text(self.order.as_ref()),
            ]
        })
    }
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}
