//! The kind `store`: no request. The lead counts as taken at once, and the buyer collects it from here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ChannelKind;
use crate::{id::CampaignRef, setup::Invalid};

/// Leads that the buyer collects: by the API, or as a download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreChannel {}

impl ChannelKind for StoreChannel {
    fn check(&self, _own: &CampaignRef, _found: &mut Vec<Invalid>) {}
}
