//! What a later start on the same data folder could not find out: the keys' secrets, and what the suppliers were told.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::leads::Receipt;
use crate::StackError;

/// What is remembered. Without a data folder it ends with this program, like everything else.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    #[serde(skip)]
    file: Option<PathBuf>,
    /// Whole keys by the reference of their supplier or buyer.
    pub(super) keys: BTreeMap<String, String>,
    /// Receipts by the name of the request.
    pub(super) receipts: BTreeMap<String, Receipt>,
}

impl Memory {
    /// Reads what an earlier start left in the data folder.
    pub(super) fn of(data: Option<&Path>) -> Result<Self, StackError> {
        let Some(file) = data.map(|folder| folder.join("demo.json")) else { return Ok(Self::default()) };
        let kept = match fs::read(&file) {
            Ok(kept) => kept,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => b"{}".to_vec(),
            Err(error) => return Err(StackError::File { path: file, source: error }),
        };
        // A file that cannot be read is as good as none: keys and leads are made again as far as that is possible.
        let memory: Self = serde_json::from_slice(&kept).unwrap_or_default();
        Ok(Self { file: Some(file), ..memory })
    }

    /// Writes it down, for its owner's eyes only.
    pub(super) fn save(&self) -> Result<(), StackError> {
        let Some(path) = &self.file else { return Ok(()) };
        let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        let mut file = written.map_err(StackError::file(path))?;
        serde_json::to_writer_pretty(&mut file, self)
            .map_err(std::io::Error::from)
            .and_then(|()| file.flush())
            .map_err(StackError::file(path))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_later_start_knows_what_an_earlier_one_saved() {
        let folder = std::env::temp_dir().join(format!("volley-demo-memory-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut memory = Memory::of(Some(&folder)).unwrap();
        memory.keys.insert("sunleads".to_owned(), "vk_1_2".to_owned());
        let receipt = Receipt { lead_id: "lead_1".to_owned(), errors: Vec::new() };
        memory.receipts.insert("demo-ada".to_owned(), receipt);
        memory.save().unwrap();
        let again = Memory::of(Some(&folder));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(again.unwrap(), memory);
    }
}
