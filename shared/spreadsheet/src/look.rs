//! The first look at a file: all of it is read once, for what it is and whether it has been here before.

use sha2::{Digest, Sha256};

use crate::{Blocks, Dialect, Kind, Rejected, SAMPLE_BYTES, Stored, sniff, workbook_text};

/// All that is seen of a file without reading rows.
pub struct Seen {
    /// In what its rows are written, those of a workbook as the text that it comes to.
    pub dialect: Dialect,
    /// Whether it is a workbook.
    pub is_workbook: bool,
    /// The beginning of its text.
    pub sample: Vec<u8>,
    /// Whether that is all.
    pub is_whole: bool,
    /// Of all its bytes; what else decides what it comes to may be added.
    pub hash: Sha256,
    /// How many there are.
    pub bytes: u64,
    /// Its lines, at most.
    pub lines: u64,
}

/// Looks at a file of up to so many bytes.
///
/// # Errors
/// Those of where it is stored.
pub async fn look<S: Stored + Copy>(file: S, max_bytes: u64) -> Result<Result<Seen, Rejected>, S::Error> {
    let mut blocks = Blocks::stored(file, 0);
    let (mut hash, mut sample, mut bytes, mut lines) = (Sha256::new(), Vec::new(), 0_u64, Lines::default());
    let mut kind = None;
    while let Some(block) = blocks.next().await? {
        bytes += block.len() as u64;
        if bytes > max_bytes {
            return Ok(Err(Rejected::too_large(max_bytes)));
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
    if blocks.is_gone() {
        return Ok(Err(Rejected::gone()));
    }
    let (dialect, is_workbook) = match kind.map_or_else(|| sniff(&sample, true), Ok) {
        Ok(Kind::Csv(dialect)) => (dialect, false),
        Ok(Kind::Xlsx) => match workbook_text(file).await? {
            Ok(text) => {
                lines = lines_of(&text);
                sample = text;
                (Dialect::default(), true)
            }
            Err(rejected) => return Ok(Err(rejected)),
        },
        Err(not) => return Ok(Err(not.into())),
    };
    let is_whole = if is_workbook { sample.len() <= SAMPLE_BYTES } else { bytes <= SAMPLE_BYTES as u64 };
    sample.truncate(SAMPLE_BYTES);
    Ok(Ok(Seen { dialect, is_workbook, sample, is_whole, hash, bytes, lines: lines.most() }))
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
