//! What comes by the queue of a worker that reads files: the bucket's news of an object, or a file to go on with.

use aws_lambda_events::event::s3::S3EventRecord;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// A message of the queue; `J` is a file to go on with.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Message<J> {
    /// A file to go on with.
    Job(J),
    /// Objects that have come.
    Event {
        /// Mostly one.
        #[serde(rename = "Records")]
        records: Vec<S3EventRecord>,
    },
    /// `s3:TestEvent`: the bucket has been told of the queue.
    Test {
        /// Its name.
        #[serde(rename = "Event")]
        _event: String,
    },
}

/// An object that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its key, as it is.
    pub path: String,
    /// Which version of it; none: the bucket keeps none.
    pub version: Option<String>,
    /// Its length.
    pub bytes: u64,
    /// The same for the same version of the same object, whoever hears of it, and however often.
    pub mark: Ulid,
}

impl Arrived {
    /// None: it is in another bucket than the one that `is_ours`, or its key is no text.
    pub fn of(record: &S3EventRecord, is_ours: impl Fn(&str) -> bool) -> Option<Self> {
        let bucket = record.s3.bucket.name.as_deref().filter(|bucket| is_ours(bucket))?;
        let object = &record.s3.object;
        let path = decoded(object.key.as_deref()?)?;
        let version = object.version_id.clone().filter(|version| !version.is_empty());
        let marks = version.as_deref().or(object.e_tag.as_deref()).unwrap_or_default();
        Some(Self {
            mark: mark_of([bucket, &path, marks]),
            bytes: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            version,
            path,
        })
    }
}

/// S3 writes keys in its events as forms do.
fn decoded(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|key| key.into_owned())
}

fn mark_of(parts: [&str; 3]) -> Ulid {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
    });
    let hash = hash.finalize();
    let first: [u8; 16] = std::array::from_fn(|at| hash[at]);
    Ulid::from_bytes(first)
}
