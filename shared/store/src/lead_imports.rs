//! Files of leads: what came, who works on it, how far it is, what it came to.

mod import;
mod list;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{id::LeadImportId, time::later};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::import::{Behind, ImportOrder, ImportWay, LeadImport, LeadImportState, MAX_LEAD_IMPORT_BYTES};
use crate::{
    Error, Store,
    conditional::{Conditional, Written, all_or_none},
    held::{self, Held},
    item::{Item, from_item, key_attributes, number, text, to_item},
    keys::{self, Key},
};

/// What is contended where others keep writing a file.
const FILE: &str = "a file of leads";
/// What no file is called.
const NOBODY: &str = "-";
/// How long a file is known: as long as its result is kept (`infra/template.yaml`).
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What became of the wish to work on a file.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenImport {
    /// It is held now; this is how far it is.
    Mine(Box<LeadImport>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// There is nothing left to do.
    Ended(Box<LeadImport>),
    /// There is no such file, or nothing of it has come.
    Unknown,
    /// Another version of the object had come for it before.
    Another,
}

/// The object that has come for a file that was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportObject {
    /// Where it is.
    pub path: String,
    /// Which version of it; none: the bucket keeps none.
    pub version: Option<String>,
    /// Its length.
    pub bytes: u64,
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

/// Which file had a content first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentOf {
    /// That file.
    #[serde(rename = "f")]
    pub file: LeadImportId,
    /// The file that it goes on behind, as that one was gone before all of it was read.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<LeadImportId>,
}

impl Store {
    /// Makes a file known that is still to come.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is known.
    pub async fn announce_lead_import(&self, file: &LeadImport) -> Result<(), Error> {
        let ends = ends(file.at);
        let mut items = vec![row(&keys::lead_import(file.id), ends, file)?];
        for list in [None, Some(&file.sid)] {
            items.push(row(&keys::listed_lead_import(list, file.at, file.id), ends, &Nothing {})?);
        }
        let mut writes = Vec::new();
        for item in items {
            let put = Put::builder().table_name(&self.tables.leads).set_item(Some(item));
            writes.push(TransactWriteItem::builder().put(put.build().map_err(Error::item)?).build());
        }
        all_or_none(self.db.transact_write_items(), writes, FILE).await.map(drop)
    }

    /// Takes a file in hand for so long; one that was announced with the object that has come for it.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is taken. `Contended`: others kept writing it.
    pub async fn take_lead_import(
        &self,
        id: LeadImportId,
        come: Option<ImportObject>,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<TakenImport, Error> {
        held::taken::<LeadImport, _>(async || {
            let Some(there) = self.lead_import(id).await? else { return Ok(Some(TakenImport::Unknown)) };
            let is_awaited = there.state == LeadImportState::Awaiting;
            let mine = match come.clone() {
                Some(come) if come.path != there.path => return Ok(Some(TakenImport::Unknown)),
                Some(come) if !is_awaited && come.version != there.object_version => {
                    return Ok(Some(TakenImport::Another));
                }
                Some(ImportObject { version, bytes, .. }) if is_awaited => {
                    LeadImport { object_version: version, bytes, ..there.clone() }
                }
                Some(_) => there.clone(),
                None if is_awaited => return Ok(Some(TakenImport::Unknown)),
                None => there.clone(),
            };
            match &there.state {
                LeadImportState::Awaiting | LeadImportState::Running => {}
                LeadImportState::Done | LeadImportState::Rejected { .. } | LeadImportState::Repeated { .. } => {
                    return Ok(Some(TakenImport::Ended(Box::new(there))));
                }
            }
            if let Some(until) = there.held_by_others(now) {
                return Ok(Some(TakenImport::Held(until)));
            }
            let mine = LeadImport { state: LeadImportState::Running, ..mine.held(now, lease) };
            let mine = self.save_lead_import(&there, mine).await?;
            Ok(mine.map(|mine| TakenImport::Mine(Box::new(mine))))
        })
        .await
    }

    /// Writes a file as it is now, and returns it so; none: it is not what it was before, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_lead_import(&self, before: &LeadImport, after: LeadImport) -> Result<Option<LeadImport>, Error> {
        let after = after.with_version(before.version + 1);
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(row(
            &keys::lead_import(after.id),
            ends(after.at),
            &after,
        )?));
        held::saved(put, before.version, after).await
    }

    /// A file as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn lead_import(&self, id: LeadImportId) -> Result<Option<LeadImport>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.leads)
            .set_key(Some(key_attributes(keys::lead_import(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    /// Which file of a supplier was the first with this content for its campaign, by its hash: this one, if there was none. Or if it was the
    /// one that `instead` names, of which no row more is read: then this one goes on behind what `instead` says.
    ///
    /// # Errors
    /// The table's; then nobody knows whether this one is noted.
    pub async fn claim_import_content(
        &self,
        file: &LeadImport,
        hash: &str,
        instead: Option<ContentOf>,
        now: Timestamp,
    ) -> Result<ContentOf, Error> {
        let key = keys::import_content(&file.sid, &file.campid, hash);
        let mine = ContentOf { file: file.id, behind: instead.and_then(|instead| instead.behind) };
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(row(&key, ends(now), &mine)?))
            .condition_expression("attribute_not_exists(pk) OR x <= :now OR f = :instead")
            .expression_attribute_values(":now", number(now.as_second()))
            .expression_attribute_values(
                ":instead",
                text(instead.map_or_else(|| NOBODY.to_owned(), |of| of.file.to_string())),
            );
        match put.written().await? {
            Written::Done(_) => Ok(mine),
            Written::Refused(there) => from_item(there.unwrap_or_default()),
        }
    }
}

impl Held for LeadImport {
    const WHAT: &'static str = FILE;

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

fn ends(at: Timestamp) -> i64 {
    later(at, KNOWN_FOR).as_second()
}

fn row(key: &Key, x: i64, rest: &impl Serialize) -> Result<Item, Error> {
    to_item(&Row { pk: &key.pk, sk: &key.sk, x, rest })
}
