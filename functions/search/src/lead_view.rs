//! A lead as the API shows it, to whom it is shown.

use std::collections::BTreeMap;

use domain::{
    access::Principal,
    id::{CampaignRef, SupplierRef},
    lead::{DeliveryStatus, Lead, LeadDelivery, Method, PayoutState, SoldStatus},
    money::{Money, MoneyError},
    time::rfc3339,
};
use serde::Serialize;
use store::Attempt;
use utoipa::ToSchema;

use crate::delivery_view::DeliveryView;

/// One lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadDetails)]
pub(crate) struct LeadView {
    /// Its id.
    lead_id: String,
    /// When it came in, RFC 3339, UTC.
    received: String,
    /// How it came in.
    method: Method,
    /// It was sent as a test: it goes to nobody and is worth nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    test: bool,
    campid: CampaignRef,
    /// Who sent it. Buyers do not see where a lead is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SupplierRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Its data, normalised.
    fields: BTreeMap<String, String>,
    approval: ApprovalView,
    sold_status: SoldStatus,
    delivery_status: DeliveryStatus,
    /// Its deliveries, in the order in which they got it. Suppliers see none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deliveries: Vec<DeliveryView>,
    financials: FinancialsView,
}

/// Whether it is good to sell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
struct ApprovalView {
    /// `pending`, `approved`, `rejected`, `quarantined`.
    status: &'static str,
    /// The rejection's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The money.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Financials)]
struct FinancialsView {
    /// What buyers pay: all of them, or the one who asks. Suppliers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<Money>,
    /// What the supplier earns. Buyers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout_status: Option<PayoutState>,
    /// Revenue minus earned payout; only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    profit: Option<Money>,
}

impl LeadView {
    /// As `viewer` may see it.
    pub(crate) fn new(lead: &Lead, attempts: Vec<Attempt>, viewer: &Principal) -> Result<Self, MoneyError> {
        let mut shown: Vec<_> = lead.deliveries.iter().filter(|(_, delivery)| is_shown(delivery, viewer)).collect();
        shown.sort_by_key(|(_, delivery)| delivery.place);
        let deliveries =
            shown.into_iter().map(|(did, delivery)| DeliveryView::new(did, delivery, &attempts, viewer)).collect();
        let status = status_for(lead, viewer);
        let is_buyer = matches!(viewer, Principal::Buyer { .. });
        Ok(Self {
            lead_id: lead.id.to_string(),
            received: rfc3339(lead.received),
            method: lead.method,
            test: lead.test,
            campid: lead.campid.clone(),
            sid: (!is_buyer).then(|| lead.sid.clone()),
            ssid: lead.ssid.clone().filter(|_| !is_buyer),
            source: lead.source.clone().filter(|_| !is_buyer),
            fields: lead.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            approval: ApprovalView::new(&lead.approval),
            sold_status: status.sold_status(),
            delivery_status: status.delivery_status(),
            deliveries,
            financials: FinancialsView::new(lead, viewer)?,
        })
    }
}

/// The lead as far as its status goes: for a buyer, as if it were the only one.
fn status_for(lead: &Lead, viewer: &Principal) -> Lead {
    let mut seen = lead.clone();
    if let Principal::Buyer { bid } = viewer {
        seen.deliveries.retain(|_, delivery| delivery.bid.as_ref() == Some(bid));
    }
    seen
}

fn is_shown(delivery: &LeadDelivery, viewer: &Principal) -> bool {
    match viewer {
        Principal::Seller => true,
        Principal::Supplier { .. } => false,
        Principal::Buyer { bid } => delivery.bid.as_ref() == Some(bid),
    }
}

impl ApprovalView {
    fn new(approval: &domain::lead::Approval) -> Self {
        use domain::lead::Approval;
        let (code, reason) = match approval {
            Approval::Pending | Approval::Approved => (None, None),
            Approval::Rejected { code, reason } => (Some(code.code()), Some(reason.clone())),
            Approval::Quarantined { reason } => (None, Some(reason.clone())),
        };
        Self { status: approval.word(), code, reason }
    }
}

impl FinancialsView {
    fn new(lead: &Lead, viewer: &Principal) -> Result<Self, MoneyError> {
        let none = Self { revenue: None, payout: None, payout_status: None, profit: None };
        Ok(match viewer {
            Principal::Seller => {
                let revenue = lead.revenue()?;
                Self {
                    revenue: Some(revenue),
                    payout: Some(lead.payout.amount),
                    payout_status: Some(lead.payout.state),
                    profit: Some(revenue.sub(lead.earned_payout())?),
                }
            }
            Principal::Supplier { .. } => {
                Self { payout: Some(lead.payout.amount), payout_status: Some(lead.payout.state), ..none }
            }
            Principal::Buyer { bid } => Self { revenue: Some(lead.revenue_from(bid)?), ..none },
        })
    }
}
