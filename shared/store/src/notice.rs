//! Notices: what the seller should know, told once, listed newest first, and gone after 90 days.

use domain::{
    id::{BuyerRef, DeliveryRef, LeadId},
    lead::Lead,
    money::Money,
    time::{later, rfc3339},
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Page, Store,
    conditional::Conditional,
    item::{from_item, text, to_item},
    keys,
};

/// How long a notice is kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Sorts behind every instant.
const AFTER_ALL_TIME: &str = "~";

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A delivery failed time after time, and is left in peace for a while.
    DeliveryPaused,
    /// Nobody knows whether a buyer has a lead, and only the seller can say.
    DecisionNeeded,
    /// Little is left of a buyer's credit.
    LowCredit,
}

impl NoticeKind {
    /// The word for it: `decision_needed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::DeliveryPaused => "delivery_paused",
            Self::DecisionNeeded => "decision_needed",
            Self::LowCredit => "low_credit",
        }
    }
}

/// Something that the seller should know. It carries ids, and never a person's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for what happened once, however often it is noticed.
    pub id: String,
    /// When it happened: a property of what happened, not of who noticed it, so that it is told once.
    #[serde(with = "domain::time")]
    pub at: Timestamp,
    /// What it is about.
    pub kind: NoticeKind,
    /// The delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// The lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// A sentence or two for a person: what happened, and what to do.
    pub text: String,
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
        Some(Self { id, at, kind, did: Some(did.clone()), lead_id: Some(lead.id), bid: None, text })
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
        Self { id, at, kind, did: Some(did.clone()), lead_id: None, bid: None, text }
    }

    /// That since `at` less is left of a buyer's credit than the seller wants to be left.
    pub fn low_credit(bid: &BuyerRef, at: Timestamp, left: Money) -> Self {
        let text = format!(
            "Buyer {bid} has {left} of its credit left. When nothing is left, its deliveries are passed over; ask it to \
             pay, and add to its credit.",
        );
        let kind = NoticeKind::LowCredit;
        let id = format!("{}-{bid}-{}", kind.word(), at.as_millisecond());
        Self { id, at, kind, did: None, lead_id: None, bid: Some(bid.clone()), text }
    }
}

/// A notice as a row.
#[derive(Serialize)]
struct Row<'a> {
    pk: String,
    sk: String,
    /// When the table may forget it, in seconds since 1970.
    x: i64,
    #[serde(flatten)]
    notice: &'a Notice,
}

impl Store {
    /// Keeps a notice. One that is there already stays as it is.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_notice(&self, notice: &Notice) -> Result<(), Error> {
        let keys::Key { pk, sk } = keys::notice(notice.at, &notice.id);
        let row = Row { pk, sk, x: later(notice.at, KEPT_FOR).as_second(), notice };
        let put = self.db.put_item().table_name(&self.tables.setup).set_item(Some(to_item(&row)?));
        put.condition_expression("attribute_not_exists(pk)").written().await?;
        Ok(())
    }

    /// Lists the notices of the last 90 days, newest first, from behind `after`; none if that is no place in this list.
    ///
    /// # Errors
    /// The table's.
    pub async fn notices(
        &self,
        now: Timestamp,
        limit: u16,
        after: Option<&str>,
    ) -> Result<Option<Page<Notice>>, Error> {
        let Some(newest) = after.map_or(Some(now), time_of) else { return Ok(None) };
        let wanted = usize::from(limit);
        let mut notices: Vec<Notice> = Vec::new();
        for month in months(newest, now) {
            // One more than is asked for tells whether there are more.
            let missing = (wanted + 1).saturating_sub(notices.len());
            if missing == 0 {
                break;
            }
            notices.extend(self.notices_of(&month, missing, after.unwrap_or(AFTER_ALL_TIME)).await?);
        }
        let has_more = notices.len() > wanted;
        notices.truncate(wanted);
        let last = notices.last().filter(|_| has_more).map(|last| keys::notice(last.at, &last.id).sk);
        Ok(Some(Page { items: notices, unreadable: Vec::new(), last }))
    }

    /// Up to `limit` notices of a month, newest first, from before the sort key `before`.
    async fn notices_of(&self, month: &str, limit: usize, before: &str) -> Result<Vec<Notice>, Error> {
        let got = self
            .db
            .query()
            .table_name(&self.tables.setup)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", text(month))
            .expression_attribute_values(":before", text(before))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .scan_index_forward(false)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        got.items.unwrap_or_default().into_iter().map(from_item).collect()
    }
}

/// The instant at the start of a sort key.
fn time_of(sk: &str) -> Option<Timestamp> {
    sk.split_once('#')?.0.parse().ok()
}

/// The partitions with notices that are still kept, from that of `newest` back.
fn months(newest: Timestamp, now: Timestamp) -> Vec<String> {
    let month = |at: Timestamp| at.to_zoned(TimeZone::UTC).date().first_of_month();
    let (mut next, oldest) = (month(newest.min(now)), month(later(now, -KEPT_FOR)));
    let mut partitions = Vec::new();
    while next >= oldest {
        let Ok(start) = next.to_zoned(TimeZone::UTC) else { break };
        partitions.push(keys::notices(start.timestamp()));
        let Ok(before) = next.checked_sub(1.month()) else { break };
        next = before;
    }
    partitions
}
