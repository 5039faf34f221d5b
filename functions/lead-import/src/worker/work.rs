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
    /// At its beginning.
    pub(super) fn new(app: &'a App, turn: Turn, file: LeadImport, at: Checkpoint) -> Self {
        Self { app, turn, file, at, open: line(HEADER), saved: Instant::now() }
    }

    /// From where the file was left. None: the end of its result is gone, as that is too long ago.
    pub(super) async fn resume(
        app: &'a App,
        turn: Turn,
        file: LeadImport,
        at: Checkpoint,
    ) -> Result<Option<Self>, Error> {
        let work = Self::new(app, turn, file, at);
        let Some(path) = &work.at.tail else { return Ok(Some(work)) };
        let Some(kept) = app.import_bucket.read_work(path).await? else { return Ok(None) };
        Ok(Some(Self { open: String::from_utf8(kept).map_err(Error::item)?, ..work }))
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
            forget(self.app, &self.file, &before).await;
        }
        Ok(true)
    }

    /// Puts the result where it is found, once no row is done any more and that is saved. It may be there already.
    pub(super) async fn end(mut self, state: LeadImportState, now: Timestamp) -> Result<Option<LeadImport>, Error> {
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
        let (tail, left_at) = (self.at.tail.take(), self.at.is_gone.then_some(self.at));
        let after = LeadImport { result: Some(path), ..ended(self.file.clone(), state, left_at, now) };
        let ended = self.app.store.save_lead_import(&self.file, after).await?;
        if let Some(tail) = tail.filter(|_| ended.is_some()) {
            forget(self.app, &self.file, &tail).await;
        }
        Ok(ended)
    }
}

/// A file at its end; from where on another one with its content has to go on, if that has to.
pub(super) fn ended(
    file: LeadImport,
    state: LeadImportState,
    left_at: Option<Checkpoint>,
    now: Timestamp,
) -> LeadImport {
    LeadImport { state, checkpoint: left_at, next_at: None, lease_until: None, ended_at: Some(now), ..file }
}

/// What nobody needs any more goes by itself after three weeks, if not now.
async fn forget(app: &App, file: &LeadImport, path: &str) {
    if let Err(error) = app.import_bucket.delete_work(path).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(import_id = %file.id, error, "work on a file of leads was not cleared");
    }
}
