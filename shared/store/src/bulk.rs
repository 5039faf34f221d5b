//! Bulk jobs: what is to be done to which leads, who works on it, how far it is, and what became of each lead.
//!
//! A job first writes down which leads it is about, a hundred to a row; only then it changes any. As with exports, whoever works on one
//! holds it until some time, and its row is written on condition that nobody has written it meanwhile. What became of the leads of a
//! row is written once all of them are through; whoever goes on after a crash finds the job's name in the leads that were changed before.

mod carry_out;
mod chunk;
mod job;
mod list;
mod person;

use std::hash::{BuildHasher, RandomState};

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{id::BulkJobId, time::later};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    chunk::{BulkChunk, BulkOutcome, CHUNK_LEADS},
    job::{BulkJob, BulkJobState, BulkTally, Wanted},
};
use crate::{
    Error, Store,
    conditional::{Conditional, Transacted, Written, all_or_none},
    item::{Item, from_item, key_attributes, number, to_item},
    keys::{self, Key},
};

/// How often others may write a job while it is being taken, or called off.
const TRIES: usize = 5;
/// What is contended where they do so more often.
const JOB: &str = "a bulk job";
/// How long a job is known.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What became of the wish to work on a job.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenJob {
    /// It is held now; this is how far it is.
    Mine(Box<BulkJob>),
    /// Somebody else holds it until then.
    Held(Timestamp),
    /// There is nothing left to do.
    Ended,
    /// There is no such job, or no more.
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

/// Which job a request that comes again has asked for.
#[derive(Serialize, Deserialize)]
struct Named {
    #[serde(rename = "j")]
    job: BulkJobId,
}

/// Where that stands among the writes that make a job known.
const NAMED: usize = 2;

/// A line of the list says nothing but its key.
#[derive(Serialize)]
struct Nothing {}

impl Store {
    /// Makes a job known, and returns it; or the one that was asked for by the same `key`, the hash of what marks a repeated request. Ids are
    /// never used again: a lead remembers them longer than there are jobs.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is known. `Contended`: the job of that key has just gone.
    pub async fn begin_bulk_job(&self, job: BulkJob, key: Option<&str>) -> Result<BulkJob, Error> {
        let ends = ends(job.created);
        let put = |item: Item| Put::builder().table_name(&self.tables.leads).set_item(Some(item));
        let line = put(row(&keys::listed_bulk_job(job.created, job.id), ends, &Nothing {})?);
        let named = match key {
            Some(key) => Some(
                put(row(&keys::bulk_key(key), ends, &Named { job: job.id })?)
                    .condition_expression("attribute_not_exists(pk) OR x <= :now")
                    .expression_attribute_values(":now", number(job.created.as_second()))
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
            ),
            None => None,
        };
        let mut writes = Vec::new();
        for one in [put(row(&keys::bulk_job(job.id), ends, &job)?), line].into_iter().chain(named) {
            writes.push(TransactWriteItem::builder().put(one.build().map_err(Error::item)?).build());
        }
        match all_or_none(self.db.transact_write_items(), writes, JOB).await? {
            Transacted::Done => Ok(job),
            Transacted::Refused(mut refused) => {
                let Named { job } = from_item(refused.remove(&NAMED).flatten().unwrap_or_default())?;
                self.bulk_job(job).await?.ok_or(Error::Contended { what: JOB })
            }
        }
    }

    /// Takes a job in hand for so long.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is taken. `Contended`: others kept writing it.
    pub async fn take_bulk_job(&self, id: BulkJobId, now: Timestamp, lease: SignedDuration) -> Result<TakenJob, Error> {
        for _ in 0..TRIES {
            let Some(there) = self.bulk_job(id).await? else { return Ok(TakenJob::Unknown) };
            if there.state.is_over() {
                return Ok(TakenJob::Ended);
            }
            if let Some(until) = there.lease_until.filter(|until| *until > now) {
                return Ok(TakenJob::Held(until));
            }
            if let Some(mine) = self.save_bulk_job(&there, there.clone().held(now, lease)).await? {
                return Ok(TakenJob::Mine(Box::new(mine)));
            }
        }
        Err(Error::Contended { what: JOB })
    }

    /// Asks whoever works on a job to stop, and returns it as it is by then; none: there is no such job. What is done is done; messages that
    /// were not sent, and files that are not written, are done only when they are.
    ///
    /// # Errors
    /// As for [`Store::take_bulk_job`].
    pub async fn cancel_bulk_job(&self, id: BulkJobId, now: Timestamp) -> Result<Option<BulkJob>, Error> {
        for _ in 0..TRIES {
            let Some(there) = self.bulk_job(id).await? else { return Ok(None) };
            let (is_over, goes_on) = (there.state.is_over(), there.goes_on_elsewhere());
            if there.cancelled || (is_over && !goes_on) {
                return Ok(Some(there));
            }
            let state = if is_over { BulkJobState::Cancelled } else { there.state.clone() };
            let after = BulkJob { cancelled: true, state, updated: now, ..there.clone() };
            if let Some(saved) = self.save_bulk_job(&there, after).await? {
                return Ok(Some(saved));
            }
        }
        Err(Error::Contended { what: JOB })
    }

    /// Writes a job as it is now, and returns it so; none: it is not what it was before, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written.
    pub async fn save_bulk_job(&self, before: &BulkJob, after: BulkJob) -> Result<Option<BulkJob>, Error> {
        let after = BulkJob { version: before.version + 1, ..after };
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(row(&keys::bulk_job(after.id), ends(after.created), &after)?))
            .condition_expression("v = :before")
            .expression_attribute_values(":before", number(before.version));
        Ok(match put.written().await? {
            Written::Done(_) => Some(after),
            // It may be one's own, of an earlier try.
            Written::Refused(there) => there.map(from_item).transpose()?.filter(|there: &BulkJob| *there == after),
        })
    }

    /// A job as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn bulk_job(&self, id: BulkJobId) -> Result<Option<BulkJob>, Error> {
        self.bulk_row(keys::bulk_job(id)).await?.map(from_item).transpose()
    }

    async fn bulk_row(&self, key: Key) -> Result<Option<Item>, Error> {
        let get = self.db.get_item().table_name(&self.tables.leads).set_key(Some(key_attributes(key)));
        let got = get.consistent_read(true).send().await.map_err(Error::service("GetItem"))?;
        Ok(got.item)
    }
}

impl BulkJob {
    /// The job in the hands of somebody new.
    fn held(self, now: Timestamp, lease: SignedDuration) -> Self {
        // The standard library draws the keys of its hash maps at random.
        let holder = RandomState::new().hash_one(self.version);
        Self { lease_until: Some(later(now, lease)), holder, updated: now, ..self }
    }
}

fn ends(created: Timestamp) -> i64 {
    later(created, KNOWN_FOR).as_second()
}

fn row(key: &Key, x: i64, rest: &impl Serialize) -> Result<Item, Error> {
    to_item(&Row { pk: &key.pk, sk: &key.sk, x, rest })
}
