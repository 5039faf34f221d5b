//! A lead as a line of the table of leads, ready to show.

use std::collections::BTreeSet;

use domain::{
    access::{Part, Principal},
    contact::Country,
    finder::{Activity, has_happened},
    id::{BuyerRef, CampaignRef, DeliveryRef, LeadId, SupplierRef},
    lead::{DeliveryState, DeliveryStatus, Lead, LeadDelivery, Method, PayoutState, SoldStatus},
    money::{Money, MoneyError},
    time::rfc3339,
};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::lead_view::FinancialsView;

/// What stands in a summary, in this order.
const SUMMED_UP: [&str; 3] = ["email", "phone1", "postcode"];
/// A cell is not wider than this.
const MAX_SUMMARY_CHARS: usize = 160;
const SEVERAL: &str = "multiple";

/// A lead, as a line of a table.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadLine)]
pub(crate) struct LeadLine {
    lead_id: LeadId,
    /// When it came in, UTC.
    #[schema(format = DateTime)]
    received: String,
    /// The same in the account's zone, to the second.
    #[schema(example = "2026-11-05 10:20:30")]
    received_local: String,
    /// Name, e-mail, phone and postcode, as far as they are there.
    #[schema(example = "Jo Smith · jo@example.com · +441614960000 · SW1A 1AA")]
    summary: String,
    campid: CampaignRef,
    /// Who sent it. Buyers do not see where a lead is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SupplierRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    method: Method,
    country: Country,
    /// It was sent as a test.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    test: bool,
    /// `pending`, `approved`, `rejected`, `quarantined`.
    approval: &'static str,
    sold_status: SoldStatus,
    /// Who bought it. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<BuyerCell>,
    /// What buyers pay, where it was sold: all of them, or the one who asks. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<Money>,
    /// What the supplier earns, as far as that is known. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_status: Option<PayoutState>,
    delivery: DeliveryCell,
    /// What has happened to it since it came in, as far as the caller may know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    activities: Vec<Activity>,
}

/// The buyer of a lead, in the colour of how that went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuyerCell)]
struct BuyerCell {
    /// A buyer, or `multiple`; absent: no buyer was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    colour: Colour,
    /// Who bought it and has not returned it; or else, who was asked.
    bids: BTreeSet<BuyerRef>,
}

/// How the deliveries of a lead did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryCell)]
struct DeliveryCell {
    status: DeliveryStatus,
    colour: Colour,
    /// Why some did not take it. Suppliers do not see it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView>,
}

/// Why a delivery did not take a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryReason)]
struct ReasonView {
    did: DeliveryRef,
    /// `rejected`, `failed` or `unknown`, or `retry` while it is tried again.
    state: &'static str,
    reason: String,
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Colour {
    /// It went well.
    Green,
    /// It came to nothing.
    Red,
    /// Some of it went well.
    Orange,
    /// Nothing can be said yet.
    Grey,
}

impl LeadLine {
    /// As `viewer` may see it, with times of this zone.
    pub(crate) fn new(lead: &Lead, viewer: &Principal, zone: &TimeZone) -> Result<Self, MoneyError> {
        let told = viewer.told_of(lead);
        let (sees_source, sees_deliveries) = (viewer.sees(Part::Source), viewer.sees(Part::Deliveries));
        let money = FinancialsView::new(lead, viewer)?;
        let is_sold = told.sales().next().is_some();
        let happened = Activity::ALL.into_iter().filter(|activity| viewer.sees_activity(*activity));
        Ok(Self {
            lead_id: lead.id,
            received: rfc3339(lead.received),
            received_local: zone.to_datetime(lead.received).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            summary: summary(lead),
            campid: lead.campid.clone(),
            sid: sees_source.then(|| lead.sid.clone()),
            source: lead.source.clone().filter(|_| sees_source),
            method: lead.method,
            country: lead.country,
            test: lead.test,
            approval: lead.approval.word(),
            sold_status: told.sold_status(),
            buyer: sees_deliveries.then(|| BuyerCell::new(&told)),
            revenue: money.revenue.filter(|_| is_sold),
            payout: money.payout,
            payout_status: money.payout_status,
            delivery: DeliveryCell::new(&told, sees_deliveries),
            activities: happened.filter(|activity| has_happened(&told, *activity)).collect(),
        })
    }
}

impl BuyerCell {
    fn new(lead: &Lead) -> Self {
        let asked = lead.deliveries.values().filter(|delivery| !delivery.state.is_skipped());
        let asked = || asked.clone().filter_map(|delivery| delivery.bid.clone()).collect::<BTreeSet<_>>();
        let standing: BTreeSet<BuyerRef> =
            lead.standing_sales().filter_map(|(_, delivery, _)| delivery.bid.clone()).collect();
        let bids = if standing.is_empty() { asked() } else { standing };
        let colour = match lead.sold_status() {
            SoldStatus::Sold => Colour::Green,
            SoldStatus::Unsold | SoldStatus::Returned if !bids.is_empty() => Colour::Red,
            SoldStatus::Open | SoldStatus::Unsold | SoldStatus::Returned => Colour::Grey,
        };
        let label = match bids.len() {
            0 => None,
            1 => bids.first().map(ToString::to_string),
            _ => Some(SEVERAL.to_owned()),
        };
        Self { label, colour, bids }
    }
}

impl DeliveryCell {
    fn new(lead: &Lead, sees_reasons: bool) -> Self {
        let status = lead.delivery_status();
        let colour = match status {
            DeliveryStatus::Full => Colour::Green,
            DeliveryStatus::Fail => Colour::Red,
            DeliveryStatus::Partial => Colour::Orange,
            DeliveryStatus::Blank | DeliveryStatus::Sending => Colour::Grey,
        };
        let reasons = lead.deliveries.iter().filter(|_| sees_reasons);
        Self { status, colour, reasons: reasons.filter_map(|(did, delivery)| reason(did, delivery)).collect() }
    }
}

fn reason(did: &DeliveryRef, delivery: &LeadDelivery) -> Option<ReasonView> {
    let reason = match &delivery.state {
        DeliveryState::Rejected { reason }
        | DeliveryState::Failed { reason }
        | DeliveryState::Unknown { reason, .. }
        | DeliveryState::Retry { reason, .. } => reason.clone(),
        DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Accepted { .. }
        | DeliveryState::AwaitingFeedback { .. }
        | DeliveryState::Skipped { .. } => return None,
    };
    Some(ReasonView { did: did.clone(), state: delivery.state.word(), reason })
}

fn summary(lead: &Lead) -> String {
    let field =
        |name: &str| lead.fields.iter().find(|(field, _)| field.as_str() == name).map(|(_, value)| value.trim());
    let names: Vec<&str> =
        ["firstname", "lastname"].into_iter().filter_map(field).filter(|name| !name.is_empty()).collect();
    let others = SUMMED_UP.into_iter().filter_map(field).map(str::to_owned);
    let parts: Vec<String> = std::iter::once(names.join(" ")).chain(others).filter(|part| !part.is_empty()).collect();
    parts.join(" · ").chars().take(MAX_SUMMARY_CHARS).collect()
}
