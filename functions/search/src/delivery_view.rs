//! One delivery of a lead as the API shows it, with every request that was made for it.

use domain::{
    access::{Part, Principal},
    feedback::Telling,
    id::{BuyerRef, DeliveryRef},
    lead::{DeliveryState, LeadDelivery, ReturnState},
    money::Money,
    time::rfc3339,
};
use serde::Serialize;
use store::{Attempt, Exchange, SaidOfLead};
use utoipa::ToSchema;

use crate::feedback_view::{FeedbackView, FollowUpView, TellingView, told};

/// What is shown of the answers to all requests but the last, so that a lead with many deliveries fits into one answer.
const EARLIER_ANSWER_CHARS: usize = 500;

/// Why a delivery is held.
const HELD: &str = "it is closed or paused until then";

/// One delivery of the lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadDelivery)]
pub(crate) struct DeliveryView {
    did: DeliveryRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// `queued`, `held`, `sending`, `retry`, `accepted`, `rejected`, `awaiting_feedback`, `unknown`, `failed`, `skipped`.
    state: &'static str,
    /// When it got there.
    since: String,
    /// Why it was skipped, for programs: `filter`, `cap`, `outside_hours` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
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
    /// How far its buyer has got with the lead, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    follow_up: Option<FollowUpView>,
    /// What who got the lead has said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feedback: Vec<FeedbackView>,
    /// How far the installation that got it has been told that its return is not taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<TellingView>,
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
    /// Where the buyer wants the person to be sent on to.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<String>,
    /// Where its return stands, if one was asked for.
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    back: Option<ReturnState>,
}

/// One request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptView {
    /// Its id; requests that repeat an unanswered one share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_id: Option<String>,
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
    /// `answered`, `not_sent`, `no_answer`; `taken` and `refused` where nobody outside was asked; `under_way`, or `not_recorded` when the worker died with it.
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// The start of the buyer's answer: up to 8 KB of the last one, 500 characters of earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of `taken`: what the lead is called where it was put, such as an e-mail's id or the lead that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Leads to the log lines of the request; only the seller sees it, for suppliers may choose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
}

impl DeliveryView {
    pub(crate) fn new(
        did: &DeliveryRef,
        delivery: &LeadDelivery,
        (attempts, said, tellings): (&[Attempt], &[SaidOfLead], &[Telling]),
        viewer: &Principal,
    ) -> Self {
        let (reason, due) = match &delivery.state {
            DeliveryState::Queued | DeliveryState::Sending { .. } | DeliveryState::Accepted { .. } => (None, None),
            DeliveryState::Held { until } => (Some(HELD.to_owned()), Some(*until)),
            DeliveryState::Retry { due, reason } => (Some(reason.clone()), Some(*due)),
            DeliveryState::AwaitingFeedback { deadline, .. } => (None, Some(*deadline)),
            DeliveryState::Unknown { clearing, reason, .. } => (Some(reason.clone()), Some(clearing.at())),
            DeliveryState::Rejected { reason } | DeliveryState::Failed { reason } => (Some(reason.clone()), None),
            DeliveryState::Skipped { reason } => (Some(reason.detail()), None),
        };
        let code = if let DeliveryState::Skipped { reason } = &delivery.state { Some(reason.code()) } else { None };
        Self {
            did: did.clone(),
            bid: delivery.bid.clone(),
            state: delivery.state.word(),
            since: rfc3339(delivery.since),
            code,
            reason,
            due: due.map(rfc3339),
            decision_needed: delivery.state.decision_needed_since().is_some(),
            round: delivery.round,
            sale: delivery.sale().map(SaleView::new),
            follow_up: delivery.follow_up.map(FollowUpView::new),
            feedback: said.iter().filter(|said| said.did.as_ref() == Some(did)).map(FeedbackView::new).collect(),
            told: told(tellings, Some(did)).map(|telling| TellingView::new(telling, &[])),
            attempts: requests(did, delivery, attempts, viewer),
        }
    }
}

impl SaleView {
    fn new(sale: &domain::lead::Sale) -> Self {
        Self {
            price: sale.price,
            sold_at: rfc3339(sale.sold_at),
            reference: sale.reference.clone(),
            redirect_url: sale.redirect_url.clone(),
            back: sale.returned.as_ref().map(|back| back.state),
        }
    }
}

/// Every request that was written down, also those of which nothing was heard.
fn requests(did: &DeliveryRef, delivery: &LeadDelivery, attempts: &[Attempt], viewer: &Principal) -> Vec<AttemptView> {
    let is_sending = matches!(delivery.state, DeliveryState::Sending { .. });
    (1..=delivery.attempts)
        .map(|number| {
            let is_last = number == delivery.attempts;
            match attempts.iter().find(|attempt| attempt.did == *did && attempt.number == number) {
                Some(attempt) => AttemptView::new(attempt, is_last, viewer),
                None if is_last && is_sending => AttemptView::unheard(number, "under_way"),
                None => AttemptView::unheard(number, "not_recorded"),
            }
        })
        .collect()
}

impl AttemptView {
    fn new(attempt: &Attempt, is_last: bool, viewer: &Principal) -> Self {
        let reference = match &attempt.heard {
            Exchange::Taken { reference } => reference.clone(),
            Exchange::Refused { .. }
            | Exchange::Answered { .. }
            | Exchange::NotSent { .. }
            | Exchange::NoAnswer { .. } => None,
        };
        let (result, http_status, answer, reason) = match &attempt.heard {
            Exchange::Taken { .. } => ("taken", None, None, None),
            Exchange::Refused { reason } => ("refused", None, None, Some(reason.clone())),
            Exchange::Answered { status, body, .. } => ("answered", Some(*status), Some(body), None),
            Exchange::NotSent { reason, .. } => ("not_sent", None, None, Some(reason.clone())),
            Exchange::NoAnswer { reason } => ("no_answer", None, None, Some(reason.clone())),
        };
        let kept_chars = if is_last { usize::MAX } else { EARLIER_ANSWER_CHARS };
        Self {
            attempt_id: Some(attempt.id.to_string()),
            number: attempt.number,
            at: Some(rfc3339(attempt.at)),
            elapsed_ms: Some(attempt.elapsed_ms),
            result,
            http_status,
            answer: answer.map(|body| body.chars().take(kept_chars).collect()),
            reason,
            reference,
            correlation_id: attempt.correlation_id.clone().filter(|_| viewer.sees(Part::CorrelationId)),
        }
    }

    fn unheard(number: u32, result: &'static str) -> Self {
        Self {
            attempt_id: None,
            number,
            at: None,
            elapsed_ms: None,
            result,
            http_status: None,
            answer: None,
            reason: None,
            reference: None,
            correlation_id: None,
        }
    }
}
