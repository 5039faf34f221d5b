//! One run: every file that has closed is written, and then its rows are removed.
//!
//! A run may die anywhere, and two may run at once. What is closed never changes, so whoever writes a file writes the same
//! bytes; the bucket takes them once only, so that nobody who reads while others remove rows replaces the whole file by a part.

use std::time::Duration;

use domain::time::later;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{DueFile, Error, FileState, Manifest, WrittenFile};
use tokio::time::{Instant, timeout_at};

use super::{App, sheet::Sheet, upload::Uploader};

/// Files that are listed at once.
const PAGE: u16 = 100;
/// Whoever has put a row just before its file closed has heard of it by then.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Assembled {
    /// Files that were written.
    pub files: usize,
    /// Rows of these files, without their headers.
    pub rows: u64,
    /// Files that could not be finished; the next run takes them up.
    pub failed: usize,
    /// The time ran out before all of them were looked at.
    pub cut_short: bool,
}

/// Writes the files that have closed by `now`, for as long as `within` allows.
///
/// # Errors
/// The table's, when the files cannot be listed, or that of the last file that could not be finished.
pub async fn assemble(app: &App, now: Timestamp, within: Duration) -> Result<Assembled, Error> {
    let deadline = Instant::now() + within;
    let (mut done, mut failed) = (Assembled::default(), None);
    let mut after: Option<DueFile> = None;
    loop {
        let due = app.store.due_files(later(now, -GRACE), PAGE, after.as_ref()).await?;
        for file in &due {
            match timeout_at(deadline, finish(app, file, now)).await {
                Ok(Ok(written)) => {
                    done.files += usize::from(written.is_some());
                    done.rows += written.map_or(0, |written| written.rows);
                }
                // One file must not keep the others from their buyers.
                Ok(Err(error)) => {
                    let shown = &error as &dyn std::error::Error;
                    tracing::error!(did = %file.did, file = file.stem, error = shown, "a file was not finished");
                    done.failed += 1;
                    failed = Some(error);
                }
                Err(_) => done.cut_short = true,
            }
        }
        after = due.into_iter().last();
        if after.is_none() || done.cut_short {
            break;
        }
    }
    let Assembled { files, rows, cut_short, .. } = done;
    tracing::info!(files, rows, cut_short, "assembled");
    failed.map_or(Ok(done), Err)
}

/// Takes a file from wherever it stands to its end. Returns what was written, if it was written now. Where another run is
/// faster, the rest is left to that one.
async fn finish(app: &App, due: &DueFile, now: Timestamp) -> Result<Option<WrittenFile>, Error> {
    let Some(manifest) = closed(app, due, now).await? else {
        app.store.file_done(due).await?;
        return Ok(None);
    };
    let is_new = matches!(manifest.state, FileState::Open | FileState::Assembling);
    let Some(manifest) = written(app, manifest).await? else { return Ok(None) };
    let (FileState::Written(sum) | FileState::Cleared(sum)) = &manifest.state else { return Ok(None) };
    if app.store.clear_file(&manifest, sum, now).await? {
        app.store.file_done(due).await?;
    }
    Ok(is_new.then(|| sum.clone()).filter(|sum| sum.rows > 0))
}

/// The file, written if it was not; none: another run is writing it.
async fn written(app: &App, manifest: Manifest) -> Result<Option<Manifest>, Error> {
    match manifest.state {
        FileState::Open => match app.store.file_begun(&manifest).await? {
            Some(begun) => write(app, begun, Before::Nobody).await,
            None => Ok(None),
        },
        FileState::Assembling => write(app, manifest, Before::Perhaps).await,
        FileState::Written(_) | FileState::Cleared(_) => Ok(Some(manifest)),
    }
}

/// The file, closed if it was not. None: nobody has put a row into it, nor can anybody now.
async fn closed(app: &App, due: &DueFile, now: Timestamp) -> Result<Option<Manifest>, Error> {
    let manifest = app.store.file(&due.did, &due.stem).await?;
    match manifest.as_ref().map(|manifest| &manifest.state) {
        Some(FileState::Written(_) | FileState::Cleared(_)) => Ok(manifest),
        Some(FileState::Open | FileState::Assembling) => {
            app.store.close_file(due, now).await?;
            Ok(manifest)
        }
        // Somebody may be about to begin it.
        None => {
            app.store.close_file(due, now).await?;
            app.store.file(&due.did, &due.stem).await
        }
    }
}

/// Whether an earlier run may have put the file into the bucket.
enum Before {
    Nobody,
    Perhaps,
}

async fn write(app: &App, manifest: Manifest, before: Before) -> Result<Option<Manifest>, Error> {
    let file = &manifest.file;
    let columns: Vec<String> = file.columns.iter().map(|column| column.name.clone()).collect();
    let mut sheet = Sheet::new(&columns);
    let mut upload = Uploader::new(&app.files, &file.path);
    let mut last = None;
    loop {
        let page = app.store.file_rows(&file.did, &file.stem, last.as_deref()).await?;
        upload.take(sheet.page(&page.rows)).await?;
        last = page.last;
        if last.is_none() {
            break;
        }
    }
    let written = sheet.sum();
    // Where nobody has put a row, after all, there is nothing to send.
    if written.rows > 0 && !upload.finish().await? && matches!(before, Before::Nobody) {
        tracing::error!(did = %file.did, path = file.path, "another file stands where this one belongs");
        return Err(Error::Contended { what: "the place of a file" });
    }
    let (rows, bytes) = (written.rows, written.bytes);
    tracing::info!(did = %file.did, path = file.path, rows, bytes, "file written");
    app.store.file_written(&manifest, written).await
}
