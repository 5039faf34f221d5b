//! What was said of a lead by who got it, and what was told of it to others, as the API shows them.

use domain::{
    feedback::{EventKind, Telling, TellingState, Word},
    id::DeliveryRef,
    lead::{FollowUp, FollowUpStage},
    money::Money,
    time::rfc3339,
};
use serde::Serialize;
use store::SaidOfLead;
use utoipa::ToSchema;

/// Something that was said of the lead, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feedback)]
pub(crate) struct FeedbackView {
    /// What it is called by who said it: the `webhook-id`.
    id: String,
    event: EventKind,
    /// When it was said.
    at: String,
    /// The code of why, as it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Why, in words, as it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What was said to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<Money>,
    /// What came of it: `applied`, `already`, and so on; see `POST /v1/feedback`.
    result: String,
    /// Why nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// How far the buyer has got with the lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUp)]
pub(crate) struct FollowUpView {
    stage: FollowUpStage,
    /// Since when.
    at: String,
    /// What it brought the buyer, where it says so; no money of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Money>,
    /// When it had not got hold of the person, if it ever said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_reached_at: Option<String>,
    /// When it had spoken to the person, as it said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    contacted_at: Option<String>,
}

/// How far who sent the lead, or got it, has been told of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedbackTold)]
pub(crate) struct TellingView {
    /// `idle`, `sending`, `retry`, `failed`.
    state: &'static str,
    /// Since when.
    since: String,
    /// What was told last: `sold`, `unsold` or `returned`; to who got it, `return_refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<EventKind>,
    /// What came of that there, in its word.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// What was said there of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What is being told, or was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    telling: Option<EventKind>,
    /// When it is told again.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// What went wrong the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the supplier said of it: that it does not take a return.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    said: Vec<FeedbackView>,
}

impl FeedbackView {
    pub(crate) fn new(said: &SaidOfLead) -> Self {
        Self {
            id: said.shown.clone(),
            event: said.event,
            at: rfc3339(said.at),
            code: said.code.clone(),
            reason: said.reason.clone(),
            revenue: said.revenue,
            result: said.result.clone(),
            detail: said.detail.clone(),
        }
    }
}

impl FollowUpView {
    pub(crate) fn new(follow_up: FollowUp) -> Self {
        Self {
            stage: follow_up.stage,
            at: rfc3339(follow_up.at),
            value: follow_up.value,
            not_reached_at: follow_up.not_reached_at().map(rfc3339),
            contacted_at: follow_up.contacted_at().map(rfc3339),
        }
    }
}

impl TellingView {
    pub(crate) fn new(telling: &Telling, said: &[SaidOfLead]) -> Self {
        let (open, reason) = match &telling.state {
            TellingState::Idle => (None, None),
            TellingState::Sending { open, .. } => (Some(open), None),
            TellingState::Retry { open, reason, .. } | TellingState::Failed { open, reason } => {
                (Some(open), Some(reason.clone()))
            }
        };
        Self {
            state: telling.state.word(),
            since: rfc3339(telling.since),
            told: telling.told.as_ref().map(Word::kind),
            answer: telling.answer.clone(),
            detail: telling.detail.clone(),
            telling: open.map(|open| open.word.kind()),
            due: telling.due().map(rfc3339),
            reason,
            said: said.iter().filter(|said| said.did.is_none()).map(FeedbackView::new).collect(),
        }
    }
}

/// How far who got the lead by this delivery has been told of it, or, without one, who sent it.
pub(crate) fn told<'a>(tellings: &'a [Telling], did: Option<&DeliveryRef>) -> Option<&'a Telling> {
    tellings.iter().find(|telling| telling.did.as_ref() == did)
}
