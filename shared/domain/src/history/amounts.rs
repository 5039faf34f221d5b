//! The amounts of an entry: what they were, and what they are now.

use super::Moved;
use crate::{
    id::DeliveryRef,
    lead::{Edit, Lead, Sale},
    money::Money,
};

impl Moved {
    /// None where nothing changed.
    fn between(before: Money, after: Money) -> Option<Self> {
        (before != after).then_some(Self { before, after })
    }
}

/// The price of a sale: none of it is left while it is returned. None: nobody knows, or it is what it was.
pub(super) fn price(before: Option<&Lead>, did: &DeliveryRef, sale: &Sale) -> Option<Moved> {
    let zero = Money::zero(sale.price.currency);
    let worth = |sale: &Sale| if sale.stands() { sale.price } else { zero };
    let was = before?.deliveries.get(did).and_then(|delivery| delivery.sale()).map_or(zero, worth);
    Moved::between(was, worth(sale))
}

/// What the supplier is owed. None: nobody knows, or it is what it was.
pub(super) fn payout(before: Option<&Lead>, after: &Lead) -> Option<Moved> {
    Moved::between(before?.earned_payout().ok()?, after.earned_payout().ok()?)
}

/// What an edit made of the price or the payout that it is about, before those `behind` it.
pub(super) fn edited(after: &Lead, edit: &Edit, behind: &[Edit]) -> Option<Moved> {
    let now = match &edit.sale {
        Some(did) => after.sale(did).ok()?.price,
        None => after.earned_payout().ok()?,
    };
    let own = behind.iter().filter(|other| other.sale == edit.sale);
    let then = own.into_iter().try_fold(now, |amount, other| amount.sub(other.delta)).ok()?;
    Some(Moved { before: then.sub(edit.delta).ok()?, after: then })
}
