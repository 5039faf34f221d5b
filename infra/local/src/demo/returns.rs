//! A file of returns as a buyer's spreadsheet makes it, and what becomes of its rows.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Deserialize;
use serde_json::json;

use super::api::Api;
use super::outcome::{PATIENCE, POLL_INTERVAL};
use super::records::BUYER;
use crate::StackError;

/// The first two rows are about one sale, by an address in capitals and by a phone that has lost its zero; the last is another buyer's.
const FILE: &str = "Lead Id;E-Mail;Tel;Why\r\n;ADA.MARSH@EXAMPLE.COM ;;wrong number\r\n;;161 496 0101;dupe\r\n\
                    ;ben.okoro@example.com;;not interested\r\n";

#[derive(Deserialize)]
struct Form {
    return_file_id: String,
    url: String,
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct File {
    state: String,
    /// The earlier file, where a kept folder has this one already.
    repeats: Option<String>,
    result_url: Option<String>,
}

/// Sends the file as its buyer; returns what became of each row, or how far it is after [`PATIENCE`].
pub(super) async fn returned(buyer: &Api) -> Result<String, StackError> {
    let form: Form = buyer.post("/v1/return-files", &json!({ "name": "june.csv" })).await?.expect(&[201])?;
    buyer.upload(&form.url, &form.fields, FILE).await?;
    let (started, mut id) = (Instant::now(), form.return_file_id);
    loop {
        let file: File = buyer.get(&format!("/v1/return-files/{id}")).await?.expect(&[200])?;
        if let Some(url) = file.result_url {
            let result = buyer.download(&url).await?;
            let rows: String = result.lines().take_while(|line| !line.is_empty()).map(indented).collect();
            return Ok(format!("a file of returns from {BUYER}, {id}\n{rows}"));
        }
        if started.elapsed() > PATIENCE {
            return Ok(format!("the file of returns {id} is {}\n", file.state));
        }
        match file.repeats {
            Some(first) => id = first,
            None => tokio::time::sleep(POLL_INTERVAL).await,
        }
    }
}

fn indented(line: &str) -> String {
    format!("  {line}\n")
}
