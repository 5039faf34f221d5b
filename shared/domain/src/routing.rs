//! Routing: which deliveries get a lead next, and why the others do not.

use jiff::Timestamp;

use crate::{
    buyer::Buyer,
    delivery::Delivery,
    id::DeliveryRef,
    lead::{IllegalTransition, Lead, SkipReason},
};

/// A delivery of the campaign's list, with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What the campaign names.
    pub did: &'a DeliveryRef,
    /// The delivery, if it is set up.
    pub delivery: Option<&'a Delivery>,
    /// Its buyer, if it has one that is set up.
    pub buyer: Option<&'a Buyer>,
}

impl Candidate<'_> {
    /// Whether it may be given a lead now.
    ///
    /// # Errors
    /// The reason why not.
    pub fn eligible(&self) -> Result<&Delivery, SkipReason> {
        let delivery = self.delivery.ok_or(SkipReason::DeliveryMissing)?;
        if !delivery.active {
            return Err(SkipReason::DeliveryInactive);
        }
        if delivery.bid.is_some() && !self.buyer.is_some_and(|buyer| buyer.active) {
            return Err(SkipReason::BuyerInactive);
        }
        Ok(delivery)
    }
}

/// Gives the lead to the next eligible deliveries in line: to buyers as long as it has sales to give, and to every
/// delivery without a buyer. Those that are not eligible are passed over with their reason. Calling it again changes
/// nothing until a delivery comes to nothing.
///
/// # Errors
/// None on an approved lead; a transition that should be impossible is passed on rather than hidden.
pub fn line_up(lead: &Lead, line: &[Candidate<'_>], now: Timestamp) -> Result<Lead, IllegalTransition> {
    let mut lead = lead.clone();
    if !lead.is_for_sale() {
        return Ok(lead);
    }
    for candidate in line.iter().filter(|candidate| candidate.is_new_to(&lead)).collect::<Vec<_>>() {
        let bid = candidate.delivery.and_then(|delivery| delivery.bid.clone());
        let has_room = lead.promised_slots() < usize::from(lead.terms.max_sales);
        match candidate.eligible() {
            Ok(_) if bid.is_none() || has_room => lead = lead.on_queued(candidate.did, bid, now)?,
            Ok(_) => {}
            Err(reason) if has_room => lead = lead.on_skipped(candidate.did, bid, reason, now)?,
            Err(_) => {}
        }
    }
    Ok(lead)
}

impl Candidate<'_> {
    fn is_new_to(&self, lead: &Lead) -> bool {
        !lead.deliveries.contains_key(self.did)
    }
}
