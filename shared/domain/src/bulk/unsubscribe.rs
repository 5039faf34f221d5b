//! People are not to be written to any more.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Change, Ordered, Refusal,
    consent::{Channels, check_told, said},
};
use crate::{lead::Lead, setup::Invalid};

/// Its person is not to be written to any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkUnsubscribe)]
pub struct Unsubscribe {
    /// In which way; in none without it.
    pub from: Channels,
    /// What the person was told, for whoever asks later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

impl Unsubscribe {
    pub(super) fn check(&self) -> Vec<Invalid> {
        check_told(self.told.as_deref())
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        said(lead, self.from, false, self.told.as_deref(), ordered)
    }
}
