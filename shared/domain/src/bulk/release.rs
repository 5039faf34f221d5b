//! Leads are let out of quarantine.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::lead::{Ending, Lead};

/// It goes on, as if it came in now. It may turn out to be a duplicate of a lead that came in meanwhile; then it is turned away, and skipped as
/// `duplicate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkRelease)]
pub struct Release {}

impl Release {
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let after = lead.on_quarantine_ended(&Ending::Release, ordered.now)?;
        Ok(Change::of(after, Then::EndQuarantine(Ending::Release)))
    }
}
