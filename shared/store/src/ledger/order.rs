//! Orders of the seller about a buyer's credit: the balance and the entry in one transaction, once for each order.

use domain::{id::BuyerRef, journal::Entry, money::Money};
use jiff::Timestamp;

use super::{BookedEvent, Owner, credit::name_of};
use crate::{CreditAdded, Error, Store, item::key_attributes, keys};

/// A change of a buyer's credit that the seller orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditOrder {
    /// The same whenever the order arrives; kept for good, so it must name no person.
    pub id: String,
    /// By how much the balance grows.
    pub delta: Money,
    /// What is booked.
    pub entry: Entry,
}

impl CreditOrder {
    /// What its entry is called in the journal.
    pub fn entry_id(&self, bid: &BuyerRef) -> String {
        format!("{}.{}", Owner::Buyer(bid.clone()), name_of(&self.id))
    }
}

impl Store {
    /// Moves a buyer's balance and books the entry, both or neither, and once for each id. `IdReused`, if the id came with
    /// another amount or another entry before; who ordered it does not matter.
    ///
    /// # Errors
    /// As for [`Store::add_credit`]; the same order may be given again.
    pub async fn order_credit(
        &self,
        bid: &BuyerRef,
        order: &CreditOrder,
        now: Timestamp,
    ) -> Result<CreditAdded, Error> {
        let CreditOrder { id, delta, entry } = order;
        let along = self.credit_entry_items(bid, entry.clone(), id, now, delta.currency).await?;
        let added = self.add_credit(bid, *delta, id, along).await?;
        if !matches!(added, CreditAdded::Repeated { .. }) {
            return Ok(added);
        }
        let before = self.credit_entry(bid, id).await?;
        let same =
            before.is_some_and(|before| Entry { by: entry.by.clone(), order: entry.order.clone(), ..before } == *entry);
        Ok(if same { added } else { CreditAdded::IdReused })
    }

    /// What was booked for an order with this id.
    async fn credit_entry(&self, bid: &BuyerRef, id: &str) -> Result<Option<Entry>, Error> {
        let key = keys::event(keys::buyer_events(bid), &name_of(id));
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        let event = got.item.map(BookedEvent::read).transpose()?;
        Ok(event.and_then(|event| event.happened.entry().cloned()))
    }
}
