//! Notices: what the seller, a supplier or a buyer is told, once each, and by which ways.
//!
//! What happens in thousands, returns, is told in groups: `told` says what a step of a lead is to be told to whom, `summary`
//! what many of these come to. `ways` is where somebody wants to be told, `progress` how far a notice is on each of them, `body`
//! and `mail` what is sent. A notice carries ids, codes, counts and amounts, and never a person's data.

mod body;
mod file;
mod import;
mod kind;
mod mail;
mod postback;
mod progress;
mod summary;
mod told;
mod ways;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

pub use self::{
    file::FileEnd,
    import::ImportEnd,
    kind::NoticeKind,
    mail::Letter,
    postback::{Postback, PostbackError},
    progress::{Heard, Progress, Turn, Way, WayState},
    summary::Summary,
    told::{NoticeItem, Told, told},
    ways::{Ways, Webhook},
};
use crate::{
    access::Principal,
    feedback::EventKind,
    id::{BuyerRef, DeliveryRef, LeadId, LeadImportId, ReturnFileId},
    lead::Lead,
    money::Money,
    time::rfc3339,
};

/// Items of a group that are told one by one; the rest is counted, and can be listed.
pub const MAX_DETAILS: usize = 100;

/// Something that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for what happened once, however often it is noticed.
    pub id: String,
    /// When it happened: a property of what happened, not of who noticed it, so that it is told once.
    #[serde(with = "crate::time")]
    pub at: Timestamp,
    /// What it is about.
    pub kind: NoticeKind,
    /// Who is told; a row that does not say is the seller's.
    #[serde(default = "seller", skip_serializing_if = "is_sellers")]
    pub to: Principal,
    /// Grows with every write.
    #[serde(rename = "v", default, skip_serializing_if = "is_zero")]
    pub version: u64,
    /// The delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// The lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// The file of returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_file_id: Option<ReturnFileId>,
    /// The file of leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_import_id: Option<LeadImportId>,
    /// A sentence or two for a person: what happened, and what to do.
    pub text: String,
    /// The return that it is about, if it is about one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<NoticeItem>,
    /// What its items come to, if it is about a group of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// How far it is on each of its ways.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sent: BTreeMap<Way, Progress>,
}

impl Notice {
    /// That the seller has to decide an unknown delivery, as its deadline has passed; none if it has not.
    pub fn decision_needed(lead: &Lead, did: &DeliveryRef) -> Option<Self> {
        let delivery = lead.deliveries.get(did)?;
        let at = delivery.state.decision_needed_since()?;
        let text = format!(
            "Nobody knows whether the buyer of delivery {did} has lead {}: no answer could be read since {}. Ask the \
             buyer, and settle the delivery.",
            lead.id,
            rfc3339(delivery.since),
        );
        let kind = NoticeKind::DecisionNeeded;
        let id = format!("{}-{}-{did}-{}", kind.word(), lead.id, delivery.round);
        Some(Self { did: Some(did.clone()), lead_id: Some(lead.id), ..Self::to_seller(kind, id, at, text) })
    }

    /// That a delivery is left in peace from `at` until `until`, after this many failures in a row.
    pub fn delivery_paused(did: &DeliveryRef, at: Timestamp, until: Timestamp, failures: u32) -> Self {
        let text = format!(
            "Delivery {did} failed {failures} times in a row and is left in peace until {}; then it is tried with one \
             lead. Look at the last answers, and at the endpoint.",
            rfc3339(until),
        );
        let kind = NoticeKind::DeliveryPaused;
        let id = format!("{}-{did}-{}", kind.word(), at.as_millisecond());
        Self { did: Some(did.clone()), ..Self::to_seller(kind, id, at, text) }
    }

    /// That since `at` less is left of a buyer's credit than the seller wants to be left.
    pub fn low_credit(bid: &BuyerRef, at: Timestamp, left: Money) -> Self {
        let text = format!(
            "Buyer {bid} has {left} of its credit left. When nothing is left, its deliveries are passed over; ask it to \
             pay, and add to its credit.",
        );
        let kind = NoticeKind::LowCredit;
        let id = format!("{}-{bid}-{}", kind.word(), at.as_millisecond());
        Self { bid: Some(bid.clone()), ..Self::to_seller(kind, id, at, text) }
    }

    /// That a buyer has returned, or asked to return, as many of a month's sales as it may, and since `at` what it returns beyond them is refused.
    pub fn return_cap_reached(bid: &BuyerRef, month: Date, at: Timestamp, returned: u32) -> Self {
        let text = format!(
            "Buyer {bid} has returned, or asked to return, {returned} of its leads of {}, which is as many as it may. What it returns beyond them is \
             refused; talk to it, or take them back for it.",
            month.strftime("%B %Y"),
        );
        let kind = NoticeKind::ReturnCapReached;
        let id = format!("{}-{bid}-{}", kind.word(), month.strftime("%Y%m"));
        Self { bid: Some(bid.clone()), ..Self::to_seller(kind, id, at, text) }
    }

    /// That somebody who got a lead, or sent it, says something of it that is not done: under this id, what has happened, and in one word why not.
    pub fn feedback_not_taken(
        lead: LeadId,
        did: Option<&DeliveryRef>,
        (said, event, result): (&str, EventKind, &str),
        at: Timestamp,
    ) -> Self {
        let event = event.word();
        let text = match did {
            Some(did) => format!(
                "Who got lead {lead} by delivery {did} says that it is {event}, and that was not done: {result}. Read the lead, and agree with \
                 the buyer."
            ),
            None => format!(
                "Who sent lead {lead} does not take it back; why, stands with the lead under feedback. Agree with the supplier, undo the return of \
                 your buyer, or give the supplier its payout again."
            ),
        };
        let kind = NoticeKind::FeedbackNotTaken;
        let id = format!("{}-{lead}-{}-{said}", kind.word(), did.map_or("", DeliveryRef::as_str));
        Self { did: did.cloned(), lead_id: Some(lead), ..Self::to_seller(kind, id, at, text) }
    }

    /// That who sent a lead does not take back its return, told under this id. Why is not quoted: a notice stays when its lead is deleted.
    pub fn return_not_taken_back(lead: LeadId, told: &str, at: Timestamp) -> Self {
        let text = format!(
            "Lead {lead} was returned, and what was earned with it taken back; who sent it does not take it back. What it answered stands with the \
             lead under feedback. Agree with the supplier, undo the return of your buyer, or give the supplier its payout again."
        );
        let kind = NoticeKind::FeedbackNotTaken;
        Self { lead_id: Some(lead), ..Self::to_seller(kind, format!("{}-{lead}-{told}", kind.word()), at, text) }
    }

    /// What a group of items comes to, which closed at `at`.
    pub fn of_group(to: &Principal, kind: NoticeKind, id: String, at: Timestamp, summary: Summary) -> Self {
        let text = mail::sentences(kind, to, &summary);
        Self { to: to.clone(), summary: Some(summary), ..Self::to_seller(kind, id, at, text) }
    }

    /// That one lead of a supplier was returned, or its return undone, to be told by a postback.
    pub fn postback(to: &Principal, kind: NoticeKind, item: &NoticeItem) -> Self {
        let NoticeItem { lead, did, number, at, .. } = item;
        let (id, text) = if kind == NoticeKind::ReturnUndone {
            let text = format!("The return of lead {lead} was undone: {}.", item.reason);
            (format!("postback-{lead}-{did}-{number}-undone"), text)
        } else {
            (format!("postback-{lead}-{did}-{number}"), format!("Lead {lead} was returned: {}.", item.reason))
        };
        let notice = Self::to_seller(kind, id, *at, text);
        Self { to: to.clone(), lead_id: Some(*lead), item: Some(item.clone()), ..notice }.by([Way::Postback])
    }

    /// To be told by these ways.
    #[must_use]
    pub fn by(self, ways: impl IntoIterator<Item = Way>) -> Self {
        let queued = Progress { state: WayState::Queued, attempts: 0, since: self.at };
        Self { sent: ways.into_iter().map(|way| (way, queued.clone())).collect(), ..self }
    }

    /// How many things it tells of.
    pub fn count(&self) -> u64 {
        self.summary.as_ref().map_or(1, |summary| summary.count)
    }

    fn to_seller(kind: NoticeKind, id: String, at: Timestamp, text: String) -> Self {
        let (to, version, sent) = (Principal::Seller, 0, BTreeMap::new());
        let (did, lead_id, bid, item, summary) = (None, None, None, None, None);
        let (return_file_id, lead_import_id) = (None, None);
        Self { id, at, kind, to, version, did, lead_id, bid, return_file_id, lead_import_id, text, item, summary, sent }
    }
}

fn seller() -> Principal {
    Principal::Seller
}

fn is_sellers(to: &Principal) -> bool {
    match to {
        Principal::Seller => true,
        Principal::Supplier { .. } | Principal::Buyer { .. } => false,
    }
}

fn is_zero(version: &u64) -> bool {
    *version == 0
}
