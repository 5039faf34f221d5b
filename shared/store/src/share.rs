//! A buyer's share of returns: how many of a month's sales it has returned. The number moves with the lead, in one transaction,
//! so it is right whatever happens to whoever writes.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update, builders::UpdateBuilder};
use domain::{
    id::BuyerRef,
    journal::EntryKind,
    lead::{Lead, ShareTaken},
    returned::{Room, ShareOf},
};
use jiff::ToSpan;
use serde::Deserialize;

use crate::{
    Error, Party, Store,
    item::{from_item, key_attributes, number},
    keys,
};

/// What is contended where another return took the last place.
pub(crate) const SHARE_OF_RETURNS: &str = "a buyer's share of returns";

#[derive(Deserialize)]
struct Row {
    n: i64,
}

impl Store {
    /// How much of its share a buyer has used up: of the sales that are booked in that month by now.
    ///
    /// # Errors
    /// The table's.
    pub async fn share_of_returns(&self, of: ShareOf) -> Result<Room, Error> {
        let last = of.month.checked_add(1.month()).and_then(|next| next.yesterday()).unwrap_or(of.month);
        let party = Party::Buyer(of.bid.clone());
        let (taken, booked) = tokio::try_join!(self.share_taken(&of), self.account_since(&party, of.month, last))?;
        let sales = booked.iter().filter(|row| row.kind == EntryKind::Sale).map(|row| row.entries).sum::<i64>();
        Ok(Room::new(of, u32::try_from(sales).unwrap_or(0), taken))
    }

    async fn share_taken(&self, of: &ShareOf) -> Result<u32, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::share_taken(&of.bid, of.month))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        let row = got.item.map(from_item::<Row>).transpose()?;
        Ok(row.map_or(0, |row| u32::try_from(row.n).unwrap_or(0)))
    }

    /// What a step of a lead means for the shares of its buyers: a place is taken if there is one, or given back.
    pub(crate) fn shares_moved(&self, before: &Lead, after: &Lead) -> Result<Vec<TransactWriteItem>, Error> {
        let mut moved = Vec::new();
        for (did, delivery, sale) in after.sales() {
            let taken = |lead: &Lead| lead.deliveries.get(did)?.sale()?.returned.as_ref()?.takes_share();
            let Some(bid) = &delivery.bid else { continue };
            let now = sale.returned.as_ref().and_then(|back| back.takes_share());
            let update = match (taken(before), now) {
                (None, Some(share)) => self.take_share(bid, share)?,
                (Some(share), None) => self.give_share_back(bid, share)?,
                (None, None) | (Some(_), Some(_)) => continue,
            };
            moved.push(TransactWriteItem::builder().update(update).build());
        }
        Ok(moved)
    }

    fn take_share(&self, bid: &BuyerRef, share: ShareTaken) -> Result<Update, Error> {
        let update = self.share_update(bid, share, 1);
        update
            .condition_expression("attribute_not_exists(n) OR n < :limit")
            .expression_attribute_values(":limit", number(share.limit))
            .build()
            .map_err(Error::item)
    }

    fn give_share_back(&self, bid: &BuyerRef, share: ShareTaken) -> Result<Update, Error> {
        self.share_update(bid, share, -1).build().map_err(Error::item)
    }

    fn share_update(&self, bid: &BuyerRef, share: ShareTaken, by: i64) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::share_taken(bid, share.month))))
            .update_expression("ADD n :by")
            .expression_attribute_values(":by", number(by))
    }
}
