//! The outbox: rows of files that are still to be written.
//!
//! A row stands in one file only, and in no file twice. Three things are written at once: the row; a marker by lead, delivery
//! and round, which tells a repeat where its row is; and a check that the file is not closed yet. So once a file is closed its
//! rows are for good what they are, and it can be written as often as it takes, by whom it may be.

mod assembly;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::{ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{
    delivery::Column,
    id::{DeliveryRef, LeadId},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::assembly::{DueFile, FileRows};
use crate::{
    Error, Store,
    conditional::{Conditional, Transacted, Written, all_or_none},
    item::{Item, from_item, key_attributes, to_item},
    keys,
};

/// The cells of a row by the names of their columns.
pub type Cells = BTreeMap<String, String>;

/// A worker that knows a file does not make it known again for so long.
pub(crate) const KNOWN_FOR: Duration = Duration::from_secs(3_600);
/// The places of what can forbid a row, among the writes that put it.
const MARKER: usize = 0;
const GUARD: usize = 1;
/// What tells that a file is closed or a row in a file outlasts every repeat by far; then the table forgets it.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24 * 120);

/// A file as it is begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingFile {
    /// The delivery whose leads it has.
    #[serde(rename = "d")]
    pub did: DeliveryRef,
    /// Its name, without the ending.
    #[serde(rename = "n")]
    pub stem: String,
    /// Where it will be put.
    #[serde(rename = "k")]
    pub path: String,
    /// Its columns, which all of its rows have.
    #[serde(rename = "c")]
    pub columns: Vec<Column>,
    /// When it closes.
    #[serde(rename = "u", with = "domain::time")]
    pub closes: Timestamp,
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum FileState {
    /// It takes rows.
    Open,
    /// It is closed, and somebody writes it, or has tried.
    Assembling,
    /// It is written; its rows may still be there.
    Written(WrittenFile),
    /// It is written, and its rows are gone.
    Cleared(WrittenFile),
}

/// A file that is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// How many rows it has, without the header.
    #[serde(rename = "rn")]
    pub rows: u64,
    /// Its length.
    #[serde(rename = "b")]
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    #[serde(rename = "h")]
    pub sha256: String,
}

/// A file, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The file.
    #[serde(flatten)]
    pub file: OutgoingFile,
    /// How far it is.
    #[serde(flatten)]
    pub state: FileState,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It stands in the file at this path, by now or since an earlier time.
    In(String),
    /// The file is closed; the next one may not be.
    Closed,
}

#[derive(Serialize)]
struct Row<'a, T> {
    pk: String,
    sk: String,
    /// When the table may forget it, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<i64>,
    #[serde(flatten)]
    rest: &'a T,
}

/// A row of a file.
#[derive(Serialize, Deserialize)]
struct Cell {
    #[serde(rename = "c")]
    cells: Cells,
}

/// Where a lead's row is.
#[derive(Serialize, Deserialize)]
struct Marker {
    #[serde(rename = "k")]
    path: String,
    /// In the file of this name.
    #[serde(rename = "n", default)]
    stem: String,
}

impl Store {
    /// Makes a file known before it gets rows, so that it is found when it closes. One that is known stays as it was begun,
    /// and is returned so, whatever is asked for now.
    ///
    /// # Errors
    /// The table's.
    pub async fn begin_file(&self, file: OutgoingFile) -> Result<Arc<OutgoingFile>, Error> {
        let name = (file.did.clone(), file.stem.clone());
        if let Some(known) = self.cache.files.get(&name).await {
            return Ok(known);
        }
        // First where it is looked for: a manifest that nobody finds would be no use.
        self.put_due(file.closes, &file.did, &file.stem).await?;
        let begun = Arc::new(self.put_open(file).await?);
        self.cache.files.insert(name, Arc::clone(&begun)).await;
        Ok(begun)
    }

    /// Writes down that a file is begun, unless it was before. Returns it as it was begun.
    async fn put_open(&self, file: OutgoingFile) -> Result<OutgoingFile, Error> {
        let manifest = Manifest { file, state: FileState::Open };
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(row(keys::file_manifest(&manifest.file.did, &manifest.file.stem), None, &manifest)?))
            .condition_expression("attribute_not_exists(pk)");
        match put.written().await? {
            Written::Done(_) => Ok(manifest.file),
            Written::Refused(there) => Ok(from_item::<Manifest>(there.unwrap_or_default())?.file),
        }
    }

    /// Puts a lead's row of this round into a file that was begun, unless it stands in one already.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it stands there. `Contended`: it does not, and trying again helps.
    pub async fn put_row(
        &self,
        file: &OutgoingFile,
        lead: LeadId,
        round: u32,
        cells: &Cells,
        now: Timestamp,
    ) -> Result<Posted, Error> {
        let writes = self.row_writes(file, lead, round, cells, now)?;
        let what = "a file";
        let refused = match all_or_none(self.db.transact_write_items(), writes.into(), what).await? {
            Transacted::Done => return Ok(Posted::In(file.path.clone())),
            Transacted::Refused(refused) => refused,
        };
        match (refused.get(&MARKER), refused.contains_key(&GUARD)) {
            (Some(there), _) => Ok(Posted::In(from_item::<Marker>(there.clone().unwrap_or_default())?.path)),
            (None, true) => Ok(Posted::Closed),
            (None, false) => Err(Error::Contended { what }),
        }
    }

    /// The marker, the check, the row.
    pub(crate) fn row_writes(
        &self,
        file: &OutgoingFile,
        lead: LeadId,
        round: u32,
        cells: &Cells,
        now: Timestamp,
    ) -> Result<[TransactWriteItem; 3], Error> {
        let forgotten = later(now.max(file.closes), REMEMBERED_FOR).as_second();
        let marker = Marker { path: file.path.clone(), stem: file.stem.clone() };
        let marker = row(keys::file_marker(lead, &file.did, round), Some(forgotten), &marker)?;
        let cells = row(keys::file_row(&file.did, &file.stem, lead, round), None, &Cell { cells: cells.clone() })?;
        Ok([self.put_new(marker)?, self.not_closed(file, lead)?, self.put_new(cells)?])
    }

    fn put_new(&self, item: Item) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn not_closed(&self, file: &OutgoingFile, lead: LeadId) -> Result<TransactWriteItem, Error> {
        let guard = keys::file_guard(&file.did, &file.stem, keys::shard(lead, keys::FILE_GUARDS));
        let check = ConditionCheck::builder()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(guard)))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Notes when a file is to be looked at.
    async fn put_due(&self, at: Timestamp, did: &DeliveryRef, stem: &str) -> Result<(), Error> {
        let item = key_attributes(keys::file_due(at, did, stem));
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(item));
        put.send().await.map_err(Error::service("PutItem"))?;
        Ok(())
    }
}

fn row(key: keys::Key, x: Option<i64>, rest: &impl Serialize) -> Result<Item, Error> {
    to_item(&Row { pk: key.pk, sk: key.sk, x, rest })
}
