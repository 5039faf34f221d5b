//! The end of a file of which no row is done.

use domain::return_file::Tally;
use spreadsheet::Rejected;
use store::{Error, ReturnFile, ReturnFileState};

use crate::{App, turn::Turn};

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
