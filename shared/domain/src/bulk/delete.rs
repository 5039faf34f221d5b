//! Leads are deleted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::lead::Lead;

/// Everything that was said of a person goes, for good; ids, times and amounts stay, so that the books add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkDelete)]
pub struct Delete {}

impl Delete {
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        deleted(lead, ordered)
    }
}

/// The lead as a tombstone, with all that lies beside it removed.
pub(super) fn deleted(lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
    Ok(Change::of(lead.on_deleted(ordered.now)?, Then::Erase))
}
