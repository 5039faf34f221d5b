//! Approval: whether a lead is good to sell.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a lead is good to sell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum Approval {
    /// Not judged yet.
    Pending,
    /// Good.
    Approved,
    /// Not good, for good.
    Rejected {
        /// Which rule it broke.
        #[serde(rename = "c")]
        code: Rejection,
        /// The rule, in words.
        #[serde(rename = "w")]
        reason: String,
    },
    /// Waiting for a person.
    Quarantined {
        /// Why.
        #[serde(rename = "w")]
        reason: String,
        /// When the campaign decides by itself.
        #[serde(rename = "u", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
        #[schema(value_type = Option<String>)]
        until: Option<jiff::Timestamp>,
    },
}

impl Approval {
    /// The word for it: `approved`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Quarantined { .. } => "quarantined",
        }
    }
}

/// Why a lead was rejected; suppliers' integrations know these by LeadByte's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// An accepted lead of the campaign has the same data.
    Duplicate,
    /// The campaign takes no more for now.
    CampaignCap,
    /// A field is missing or wrong.
    Validation,
    /// A filter of the campaign refuses it.
    Filter,
    /// The supplier may not post into the campaign.
    SupplierNotAuthorised,
    /// The campaign is not active.
    CampaignNotActive,
    /// It carries markup or script.
    UnsafeContent,
}

/// The code of a lead that was taken.
pub const OK: i32 = 1;

impl Rejection {
    /// LeadByte's number for it.
    pub fn code(self) -> i32 {
        match self {
            Self::Duplicate => -2,
            Self::CampaignCap => -4,
            Self::Validation => -5,
            Self::Filter => -6,
            Self::SupplierNotAuthorised => -7,
            Self::CampaignNotActive => -9,
            Self::UnsafeContent => -18,
        }
    }
}
