//! Leads are put into a responder.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{id::ResponderRef, lead::Lead};

/// It joins a responder of its campaign. Steps count from then, not from when it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkJoinResponder)]
pub struct JoinResponder {
    /// Which.
    pub rid: ResponderRef,
}

impl JoinResponder {
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let Some(responder) = ordered.responder.filter(|responder| responder.active) else {
            let detail = format!("There is no active responder {}.", self.rid);
            return Err(Refusal::new("responder_inactive", detail));
        };
        if responder.campid != lead.campid {
            let detail = format!("The responder writes to leads of campaign {}.", responder.campid);
            return Err(Refusal::new("other_campaign", detail));
        }
        let after = lead.on_joined(&self.rid, true, ordered.now)?;
        if !responder.channels_from(0).any(|channel| lead.may_be_written_to(channel, ordered.spoken)) {
            let detail = "Its person may not be written to in any of the responder's ways.";
            return Err(Refusal::new("no_consent", detail));
        }
        let then = match lead.last_joined(&self.rid) {
            Some(last) => Then::JoinAgain(self.rid.clone(), last.number),
            None => Then::Nothing,
        };
        Ok(Change::of(after, then))
    }
}
