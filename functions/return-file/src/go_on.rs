//! Rows of a file, judged batch after batch until there are no more or the time is up. While the rows of one batch are written, those
//! of the next are looked up, so that there is always something to be written.

use std::time::Duration;

use domain::{buyer::Buyer, return_file::Reading, time::later};
use spreadsheet::{Position, Rejected, Row};
use store::{Error, LineUpError, ReturnFile, ReturnFileJob, ReturnFileState, ReturnFileWork, ShareChunks, Standing};

use crate::{
    App, HOLD,
    dry_run::Trial,
    end::{gone, reject},
    inspect::too_many_rows,
    judge::{Done, Judge, LookedUp, Way},
    source::Source,
    turn::Turn,
    work::{Plan, Work},
};

/// Batches at the beginning of a turn in which rows may be that were judged before: more than there are between two checkpoints.
const MAX_AGAIN: usize = 60;
/// How long to wait before rows are judged again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];

/// Judges row after row. None: the file was handed on, or is somebody else's by now.
pub(crate) async fn go_on(
    app: &App,
    mut work: Work<'_>,
    buyer: &Buyer,
    again: bool,
    turn: &Turn,
) -> Result<Option<ReturnFile>, LineUpError> {
    let plan: Plan = serde_json::from_value(work.at.plan.clone()).map_err(Error::item)?;
    let (settings, zone) = tokio::try_join!(app.store.cached_settings(), app.store.zone())?;
    let chunks = app.store.share_chunks(&work.file.bid, work.file.id).await?;
    let trial = work.file.dry_run.then(Trial::default);
    let file = work.file.clone();
    let mut judge = Judge {
        app,
        file: &file,
        columns: &plan.columns,
        reading: Reading { mapping: plan.mapping.as_ref(), reasons: &plan.reasons, countries: &plan.countries },
        standing: Standing { zone: &zone, reasons: &settings.return_reasons, came: file.at, now: turn.now() },
        way: trial.as_ref().map_or(Way::ForReal(&chunks), Way::Tried),
        on_credit: buyer.credit.is_some(),
    };
    let batches = Batches::of(app, &plan, &file, &work, again).await?;
    let Ok(mut batches) = batches else { return Ok(gone(app, work, turn).await?) };
    let mut next = batches.next(&judge, turn).await?;
    while let Some(batch) = next {
        judge.standing.now = turn.now();
        let end = batch.end;
        let (done, coming) = tokio::join!(judged(&judge, batch, turn), batches.next(&judge, turn));
        work.take(done?, end).await?;
        next = coming?;
        if next.is_none() {
            break;
        }
        match (turn.is_over(), &trial) {
            // What is only tried cannot be handed on: what it has found so far is in memory alone.
            (true, Some(_)) => return Ok(reject(app, work.file, too_many_rows(true), turn).await?),
            (true, None) => return hand_on(app, &chunks, work).await,
            (false, None) if work.is_to_be_saved() && !save(&chunks, &mut work, turn).await? => return Ok(None),
            (false, Some(_) | None) => {}
        }
    }
    if batches.is_gone {
        chunks.give_back().await?;
        return Ok(gone(app, work, turn).await?);
    }
    // From here on nothing is judged any more, whoever goes on.
    if !save(&chunks, &mut work, turn).await? {
        return Ok(None);
    }
    Ok(work.end(ReturnFileState::Done, turn.now()).await?)
}

/// Notes how far the file is, and holds on to it; no: somebody else has it by now.
async fn save(chunks: &ShareChunks, work: &mut Work<'_>, turn: &Turn) -> Result<bool, Error> {
    chunks.give_back().await?;
    work.save(Some(later(turn.now(), HOLD))).await
}

/// Notes how far the file is, lets go of it, and asks for somebody who goes on.
async fn hand_on(app: &App, chunks: &ShareChunks, mut work: Work<'_>) -> Result<Option<ReturnFile>, LineUpError> {
    chunks.give_back().await?;
    if work.save(None).await? {
        let job = ReturnFileJob { file: work.file.id, work: ReturnFileWork::Read };
        app.return_files_queue.send(&job).await?;
    }
    Ok(None)
}

/// What became of a batch. Tables that are asked too much of, and leads that others write, come round: the same rows are judged again, as what
/// is done is known by its name.
async fn judged(judge: &Judge<'_>, batch: Batch, turn: &Turn) -> Result<Vec<Done>, LineUpError> {
    let Batch { rows, again, mut looked_up, .. } = batch;
    let mut pauses = PAUSES.iter();
    loop {
        let looked_up = match looked_up.take() {
            Some(before) => Ok(before),
            None => judge.look_up(&rows, again).await,
        };
        let done = match looked_up {
            Ok(batch) => judge.judge(batch).await,
            Err(error) => Err(error.into()),
        };
        match done {
            Err(LineUpError::Store(error @ (Error::Service { .. } | Error::Contended { .. }))) if !turn.is_over() => {
                let Some(pause) = pauses.next() else { return Err(error.into()) };
                let shown = &error as &dyn std::error::Error;
                tracing::warn!(file_id = %judge.file.id, error = shown, "rows are judged again");
                tokio::time::sleep(*pause).await;
            }
            done => return done,
        }
    }
}

/// The rows of a file from where it was left.
struct Batches<'a> {
    rows: spreadsheet::Batches<Source<'a>>,
    /// How many of the next batches may have been judged before, by somebody who died.
    again: usize,
    /// The file was not there when more of it was asked for.
    is_gone: bool,
}

/// Rows that are judged together.
struct Batch {
    rows: Vec<Row>,
    /// Where the last of them ends.
    end: Position,
    again: bool,
    /// Whom they mean. None: that could not be looked up.
    looked_up: Option<LookedUp>,
}

impl<'a> Batches<'a> {
    async fn of(
        app: &'a App,
        plan: &Plan,
        file: &'a ReturnFile,
        work: &Work<'_>,
        again: bool,
    ) -> Result<Result<Self, Rejected>, Error> {
        let source = Source { app, file };
        let rows = spreadsheet::Batches::of(source, &plan.dialect, plan.is_workbook, work.position()).await?;
        Ok(rows.map(|rows| Self { rows, again: if again { MAX_AGAIN } else { 0 }, is_gone: false }))
    }

    /// The rows that come next, and whom they mean; none: there are no more.
    async fn next(&mut self, judge: &Judge<'_>, turn: &Turn) -> Result<Option<Batch>, Error> {
        let rows = self.rows.read(turn.pace.batch_rows).await?;
        let Some(rows) = rows else {
            self.is_gone = true;
            return Ok(None);
        };
        let Some(end) = rows.last().map(|row| row.end) else { return Ok(None) };
        let again = self.again > 0;
        self.again = self.again.saturating_sub(1);
        // Where it fails, the rows are looked up once more when it is their turn.
        let looked_up = judge.look_up(&rows, again).await.ok();
        Ok(Some(Batch { rows, end, again, looked_up }))
    }
}
