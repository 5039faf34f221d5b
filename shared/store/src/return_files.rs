//! Files of returns: what came, who works on it, how far it is, what it came to.
//!
//! Whoever works on a file holds it until some time; everything is written on condition that nobody has written the file meanwhile,
//! so who has lost it writes nothing any more. What a write was refused for is looked at: it may be one's own, of an earlier try.

mod file;
mod list;

use std::hash::{BuildHasher, RandomState};

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{
    id::{BuyerRef, ReturnFileId},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::file::{
    Checkpoint, FileDecision, FileDecisionKind, FileDecisionState, MAX_RETURN_FILE_BYTES, ReturnFile, ReturnFileState,
    UploadState,
};
use crate::{
    Error, Store,
    conditional::{Conditional, Transacted, Written, all_or_none},
    item::{Item, from_item, key_attributes, number, text, to_item},
    keys::{self, Key},
};

/// How often others may write a file while it is being taken.
const TRIES: usize = 5;
/// What is contended where they do so more often.
const FILE: &str = "a file of returns";

/// What became of the wish to work on a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It is held now; this is how far it is.
    Mine(Box<ReturnFile>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// There is nothing left to do.
    Ended(Box<ReturnFile>),
    /// There is no such file, or nothing of it has come.
    Unknown,
    /// Another version of the object had come for it before.
    Another,
}

/// What became of the wish to carry out what was decided of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenDecision {
    /// The file is held now; this is how far it is.
    Mine(Box<ReturnFile>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// There is nothing to carry out.
    Nothing,
}

#[derive(Serialize)]
struct Row<'a, T> {
    pk: &'a str,
    sk: &'a str,
    #[serde(flatten)]
    rest: &'a T,
}

/// Which file had a content first.
#[derive(Serialize, Deserialize)]
struct Marker {
    #[serde(rename = "f")]
    file: ReturnFileId,
}

impl Store {
    /// Makes a file known that is still to come.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is known.
    pub async fn announce_return_file(&self, file: ReturnFile) -> Result<(), Error> {
        self.put_return_file(ReturnFile { version: 1, ..file }).await.map(drop)
    }

    /// Takes a file in hand for so long: a new one as it is given here, one that was announced with the object that has come for it.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is taken. `Contended`: others kept writing it.
    pub async fn take_return_file(
        &self,
        id: ReturnFileId,
        new: Option<ReturnFile>,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Taken, Error> {
        for _ in 0..TRIES {
            let there = self.return_file(id).await?;
            let taken = match (there, new.clone()) {
                (None, None) => return Ok(Taken::Unknown),
                (None, Some(new)) => {
                    let state = ReturnFileState::Running;
                    self.put_return_file(ReturnFile { version: 1, state, ..new.held(now, lease) }).await?
                }
                (Some(there), Some(new))
                    if there.state != ReturnFileState::Awaiting && there.object_version != new.object_version =>
                {
                    return Ok(Taken::Another);
                }
                (Some(there), new) => match (&there.state, new) {
                    (ReturnFileState::Awaiting, None) => return Ok(Taken::Unknown),
                    (ReturnFileState::Awaiting, Some(new)) => {
                        let ReturnFile { path, object_version, bytes, .. } = new;
                        let after = ReturnFile { path, object_version, bytes, ..there.clone() };
                        let after = ReturnFile { state: ReturnFileState::Running, ..after.held(now, lease) };
                        self.save_return_file(&there, after).await?
                    }
                    (ReturnFileState::Running, _) => match there.held_by_others(now) {
                        Some(until) => return Ok(Taken::Held(until)),
                        None => self.save_return_file(&there, there.clone().held(now, lease)).await?,
                    },
                    (
                        ReturnFileState::Done | ReturnFileState::Rejected { .. } | ReturnFileState::Repeated { .. },
                        _,
                    ) => return Ok(Taken::Ended(Box::new(there))),
                },
            };
            if let Some(mine) = taken {
                return Ok(Taken::Mine(Box::new(mine)));
            }
        }
        Err(Error::Contended { what: FILE })
    }

    /// Takes a file in hand for so long to carry out what was decided of it.
    ///
    /// # Errors
    /// As for [`Store::take_return_file`].
    pub async fn take_decision(
        &self,
        id: ReturnFileId,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<TakenDecision, Error> {
        for _ in 0..TRIES {
            let is_open = |file: &ReturnFile| {
                let is_running = file.decision.as_ref().is_some_and(FileDecision::is_running);
                file.has_returns() && is_running
            };
            let Some(there) = self.return_file(id).await?.filter(is_open) else { return Ok(TakenDecision::Nothing) };
            if let Some(until) = there.held_by_others(now) {
                return Ok(TakenDecision::Held(until));
            }
            if let Some(mine) = self.save_return_file(&there, there.clone().held(now, lease)).await? {
                return Ok(TakenDecision::Mine(Box::new(mine)));
            }
        }
        Err(Error::Contended { what: FILE })
    }

    /// Writes a file as it is now, and returns it so; none: it is not what it was before, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_return_file(&self, before: &ReturnFile, after: ReturnFile) -> Result<Option<ReturnFile>, Error> {
        let after = ReturnFile { version: before.version + 1, ..after };
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.ledger)
            .set_item(Some(row(&keys::return_file(after.id), &after)?))
            .condition_expression("v = :before")
            .expression_attribute_values(":before", number(before.version));
        Ok(match put.written().await? {
            Written::Done(_) => Some(after),
            Written::Refused(there) => own(there, after)?,
        })
    }

    /// A file as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn return_file(&self, id: ReturnFileId) -> Result<Option<ReturnFile>, Error> {
        let got = self
            .db
            .get_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(keys::return_file(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    /// Which file of a buyer was the first with this content, by its hash: this one, if there was none.
    ///
    /// # Errors
    /// The table's; then nobody knows whether this one is noted.
    pub async fn claim_content(&self, bid: &BuyerRef, hash: &str, id: ReturnFileId) -> Result<ReturnFileId, Error> {
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.ledger)
            .set_item(Some(row(&keys::return_content(bid, hash), &Marker { file: id })?))
            .condition_expression("attribute_not_exists(pk)");
        match put.written().await? {
            Written::Done(_) => Ok(id),
            Written::Refused(there) => Ok(from_item::<Marker>(there.unwrap_or_default())?.file),
        }
    }

    /// Forgets that this file was the first with this content; if it was another, nothing is done.
    ///
    /// # Errors
    /// The table's.
    pub async fn drop_content(&self, bid: &BuyerRef, hash: &str, id: ReturnFileId) -> Result<(), Error> {
        let dropped = self
            .db
            .delete_item()
            .table_name(&self.tables.ledger)
            .set_key(Some(key_attributes(keys::return_content(bid, hash))))
            .condition_expression("f = :mine")
            .expression_attribute_values(":mine", text(id.to_string()));
        dropped.written().await.map(drop)
    }

    /// Writes a file that nobody knows yet, with the lines that it is listed by; none: somebody does.
    async fn put_return_file(&self, file: ReturnFile) -> Result<Option<ReturnFile>, Error> {
        let mut writes = vec![self.put_in_ledger(row(&keys::return_file(file.id), &file)?, true)?];
        for list in [None, Some(&file.bid)] {
            writes.push(self.put_in_ledger(key_attributes(keys::listed_return_file(list, file.at, file.id)), false)?);
        }
        match all_or_none(self.db.transact_write_items(), writes, FILE).await? {
            Transacted::Done => Ok(Some(file)),
            Transacted::Refused(mut refused) => own(refused.remove(&0).flatten(), file),
        }
    }

    fn put_in_ledger(&self, item: Item, is_new: bool) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.tables.ledger)
            .set_item(Some(item))
            .set_condition_expression(is_new.then(|| "attribute_not_exists(pk)".to_owned()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::item)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl ReturnFile {
    /// The file in the hands of somebody new.
    fn held(self, now: Timestamp, lease: SignedDuration) -> Self {
        // The standard library draws the keys of its hash maps at random.
        let holder = RandomState::new().hash_one(self.version);
        Self { lease_until: Some(later(now, lease)), holder, ..self }
    }

    /// Until when somebody holds it.
    fn held_by_others(&self, now: Timestamp) -> Option<Timestamp> {
        self.lease_until.filter(|until| *until > now)
    }
}

/// The file, if it is what is there.
fn own(there: Option<Item>, file: ReturnFile) -> Result<Option<ReturnFile>, Error> {
    let there: Option<ReturnFile> = there.map(from_item).transpose()?;
    Ok(there.filter(|there| *there == file))
}

fn row(key: &Key, rest: &impl Serialize) -> Result<Item, Error> {
    to_item(&Row { pk: &key.pk, sk: &key.sk, rest })
}
