//! A buyer's share of returns: how many of a month's sales it has returned. The number moves with the lead, in one transaction,
//! so it is right whatever happens to whoever writes. Places of files are set aside before, see `chunk`.

mod chunk;

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValue, TransactWriteItem, Update, builders::UpdateBuilder},
};
use domain::{
    id::BuyerRef,
    journal::EntryKind,
    lead::{Lead, ShareTaken},
    returned::{Room, ShareOf},
};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

pub(crate) use self::chunk::{Chunk, ChunkMove, Set};
use crate::{
    Error, Notice, Party, Store,
    item::{from_item, key_attributes, number},
    keys,
};

/// What is contended where another return took the last place.
pub(crate) const SHARE_OF_RETURNS: &str = "a buyer's share of returns";

/// Where the place comes from that a return takes up under its buyer's share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PlaceFrom {
    /// It is taken in the write of the lead.
    #[default]
    Share,
    /// It was set aside before.
    Chunk,
}

#[derive(Default, Deserialize)]
struct Row {
    /// Returns that are open or approved.
    #[serde(default)]
    n: i64,
    /// Since when there has been no place left, in milliseconds since 1970, as it was noted first.
    f: Option<i64>,
    /// The seller was told that.
    #[serde(default)]
    t: bool,
}

impl Store {
    /// How much of its share a buyer has used up: of the sales that are booked in that month by now. If that is all, the seller is
    /// told, once a month; that it cannot be told changes nothing for the buyer.
    ///
    /// # Errors
    /// The table's.
    pub async fn share_of_returns(&self, of: ShareOf, now: Timestamp) -> Result<Room, Error> {
        self.share_and_sales(of, now).await.map(|(room, _)| room)
    }

    /// The same, and how many sales it is of.
    pub(crate) async fn share_and_sales(&self, of: ShareOf, now: Timestamp) -> Result<(Room, u32), Error> {
        let (row, room, sales) = self.share_found(of).await?;
        if room.taken > 0
            && room.taken >= room.limit
            && !row.t
            && let Err(error) = self.tell_of_full(&room, &row, now).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(bid = %room.of.bid, error, "the notice that a share is used up was not written");
        }
        Ok((room, sales))
    }

    /// How much of its share a buyer has used up, for who only wants to know: nobody is told.
    ///
    /// # Errors
    /// The table's.
    pub async fn share_seen(&self, of: ShareOf) -> Result<Room, Error> {
        Ok(self.share_found(of).await?.1)
    }

    async fn share_found(&self, of: ShareOf) -> Result<(Row, Room, u32), Error> {
        let last = of.month.checked_add(1.month()).and_then(|next| next.yesterday()).unwrap_or(of.month);
        let party = Party::Buyer(of.bid.clone());
        let (row, booked) = tokio::try_join!(self.share_row(&of), self.account_since(&party, of.month, last))?;
        let sales = booked.iter().filter(|row| row.kind == EntryKind::Sale).map(|row| row.entries).sum::<i64>();
        let sales = u32::try_from(sales).unwrap_or(0);
        let room = Room::new(of, sales, u32::try_from(row.n).unwrap_or(0));
        Ok((row, room, sales))
    }

    /// First it is noted since when, so that whoever notices it tells the same; then it is told; then it is noted that it was.
    async fn tell_of_full(&self, room: &Room, row: &Row, now: Timestamp) -> Result<(), Error> {
        let since_ms = match row.f {
            Some(since_ms) => since_ms,
            None => {
                let noted = self
                    .share_note(&room.of)
                    .update_expression("SET f = if_not_exists(f, :now)")
                    .expression_attribute_values(":now", number(now.as_millisecond()))
                    .return_values(ReturnValue::AllNew);
                let noted = noted.send().await.map_err(Error::service("UpdateItem"))?;
                let row: Row = from_item(noted.attributes.unwrap_or_default())?;
                row.f.unwrap_or_else(|| now.as_millisecond())
            }
        };
        let since = Timestamp::from_millisecond(since_ms).unwrap_or(now);
        let ShareOf { bid, month, .. } = &room.of;
        self.put_notice(&Notice::return_cap_reached(bid, *month, since, room.taken)).await?;
        let told = self.share_note(&room.of).update_expression("SET t = :yes");
        let told = told.expression_attribute_values(":yes", AttributeValue::Bool(true)).send().await;
        told.map(|_| ()).map_err(Error::service("UpdateItem"))
    }

    fn share_note(&self, of: &ShareOf) -> UpdateItemFluentBuilder {
        let key = key_attributes(keys::share_taken(&of.bid, of.month));
        self.db.update_item().table_name(&self.tables.setup).set_key(Some(key))
    }

    async fn share_row(&self, of: &ShareOf) -> Result<Row, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::share_taken(&of.bid, of.month))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        Ok(got.item.map(from_item::<Row>).transpose()?.unwrap_or_default())
    }

    /// What a step of a lead means for the shares of its buyers: a place is taken if there is one, unless that was done before, or
    /// given back.
    pub(crate) fn shares_moved(
        &self,
        before: &Lead,
        after: &Lead,
        from: PlaceFrom,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut moved = Vec::new();
        for (did, delivery, sale) in after.sales() {
            let taken = |lead: &Lead| lead.deliveries.get(did)?.sale()?.returned.as_ref()?.takes_share();
            let Some(bid) = &delivery.bid else { continue };
            let now = sale.returned.as_ref().and_then(|back| back.takes_share());
            let update = match (taken(before), now) {
                (None, Some(_)) if from == PlaceFrom::Chunk => continue,
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
