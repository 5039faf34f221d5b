//! The leads of a job, a hundred to a row, and what became of them.

use domain::{
    bulk::{Effect, Refusal},
    id::{BulkJobId, LeadId},
};
use serde::{Deserialize, Serialize};

use super::{BulkJob, ends, row};
use crate::{
    Error, Store,
    conditional::Conditional,
    item::{from_item, number},
    keys,
};

/// Leads of a row; the last one of a job may have fewer.
pub const CHUNK_LEADS: usize = 100;

/// Some leads of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkChunk {
    /// Which.
    #[serde(rename = "l")]
    pub leads: Vec<LeadId>,
    /// What became of each, in the same order; none: the job is not through with them.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Vec<BulkOutcome>>,
}

/// What became of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "o")]
pub enum BulkOutcome {
    /// It was changed, or would be.
    #[serde(rename = "c")]
    Changed {
        /// What that moved; none: nothing, or it was changed before a crash and nobody has added it up.
        #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
        moved: Option<Effect>,
    },
    /// It is left as it is.
    #[serde(rename = "s")]
    Skipped {
        /// Why, for programs.
        #[serde(rename = "c")]
        code: String,
        /// Why, for people.
        #[serde(rename = "d")]
        detail: String,
    },
    /// It should have been changed, and could not be.
    #[serde(rename = "f")]
    Failed {
        /// Why, for programs.
        #[serde(rename = "c")]
        code: String,
        /// What to do.
        #[serde(rename = "d")]
        detail: String,
    },
}

#[derive(Serialize)]
struct Row<'a> {
    /// How often the job had been written by then: who took it later has written it more often.
    #[serde(rename = "v")]
    version: u64,
    #[serde(flatten)]
    chunk: &'a BulkChunk,
}

impl From<Refusal> for BulkOutcome {
    fn from(Refusal { code, detail }: Refusal) -> Self {
        Self::Skipped { code: code.to_owned(), detail }
    }
}

impl Store {
    /// Writes some leads of a job, as whoever has it knows it, in place of what was there. False: somebody has written them who took the
    /// job later, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether they are written.
    pub async fn put_bulk_chunk(&self, job: &BulkJob, place: u32, chunk: &BulkChunk) -> Result<bool, Error> {
        let rest = Row { version: job.version, chunk };
        let item = row(&keys::bulk_chunk(job.id, place), ends(job.created), &rest)?;
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR v <= :mine")
            .expression_attribute_values(":mine", number(job.version));
        Ok(put.written().await?.is_done())
    }

    /// Some leads of a job as they are now; none: it has no so many.
    ///
    /// # Errors
    /// The table's.
    pub async fn bulk_chunk(&self, id: BulkJobId, number: u32) -> Result<Option<BulkChunk>, Error> {
        self.bulk_row(keys::bulk_chunk(id, number)).await?.map(from_item).transpose()
    }
}
