//! Files from their closing to the day on which nothing of them is left here.

use domain::{id::DeliveryRef, time::later};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{Cell, Cells, FileState, Manifest, REMEMBERED_FOR, WrittenFile, row};
use crate::{
    Error, Store,
    conditional::Conditional,
    item::{Item, from_item, key_attributes, number, text},
    keys,
    rows::delete_rows,
};

/// Writes at the same time.
const CONCURRENCY: usize = 8;

/// A file whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueFile {
    /// Whose file it is.
    pub did: DeliveryRef,
    /// Its name, without the ending.
    pub stem: String,
    /// Where it is listed.
    sk: String,
}

/// Some rows of a file, in the order of their keys, and where the rest begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRows {
    /// The rows.
    pub rows: Vec<Cells>,
    /// Pass it as `after` for the next ones; none: that was all.
    pub last: Option<String>,
}

impl Store {
    /// Up to `limit` files that should be closed by now, the oldest first, from behind `after`.
    ///
    /// # Errors
    /// The table's.
    pub async fn due_files(&self, now: Timestamp, limit: u16, after: Option<&DueFile>) -> Result<Vec<DueFile>, Error> {
        let from = after.map_or("", |file| file.sk.as_str());
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :pk AND sk BETWEEN :after AND :until")
            .expression_attribute_values(":pk", text(keys::OUTBOX))
            // Right behind the last one.
            .expression_attribute_values(":after", text(format!("{from}\u{1}")))
            .expression_attribute_values(":until", text(keys::files_due_until(now)))
            .consistent_read(true)
            .limit(i32::from(limit))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let named = |item: Item| {
            let sk = item.get("sk")?.as_s().ok()?.clone();
            let (did, stem) = keys::file_of_due(&sk)?;
            Some(DueFile { did, stem, sk })
        };
        Ok(got.items.unwrap_or_default().into_iter().filter_map(named).collect())
    }

    /// What is known of a file; none: it never got a row.
    ///
    /// # Errors
    /// The table's.
    pub async fn file(&self, did: &DeliveryRef, stem: &str) -> Result<Option<Manifest>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::file_manifest(did, stem))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    /// Closes a file: from now on it gets no rows.
    ///
    /// # Errors
    /// The table's; closing it again does no harm.
    pub async fn close_file(&self, file: &DueFile, now: Timestamp) -> Result<(), Error> {
        let forgotten = later(now, REMEMBERED_FOR).as_second();
        let close = async |shard: u8| {
            let mut guard = key_attributes(keys::file_guard(&file.did, &file.stem, shard));
            guard.insert("x".to_owned(), number(forgotten));
            let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(guard));
            put.send().await.map(|_| ()).map_err(Error::service("PutItem"))
        };
        stream::iter(0..keys::FILE_GUARDS).map(close).buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// The next rows of a file, in an order that never changes, from behind `after`: up to a megabyte.
    ///
    /// # Errors
    /// The table's.
    pub async fn file_rows(&self, did: &DeliveryRef, stem: &str, after: Option<&str>) -> Result<FileRows, Error> {
        let (items, last) = self.rows_of(did, stem, after).await?;
        let rows = items.into_iter().map(|item| Ok(from_item::<Cell>(item)?.cells)).collect::<Result<_, Error>>()?;
        Ok(FileRows { rows, last })
    }

    /// Notes that somebody begins to write a closed file; none: another one has.
    ///
    /// # Errors
    /// The table's.
    pub async fn file_begun(&self, manifest: &Manifest) -> Result<Option<Manifest>, Error> {
        self.put_manifest(manifest, FileState::Assembling, None).await
    }

    /// Notes that a closed file is written; none: another one has.
    ///
    /// # Errors
    /// The table's.
    pub async fn file_written(&self, manifest: &Manifest, written: WrittenFile) -> Result<Option<Manifest>, Error> {
        self.put_manifest(manifest, FileState::Written(written), None).await
    }

    /// Removes the rows of a file that is written; whether that is noted now, or was before.
    ///
    /// # Errors
    /// The table's; removing them again does no harm.
    pub async fn clear_file(&self, manifest: &Manifest, written: &WrittenFile, now: Timestamp) -> Result<bool, Error> {
        if matches!(manifest.state, FileState::Cleared(_)) {
            return Ok(true);
        }
        let file = &manifest.file;
        loop {
            let (items, last) = self.rows_of(&file.did, &file.stem, None).await?;
            delete_rows(self.db.batch_write_item(), &self.tables.leads, &items).await?;
            if last.is_none() {
                break;
            }
        }
        let forgotten = later(now.max(file.closes), REMEMBERED_FOR).as_second();
        let cleared = FileState::Cleared(written.clone());
        Ok(self.put_manifest(manifest, cleared, Some(forgotten)).await?.is_some())
    }

    /// Takes a file off the list of those that are to be looked at.
    ///
    /// # Errors
    /// The table's.
    pub async fn file_done(&self, due: &DueFile) -> Result<(), Error> {
        let key = keys::Key { pk: keys::OUTBOX.to_owned(), sk: due.sk.clone() };
        let delete = self.db.delete_item().table_name(&self.tables.leads).set_key(Some(key_attributes(key)));
        delete.send().await.map_err(Error::service("DeleteItem"))?;
        Ok(())
    }

    /// Writes how far a file is, unless it is further already.
    async fn put_manifest(
        &self,
        before: &Manifest,
        state: FileState,
        x: Option<i64>,
    ) -> Result<Option<Manifest>, Error> {
        let next = Manifest { file: before.file.clone(), state };
        let item = row(keys::file_manifest(&before.file.did, &before.file.stem), x, &next)?;
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(item));
        let put = put.condition_expression("#s = :before").expression_attribute_names("#s", "s");
        let put = put.expression_attribute_values(":before", text(word(&before.state)));
        Ok(put.written().await?.is_done().then_some(next))
    }

    async fn rows_of(
        &self,
        did: &DeliveryRef,
        stem: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Item>, Option<String>), Error> {
        let pk = keys::outbox(did, stem);
        let start = after.map(|sk| key_attributes(keys::Key { pk: pk.clone(), sk: sk.to_owned() }));
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :pk AND begins_with(sk, :rows)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":rows", text(keys::FILE_ROWS))
            .consistent_read(true)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let last = got.last_evaluated_key.and_then(|key| key.get("sk").and_then(|sk| sk.as_s().ok()).cloned());
        Ok((got.items.unwrap_or_default(), last))
    }
}

fn word(state: &FileState) -> &'static str {
    match state {
        FileState::Open => "open",
        FileState::Assembling => "assembling",
        FileState::Written(_) => "written",
        FileState::Cleared(_) => "cleared",
    }
}
