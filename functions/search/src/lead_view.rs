//! A lead as the API shows it, to whom it is shown.

use std::collections::BTreeMap;

use domain::{
    access::Principal,
    id::{BuyerRef, CampaignRef, DeliveryRef, SupplierRef},
    lead::{DeliveryState, DeliveryStatus, Lead, LeadDelivery, Method, PayoutState, ReturnState, SoldStatus},
    money::{Money, MoneyError},
    time::rfc3339,
};
use serde::Serialize;
use store::{Attempt, Exchange};
use utoipa::ToSchema;

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
    campid: CampaignRef,
    sid: SupplierRef,
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

/// One delivery of the lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadDelivery)]
struct DeliveryView {
    did: DeliveryRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// `queued`, `held`, `sending`, `retry`, `accepted`, `rejected`, `awaiting_feedback`, `unknown`, `failed`, `skipped`.
    state: &'static str,
    /// When it got there.
    since: String,
    /// Why, where there is a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it is tried again, or when an answer is missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// Nobody knows whether the buyer has it; the seller has to decide.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decision_needed: bool,
    round: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sale: Option<SaleView>,
    /// The requests, oldest first.
    attempts: Vec<AttemptView>,
}

/// The sale.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sale)]
struct SaleView {
    price: Money,
    sold_at: String,
    /// The buyer's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Where its return stands, if one was asked for.
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    back: Option<ReturnState>,
}

/// One request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptView {
    attempt_id: String,
    number: u32,
    at: String,
    elapsed_ms: u64,
    /// `answered`, `not_sent`, `no_answer`.
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// The start of the buyer's answer, up to 8 KB.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
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
        let deliveries = shown.into_iter().map(|(did, delivery)| DeliveryView::new(did, delivery, &attempts)).collect();
        Ok(Self {
            lead_id: lead.id.to_string(),
            received: rfc3339(lead.received),
            method: lead.method,
            campid: lead.campid.clone(),
            sid: lead.sid.clone(),
            ssid: lead.ssid.clone(),
            source: lead.source.clone(),
            fields: lead.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            approval: ApprovalView::new(&lead.approval),
            sold_status: lead.sold_status(),
            delivery_status: lead.delivery_status(),
            deliveries,
            financials: FinancialsView::new(lead, viewer)?,
        })
    }
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

impl DeliveryView {
    fn new(did: &DeliveryRef, delivery: &LeadDelivery, attempts: &[Attempt]) -> Self {
        let (reason, due) = match &delivery.state {
            DeliveryState::Queued | DeliveryState::Sending { .. } | DeliveryState::Accepted { .. } => (None, None),
            DeliveryState::Held { until } => (None, Some(*until)),
            DeliveryState::Retry { due, reason } => (Some(reason.clone()), Some(*due)),
            DeliveryState::AwaitingFeedback { deadline, .. } => (None, Some(*deadline)),
            DeliveryState::Unknown { deadline, reason, resend, .. } => {
                (Some(reason.clone()), Some(resend.unwrap_or(*deadline)))
            }
            DeliveryState::Rejected { reason } | DeliveryState::Failed { reason } => (Some(reason.clone()), None),
            DeliveryState::Skipped { reason } => (Some(reason.detail().to_owned()), None),
        };
        let own = attempts.iter().filter(|attempt| attempt.did == *did);
        Self {
            did: did.clone(),
            bid: delivery.bid.clone(),
            state: delivery.state.word(),
            since: rfc3339(delivery.since),
            reason,
            due: due.map(rfc3339),
            decision_needed: matches!(delivery.state, DeliveryState::Unknown { decision_needed: true, .. }),
            round: delivery.round,
            sale: delivery.state.sale().filter(|_| delivery.bid.is_some()).map(SaleView::new),
            attempts: own.map(AttemptView::new).collect(),
        }
    }
}

impl SaleView {
    fn new(sale: &domain::lead::Sale) -> Self {
        Self {
            price: sale.price,
            sold_at: rfc3339(sale.sold_at),
            reference: sale.reference.clone(),
            back: sale.returned.as_ref().map(|back| back.state),
        }
    }
}

impl AttemptView {
    fn new(attempt: &Attempt) -> Self {
        let (result, http_status, answer, reason) = match &attempt.heard {
            Exchange::Answered { status, body, .. } => ("answered", Some(*status), Some(body.clone()), None),
            Exchange::NotSent { reason, .. } => ("not_sent", None, None, Some(reason.clone())),
            Exchange::NoAnswer { reason } => ("no_answer", None, None, Some(reason.clone())),
        };
        Self {
            attempt_id: attempt.id.to_string(),
            number: attempt.number,
            at: rfc3339(attempt.at),
            elapsed_ms: attempt.elapsed_ms,
            result,
            http_status,
            answer,
            reason,
        }
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
