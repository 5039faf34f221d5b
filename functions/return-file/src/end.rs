//! The end of a file of which no row is done, or none more.

use domain::{return_file::Tally, time::later};
use spreadsheet::Rejected;
use store::{Error, ReturnFile, ReturnFileState};

use crate::{App, HOLD, turn::Turn, work::Work};

/// Ends a file of which no row is read. Nothing is kept of its content: it may come again when it, or its buyer's record, is mended.
pub(crate) async fn reject(
    app: &App,
    file: ReturnFile,
    rejected: Rejected,
    turn: &Turn,
) -> Result<Option<ReturnFile>, Error> {
    let Rejected { code, detail } = rejected;
    tracing::warn!(file_id = %file.id, bid = %file.bid, code, "a return file was rejected");
    end(app, file, ReturnFileState::Rejected { code: code.to_owned(), detail }, turn).await
}

/// Ends a file whose object was deleted before all of it was read, with what was done. Whoever goes on reads no more, even were it there again.
/// Of a file that is only tried nothing was. None: it is somebody else's by now.
pub(crate) async fn gone(app: &App, mut work: Work<'_>, turn: &Turn) -> Result<Option<ReturnFile>, Error> {
    if work.file.dry_run {
        return reject(app, work.file, Rejected::gone(), turn).await;
    }
    work.at.is_gone = true;
    if !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(None);
    }
    tracing::warn!(file_id = %work.file.id, bid = %work.file.bid, "a return file was deleted before all of it was read");
    work.end(ReturnFileState::gone(), turn.now()).await
}

/// Ends a file that was left for so long that the bucket has forgotten its result. What was done stands in the leads.
pub(crate) async fn forgotten(app: &App, file: &ReturnFile, turn: &Turn) -> Result<Option<ReturnFile>, Error> {
    let (state, ended_at) = (ReturnFileState::gone(), Some(turn.now()));
    let after = ReturnFile { state, checkpoint: None, lease_until: None, ended_at, ..file.clone() };
    app.store.save_return_file(file, after).await
}

/// Ends a file so.
pub(crate) async fn end(
    app: &App,
    file: ReturnFile,
    state: ReturnFileState,
    turn: &Turn,
) -> Result<Option<ReturnFile>, Error> {
    let now = turn.now();
    let after = ReturnFile { state, tally: Tally::default(), lease_until: None, ended_at: Some(now), ..file.clone() };
    app.store.save_return_file(&file, after).await
}
