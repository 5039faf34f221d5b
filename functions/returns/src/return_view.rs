//! A return as it is shown, to each as much of it as is theirs.

use domain::{
    access::{Part, Principal},
    id::{BuyerRef, CampaignRef, DeliveryRef, LeadId, SupplierRef},
    lead::{Lead, LeadDelivery, Return, ReturnState},
    money::Money,
    returned::ReturnId,
    time::rfc3339,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::own;

/// A sale that was taken back, or is to be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Return)]
pub(crate) struct ReturnView {
    /// What it is called. Suppliers do not see it, as it names a delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "return_01JCXV5A8M3Q4R5S6T7V8W9XYZ.1.bright-solar-crm")]
    return_id: Option<ReturnId>,
    lead_id: LeadId,
    campid: CampaignRef,
    /// The supplier of the lead. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SupplierRef>,
    /// Who bought it. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// The delivery that it was sold through. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<DeliveryRef>,
    /// Where it stands. Suppliers see returns that have taken effect.
    state: ReturnState,
    /// The reason code.
    reason: String,
    /// What the buyer, or the seller for it, said besides. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// `buyer` or `seller`: who wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<&'static str>,
    /// When it was asked for.
    #[schema(format = DateTime)]
    requested_at: String,
    /// When it got where it stands.
    #[schema(format = DateTime)]
    at: String,
    /// Of one that waits for the seller: for how many whole hours by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_hours: Option<i64>,
    /// Of one that waits: when it takes effect by itself, if nobody decides before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    approved_by_then: Option<String>,
    /// What the seller said when it rejected or undid it. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Whether the supplier gives back what it earned, or is to. Only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverse_payout: Option<bool>,
    /// What the buyer no longer owes, while the sale is taken back. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue_back: Option<Money>,
    /// What the supplier gives back, while the sale is taken back. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_back: Option<Money>,
}

impl ReturnView {
    /// The columns of a CSV file of returns.
    pub(crate) const COLUMNS: [&'static str; 18] = [
        "return_id",
        "lead_id",
        "campid",
        "sid",
        "bid",
        "did",
        "state",
        "reason",
        "comment",
        "requested_by",
        "requested_at",
        "at",
        "waiting_hours",
        "approved_by_then",
        "why",
        "currency",
        "revenue_back",
        "payout_back",
    ];

    /// One of a lead's returns, if there is such a one and it is the viewer's to see.
    pub(crate) fn of(lead: &Lead, id: &ReturnId, viewer: &Principal, now: Timestamp) -> Option<Self> {
        let delivery = lead.deliveries.get(&id.did)?;
        let back = delivery.sale()?.returns().find(|back| back.number == id.number)?;
        own::is_shown(back, viewer).then(|| Self::new(lead, (id, delivery, back), viewer, now))
    }

    fn new(
        lead: &Lead,
        (id, delivery, back): (&ReturnId, &LeadDelivery, &Return),
        viewer: &Principal,
        now: Timestamp,
    ) -> Self {
        let sees_deliveries = viewer.sees(Part::Deliveries);
        let taken = back.taken.as_ref().filter(|_| back.is_approved());
        let waits = back.is_requested();
        let requested_by = if back.by_seller { "seller" } else { "buyer" };
        Self {
            return_id: sees_deliveries.then(|| id.clone()),
            lead_id: lead.id,
            campid: lead.campid.clone(),
            sid: viewer.sees(Part::Source).then(|| lead.sid.clone()),
            bid: delivery.bid.clone().filter(|_| sees_deliveries),
            did: sees_deliveries.then(|| id.did.clone()),
            state: back.state,
            reason: back.reason.clone(),
            comment: back.comment.clone().filter(|_| sees_deliveries),
            requested_by: sees_deliveries.then_some(requested_by),
            requested_at: rfc3339(back.asked_at),
            at: rfc3339(back.at),
            waiting_hours: waits.then(|| back.asked_at.duration_until(now).as_hours()),
            approved_by_then: back.approved_by_then.filter(|_| waits).map(rfc3339),
            why: back.why.clone().filter(|_| sees_deliveries),
            reverse_payout: viewer.sees(Part::Profit).then_some(back.reverse_payout),
            revenue_back: taken.filter(|_| viewer.sees(Part::Revenue)).map(|taken| taken.price),
            payout_back: taken.filter(|_| viewer.sees(Part::Payout)).and_then(|taken| taken.payout),
        }
    }

    /// Its row in a CSV file.
    pub(crate) fn row(&self) -> [String; 18] {
        let text = |value: Option<String>| value.unwrap_or_default();
        let amount = |money: Option<Money>| text(money.map(Money::amount));
        let currency = self.revenue_back.or(self.payout_back).map(|money| money.currency.to_string());
        [
            text(self.return_id.as_ref().map(ToString::to_string)),
            self.lead_id.to_string(),
            self.campid.to_string(),
            text(self.sid.as_ref().map(ToString::to_string)),
            text(self.bid.as_ref().map(ToString::to_string)),
            text(self.did.as_ref().map(ToString::to_string)),
            self.state.word().to_owned(),
            self.reason.clone(),
            text(self.comment.clone()),
            text(self.requested_by.map(str::to_owned)),
            self.requested_at.clone(),
            self.at.clone(),
            text(self.waiting_hours.map(|hours| hours.to_string())),
            text(self.approved_by_then.clone()),
            text(self.why.clone()),
            text(currency),
            amount(self.revenue_back),
            amount(self.payout_back),
        ]
    }
}
