//! The first look at a file: all of it is read once, for what it is and whether it has been here before; nothing is judged.

use domain::{
    contact::Country,
    return_file::{Columns, ReturnFileMapping},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use spreadsheet::{Position, Rejected, Seen, look};
use store::{Error, MAX_RETURN_FILE_BYTES, ReturnFile};

use crate::{App, source::Source, work::Plan};

/// More lines than these nobody reads in a day, and other files wait.
const MAX_LINES: u64 = 2_000_000;
/// All that a file which is only tried would do is held in memory.
const MAX_TRIED_LINES: u64 = 100_000;

/// A file whose rows can be read.
pub(crate) struct Inspected {
    pub(crate) plan: Plan,
    /// Hash of all that decides what it comes to.
    pub(crate) content: String,
    /// Where the data begins.
    pub(crate) start: Position,
    pub(crate) bytes: u64,
}

/// What a file is.
pub(crate) async fn inspect(
    app: &App,
    file: &ReturnFile,
    mapping: Option<ReturnFileMapping>,
    reasons: Vec<String>,
    countries: Vec<Country>,
) -> Result<Result<Inspected, Rejected>, Error> {
    if file.bytes > MAX_RETURN_FILE_BYTES {
        return Ok(Err(Rejected::too_large(MAX_RETURN_FILE_BYTES)));
    }
    let seen = match look(Source { app, file }, MAX_RETURN_FILE_BYTES).await? {
        Ok(seen) => seen,
        Err(rejected) => return Ok(Err(rejected)),
    };
    if seen.lines > if file.dry_run { MAX_TRIED_LINES } else { MAX_LINES } {
        return Ok(Err(too_many_rows(file.dry_run)));
    }
    let found = columns(&seen, mapping.as_ref(), &reasons);
    let Seen { dialect, is_workbook, hash, bytes, .. } = seen;
    let content = content(hash, mapping.as_ref());
    Ok(found.map(|(columns, start)| {
        let plan = Plan { dialect, is_workbook, columns, mapping, reasons, countries };
        Inspected { plan, content, start, bytes }
    }))
}

/// Which column is what, and where the data begins.
fn columns(
    seen: &Seen,
    mapping: Option<&ReturnFileMapping>,
    reasons: &[String],
) -> Result<(Columns, Position), Rejected> {
    let (start, first) = seen.first_rows(Columns::FIRST_ROWS);
    let cells: Vec<Vec<String>> = first.iter().map(|row| row.cells.iter().map(str::to_owned).collect()).collect();
    let found = Columns::find(&cells, mapping, reasons);
    let (columns, above) = found.map_err(|none| Rejected { code: none.code(), detail: none.to_string() })?;
    let above = above.checked_sub(1).and_then(|last| first.get(last));
    Ok((columns, above.map_or(start, |row| row.end)))
}

/// The same for files that come to the same.
fn content(hash: Sha256, mapping: Option<&ReturnFileMapping>) -> String {
    let read_so = serde_json::to_value(mapping).unwrap_or(Value::Null).to_string();
    hex::encode(hash.chain_update(read_so).finalize())
}

/// Also of what takes too long to be tried.
pub(crate) fn too_many_rows(is_tried: bool) -> Rejected {
    let (what, most) = if is_tried { ("file that is only tried", MAX_TRIED_LINES) } else { ("file", MAX_LINES) };
    Rejected::too_many_rows(what, most)
}
