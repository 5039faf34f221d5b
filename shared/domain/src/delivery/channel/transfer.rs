//! The kind `transfer`: into another campaign of this installation, as a lead of one of its suppliers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ChannelKind;
use crate::{
    campaign::Campaign,
    delivery::MAX_ENTRIES,
    field::FieldName,
    id::{CampaignRef, LeadId, SupplierRef},
    intake::Submission,
    lead::{Lead, Method, Origin},
    setup::{Invalid, Kind, Link},
    template::ValueTemplate,
};

/// How often one lead may be transferred: nobody means more, and each transfer costs as much as a lead that comes in.
pub const MAX_TRANSFERS: usize = 5;

const CAMPID: &str = "channel.campid";
const SID: &str = "channel.sid";
const FIELDS: &str = "channel.fields";

/// A lead of the other campaign is judged like any that comes in there, so it takes a while.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(10);

/// Into another campaign. What becomes of the lead there does not come back: that it is taken in counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferChannel {
    /// The campaign that gets the lead.
    pub campid: CampaignRef,
    /// Whose lead it is there: a supplier of that campaign, mostly one that stands for the seller itself.
    pub sid: SupplierRef,
    /// Field of that campaign → template of its value; one that makes nothing leaves the field out. Besides these, the lead
    /// brings all its own fields that the campaign knows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub fields: BTreeMap<FieldName, ValueTemplate>,
}

/// Why a lead cannot go into the other campaign, whatever that thinks of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTransfer {
    /// It would go in circles.
    #[error("it has been in campaign {0} already")]
    BeenThere(CampaignRef),
    /// It has come far enough.
    #[error("it has been transferred {MAX_TRANSFERS} times already")]
    TooOften,
}

impl TransferChannel {
    /// What the transferred lead will say of where it comes from.
    ///
    /// # Errors
    /// [`NoTransfer`].
    pub fn origin(&self, lead: &Lead) -> Result<Origin, NoTransfer> {
        let before = lead.origin.iter().flat_map(|origin| &origin.campaigns);
        let campaigns: Vec<CampaignRef> = before.chain([&lead.campid]).cloned().collect();
        if campaigns.contains(&self.campid) {
            return Err(NoTransfer::BeenThere(self.campid.clone()));
        }
        if campaigns.len() > MAX_TRANSFERS {
            return Err(NoTransfer::TooOften);
        }
        Ok(Origin { lead: lead.id, campaigns })
    }

    /// The lead as it is sent into `target`, with what its templates made.
    pub fn submission(
        &self,
        lead: &Lead,
        target: &Campaign,
        filled: BTreeMap<FieldName, String>,
        id: LeadId,
        now: Timestamp,
    ) -> Submission {
        let known = lead.fields.iter().filter(|(name, _)| knows(target, name));
        let mut fields: BTreeMap<String, String> =
            known.map(|(name, value)| (name.to_string(), value.clone())).collect();
        fields.extend(filled.into_iter().map(|(name, value)| (name.to_string(), value)));
        fields.retain(|_, value| !value.is_empty());
        let source = if self.fields.contains_key("source") { fields.remove("source") } else { lead.source.clone() };
        Submission {
            id,
            received: now,
            method: Method::Transfer,
            ssid: lead.ssid.clone(),
            source,
            test: lead.test,
            fields,
        }
    }
}

/// Whether leads of the campaign can have this field.
fn knows(campaign: &Campaign, name: &FieldName) -> bool {
    name.is_customary() || campaign.fields.iter().any(|rule| rule.name == *name)
}

impl ChannelKind for TransferChannel {
    fn check_target(&self, target: &Campaign) -> Vec<Invalid> {
        let mut found = Vec::new();
        if !target.suppliers.contains(&self.sid) {
            let detail =
                format!("{} may not post into campaign {}; add it there, or name another.", self.sid, target.campid);
            found.push(Invalid::new(SID, "not_a_supplier", detail));
        }
        for name in self.fields.keys().filter(|name| !knows(target, name)) {
            let detail = format!("Campaign {} has no field {name}; add it there, or name another.", target.campid);
            found.push(Invalid::new(format!("{FIELDS}.{name}"), "unknown_field", detail));
        }
        found
    }

    fn timeout(&self) -> SignedDuration {
        TIMEOUT
    }

    /// The new lead's id follows from the request's, so that a repeat finds it there.
    fn is_idempotent(&self) -> bool {
        true
    }

    fn templates(&self) -> Vec<(String, &ValueTemplate)> {
        self.fields.iter().map(|(name, template)| (format!("{FIELDS}.{name}"), template)).collect()
    }

    fn links(&self) -> Vec<Link> {
        let campaign = Link { field: CAMPID.to_owned(), kind: Kind::Campaign, reference: self.campid.to_string() };
        let supplier = Link { field: SID.to_owned(), kind: Kind::Supplier, reference: self.sid.to_string() };
        vec![campaign, supplier]
    }

    fn check(&self, own: &CampaignRef, found: &mut Vec<Invalid>) {
        if self.campid == *own {
            let detail = "A lead cannot be transferred into the campaign it comes from; name another.";
            found.push(Invalid::new(CAMPID, "own_campaign", detail));
        }
        if self.fields.len() > MAX_ENTRIES {
            found.push(Invalid::new(FIELDS, "length", format!("Use at most {MAX_ENTRIES}.")));
        }
        for (place, template) in self.templates() {
            if let Err(error) = template.check() {
                found.push(Invalid::new(place, error.code(), error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
