//! Exports of leads: what is asked for, who works on it, how far it is.
//!
//! As with files of returns, whoever works on one holds it until some time, and everything is written on condition that nobody has written
//! the row meanwhile.

mod export;
mod list;

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, builders::PutBuilder};
use domain::{id::LeadExportId, time::later};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use self::export::{CANCELLED as EXPORT_CANCELLED, EXPORT_KEPT_FOR, ExportCheckpoint, LeadExport, LeadExportState};
use crate::{
    Error, Store,
    conditional::{Transacted, all_or_none},
    held::{self, Held},
    item::{Item, from_item, key_attributes, number, to_item},
    keys::{self, Key},
};

/// What is contended where others keep writing an export.
const EXPORT: &str = "an export of leads";
/// How long an export is known: a day longer than its file is kept.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(8 * 24);

/// What became of the wish to work on an export.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenExport {
    /// It is held now; this is how far it is.
    Mine(Box<LeadExport>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// There is nothing left to do.
    Ended,
    /// There is no such export, or no more.
    Unknown,
}

#[derive(Serialize)]
struct Row<'a, T> {
    pk: &'a str,
    sk: &'a str,
    /// When the row ends, in seconds.
    x: i64,
    #[serde(flatten)]
    rest: &'a T,
}

/// A line of a list says nothing but its key.
#[derive(Serialize)]
struct Nothing {}

impl Store {
    /// Makes an export known, and returns it; or the one that has this id already.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is known.
    pub async fn begin_lead_export(&self, export: LeadExport) -> Result<LeadExport, Error> {
        let line = keys::listed_lead_export(&export.caller, export.created, export.id);
        let ends = ends(&export);
        let row = self
            .export_put(row(&keys::lead_export(export.id), ends, &export)?)
            .condition_expression("attribute_not_exists(pk) OR x <= :now")
            .expression_attribute_values(":now", number(export.created.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let line = self.export_put(self::row(&line, ends, &Nothing {})?);
        let mut writes = Vec::new();
        for one in [row, line] {
            writes.push(TransactWriteItem::builder().put(one.build().map_err(Error::item)?).build());
        }
        match all_or_none(self.db.transact_write_items(), writes, EXPORT).await? {
            Transacted::Done => Ok(export),
            Transacted::Refused(mut refused) => from_item(refused.remove(&0).flatten().unwrap_or_default()),
        }
    }

    /// Takes an export in hand for so long.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is taken. `Contended`: others kept writing it.
    pub async fn take_lead_export(
        &self,
        id: LeadExportId,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<TakenExport, Error> {
        held::taken::<LeadExport, _>(async || {
            let Some(there) = self.lead_export(id).await? else { return Ok(Some(TakenExport::Unknown)) };
            match there.state {
                LeadExportState::Queued | LeadExportState::Running => {}
                LeadExportState::Done | LeadExportState::Failed { .. } => return Ok(Some(TakenExport::Ended)),
            }
            if let Some(until) = there.held_by_others(now) {
                return Ok(Some(TakenExport::Held(until)));
            }
            let mine = LeadExport { state: LeadExportState::Running, updated: now, ..there.clone().held(now, lease) };
            let mine = self.save_lead_export(&there, mine).await?;
            Ok(mine.map(|mine| TakenExport::Mine(Box::new(mine))))
        })
        .await
    }

    /// Ends an export that is not at its end, and returns it as it is by then; none: there is no such export. Who works on it finds out as it
    /// says how far it is, and what it has written goes by itself.
    ///
    /// # Errors
    /// As for [`Store::take_lead_export`].
    pub async fn cancel_lead_export(&self, id: LeadExportId, now: Timestamp) -> Result<Option<LeadExport>, Error> {
        for _ in 0..held::TRIES {
            let Some(there) = self.lead_export(id).await? else { return Ok(None) };
            if there.ended_at.is_some() {
                return Ok(Some(there));
            }
            if let Some(ended) = self.save_lead_export(&there, there.clone().cancelled(now)).await? {
                return Ok(Some(ended));
            }
        }
        Err(Error::Contended { what: EXPORT })
    }

    /// Writes an export as it is now, and returns it so; none: it is not what it was before, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_lead_export(&self, before: &LeadExport, after: LeadExport) -> Result<Option<LeadExport>, Error> {
        let after = after.with_version(before.version + 1);
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(row(
            &keys::lead_export(after.id),
            ends(&after),
            &after,
        )?));
        held::saved(put, before.version, after).await
    }

    /// An export as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn lead_export(&self, id: LeadExportId) -> Result<Option<LeadExport>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead_export(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    fn export_put(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&self.tables.leads).set_item(Some(item))
    }
}

impl Held for LeadExport {
    const WHAT: &'static str = EXPORT;

    fn version(&self) -> u64 {
        self.version
    }

    fn with_version(self, version: u64) -> Self {
        Self { version, ..self }
    }

    fn lease_until(&self) -> Option<Timestamp> {
        self.lease_until
    }

    fn with_holder(self, until: Timestamp, holder: u64) -> Self {
        Self { lease_until: Some(until), holder, ..self }
    }
}

fn ends(export: &LeadExport) -> i64 {
    later(export.created, KNOWN_FOR).as_second()
}

fn row(key: &Key, x: i64, rest: &impl Serialize) -> Result<Item, Error> {
    to_item(&Row { pk: &key.pk, sk: &key.sk, x, rest })
}
