//! What is known of a file of leads.

use domain::{
    access::Principal,
    id::{CampaignRef, LeadImportId, SupplierRef},
    lead_import::{ImportMapping, ImportTally},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Checkpoint, ReturnFile,
    import_bucket::{result_place, upload_place},
};

/// Most bytes of a file of leads.
pub const MAX_LEAD_IMPORT_BYTES: u64 = 512 * 1024 * 1024;

/// A file of leads of one supplier, for one campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadImport {
    /// What it is called.
    #[serde(rename = "i")]
    pub id: LeadImportId,
    /// Whose leads they are.
    #[serde(rename = "s")]
    pub sid: SupplierRef,
    /// The campaign that they are for.
    #[serde(rename = "c")]
    pub campid: CampaignRef,
    /// Who announced it.
    #[serde(rename = "by")]
    pub by: Principal,
    /// What its sender calls it.
    #[serde(rename = "nm")]
    pub name: String,
    /// Where its object is in the bucket.
    #[serde(rename = "k")]
    pub path: String,
    /// Which version of that object it is; none: the bucket keeps none, or nothing has come yet.
    #[serde(rename = "ov", default, skip_serializing_if = "Option::is_none")]
    pub object_version: Option<String>,
    /// Its length; 0 before it has come.
    #[serde(rename = "l")]
    pub bytes: u64,
    /// Which column is which field, as its sender says.
    #[serde(rename = "m", default, skip_serializing_if = "ImportMapping::is_empty")]
    pub mapping: ImportMapping,
    /// What becomes of its rows.
    #[serde(rename = "w")]
    pub way: ImportWay,
    /// How many leads it may come to in a minute.
    #[serde(rename = "pm")]
    pub per_minute: u32,
    /// When it was announced.
    #[serde(rename = "at", with = "domain::time")]
    pub at: Timestamp,
    /// How far it is.
    #[serde(rename = "st")]
    pub state: LeadImportState,
    /// The file with the same content that it goes on behind, as that one was gone before all of it was read.
    #[serde(rename = "bh", default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// What its rows have come to so far.
    #[serde(rename = "t", default)]
    pub tally: ImportTally,
    /// Columns that are left out, by what their headers say.
    #[serde(rename = "lo", default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// How many bytes of it are read.
    #[serde(rename = "rb", default)]
    pub read_bytes: u64,
    /// Where its result is in the bucket.
    #[serde(rename = "rs", default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Where to go on reading it; of one that was gone, from where on another one with its content has to.
    #[serde(rename = "cp", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// When its next rows may become leads.
    #[serde(rename = "nx", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub next_at: Option<Timestamp>,
    /// When it came to its end.
    #[serde(rename = "en", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub ended_at: Option<Timestamp>,
    /// Until when somebody holds it; none: nobody does.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub lease_until: Option<Timestamp>,
    /// Drawn by who took it last: it tells apart who take it in the same moment.
    #[serde(rename = "ho", default)]
    pub holder: u64,
    /// How often it was written; [`crate::Store::save_lead_import`] counts.
    #[serde(rename = "v")]
    pub version: u64,
}

/// What becomes of the rows of a file of leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportWay {
    /// They are leads like all others.
    Real,
    /// They are leads that are kept as tests: they go to nobody.
    Test,
    /// They are judged, and nothing is kept.
    DryRun,
}

/// How far a file of leads is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum LeadImportState {
    /// It was announced, and has not come.
    Awaiting,
    /// It is read.
    Running,
    /// All its rows have become what they become.
    Done,
    /// None of its rows is read, or none more of a file that is gone.
    Rejected {
        /// Why, for programs.
        #[serde(rename = "c")]
        code: String,
        /// Why, for people, with what to do.
        #[serde(rename = "d")]
        detail: String,
    },
    /// Another file had the same content before; none of its rows is read.
    Repeated {
        /// Which.
        #[serde(rename = "of")]
        of: LeadImportId,
    },
}

/// A file that another one goes on behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// Which.
    #[serde(rename = "f")]
    pub file: LeadImportId,
    /// The first file with this content: its rows are known by its name, and the same rows of those behind it.
    #[serde(rename = "i")]
    pub first: LeadImportId,
    /// Who announced that one.
    #[serde(rename = "by")]
    pub by: Principal,
}

/// What is asked for with a file of leads.
#[derive(Clone, Debug)]
pub struct ImportOrder {
    /// Whose leads they are.
    pub sid: SupplierRef,
    /// The campaign that they are for.
    pub campid: CampaignRef,
    /// Who asks.
    pub by: Principal,
    /// What the file is called.
    pub name: String,
    /// Which column is which field.
    pub mapping: ImportMapping,
    /// What becomes of its rows.
    pub way: ImportWay,
    /// How many leads it may come to in a minute.
    pub per_minute: u32,
}

impl LeadImport {
    /// One that somebody is about to upload, to a place of its own. Of its name, what could lead elsewhere is replaced.
    pub fn announced(id: LeadImportId, order: ImportOrder, at: Timestamp) -> Self {
        let ImportOrder { sid, campid, by, name, mapping, way, per_minute } = order;
        let name = ReturnFile::plain_name(&name);
        Self {
            path: upload_place(&sid, id, &name),
            id,
            sid,
            campid,
            by,
            name,
            object_version: None,
            bytes: 0,
            mapping,
            way,
            per_minute,
            at,
            state: LeadImportState::Awaiting,
            behind: None,
            tally: ImportTally::default(),
            left_out: Vec::new(),
            read_bytes: 0,
            result: None,
            checkpoint: None,
            next_at: None,
            ended_at: None,
            lease_until: None,
            holder: 0,
            version: 1,
        }
    }

    /// By whom and under which name its rows are taken in.
    pub fn rows_are_of(&self) -> (&Principal, LeadImportId) {
        self.behind.as_ref().map_or((&self.by, self.id), |behind| (&behind.by, behind.first))
    }

    /// The same as what another file goes on behind.
    pub fn behind_it(&self) -> Behind {
        let (by, first) = self.rows_are_of();
        Behind { file: self.id, first, by: by.clone() }
    }

    /// Where its result will be.
    pub fn result_place(&self) -> String {
        result_place(&self.sid, self.id)
    }
}

impl LeadImportState {
    /// Of a file that is gone, and of which rows were read before.
    pub fn gone() -> Self {
        let detail = "The file is gone, and not all of it was read. What was done stays done; post the same file again for the rest.";
        Self::Rejected { code: "gone".to_owned(), detail: detail.to_owned() }
    }

    /// The word for it: `running`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Rejected { .. } => "rejected",
            Self::Repeated { .. } => "repeated",
        }
    }
}
