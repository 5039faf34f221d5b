//! An object in a buyer's folder: whose it is, and what it is called.

use aws_lambda_events::event::s3::S3EventRecord;
use domain::id::{BuyerRef, ReturnFileId};
use lambda::bucket_event::Arrived;
use store::{DRY_RUN, RETURNS, ReturnFile};

/// An object in a buyer's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) bid: BuyerRef,
    /// The object's key, as it is.
    pub(crate) path: String,
    pub(crate) version: Option<String>,
    pub(crate) bytes: u64,
    /// The last part of its key, without what could be a path or a person.
    pub(crate) name: String,
    pub(crate) dry_run: bool,
    /// What this version of this object is called as a file.
    pub(crate) id: ReturnFileId,
    /// The upload that it may be, by its key.
    pub(crate) announced: Option<ReturnFileId>,
}

impl Dropped {
    /// None: it is in another bucket than the one that `is_ours`, in no buyer's folder, or a folder itself.
    pub(crate) fn of(record: &S3EventRecord, is_ours: impl Fn(&str) -> bool) -> Option<Self> {
        let Arrived { path, version, bytes, mark } = Arrived::of(record, is_ours)?;
        let rest = path.strip_prefix(RETURNS)?;
        // The first part alone says whose it is: whatever follows is a name, as `..` is to S3.
        let (bid, rest) = rest.split_once('/')?;
        let bid: BuyerRef = bid.parse().ok()?;
        if rest.is_empty() || rest.ends_with('/') {
            return None;
        }
        let place = rest.strip_prefix(DRY_RUN).unwrap_or(rest);
        Some(Self {
            id: ReturnFileId::from_ulid(mark),
            announced: place.split_once('/').and_then(|(first, _)| first.parse().ok()),
            dry_run: place.len() < rest.len(),
            name: ReturnFile::plain_name(rest.rsplit('/').next().unwrap_or(rest)),
            bytes,
            bid,
            version,
            path,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use lambda::bucket_event::Message;
    use store::ReturnFileJob;

    use super::*;

    fn record(key: &str, version: &str) -> Value {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-05T10:20:30.400Z",
            "eventName": "ObjectCreated:Put", "userIdentity": { "principalId": "x" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" }, "responseElements": {},
            "s3": {
                "s3SchemaVersion": "1.0", "configurationId": "c",
                "bucket": { "name": "files", "ownerIdentity": { "principalId": "x" }, "arn": "arn:aws:s3:::files" },
                "object": { "key": key, "size": 12, "eTag": "e", "versionId": version, "sequencer": "0" },
            },
        })
    }

    fn dropped(key: &str, version: &str) -> Option<Dropped> {
        Dropped::of(&serde_json::from_value(record(key, version)).unwrap(), |bucket| bucket == "files")
    }

    #[test]
    fn a_message_is_an_event_a_job_or_the_buckets_first_word() {
        let event = json!({ "Records": [record("returns/b1/a.csv", "v1")] });
        assert!(
            matches!(serde_json::from_value::<Message<ReturnFileJob>>(event).unwrap(), Message::Event { records } if records.len() == 1)
        );
        let job = json!({ "file": "rfile_01JD3QZ8000000000000000003", "work": "read" });
        assert!(matches!(serde_json::from_value::<Message<ReturnFileJob>>(job).unwrap(), Message::Job(_)));
        let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "files" });
        assert!(matches!(serde_json::from_value::<Message<ReturnFileJob>>(test).unwrap(), Message::Test { .. }));
        serde_json::from_value::<Message<ReturnFileJob>>(json!({ "hello": 1 })).unwrap_err();
    }

    #[test]
    fn the_first_folder_alone_says_whose_a_file_is() {
        for (key, bid, path) in [
            ("returns/b1/a.csv", "b1", "returns/b1/a.csv"),
            ("returns/b1/../b2/a.csv", "b1", "returns/b1/../b2/a.csv"),
            ("returns/b1/%2E%2E/b2/a.csv", "b1", "returns/b1/../b2/a.csv"),
            ("returns/b1/june+2026+%C3%A9.csv", "b1", "returns/b1/june 2026 é.csv"),
            ("returns/b1/a%2Bb.csv", "b1", "returns/b1/a+b.csv"),
            ("returns%2Fb1%2Fa.csv", "b1", "returns/b1/a.csv"),
        ] {
            let dropped = dropped(key, "v1").unwrap();
            assert_eq!((dropped.bid.as_str(), dropped.path.as_str()), (bid, path), "{key}");
        }
        for key in [
            "returns/a.csv",
            "returns/b1/",
            "returns/b1/x/",
            "returns//a.csv",
            "returns/../a.csv",
            "outgoing/b1/a.csv",
            "returns/b%20c/a.csv",
            "returns/b 1/a.csv",
            "returns/b1/%FF.csv",
            "Returns/b1/a.csv",
        ] {
            assert_eq!(dropped(key, "v1"), None, "{key}");
        }
    }

    #[test]
    fn what_is_in_another_bucket_is_none_of_ours() {
        let record = serde_json::from_value(record("returns/b1/a.csv", "v1")).unwrap();
        assert_eq!(Dropped::of(&record, |bucket| bucket == "others"), None);
    }

    #[test]
    fn a_version_of_an_object_is_one_file() {
        let id = |key: &str, version: &str| dropped(key, version).unwrap().id;
        assert_eq!(id("returns/b1/a.csv", "v1"), id("returns/b1/a.csv", "v1"));
        assert_ne!(id("returns/b1/a.csv", "v1"), id("returns/b1/a.csv", "v2"));
        assert_ne!(id("returns/b1/a.csv", "v1"), id("returns/b1/b.csv", "v1"));
        // Without versions, what is in it tells.
        assert_eq!(id("returns/b1/a.csv", ""), id("returns/b1/a.csv", ""));
    }

    #[test]
    fn an_upload_is_known_by_its_path_and_a_dry_run_by_its_folder() {
        let upload = dropped("returns/b1/rfile_01JD3QZ8000000000000000003/a.csv", "v1").unwrap();
        assert_eq!(upload.announced, "rfile_01JD3QZ8000000000000000003".parse().ok());
        assert!(!upload.dry_run);
        let tried = dropped("returns/b1/dry-run/rfile_01JD3QZ8000000000000000003/a.csv", "v1").unwrap();
        assert_eq!((tried.announced, tried.dry_run), (upload.announced, true));
        let dry = dropped("returns/b1/dry-run/a.csv", "v1").unwrap();
        assert_eq!((dry.dry_run, dry.announced), (true, None));
    }

    #[test]
    fn names_hold_nothing_that_a_path_or_a_log_could_trip_over() {
        for (name, plain) in [
            ("a b.csv", "a_b.csv"),
            ("../x", "_x"),
            ("é\n.csv", "__.csv"),
            ("..", "file"),
            (&"x".repeat(90), &"x".repeat(80)),
        ] {
            assert_eq!(ReturnFile::plain_name(name), plain);
        }
    }
}
