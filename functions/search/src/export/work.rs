//! An export in a worker's hands: how far it is, and the rows that no part has yet. Everything up to a checkpoint is in the bucket; what
//! came behind it is looked for again by whoever goes on.

use domain::{export::Sheet, time::later};
use lambda::search_form::SearchForm;
use store::{Error, ExportCheckpoint, LeadExport, LeadExportJob, LeadExportState, LeadsFound};
use tokio::time::Instant;

use super::{App, HOLD, turn::Turn};

/// Most bytes of a file: what people's programs can still open is less.
const MAX_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// An export in a worker's hands.
pub(super) struct Work<'a> {
    app: &'a App,
    turn: Turn,
    export: LeadExport,
    /// How far it is; the row knows it at times.
    at: ExportCheckpoint,
    /// The rows behind the parts.
    open: String,
    has_all: bool,
    saved: Instant,
}

impl<'a> Work<'a> {
    /// From where the export was left.
    pub(super) async fn resume(app: &'a App, turn: Turn, export: LeadExport, sheet: &Sheet<'_>) -> Result<Self, Error> {
        let (at, open, has_all) = match export.checkpoint.clone() {
            None => {
                let open = sheet.header();
                (ExportCheckpoint { bytes: open.len() as u64, ..ExportCheckpoint::default() }, open, false)
            }
            Some(at) => {
                let open = match &at.tail {
                    Some(path) => app.export_bucket.read_export_tail(path).await?,
                    None => Vec::new(),
                };
                let open = String::from_utf8(open).map_err(Error::item)?;
                let has_all = at.after.is_none();
                (ExportCheckpoint { tail: None, ..at }, open, has_all)
            }
        };
        Ok(Self { app, turn, export, at, open, has_all, saved: Instant::now() })
    }

    /// Behind which lead to go on.
    pub(super) fn after(&self) -> Option<&str> {
        self.at.after.as_deref()
    }

    /// Whether all leads are written.
    pub(super) fn has_all(&self) -> bool {
        self.has_all
    }

    /// Whether that is more than a file may hold.
    pub(super) fn is_too_much(&self) -> bool {
        self.at.rows > self.turn.pace.max_rows || self.at.bytes > MAX_BYTES
    }

    /// Writes the leads of a page.
    pub(super) fn take(&mut self, page: LeadsFound, sheet: &Sheet<'_>) {
        self.at.unreadable += page.unreadable.len() as u64;
        for lead in &page.leads {
            match sheet.row(lead) {
                Ok(row) => {
                    self.open.push_str(&row);
                    (self.at.rows, self.at.bytes) = (self.at.rows + 1, self.at.bytes + row.len() as u64);
                }
                Err(error) => {
                    tracing::error!(lead_id = %lead.id, code = error.code(), "a lead is left out of an export");
                    self.at.unreadable += 1;
                }
            }
        }
        self.has_all = page.next.is_none();
        self.at.after = page.next;
    }

    /// Uploads what makes a part, or at times says how far the export is. False: somebody else has it by now, and nothing may be done any more.
    pub(super) async fn keep(&mut self) -> Result<bool, Error> {
        if self.open.len() >= self.turn.pace.part_bytes {
            self.add_part().await?;
            return self.save_checkpoint(true).await;
        }
        if self.saved.elapsed() >= self.turn.pace.saved_every {
            let checkpoint = self.export.checkpoint.clone();
            return self.save(checkpoint, true).await;
        }
        Ok(true)
    }

    /// Notes how far the export is, lets go of it, and asks for somebody who goes on. Leads may be so rare that a turn does not fill a part,
    /// so that what it has found must be kept.
    pub(super) async fn hand_on(mut self) -> Result<(), Error> {
        if self.open.len() >= self.turn.pace.part_bytes {
            self.add_part().await?;
        } else {
            let (id, holder) = (self.export.id, self.export.holder);
            let rows = std::mem::take(&mut self.open).into_bytes();
            self.at.tail = Some(self.app.export_bucket.put_export_tail(id, holder, rows).await?);
        }
        if self.save_checkpoint(false).await? {
            self.app.lead_exports_queue.send(&LeadExportJob { export: self.export.id }).await?;
        }
        Ok(())
    }

    /// Puts the file where its caller finds it. It may be there already.
    pub(super) async fn end(mut self) -> Result<(), Error> {
        if self.at.upload.is_none() {
            let rows = std::mem::take(&mut self.open).into_bytes();
            self.app.export_bucket.put_export(self.export.id, rows).await?;
        } else {
            if !self.open.is_empty() {
                self.add_part().await?;
            }
            // Whoever goes on from here finishes this very file, and looks for no lead any more.
            let is_settled = self.export.checkpoint.as_ref().is_some_and(|at| at.after.is_none());
            if !is_settled && !self.save_checkpoint(true).await? {
                return Ok(());
            }
            if let Some(upload) = self.at.upload.clone() {
                self.app.export_bucket.finish_export(upload).await?;
            }
        }
        tracing::info!(export_id = %self.export.id, rows = self.at.rows, bytes = self.at.bytes, "an export is done");
        self.close(LeadExportState::Done).await.map(drop)
    }

    /// Ends an export of more leads than a file may hold.
    pub(super) async fn fail(mut self) -> Result<(), Error> {
        let detail = format!(
            "More than {} leads, or five gigabytes, are no file that programs open. Name fewer days, or one campaign, in each of several exports.",
            self.turn.pace.max_rows
        );
        tracing::warn!(export_id = %self.export.id, rows = self.at.rows, "an export is too much for a file");
        let state = LeadExportState::Failed { code: "too_many".to_owned(), detail };
        let upload = self.at.upload.take();
        if self.close(state).await?
            && let Some(upload) = upload
        {
            self.cleared(self.app.export_bucket.drop_export(upload).await);
        }
        Ok(())
    }

    async fn add_part(&mut self) -> Result<(), Error> {
        let upload = match self.at.upload.take() {
            Some(upload) => upload,
            None => self.app.export_bucket.begin_export(self.export.id).await?,
        };
        let part = std::mem::take(&mut self.open).into_bytes();
        self.at.upload = Some(self.app.export_bucket.add_export_part(upload, part).await?);
        Ok(())
    }

    /// Notes that all that was written is in the bucket.
    async fn save_checkpoint(&mut self, holds_on: bool) -> Result<bool, Error> {
        let checkpoint = Some(self.at.clone());
        let is_saved = self.save(checkpoint, holds_on).await?;
        self.at.tail = None;
        Ok(is_saved)
    }

    /// Says how far the export is, and holds on to it, or lets go.
    async fn save(&mut self, checkpoint: Option<ExportCheckpoint>, holds_on: bool) -> Result<bool, Error> {
        let now = self.turn.now();
        let lease_until = holds_on.then(|| later(now, HOLD));
        self.write(LeadExport { checkpoint, lease_until, updated: now, ..self.export.clone() }).await
    }

    /// The export at its end; false: it is somebody else's by now.
    async fn close(&mut self, state: LeadExportState) -> Result<bool, Error> {
        let now = self.turn.now();
        let ended = LeadExport { state, checkpoint: None, lease_until: None, updated: now, ..self.export.clone() };
        // What was searched for may name a person, and is kept longer than that person's leads may be.
        let (query, asked) = (ended.query.clone().without_texts(), SearchForm::without_texts(ended.asked.clone()));
        self.write(LeadExport { query, asked, ended_at: Some(now), ..ended }).await
    }

    async fn write(&mut self, after: LeadExport) -> Result<bool, Error> {
        let ExportCheckpoint { rows, bytes, unreadable, .. } = self.at;
        let after = LeadExport { rows, bytes, unreadable, ..after };
        let Some(saved) = self.app.store.save_lead_export(&self.export, after).await? else { return Ok(false) };
        let tail = |export: &LeadExport| export.checkpoint.as_ref().and_then(|at| at.tail.clone());
        let (before, kept) = (tail(&self.export), tail(&saved));
        (self.export, self.saved) = (saved, Instant::now());
        if let Some(path) = before.filter(|path| kept.as_ref() != Some(path)) {
            self.cleared(self.app.export_bucket.delete_export_tail(&path).await);
        }
        Ok(true)
    }

    /// What nobody needs any more goes by itself after a while, if not now.
    fn cleared(&self, done: Result<(), Error>) {
        if let Err(error) = done {
            tracing::warn!(export_id = %self.export.id, error = &error as &dyn std::error::Error, "an export was not cleared up");
        }
    }
}
