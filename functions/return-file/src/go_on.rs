//! Rows of a file, judged batch after batch until there are no more or the time is up.

use std::time::Duration;

use domain::{buyer::Buyer, return_file::Reading, time::later};
use spreadsheet::{Row, Rows};
use store::{Error, LineUpError, ReturnFile, ReturnFileJob, ReturnFileWork, ShareChunks, Standing};

use crate::{
    App, HOLD,
    dry_run::Trial,
    end::reject,
    inspect::{Rejected, too_many_rows},
    judge::{Done, Judge, Way},
    source::{Source, workbook_text},
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
        again,
    };
    let mut batches = match Batches::of(app, &plan, &file, &work).await? {
        Ok(batches) => batches,
        Err(rejected) => return Ok(reject(app, work.file, rejected, turn).await?),
    };
    for number in 0_usize.. {
        let (batch, is_over) = batches.next(app, turn.pace.batch_rows).await?;
        let Some(end) = batch.last().map(|row| row.end) else { break };
        judge.standing.now = turn.now();
        judge.again = again && number < MAX_AGAIN;
        work.take(judged(&judge, &batch, turn).await?, end).await?;
        if is_over {
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
    // From here on nothing is judged any more, whoever goes on.
    if !save(&chunks, &mut work, turn).await? {
        return Ok(None);
    }
    Ok(work.end(turn.now()).await?)
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
async fn judged(judge: &Judge<'_>, batch: &[Row], turn: &Turn) -> Result<Vec<Done>, LineUpError> {
    let mut pauses = PAUSES.iter();
    loop {
        match judge.batch(batch).await {
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
    rows: Rows,
    source: Source<'a>,
}

impl<'a> Batches<'a> {
    async fn of(
        app: &App,
        plan: &Plan,
        file: &'a ReturnFile,
        work: &Work<'_>,
    ) -> Result<Result<Self, Rejected>, Error> {
        let source = if plan.is_workbook {
            match workbook_text(app, file).await? {
                Ok(text) => Source::text(text, work.at.byte),
                Err(rejected) => return Ok(Err(rejected)),
            }
        } else {
            Source::object(file, work.at.byte)
        };
        Ok(Ok(Self { rows: Rows::new(&plan.dialect, work.position()), source }))
    }

    /// Up to so many rows, and whether there are no more behind them.
    async fn next(&mut self, app: &App, most: usize) -> Result<(Vec<Row>, bool), Error> {
        let (mut batch, mut is_over) = (Vec::with_capacity(most), false);
        loop {
            match self.rows.next_row() {
                Some(row) => {
                    batch.push(row);
                    if batch.len() == most {
                        return Ok((batch, false));
                    }
                }
                None if is_over => return Ok((batch, true)),
                None => match self.source.next(app).await? {
                    Some(block) => self.rows.push(&block),
                    None if self.source.is_gone() => {
                        return Err(Error::Contended { what: "a file that was deleted" });
                    }
                    None => {
                        self.rows.finish();
                        is_over = true;
                    }
                },
            }
        }
    }
}
