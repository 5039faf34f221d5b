//! Entries of a buyer's credit that no lead has: they go with the row that they are about, in one transaction.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{id::BuyerRef, journal::Entry, money::Currency, report::Days};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::{ChunkId, CreditEvent, Happened, Owner, chunk::Chunk, event::Row};
use crate::{Error, Store, item::to_item};

impl Store {
    /// What has to be written for an entry of a buyer's credit: its row, unless there is one, the journal's, and the
    /// account's. `id` is that of the order, the same whenever it is carried out again; then all of it is refused.
    ///
    /// # Errors
    /// The table's.
    pub async fn credit_entry_items(
        &self,
        bid: &BuyerRef,
        entry: Entry,
        id: &str,
        at: Timestamp,
        currency: Currency,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let day = self.zone().await?.to_datetime(at).date();
        let chunk = ChunkId::new(day, drawn(bid, id, at));
        let happened = Happened::Credit(CreditEvent { name: name_of(id), at, currency, entry });
        let days = Days { received: day, sold: day, booked: day };
        let row = Row::new(&Owner::Buyer(bid.clone()), happened, at, days, chunk.clone());
        let put = Put::builder()
            .table_name(&self.tables.ledger)
            .set_item(Some(to_item(&row)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(Error::item)?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        writes.extend(self.applying(&Chunk { id: chunk, rows: vec![row] }).await?);
        Ok(writes)
    }
}

/// What the entry of an order is called within its buyer.
pub(super) fn name_of(id: &str) -> String {
    format!("credit#{id}")
}

/// Two orders draw two chunks, so nothing has to be drawn at random; the time is that of the attempt, as for all chunks.
fn drawn(bid: &BuyerRef, id: &str, at: Timestamp) -> Ulid {
    let hash = Sha256::new().chain_update(bid.as_str()).chain_update("#").chain_update(id).finalize();
    let bytes = hash.iter().take(10).fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), bytes)
}
