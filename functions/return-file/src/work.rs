//! A file in a worker's hands: how far it is, and what its result says so far. Everything up to a checkpoint is kept; what came
//! behind it is judged again by whoever goes on, and found as it was.

use domain::{
    contact::Country,
    csv_row::line,
    return_file::{Columns, HEADER, ReturnFileMapping, totals},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use spreadsheet::{Dialect, Position};
use store::{Checkpoint, Error, ReturnFile, ReturnFileState, result_place, work_place};
use tokio::time::Instant;

use crate::{App, judge::Done, suppliers::SupplierSheets, turn::Turn};

/// How a file is read: decided once, by the first who looks at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) dialect: Dialect,
    pub(crate) is_workbook: bool,
    pub(crate) columns: Columns,
    /// How the buyer's files are read.
    pub(crate) mapping: Option<ReturnFileMapping>,
    /// The reason codes of the account, and of the buyer's terms.
    pub(crate) reasons: Vec<String>,
    /// Whose phones those without a calling code may be.
    pub(crate) countries: Vec<Country>,
}

/// What is said of rows that say nothing themselves.
const IGNORED: &str = "It sums up others, or is the header once more.";

/// What is written and in no object of its own yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    result: String,
    suppliers: SupplierSheets,
}

/// A file in a worker's hands.
pub(crate) struct Work<'a> {
    app: &'a App,
    turn: Turn,
    pub(crate) file: ReturnFile,
    pub(crate) at: Checkpoint,
    open: Open,
    saved: Instant,
}

impl<'a> Work<'a> {
    /// At its beginning.
    pub(crate) fn new(app: &'a App, turn: Turn, file: ReturnFile, at: Checkpoint) -> Self {
        let open = Open { result: line(HEADER), ..Open::default() };
        Self { app, turn, file, at, open, saved: Instant::now() }
    }

    /// From where the file was left. None: the end of its result is gone, as that is too long ago.
    pub(crate) async fn resume(
        app: &'a App,
        turn: Turn,
        file: ReturnFile,
        at: Checkpoint,
    ) -> Result<Option<Self>, Error> {
        let work = Self::new(app, turn, file, at);
        let Some(path) = &work.at.tail else { return Ok(Some(work)) };
        let Some(kept) = app.return_bucket.read_work(path).await? else { return Ok(None) };
        Ok(Some(Self { open: serde_json::from_slice(&kept).map_err(Error::item)?, ..work }))
    }

    pub(crate) fn position(&self) -> Position {
        Position { byte: self.at.byte, row: self.at.row }
    }

    /// Takes what became of some rows; the last of them ends there.
    pub(crate) async fn take(&mut self, done: Vec<Done>, end: Position) -> Result<(), Error> {
        for one in done {
            match one {
                Done::Ignored { row } => {
                    self.file.tally.add_ignored();
                    let mut cells = [""; HEADER.len()];
                    let row = row.to_string();
                    (cells[0], cells[1], cells[2]) = (&row, "ignored", IGNORED);
                    self.open.result.push_str(&line(cells));
                }
                Done::Judged { row, payout, told } => {
                    self.file.tally.add(row.outcome, row.amount, payout).map_err(Error::item)?;
                    self.open.result.push_str(&row.line());
                    self.open.suppliers.extend(told);
                }
            }
        }
        (self.at.byte, self.at.row) = (end.byte, end.row);
        self.file.read_bytes = end.byte;
        if self.open.suppliers.are_full() {
            self.put_suppliers().await?;
        }
        if self.open.result.len() >= self.turn.pace.part_bytes {
            let part = std::mem::take(&mut self.open.result).into_bytes();
            let path = result_place(&self.file.bid, self.file.id);
            let upload = match self.at.upload.take() {
                Some(upload) => upload,
                None => self.app.return_bucket.begin_result(&path).await?,
            };
            self.at.upload = Some(self.app.return_bucket.add_result_part(upload, part).await?);
        }
        Ok(())
    }

    pub(crate) fn is_to_be_saved(&self) -> bool {
        self.saved.elapsed() >= self.turn.pace.saved_every
    }

    /// Notes how far the file is, and holds on to it until then, if it does. False: somebody else has it by now, and nothing may be done
    /// any more.
    pub(crate) async fn save(&mut self, lease_until: Option<Timestamp>) -> Result<bool, Error> {
        let before = self.at.tail.take();
        self.at.sequence += 1;
        let path = work_place(self.file.id, self.at.sequence, self.file.holder);
        let open = serde_json::to_vec(&self.open).map_err(Error::item)?;
        self.app.return_bucket.put_work(&path, open).await?;
        self.at.tail = Some(path);
        let after = ReturnFile { checkpoint: Some(self.at.clone()), lease_until, ..self.file.clone() };
        let Some(saved) = self.app.store.save_return_file(&self.file, after).await? else { return Ok(false) };
        (self.file, self.saved) = (saved, Instant::now());
        if let Some(before) = before {
            self.forget(&before).await;
        }
        Ok(true)
    }

    /// Puts the result where the buyer finds it, once no row is judged any more and that is saved. It may be there already.
    pub(crate) async fn end(mut self, state: ReturnFileState, now: Timestamp) -> Result<Option<ReturnFile>, Error> {
        self.put_suppliers().await?;
        let path = result_place(&self.file.bid, self.file.id);
        let mut last = std::mem::take(&mut self.open.result);
        last.push_str(&totals(&self.file.tally));
        match self.at.upload.take() {
            None => self.app.return_bucket.put_result(&path, last.into_bytes()).await?,
            // All that it is made of was settled before anything of it was finished.
            Some(_) if self.app.return_bucket.has_result(&path).await? => {}
            Some(upload) => {
                let upload = self.app.return_bucket.add_result_part(upload, last.into_bytes()).await?;
                self.app.return_bucket.finish_result(upload).await?;
            }
        }
        let tail = self.at.tail.take();
        let after = ReturnFile {
            state,
            result: Some(path),
            checkpoint: None,
            lease_until: None,
            ended_at: Some(now),
            ..self.file.clone()
        };
        let ended = self.app.store.save_return_file(&self.file, after).await?;
        if let Some(tail) = tail.filter(|_| ended.is_some()) {
            self.forget(&tail).await;
        }
        Ok(ended)
    }

    async fn put_suppliers(&mut self) -> Result<(), Error> {
        for file in self.open.suppliers.files(self.file.id, "") {
            self.app.return_bucket.put_supplier(&file.path, file.text.into_bytes()).await?;
        }
        Ok(())
    }

    /// What nobody needs any more goes by itself after three weeks, if not now.
    async fn forget(&self, path: &str) {
        if let Err(error) = self.app.return_bucket.delete_work(path).await {
            tracing::warn!(file_id = %self.file.id, error = &error as &dyn std::error::Error, "work on a file was not cleared");
        }
    }
}
