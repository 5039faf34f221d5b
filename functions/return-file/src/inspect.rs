//! The first look at a file: all of it is read once, for what it is and whether it has been here before; nothing is judged.

use domain::{
    contact::Country,
    return_file::{Columns, ReturnFileMapping},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use spreadsheet::{Dialect, Kind, NotATable, Position, Rows, SAMPLE_BYTES, sniff};
use store::{Error, MAX_RETURN_FILE_BYTES, ReturnFile};

use crate::{
    App,
    source::{Source, workbook_text},
    work::Plan,
};

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

/// Why no row of a file is read.
pub(crate) struct Rejected {
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

impl From<NotATable> for Rejected {
    fn from(not: NotATable) -> Self {
        Self { code: not.code(), detail: not.to_string() }
    }
}

/// What a file is.
pub(crate) async fn inspect(
    app: &App,
    file: &ReturnFile,
    mapping: Option<ReturnFileMapping>,
    reasons: Vec<String>,
    countries: Vec<Country>,
) -> Result<Result<Inspected, Rejected>, Error> {
    let Seen { kind, sample, hash, bytes, lines } = match look(app, file).await? {
        Ok(seen) => seen,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let content = content(hash, mapping.as_ref());
    let (dialect, sample, is_whole, lines) = match kind {
        Kind::Csv(dialect) => (dialect, sample, bytes <= SAMPLE_BYTES as u64, lines),
        Kind::Xlsx => match workbook_text(app, file).await? {
            Ok(mut text) => {
                let (lines, is_whole) = (lines_of(&text).most(), text.len() <= SAMPLE_BYTES);
                text.truncate(SAMPLE_BYTES);
                (Dialect::default(), text, is_whole, lines)
            }
            Err(rejected) => return Ok(Err(rejected)),
        },
    };
    if lines > if file.dry_run { MAX_TRIED_LINES } else { MAX_LINES } {
        return Ok(Err(too_many_rows(file.dry_run)));
    }
    let found = columns(&dialect, &sample, is_whole, mapping.as_ref(), &reasons);
    let is_workbook = kind == Kind::Xlsx;
    Ok(found.map(|(columns, start)| {
        let plan = Plan { dialect, is_workbook, columns, mapping, reasons, countries };
        Inspected { plan, content, start, bytes }
    }))
}

/// All that is seen of a file without reading rows.
struct Seen {
    kind: Kind,
    /// Its beginning.
    sample: Vec<u8>,
    hash: Sha256,
    bytes: u64,
    lines: u64,
}

async fn look(app: &App, file: &ReturnFile) -> Result<Result<Seen, Rejected>, Error> {
    if file.bytes > MAX_RETURN_FILE_BYTES {
        return Ok(Err(too_large()));
    }
    let mut source = Source::object(file, 0);
    let (mut hash, mut sample, mut bytes, mut lines) = (Sha256::new(), Vec::new(), 0_u64, Lines::default());
    let mut kind = None;
    while let Some(block) = source.next(app).await? {
        bytes += block.len() as u64;
        if bytes > MAX_RETURN_FILE_BYTES {
            return Ok(Err(too_large()));
        }
        hash.update(&block);
        lines = lines.and(lines_of(&block));
        let missing = SAMPLE_BYTES.saturating_sub(sample.len());
        sample.extend(block.iter().take(missing));
        // What cannot be a table need not be read to its end.
        if kind.is_none() && sample.len() >= SAMPLE_BYTES {
            match sniff(&sample, false) {
                Ok(sniffed) => kind = Some(sniffed),
                Err(not) => return Ok(Err(not.into())),
            }
        }
    }
    if source.is_gone() {
        return Ok(Err(gone()));
    }
    let kind = kind.map_or_else(|| sniff(&sample, true), Ok);
    Ok(kind.map(|kind| Seen { kind, sample, hash, bytes, lines: lines.most() }).map_err(Rejected::from))
}

/// Line ends of both kinds: a file has as many lines as of the one that it has more of.
#[derive(Clone, Copy, Default)]
struct Lines {
    feeds: u64,
    returns: u64,
}

impl Lines {
    fn and(self, other: Self) -> Self {
        Self { feeds: self.feeds + other.feeds, returns: self.returns + other.returns }
    }

    fn most(self) -> u64 {
        self.feeds.max(self.returns)
    }
}

fn lines_of(bytes: &[u8]) -> Lines {
    let count = |end: u8| bytes.iter().filter(|byte| **byte == end).count() as u64;
    Lines { feeds: count(b'\n'), returns: count(b'\r') }
}

/// Which column is what, and where the data begins.
fn columns(
    dialect: &Dialect,
    text: &[u8],
    is_whole: bool,
    mapping: Option<&ReturnFileMapping>,
    reasons: &[String],
) -> Result<(Columns, Position), Rejected> {
    let start = Position { byte: dialect.start, row: 0 };
    let mut rows = Rows::new(dialect, start);
    rows.push(text.get(usize::try_from(start.byte).unwrap_or(0)..).unwrap_or_default());
    if is_whole {
        rows.finish();
    }
    let mut first = Vec::new();
    while let Some(row) = rows.next_row().filter(|_| first.len() < Columns::FIRST_ROWS) {
        first.push(row);
    }
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

/// Of what was deleted.
pub(crate) fn gone() -> Rejected {
    let detail = "The file was deleted before it was read; drop it again.".to_owned();
    Rejected { code: "gone", detail }
}

fn too_large() -> Rejected {
    let detail = format!("A file may have {} MB; divide it into several.", MAX_RETURN_FILE_BYTES / 1024 / 1024);
    Rejected { code: "too_large", detail }
}

/// Also of what takes too long to be tried.
pub(crate) fn too_many_rows(is_tried: bool) -> Rejected {
    let (what, most) = if is_tried { ("file that is only tried", MAX_TRIED_LINES) } else { ("file", MAX_LINES) };
    Rejected { code: "too_many_rows", detail: format!("A {what} may have {most} lines; divide it into several.") }
}
