//! Deliveries that came to nothing get leads once more.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{
    id::DeliveryRef,
    lead::{DeliveryState, IllegalTransition, Lead},
    setup::Invalid,
};

/// Most deliveries that may be named.
const MAX_NAMED: usize = 50;

/// Which deliveries get it once more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkRedeliver)]
pub struct Redeliver {
    /// These, of those that have had the lead and came to nothing, also if they were passed over; up to 50. Without any, those that failed or
    /// turned the lead down.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub deliveries: BTreeSet<DeliveryRef>,
}

impl Redeliver {
    pub(super) fn check(&self) -> Vec<Invalid> {
        let is_too_much = self.deliveries.len() > MAX_NAMED;
        let detail = format!("Name up to {MAX_NAMED} deliveries.");
        is_too_much.then(|| Invalid::new("deliveries", "count", detail)).into_iter().collect()
    }

    /// Those deliveries that can are set going; the lead is refused where none can.
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let (mut after, mut refused) = (None, None::<IllegalTransition>);
        for did in self.meant(lead) {
            match after.as_ref().unwrap_or(lead).on_redelivered(&did, ordered.now) {
                Ok(again) => after = Some(again),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match (after, refused) {
            (Some(after), _) => Ok(Change::of(after, Then::Nothing)),
            (None, Some(refused)) => Err(refused.into()),
            (None, None) => Err(Refusal::new("nothing_failed", "No delivery of the lead failed or turned it down.")),
        }
    }

    fn meant(&self, lead: &Lead) -> Vec<DeliveryRef> {
        if !self.deliveries.is_empty() {
            return self.deliveries.iter().cloned().collect();
        }
        let has_failed = |state: &DeliveryState| match state {
            DeliveryState::Failed { .. } | DeliveryState::Rejected { .. } => true,
            DeliveryState::Queued
            | DeliveryState::Held { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::Retry { .. }
            | DeliveryState::Accepted { .. }
            | DeliveryState::AwaitingFeedback { .. }
            | DeliveryState::Unknown { .. }
            | DeliveryState::Skipped { .. } => false,
        };
        let failed = lead.deliveries.iter().filter(|(_, delivery)| has_failed(&delivery.state));
        failed.map(|(did, _)| did.clone()).collect()
    }
}
