//! The steps of a return: asked for, approved or refused, undone, and its lead offered to others.
//!
//! Whether a return is allowed at all decides [`crate::returned::judge`]; here is what its steps make of the lead.

use jiff::Timestamp;

use super::{Return, ReturnRequest, ReturnState, TakenBack};
use crate::{
    id::DeliveryRef,
    lead::{IllegalTransition, Lead, PayoutState},
};

/// A sale that its buyer asked for more often than this is for people to talk about.
const MAX_REQUESTS: usize = 5;
/// Most returns of one sale, the seller's own with them.
const MAX_RETURNS: u8 = 20;

impl Lead {
    /// The buyer, or the seller for it, asks for a sale to be taken back. What was refused or undone may be asked for again.
    ///
    /// # Errors
    /// `not_sold` without a sale to a buyer; `already_returned` when it is reversed or asked for; `too_many_returns`.
    pub fn on_return_requested(
        &self,
        did: &DeliveryRef,
        request: ReturnRequest<'_>,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let last = self.sale(did)?.returned.as_ref();
        match last.map(|back| back.state) {
            None | Some(ReturnState::Refused | ReturnState::Undone) => {}
            Some(ReturnState::Requested | ReturnState::Approved) => {
                return Err(IllegalTransition::new("already_returned", "A return of this sale exists."));
            }
        }
        let number = last.map_or(1, |back| back.number.saturating_add(1));
        let requests = self.sale(did)?.returns().filter(|back| !back.by_seller).count();
        if number > MAX_RETURNS || (requests >= MAX_REQUESTS && !request.by_seller) {
            let detail = "This sale was asked for too often already; talk to each other.";
            return Err(IllegalTransition::new("too_many_returns", detail));
        }
        let mut lead = Self { swept: None, ..self.clone() };
        if let Some(sale) = lead.sale_mut(did) {
            sale.earlier.extend(sale.returned.take().map(|back| *back));
            sale.returned = Some(Box::new(Return::asked(number, request, now)));
        }
        Ok(lead)
    }

    /// The return takes effect: the sale is reversed, and if `reverse_payout` says so, what the supplier earned with it. A
    /// payout that is one amount goes with the last sale that stands: a lead that somebody else still pays for was worth it.
    ///
    /// # Errors
    /// `not_sold` without a sale to a buyer; `not_requested` unless a request is open; `amount_overflow`.
    pub fn on_return_approved(
        &self,
        did: &DeliveryRef,
        reverse_payout: bool,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let price = self.sale(did)?.price;
        let taken = TakenBack::at(now, price);
        let lead = self.decide_return(did, |back| {
            *back =
                Return { state: ReturnState::Approved, at: now, reverse_payout, taken: Some(taken), ..back.clone() };
        })?;
        if reverse_payout { lead.giving_payout_back(did) } else { Ok(lead) }
    }

    /// The return is refused, because of `why`: the sale stands.
    ///
    /// # Errors
    /// As for [`Lead::on_return_approved`].
    pub fn on_return_refused(&self, did: &DeliveryRef, why: &str, now: Timestamp) -> Result<Self, IllegalTransition> {
        self.decide_return(did, |back| {
            *back = Return { state: ReturnState::Refused, at: now, why: Some(why.to_owned()), ..back.clone() };
        })
    }

    /// The return is undone, because of `why`: the sale stands again, and the supplier is given its payout again. A payout that is
    /// one amount is given once, with whichever sale stands first again; not if a later sale has earned it once more.
    ///
    /// # Errors
    /// `not_sold` without a sale to a buyer; `not_returned` unless it is reversed; `sold_again` when others have its slot;
    /// `amount_overflow`.
    pub fn on_return_undone(&self, did: &DeliveryRef, why: &str, now: Timestamp) -> Result<Self, IllegalTransition> {
        let Some(back) = self.sale(did)?.returned.as_ref().filter(|back| back.is_approved()) else {
            return Err(IllegalTransition::new("not_returned", "No return of this sale has taken effect."));
        };
        if back.reoffered && self.occupied_slots() >= usize::from(self.terms.max_sales) {
            let detail = "The lead was offered to others since, and they have it or may have it.";
            return Err(IllegalTransition::new("sold_again", detail));
        }
        let given_again = self.payout_given_again(did)?;
        let restores = given_again.is_some() && self.payout.state == PayoutState::Reversed;
        let mut lead = self.clone();
        if let Some(back) = lead.sale_mut(did).and_then(|sale| sale.returned.as_mut()) {
            back.state = ReturnState::Undone;
            (back.at, back.why, back.reoffered) = (now, Some(why.to_owned()), false);
            if let Some(taken) = &mut back.taken {
                (taken.given_again, taken.restores) = (given_again, restores);
            }
        }
        if restores {
            lead.payout.state = PayoutState::Earned;
        }
        Ok(lead)
    }

    /// The lead is to be offered to others once more, in place of a sale that was returned. Deliveries that were passed over
    /// without being asked have another chance; who was asked is not asked again.
    ///
    /// # Errors
    /// `not_sold` without a sale to a buyer; `not_returned` unless it is reversed.
    pub fn on_reoffered(&self, did: &DeliveryRef) -> Result<Self, IllegalTransition> {
        if self.sale(did)?.stands() {
            return Err(IllegalTransition::new("not_returned", "No return of this sale has taken effect."));
        }
        let mut lead = Self { paused_since: None, swept: None, ..self.clone() };
        if let Some(back) = lead.sale_mut(did).and_then(|sale| sale.returned.as_mut()) {
            back.reoffered = true;
        }
        lead.deliveries.retain(|_, delivery| !delivery.was_never_asked());
        Ok(lead)
    }

    /// The returns that are approved because nobody has decided them in time, with the delivery of each.
    pub fn returns_due(&self, now: Timestamp) -> impl Iterator<Item = (&DeliveryRef, &Return)> {
        self.returns_by_time().filter(move |(_, at, _)| *at <= now).map(|(did, _, back)| (did, back))
    }

    /// When the first of them is.
    pub(in crate::lead) fn return_due_at(&self) -> Option<Timestamp> {
        self.returns_by_time().map(|(_, at, _)| at).min()
    }

    fn returns_by_time(&self) -> impl Iterator<Item = (&DeliveryRef, Timestamp, &Return)> {
        self.sales().filter_map(|(did, _, sale)| {
            let back = sale.awaiting()?;
            Some((did, back.approved_by_then?, back))
        })
    }

    fn decide_return(&self, did: &DeliveryRef, decide: impl FnOnce(&mut Return)) -> Result<Self, IllegalTransition> {
        self.sale(did)?;
        let mut lead = Self { swept: None, ..self.clone() };
        match lead.sale_mut(did).and_then(|sale| sale.returned.as_mut()).filter(|back| back.is_requested()) {
            Some(back) => decide(back),
            None => return Err(IllegalTransition::new("not_requested", "No return of this sale is waiting.")),
        }
        Ok(lead)
    }
}
