//! Leads are turned away out of quarantine.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{
    lead::{Ending, Lead},
    setup::Invalid,
    words::{MAX_REASON, one_line},
};

/// It is turned away for good, as by a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkReject)]
pub struct Reject {
    /// Why, for its supplier: up to 200 characters on one line.
    #[schema(required = true)]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Reject {
    pub(super) fn check(&self) -> Vec<Invalid> {
        one_line("reason", &self.reason, MAX_REASON).err().into_iter().collect()
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let ending = Ending::Reject { reason: self.reason.trim().to_owned() };
        let after = lead.on_quarantine_ended(&ending, ordered.now)?;
        Ok(Change::of(after, Then::EndQuarantine(ending)))
    }
}
