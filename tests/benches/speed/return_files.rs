//! Files of returns: what a row costs before anything is asked, what it costs with its write, and how much memory a long file
//! takes.

mod memory;
mod people;
mod rows;
mod worker;

use domain::returned::ReturnOutcome;
use serde_json::{Value, json};
use store::{ReturnFileState, Store};

pub(crate) use self::{
    memory::measure as memory,
    people::sold,
    rows::{measure as rows, per_second},
    worker::measure as worker,
};

/// The bucket's news of a file.
fn dropped(path: &str, bytes: usize) -> Value {
    json!({ "Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-20T10:20:30.400Z",
        "eventName": "ObjectCreated:Put", "userIdentity": { "principalId": "x" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" }, "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "c",
            "bucket": { "name": "files", "ownerIdentity": { "principalId": "x" }, "arn": "arn:aws:s3:::files" },
            "object": { "key": path, "size": bytes, "eTag": "e", "sequencer": "0" },
        },
    }] })
}

/// How many rows of the newest file came to this; it must be done.
async fn came_to(store: &Store, outcome: ReturnOutcome) -> u64 {
    let files = store.return_files(None, lambda::now(), None, 1).await.unwrap().items;
    let file = files.first().expect("the file is known");
    assert_eq!(file.state, ReturnFileState::Done, "all of it is read");
    file.tally.count(outcome)
}
