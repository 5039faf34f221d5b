//! Files of returns: announced, listed, read and decided. What becomes of their rows is the worker's.

mod announcing;
mod deciding;
mod listing;
mod reading;

use domain::{id::ReturnFileId, returned::ReturnOutcome};
use serde_json::Value;
use store::{ReturnFile, ReturnFileState, Taken};
use ulid::Ulid;

use crate::{harness::Api, sales::hours_ago};

const PATH: &str = "/v1/return-files";

fn id(number: u128) -> ReturnFileId {
    ReturnFileId::from_ulid(Ulid(number))
}

fn path(number: u128) -> String {
    format!("{PATH}/{}", id(number))
}

/// A file that has come into a buyer's folder so long ago, in the hands of a worker.
async fn dropped(api: &Api, number: u128, bid: &str, hours: i64) -> ReturnFile {
    let new = ReturnFile {
        name: format!("june-{number}.csv"),
        path: format!("returns/{bid}/june-{number}.csv"),
        bytes: 900,
        ..ReturnFile::dropped(id(number), bid.parse().unwrap(), hours_ago(hours))
    };
    let hold = jiff::SignedDuration::from_secs(60);
    match api.store().take_return_file(new.id, Some(new), lambda::now(), hold).await.unwrap() {
        Taken::Mine(file) => *file,
        other @ (Taken::Held(_) | Taken::Ended(_) | Taken::Unknown | Taken::Another) => {
            unreachable!("it is new: {other:?}")
        }
    }
}

/// What the worker makes of it.
async fn save(api: &Api, before: &ReturnFile, after: ReturnFile) -> ReturnFile {
    api.store().save_return_file(before, after).await.unwrap().unwrap()
}

/// The same in this state, with two rows that returned £25.00 of which £10.00 are suppliers', one that did not, and one that says
/// nothing.
async fn judged(api: &Api, file: ReturnFile, state: ReturnFileState) -> ReturnFile {
    let mut after = ReturnFile { state, read_bytes: 400, ..file.clone() };
    for _ in 0..2 {
        after.tally.add(ReturnOutcome::Returned, pounds(1250), pounds(500)).unwrap();
    }
    after.tally.add(ReturnOutcome::Ambiguous, None, None).unwrap();
    after.tally.add_ignored();
    save(api, &file, after).await
}

/// A file of `b1` that is done, with its result.
async fn done(api: &Api, number: u128) -> ReturnFile {
    let file = dropped(api, number, "b1", 1).await;
    let file = ReturnFile { result: Some("return-results/b1/june-x.csv".to_owned()), ..file };
    let file = ReturnFile { ended_at: Some(hours_ago(0)), lease_until: None, ..file };
    judged(api, file, ReturnFileState::Done).await
}

fn pounds(minor: i64) -> Option<domain::money::Money> {
    Some(domain::money::Money { minor, currency: "GBP".parse().unwrap() })
}

fn members(view: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = view.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
