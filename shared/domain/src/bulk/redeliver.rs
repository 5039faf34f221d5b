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

    /// Those deliveries that can are set going, in their order, as far as the lead may still be sold; it is refused where none can.
    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let (mut after, mut refused) = (None, None::<IllegalTransition>);
        for did in self.meant(lead) {
            let now = after.as_ref().unwrap_or(lead);
            let sells = now.deliveries.get(&did).is_some_and(|delivery| delivery.bid.is_some());
            let again = now.on_redelivered(&did, ordered.now);
            let again = again.and_then(|again| if sells && !now.has_free_slot() { Err(no_slot()) } else { Ok(again) });
            match again {
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
        let place = |did: &DeliveryRef| lead.deliveries.get(did).map_or(u16::MAX, |delivery| delivery.place);
        if !self.deliveries.is_empty() {
            let mut named: Vec<DeliveryRef> = self.deliveries.iter().cloned().collect();
            named.sort_by_key(place);
            return named;
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
        let mut failed: Vec<DeliveryRef> = failed.map(|(did, _)| did.clone()).collect();
        failed.sort_by_key(place);
        failed
    }
}

/// Whoever is asked without a free slot is passed over at once, and then forgotten as somebody who turned it down.
fn no_slot() -> IllegalTransition {
    let detail = "The lead is sold, or on its way, as often as it may be.".to_owned();
    IllegalTransition { code: "no_slot", detail }
}
