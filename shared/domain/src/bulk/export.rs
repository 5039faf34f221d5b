//! Leads are written into a file, and stay as they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Refusal, Then};
use crate::lead::Lead;

/// It is written into a file: an export of leads, which the job begins and points to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkExport)]
pub struct Export {}

impl Export {
    /// Whether it would be in the file: nothing is done to any lead.
    pub(super) fn plan(&self, lead: &Lead) -> Result<Change, Refusal> {
        if lead.is_deleted() {
            return Err(Refusal::new("deleted", "The lead was deleted; there is nothing to be read."));
        }
        Ok(Change::of(lead.clone(), Then::Nothing))
    }
}
