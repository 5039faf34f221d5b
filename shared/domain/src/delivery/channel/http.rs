//! The kind `http`: a request to the buyer's endpoint, and rules that read its answer.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::ChannelKind;
use crate::{answer::AnswerRules, delivery::RequestRule, id::CampaignRef, setup::Invalid, template::ValueTemplate};

/// A request to the buyer's endpoint, and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpChannel {
    /// The request.
    pub request: RequestRule,
    /// How the answer reads.
    pub answer: AnswerRules,
}

impl HttpChannel {
    /// What could never be sent, where templates know these names besides their usual ones.
    pub(crate) fn check_knowing(&self, more: &[&str], found: &mut Vec<Invalid>) {
        self.request.check_knowing(more, found);
        self.answer.check("channel.answer", found);
    }

    /// All templates of the request, each with its place in a delivery.
    pub(crate) fn templates_of_request(&self) -> impl Iterator<Item = (String, &ValueTemplate)> {
        self.request.templates()
    }

    /// Takes its secrets out.
    pub(crate) fn without_its_secrets(&mut self) {
        self.request.forget_secrets();
    }

    pub(crate) fn keep_secrets_of(&mut self, stored: &Self) -> Vec<Invalid> {
        self.request.keep_secrets_of(&stored.request)
    }
}

impl ChannelKind for HttpChannel {
    fn timeout(&self) -> SignedDuration {
        SignedDuration::from_millis(self.request.timeout_ms.into())
    }

    fn is_idempotent(&self) -> bool {
        self.request.idempotent
    }

    fn endpoint(&self) -> Option<(&'static str, &Url)> {
        Some(("channel.request.url", &self.request.url))
    }

    fn answer(&self) -> Option<&AnswerRules> {
        Some(&self.answer)
    }

    fn templates(&self) -> Vec<(String, &ValueTemplate)> {
        self.request.templates().collect()
    }

    fn check(&self, _own: &CampaignRef, found: &mut Vec<Invalid>) {
        self.check_knowing(&[], found);
    }

    fn forget_secrets(&mut self) {
        self.without_its_secrets();
    }
}
