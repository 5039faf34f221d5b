//! Exports of leads: what is asked for, who works on it, how far it is.
//!
//! As with files of returns, whoever works on one holds it until some time, and everything is written on condition that nobody has written
//! the row meanwhile.

mod export;
mod list;

use std::hash::{BuildHasher, RandomState};

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, builders::PutBuilder};
use domain::{id::LeadExportId, time::later};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use self::export::{EXPORT_KEPT_FOR, ExportCheckpoint, LeadExport, LeadExportState};
use crate::{
    Error, Store,
    conditional::{Conditional, Transacted, Written, all_or_none},
    item::{Item, from_item, key_attributes, number, to_item},
    keys::{self, Key},
};

/// How often others may write an export while it is being taken.
const TRIES: usize = 5;
/// What is contended where they do so more often.
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
        for _ in 0..TRIES {
            let Some(there) = self.lead_export(id).await? else { return Ok(TakenExport::Unknown) };
            match there.state {
                LeadExportState::Queued | LeadExportState::Running => {}
                LeadExportState::Done | LeadExportState::Failed { .. } => return Ok(TakenExport::Ended),
            }
            if let Some(until) = there.lease_until.filter(|until| *until > now) {
                return Ok(TakenExport::Held(until));
            }
            let mine = LeadExport { state: LeadExportState::Running, updated: now, ..there.clone().held(now, lease) };
            if let Some(mine) = self.save_lead_export(&there, mine).await? {
                return Ok(TakenExport::Mine(Box::new(mine)));
            }
        }
        Err(Error::Contended { what: EXPORT })
    }

    /// Writes an export as it is now, and returns it so; none: it is not what it was before, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_lead_export(&self, before: &LeadExport, after: LeadExport) -> Result<Option<LeadExport>, Error> {
        let after = LeadExport { version: before.version + 1, ..after };
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(row(&keys::lead_export(after.id), ends(&after), &after)?))
            .condition_expression("v = :before")
            .expression_attribute_values(":before", number(before.version));
        Ok(match put.written().await? {
            Written::Done(_) => Some(after),
            // It may be one's own, of an earlier try.
            Written::Refused(there) => there.map(from_item).transpose()?.filter(|there: &LeadExport| *there == after),
        })
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

impl LeadExport {
    /// The export in the hands of somebody new.
    fn held(self, now: Timestamp, lease: SignedDuration) -> Self {
        // The standard library draws the keys of its hash maps at random.
        let holder = RandomState::new().hash_one(self.version);
        Self { lease_until: Some(later(now, lease)), holder, ..self }
    }
}

fn ends(export: &LeadExport) -> i64 {
    later(export.created, KNOWN_FOR).as_second()
}

fn row(key: &Key, x: i64, rest: &impl Serialize) -> Result<Item, Error> {
    to_item(&Row { pk: &key.pk, sk: &key.sk, x, rest })
}
