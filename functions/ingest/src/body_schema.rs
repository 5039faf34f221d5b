//! How OpenAPI describes what may be posted. Bodies are read by `form`, which knows more than a schema can say.

#![expect(dead_code, reason = "these types are descriptions and are never made")]

use std::collections::BTreeMap;

use domain::id::{CampaignRef, SupplierRef};
use serde::Deserialize;
use utoipa::ToSchema;

/// A lead as posted. Everything beside the named members is a field of the lead: `{"campid": "solar", "email": "…"}`.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Lead {
    /// The campaign.
    campid: CampaignRef,
    /// The supplier; only the seller names one, who enters leads for others.
    #[serde(default)]
    sid: Option<SupplierRef>,
    /// The sub-supplier: up to 100 characters on one line.
    #[serde(default)]
    ssid: Option<String>,
    /// The source: up to 100 characters on one line.
    #[serde(default)]
    source: Option<String>,
    /// Try the interface out: the lead is judged, answered and stored, but goes to nobody, earns nothing, and is not
    /// compared with other leads.
    #[serde(default)]
    test: bool,
    /// Where to tell what becomes of the lead: an https URL, signed events by `POST`. With it, the lead's method is `l2l`.
    #[serde(default)]
    feedback_url: Option<String>,
    /// What you call the lead; these events name it so. Up to 100 characters.
    #[serde(default)]
    feedback_ref: Option<String>,
    /// The installations that had the lead before, as they name themselves, with commas between them. It is refused by one of them
    /// (-2), and after eight.
    #[serde(default)]
    feedback_via: Option<String>,
    /// The fields: texts, or numbers and booleans, which are kept as they are written. At most 300, with at most 100 KB together
    /// as they are stored.
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// One lead, or several.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum LeadOrLeads {
    /// One lead.
    One(Lead),
    /// Several.
    Many {
        /// The leads, 1 to 100.
        leads: Vec<Lead>,
    },
}
