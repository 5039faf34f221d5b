//! What must hold of a lab, whatever was done in it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::Principal,
    delivery::Delivery,
    id::DeliveryRef,
    lead::{DeliveryState, Lead},
};
use jiff::SignedDuration;
use store::Scope;

use super::Lab;
use crate::{Faults, TestBuyer};

impl Lab {
    /// Checks what must hold whatever happened, once everything is at rest.
    ///
    /// # Panics
    /// When it does not.
    pub async fn verify(&self) {
        for lead in self.leads().await {
            // I3
            assert!(lead.occupied_slots() <= usize::from(lead.terms.max_sales), "sold too often: {lead:#?}");
            // I9
            assert!(is_at_rest(&lead), "stuck: {lead:#?}");
            // I12
            let stranger = Principal::Supplier { sid: "stranger".parse().expect("a reference") };
            assert!(!stranger.may_read(&lead), "a stranger may read {lead:#?}");
            for (place, buyer) in self.buyers.iter().enumerate() {
                self.verify_buyer(&lead, place, buyer);
            }
        }
    }

    /// Checks that a total cap of each delivery counts exactly the leads that its buyer has or may have, and that no
    /// reservation is left but those of leads that nobody knows about (I7). Leaks are for the sweeper, so it comes by first.
    ///
    /// # Panics
    /// When a count is off.
    pub async fn verify_counts(&mut self) {
        self.wait(SignedDuration::from_hours(1));
        assert!(self.sweep(&Faults::default()).await, "without faults the sweeper comes to its end");
        let leads = self.leads().await;
        for place in 1..=self.buyers.len() {
            let did: DeliveryRef = format!("d{place}").parse().expect("a reference");
            let delivery = self.tables.store().record::<Delivery>(did.as_str()).await.expect("it can be read");
            if delivery.expect("it is set up").record.caps.is_empty() {
                continue;
            }
            let own = leads.iter().filter_map(|lead| lead.deliveries.get(&did));
            let occupied = own.clone().filter(|one| one.state.occupies_slot()).count();
            let unknown = own.filter(|one| matches!(one.state, DeliveryState::Unknown { .. })).count();
            let scope = Scope::Delivery(did);
            let row = self.tables.client().get_item().table_name(self.tables.tables().setup);
            let store::keys::Key { pk, sk } = store::keys::counter(&scope);
            let row = row.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await;
            let row = row.expect("the counter can be read").item.unwrap_or_default();
            let total = row.get("t").and_then(|total| total.as_n().ok()?.parse().ok()).unwrap_or(0);
            assert_eq!(occupied, total, "counted for {scope:?}: {row:?}, leads: {leads:#?}");
            let open = self.tables.store().open_reservations(&[scope]).await.expect("reservations can be read");
            assert!(open.len() <= unknown, "leaked: {open:?}, leads: {leads:#?}");
        }
    }

    fn verify_buyer(&self, lead: &Lead, place: usize, buyer: &TestBuyer) {
        let own: Vec<_> =
            buyer.requests().into_iter().filter(|request| request.body.contains(&lead.id.to_string())).collect();
        let Some((_, delivery)) = lead.deliveries.iter().find(|(did, _)| did.as_str() == format!("d{}", place + 1))
        else {
            assert!(own.is_empty(), "a buyer got a lead that was not given to it: {lead:#?}");
            return;
        };
        // I4
        let written = usize::try_from(delivery.attempts).expect("few attempts");
        assert!(own.len() <= written, "{} requests, {written} written down: {lead:#?}", own.len());
        // I5
        let is_known = matches!(delivery.state, DeliveryState::Accepted { .. } | DeliveryState::Unknown { .. });
        assert!(is_known || !own.iter().any(|request| request.accepted), "an acceptance is lost: {lead:#?}");
        // A sale that nobody made.
        let sold = matches!(delivery.state, DeliveryState::Accepted { .. });
        assert!(!sold || own.iter().any(|request| request.accepted), "sold without an acceptance: {lead:#?}");
    }
}

/// Nothing is to come, except what only a person can decide.
pub(crate) fn is_at_rest(lead: &Lead) -> bool {
    lead.deliveries
        .values()
        .all(|delivery| delivery.state.decision_needed_since().is_some() || !delivery.state.is_in_motion())
}
