//! What is known of a file of returns.

use domain::{
    access::Principal,
    id::{BuyerRef, ReturnFileId},
    return_file::Tally,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::return_bucket::upload_place;

/// Most bytes of a file of returns.
pub const MAX_RETURN_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Most characters of a file's name that are kept.
const MAX_NAME: usize = 80;

/// A file of returns of one buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnFile {
    /// What it is called.
    #[serde(rename = "i")]
    pub id: ReturnFileId,
    /// Whose returns they are.
    #[serde(rename = "b")]
    pub bid: BuyerRef,
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
    /// It is only tried.
    #[serde(rename = "dr", default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// When it was announced, or came.
    #[serde(rename = "at", with = "domain::time")]
    pub at: Timestamp,
    /// Who announced it; none: it was dropped into its buyer's folder.
    #[serde(rename = "by", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    /// How far it is.
    #[serde(rename = "st")]
    pub state: ReturnFileState,
    /// What its rows have come to so far.
    #[serde(rename = "t", default)]
    pub tally: Tally,
    /// How many bytes of it are read.
    #[serde(rename = "rb", default)]
    pub read_bytes: u64,
    /// Where its result is in the bucket.
    #[serde(rename = "rs", default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Where to go on reading it.
    #[serde(rename = "cp", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// What was decided of all its returns.
    #[serde(rename = "dc", default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<FileDecision>,
    /// When it came to its end.
    #[serde(rename = "en", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub ended_at: Option<Timestamp>,
    /// Until when somebody holds it; none: nobody does.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none", with = "domain::time::optional")]
    pub lease_until: Option<Timestamp>,
    /// Drawn by who took it last: it tells apart who take it in the same moment.
    #[serde(rename = "ho", default)]
    pub holder: u64,
    /// How often it was written; 0 for one that was not. [`crate::Store::save_return_file`] counts.
    #[serde(rename = "v")]
    pub version: u64,
}

/// How far a file of returns is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum ReturnFileState {
    /// It was announced, and has not come.
    Awaiting,
    /// It is read.
    Running,
    /// All its rows are judged.
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
        of: ReturnFileId,
    },
}

/// Where to go on reading a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How the file is read; what that says is the reader's own.
    #[serde(rename = "p")]
    pub plan: serde_json::Value,
    /// Bytes of the file before the next row.
    #[serde(rename = "b")]
    pub byte: u64,
    /// Rows of the file before the next row.
    #[serde(rename = "r")]
    pub row: u64,
    /// The how manieth checkpoint it is.
    #[serde(rename = "s")]
    pub sequence: u32,
    /// The parts of the result that are uploaded.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadState>,
    /// Where the rest of the result is in the bucket, up to here.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// Nothing more of it is read, as the file is gone.
    #[serde(rename = "g", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_gone: bool,
}

/// A result that is uploaded part by part. One that is never finished is removed by the bucket after three weeks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadState {
    /// What the bucket calls the upload.
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// Where the result will be.
    #[serde(rename = "k")]
    pub(crate) path: String,
    /// The tags of its parts, in their order.
    #[serde(rename = "p")]
    pub(crate) parts: Vec<String>,
}

/// What was decided of all returns of a file, and how far that is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDecision {
    /// What.
    #[serde(rename = "k")]
    pub kind: FileDecisionKind,
    /// Whether suppliers give back what they earned, if it is not as was foreseen when each return was asked for.
    #[serde(rename = "rp", default, skip_serializing_if = "Option::is_none")]
    pub reverse_payout: Option<bool>,
    /// Why, for the buyer.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    #[serde(rename = "at", with = "domain::time")]
    pub at: Timestamp,
    /// How far it is.
    #[serde(rename = "s")]
    pub state: FileDecisionState,
    /// Returns that are decided so.
    #[serde(rename = "d", default)]
    pub done: u64,
    /// Returns that do not allow it, as they stand.
    #[serde(rename = "l", default)]
    pub left: u64,
    /// Bytes of the result before the next return.
    #[serde(rename = "b", default)]
    pub byte: u64,
    /// Rows of the result before the next return.
    #[serde(rename = "r", default)]
    pub row: u64,
}

/// What may be decided of all returns of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileDecisionKind {
    /// They are approved.
    Approve,
    /// The sales stand again.
    Undo,
}

/// How far a decision on a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileDecisionState {
    /// It is carried out.
    Running,
    /// It was.
    Done,
}

impl ReturnFile {
    /// One that was dropped into its buyer's folder, with nothing known of the object.
    pub fn dropped(id: ReturnFileId, bid: BuyerRef, at: Timestamp) -> Self {
        Self {
            id,
            bid,
            name: String::new(),
            path: String::new(),
            object_version: None,
            bytes: 0,
            dry_run: false,
            at,
            by: None,
            state: ReturnFileState::Running,
            tally: Tally::default(),
            read_bytes: 0,
            result: None,
            checkpoint: None,
            decision: None,
            ended_at: None,
            lease_until: None,
            holder: 0,
            version: 0,
        }
    }

    /// What of a name can stand in paths, lists and logs.
    pub fn plain_name(name: &str) -> String {
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '-');
        let plain: String = name.chars().take(MAX_NAME).map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
        let plain = plain.trim_start_matches('.');
        if plain.is_empty() { "file".to_owned() } else { plain.to_owned() }
    }

    /// One that somebody is about to upload, to a place of its own in its buyer's folder. Of its name, what could lead elsewhere is
    /// replaced.
    pub fn announced(id: ReturnFileId, bid: BuyerRef, name: &str, dry_run: bool, by: Principal, at: Timestamp) -> Self {
        let name = Self::plain_name(name);
        let path = upload_place(&bid, id, &name, dry_run);
        Self { name, path, dry_run, by: Some(by), state: ReturnFileState::Awaiting, ..Self::dropped(id, bid, at) }
    }
}

impl ReturnFileState {
    /// Of a file that is gone, and of which rows were judged before.
    pub fn gone() -> Self {
        let detail = "The file is gone, and not all of it was read. What was done stays done; send the same file again for the rest.";
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

impl Checkpoint {
    /// Before the first row, which begins there.
    pub fn new(plan: serde_json::Value, byte: u64, row: u64) -> Self {
        Self { plan, byte, row, sequence: 0, upload: None, tail: None, is_gone: false }
    }
}

impl ReturnFile {
    /// Whether it is at its end, and its result says which returns it has made.
    pub fn has_returns(&self) -> bool {
        self.result.is_some() && !self.dry_run
    }
}

impl FileDecision {
    /// One of which nothing is carried out yet.
    pub fn new(kind: FileDecisionKind, at: Timestamp) -> Self {
        let (reverse_payout, reason, state) = (None, None, FileDecisionState::Running);
        Self { kind, reverse_payout, reason, at, state, done: 0, left: 0, byte: 0, row: 0 }
    }

    /// Whether it is still to be carried out.
    pub fn is_running(&self) -> bool {
        self.state == FileDecisionState::Running
    }
}

impl FileDecisionKind {
    /// The word for it: `approve`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Undo => "undo",
        }
    }

    /// What the returns are afterwards: `approved`.
    pub fn done_word(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Undo => "undone",
        }
    }
}
