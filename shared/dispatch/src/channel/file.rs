//! The kind `file`: a row is kept for the file that closes next. The file itself is written by `functions/delivery`.

use domain::delivery::{Column, FileChannel, FilePeriod};
use store::{Cells, Error, Exchange, OutgoingFile, Posted, Store};

use super::HandOver;
use crate::render::values;

/// A row is an item of its table, which takes 400 KB; what is so long is no row of a lead.
const MAX_ROW_BYTES: usize = 100_000;
/// A file may close while its row is on its way, and so may the next one. No more than these within one request.
const MAX_FILES: usize = 5;

/// Keeps the lead's row. A repeat finds it, whatever file it is for.
pub(super) async fn hand_over(store: &Store, file: &FileChannel, task: &HandOver<'_>) -> Exchange {
    let mut at = task.clock.now();
    for _ in 0..MAX_FILES {
        let period = file.period(at);
        at = period.closes;
        match put(store, outgoing(file, task, period), task).await {
            Ok(Posted::In(path)) => return Exchange::Taken { reference: Some(path) },
            Ok(Posted::Closed) => {}
            Err(instead) => return instead,
        }
    }
    not_put(task, Error::Contended { what: "an open file" })
}

/// Puts the row into a file, with the columns that this was begun with: a file has one header, whatever its delivery says by
/// now.
async fn put(store: &Store, file: OutgoingFile, task: &HandOver<'_>) -> Result<Posted, Exchange> {
    let begun = store.begin_file(file).await.map_err(|error| not_put(task, error))?;
    let cells = cells(&begun.columns, task).map_err(|reason| Exchange::NotSent { reason, worth_retrying: false })?;
    let posted = store.put_row(&begun, task.lead.id, task.attempt.round, &cells, task.clock.now()).await;
    posted.map_err(|error| not_put(task, error))
}

fn outgoing(file: &FileChannel, task: &HandOver<'_>, period: FilePeriod) -> OutgoingFile {
    OutgoingFile {
        did: task.delivery.did.clone(),
        path: FileChannel::path(task.delivery, &period.stem),
        columns: file.columns.clone(),
        closes: period.closes,
        stem: period.stem,
    }
}

fn cells(columns: &[Column], task: &HandOver<'_>) -> Result<Cells, String> {
    let values = values(task.lead, task.attempt);
    let mut cells = Cells::new();
    for column in columns {
        let value = column.value.render(&values);
        let value = value.map_err(|error| format!("the column {} cannot be filled in: {error}", column.name))?;
        cells.insert(column.name.clone(), value);
    }
    let bytes: usize = cells.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_ROW_BYTES { Err(format!("the row has more than {MAX_ROW_BYTES} bytes")) } else { Ok(cells) }
}

/// A row that is contended is not there, unless an earlier request of this round has put it: a repeat will find out.
fn not_put(task: &HandOver<'_>, error: Error) -> Exchange {
    match error {
        Error::Contended { .. } if task.attempt.number == 1 => {
            Exchange::NotSent { reason: error.to_string(), worth_retrying: true }
        }
        Error::Contended { .. }
        | Error::Unreadable(_)
        | Error::Item(_)
        | Error::Service { .. }
        | Error::TooMuchToRead { .. } => Exchange::NoAnswer { reason: error.to_string() },
    }
}
