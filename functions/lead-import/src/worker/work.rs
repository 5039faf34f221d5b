//! A file in a worker's hands: how far it is, and what its result says so far. Everything up to a checkpoint is kept; what came behind it is
//! done again by whoever goes on, and found as it was.

use domain::{
    csv_row::line,
    lead_import::{HEADER, ImportColumns, ignored_line, totals},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use spreadsheet::{Dialect, Position};
use store::{Checkpoint, Error, LeadImport, LeadImportState};
use tokio::time::Instant;

use super::{
    App,
    judge::{Became, Done},
    turn::Turn,
};

/// How a file is read: decided once, by the first who looks at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) is_workbook: bool,
    pub(super) columns: ImportColumns,
}

/// A file in a worker's hands.
pub(super) struct Work<'a> {
    app: &'a App,
    turn: Turn,
    pub(super) file: LeadImport,
    pub(super) at: Checkpoint,
    /// What is written and in no part of the result yet.
    open: String,
    saved: Instant,
}

impl<'a> Work<'a> {
    /// From where the file was left.
    pub(super) async fn resume(app: &'a App, turn: Turn, file: LeadImport, at: Checkpoint) -> Result<Self, Error> {
        let open = match &at.tail {
            Some(path) => {
                let kept = app.import_bucket.read_work(path).await?;
                let kept = kept.ok_or(Error::Contended { what: "the work on a file of leads" })?;
                String::from_utf8(kept).map_err(Error::item)?
            }
            None => line(HEADER),
        };
        Ok(Self { app, turn, file, at, open, saved: Instant::now() })
    }

    pub(super) fn position(&self) -> Position {
        Position { byte: self.at.byte, row: self.at.row }
    }

    /// Takes what became of some rows; the last of them ends there.
    pub(super) async fn take(&mut self, done: Vec<Done>, end: Position) -> Result<(), Error> {
        for Done { row, became } in done {
            match became {
                Became::Nothing => {
                    self.file.tally.add_ignored();
                    self.open.push_str(&ignored_line(row));
                }
                Became::Result(result) => {
                    self.file.tally.add(result.outcome);
                    self.open.push_str(&result.line(row));
                }
            }
        }
        (self.at.byte, self.at.row) = (end.byte, end.row);
        self.file.read_bytes = end.byte;
        if self.open.len() >= self.turn.pace.part_bytes {
            let part = std::mem::take(&mut self.open).into_bytes();
            let upload = match self.at.upload.take() {
                Some(upload) => upload,
                None => self.app.import_bucket.begin_result(&self.file.result_place()).await?,
            };
            self.at.upload = Some(self.app.import_bucket.add_result_part(upload, part).await?);
        }
        Ok(())
    }

    pub(super) fn is_to_be_saved(&self) -> bool {
        self.saved.elapsed() >= self.turn.pace.saved_every
    }

    /// Notes how far the file is, and holds on to it until then, if it does. False: somebody else has it by now, and nothing may be done
    /// any more.
    pub(super) async fn save(&mut self, lease_until: Option<Timestamp>) -> Result<bool, Error> {
        let before = self.at.tail.take();
        self.at.sequence += 1;
        let open = self.open.clone().into_bytes();
        self.at.tail = Some(self.app.import_bucket.put_work(&self.file, self.at.sequence, open).await?);
        let after = LeadImport { checkpoint: Some(self.at.clone()), lease_until, ..self.file.clone() };
        let Some(saved) = self.app.store.save_lead_import(&self.file, after).await? else { return Ok(false) };
        (self.file, self.saved) = (saved, Instant::now());
        if let Some(before) = before {
            self.forget(&before).await;
        }
        Ok(true)
    }

    /// Puts the result where it is found, once all rows are done and that is saved. It may be there already.
    pub(super) async fn end(mut self, now: Timestamp) -> Result<Option<LeadImport>, Error> {
        let path = self.file.result_place();
        let mut last = std::mem::take(&mut self.open);
        last.push_str(&totals(&self.file.tally));
        match self.at.upload.take() {
            None => self.app.import_bucket.put_result(&path, last.into_bytes()).await?,
            // All that it is made of was settled before anything of it was finished.
            Some(_) if self.app.import_bucket.has_result(&path).await? => {}
            Some(upload) => {
                let upload = self.app.import_bucket.add_result_part(upload, last.into_bytes()).await?;
                self.app.import_bucket.finish_result(upload).await?;
            }
        }
        let tail = self.at.tail.take();
        let after = LeadImport {
            state: LeadImportState::Done,
            result: Some(path),
            checkpoint: None,
            next_at: None,
            lease_until: None,
            ended_at: Some(now),
            ..self.file.clone()
        };
        let ended = self.app.store.save_lead_import(&self.file, after).await?;
        if let Some(tail) = tail.filter(|_| ended.is_some()) {
            self.forget(&tail).await;
        }
        Ok(ended)
    }

    /// What nobody needs any more goes by itself after three weeks, if not now.
    async fn forget(&self, path: &str) {
        if let Err(error) = self.app.import_bucket.delete_work(path).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(import_id = %self.file.id, error, "work on a file of leads was not cleared");
        }
    }
}
