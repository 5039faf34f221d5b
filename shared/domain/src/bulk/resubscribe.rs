//! People may be written to again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Change, Ordered, Refusal,
    consent::{Channels, check_told, said},
};
use crate::{
    lead::{Channel, Lead},
    setup::Invalid,
};

/// Its person may be written to again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkResubscribe)]
pub struct Resubscribe {
    /// In which way; in all without it.
    pub to: Channels,
    /// What the person was told when it agreed, for whoever asks later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

impl Resubscribe {
    pub(super) fn check(&self) -> Vec<Invalid> {
        check_told(self.told.as_deref())
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        if has_said_no_since(lead, self.to, ordered) {
            return Err(Refusal::superseded());
        }
        said(lead, self.to, true, self.told.as_deref(), ordered)
    }
}

/// A long job must not take back what somebody has said while it was on its way: by whomever, and by way of whichever lead.
fn has_said_no_since(lead: &Lead, channels: Channels, ordered: &Ordered<'_>) -> bool {
    // Its id begins with the time of the order.
    let asked_at =
        i64::try_from(ordered.job.ulid().timestamp_ms()).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    let asked_at = asked_at.unwrap_or(ordered.now);
    let later_no =
        |channel: &Channel| lead.last_said(*channel, ordered.spoken).is_some_and(|(may, at)| !may && at > asked_at);
    channels.each().iter().any(later_no)
}
