//! The lead: the aggregate and commit point of everything that may not be lost.
//!
//! A lead changes only by the `on_*` methods of this room; each returns the new lead, or says why the step is not open.
//! `line` and `attempt` lead a delivery from its turn to its outcome; `sale` says what makes it a sale, `status` whether the
//! lead is sold, `payout` what it earns and when that comes back, `returned` and `edit` how sales change later, `deletion` what is
//! left of one that is deleted.
//! What the row in the table looks like is decided by the serde attributes here: short names, nothing empty.

mod agreed;
mod approval;
mod attempt;
mod consent;
mod contacts;
mod counts;
mod credit;
mod decision;
mod deletion;
mod delivery;
mod doubt;
mod edit;
mod followed_up;
mod joined;
mod line;
mod payout;
mod quarantine;
mod returned;
mod sale;
mod skip;
mod status;
mod touch;
mod watch;

#[cfg(test)]
pub(crate) mod properties;
#[cfg(any(test, feature = "test-lead"))]
mod test_lead;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use self::contacts::read_phone;
#[cfg(any(test, feature = "test-lead"))]
pub use self::test_lead::test_lead;
pub use self::{
    agreed::Agreed,
    approval::{Approval, OK, Rejection},
    attempt::{NotNow, Outcome},
    consent::{Channel, ChannelConsent, Consent, ConsentStatus, Said, consent},
    counts::{CountChange, Recount, reservation_id},
    credit::{CreditChange, CreditMove},
    decision::{Decision, NO_ANSWER},
    deletion::{DELETED, Deletion, DeletionStage},
    delivery::{DeliveryState, LeadDelivery, Stage},
    doubt::Clearing,
    edit::{Edit, EditOrder, MAX_EDITS},
    followed_up::{FollowUp, FollowUpStage, LastHeard},
    joined::{Joined, MAX_JOINED},
    line::WAITS_FOR_PAUSED,
    payout::{Payout, PayoutState},
    quarantine::{Ending, MAX_QUARANTINES},
    returned::{Return, ReturnRequest, ReturnState, ReturnStep, ShareTaken, TakenBack, return_steps},
    sale::Sale,
    skip::SkipReason,
    status::{DeliveryStatus, SoldStatus},
    touch::{Actor, Touch, UnknownActor, Via},
    watch::{QUEUE_DELAY_LIMIT, Swept, WATCH_AFTER},
};
use crate::{
    campaign::PayoutMode,
    contact::Country,
    feedback::Upstream,
    field::FieldName,
    id::{BulkJobId, CampaignRef, DeliveryRef, InstallationId, LeadId, SupplierRef},
    money::{Currency, MoneyError, Share},
};

/// How a lead came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// JSON over the API.
    Api,
    /// A form-encoded post.
    Form,
    /// A file.
    Import,
    /// A delivery of kind transfer, from another campaign.
    Transfer,
    /// Entered by the seller.
    Manual,
    /// Another installation.
    L2l,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Api, Self::Form, Self::Import, Self::Transfer, Self::Manual, Self::L2l];

    /// The word for it: `api`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Form => "form",
            Self::Import => "import",
            Self::Transfer => "transfer",
            Self::Manual => "manual",
            Self::L2l => "l2l",
        }
    }
}

/// One person's request, on its way to buyers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// Its id, and the partition of everything about it.
    #[serde(rename = "pk")]
    pub id: LeadId,
    /// Grows with every write; a write is conditional on the version it was decided on.
    #[serde(rename = "v")]
    pub version: u64,
    /// The campaign.
    #[serde(rename = "c")]
    pub campid: CampaignRef,
    /// The supplier.
    #[serde(rename = "s")]
    pub sid: SupplierRef,
    /// The sub-supplier, as the supplier names it.
    #[serde(rename = "ss", default, skip_serializing_if = "Option::is_none")]
    pub ssid: Option<String>,
    /// The source, as the supplier names it.
    #[serde(rename = "so", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How it came in.
    #[serde(rename = "m")]
    pub method: Method,
    /// The campaign's country when it came in.
    #[serde(rename = "cc")]
    pub country: Country,
    /// When it came in.
    #[serde(rename = "r", with = "crate::time")]
    pub received: Timestamp,
    /// It was sent to try the interface out: judged like any other, but never for sale and never worth anything.
    #[serde(rename = "te", default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Its data, normalised.
    #[serde(rename = "f")]
    pub fields: BTreeMap<FieldName, String>,
    /// Whether it is good to sell.
    #[serde(rename = "ap")]
    pub approval: Approval,
    /// The terms of its campaign when it came in.
    #[serde(rename = "t")]
    pub terms: Terms,
    /// What its supplier earns.
    #[serde(rename = "p")]
    pub payout: Payout,
    /// Its deliveries, and how far each has got.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deliveries: BTreeMap<DeliveryRef, LeadDelivery>,
    /// How often it has been in quarantine.
    #[serde(rename = "qn", default, skip_serializing_if = "is_zero")]
    pub quarantines: u8,
    /// Since when it has had to wait for deliveries that are paused; later by what it waited for opening hours since, and none
    /// once a request is made.
    #[serde(rename = "pz", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    pub paused_since: Option<Timestamp>,
    /// Where it was transferred from.
    #[serde(rename = "og", default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Who is to be told what becomes of it; none: nobody has asked.
    #[serde(rename = "us", default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// The installations that had it before, the first one first; it goes to none of them again.
    #[serde(rename = "vi", default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<InstallationId>,
    /// Prices and payouts that were changed by hand, the earliest first.
    #[serde(rename = "ed", default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// When the sweeper last had to help.
    #[serde(rename = "sw", default, skip_serializing_if = "Option::is_none")]
    pub swept: Option<Swept>,
    /// Who did something to it last, and which version that made; see [`Lead::last_touch`].
    #[serde(rename = "tc", default, skip_serializing_if = "Option::is_none")]
    pub touched: Option<Touch>,
    /// What was said since it came in on whether its person may be written to, the earliest first.
    #[serde(rename = "cs", default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Said>,
    /// The bulk jobs that have changed it, the last ones, the earliest first; see [`Lead::was_changed_by`].
    #[serde(rename = "bj", default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<BulkJobId>,
    /// That it is deleted; see [`Lead::on_deleted`].
    #[serde(rename = "dl", default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
    /// The responders that it has joined, the earliest first; how far it is in each stands in a row of its own.
    #[serde(rename = "rj", default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Joined>,
}

/// Where a transferred lead comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The lead it was made from.
    #[serde(rename = "l")]
    pub lead: LeadId,
    /// The campaigns it has been through, the first one first; it goes into none of them again.
    #[serde(rename = "c")]
    pub campaigns: Vec<CampaignRef>,
}

/// What was agreed when the lead came in; later edits of the campaign do not reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How many sales it may have.
    #[serde(rename = "x")]
    pub max_sales: u8,
    /// When the payout is earned.
    #[serde(rename = "m")]
    pub payout_mode: PayoutMode,
    /// What the supplier earns of each sale, if it is a share; none: the payout is one amount.
    #[serde(rename = "sh", default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// The currency of all its money.
    #[serde(rename = "c")]
    pub currency: Currency,
}

/// A step that the lead's present state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct IllegalTransition {
    /// Stable code for programs.
    pub code: &'static str,
    /// What stands in the way, for people.
    pub detail: String,
}

impl From<MoneyError> for IllegalTransition {
    fn from(error: MoneyError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl IllegalTransition {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl Lead {
    /// Whether deliveries may have it: it is approved, no test, and not deleted.
    pub fn is_for_sale(&self) -> bool {
        self.approval == Approval::Approved && !self.test && !self.is_deleted()
    }

    /// Looks one of its deliveries up.
    ///
    /// # Errors
    /// `no_such_delivery` when the lead was never given to it.
    pub fn delivery(&self, did: &DeliveryRef) -> Result<&LeadDelivery, IllegalTransition> {
        self.deliveries.get(did).ok_or_else(|| {
            IllegalTransition::new("no_such_delivery", format!("The lead was never given to delivery {did}."))
        })
    }

    /// The lead with this delivery in another state, from now on.
    pub(crate) fn with_state(&self, did: &DeliveryRef, state: DeliveryState, now: Timestamp) -> Self {
        let mut lead = self.clone();
        if let Some(delivery) = lead.deliveries.get_mut(did) {
            delivery.state = state;
            delivery.since = now;
            if !delivery.state.occupies_slot() {
                delivery.counted = None;
                delivery.agreed = Agreed::default();
            }
        }
        lead.swept = None;
        lead
    }
}

fn is_zero(count: &u8) -> bool {
    *count == 0
}
