//! Rows of a file become leads, some at a time, in step with time: what may come no sooner waits in a message, and nobody sleeps for it.

use std::time::Duration;

use domain::{
    lead_import::{at_once, next_at},
    time::later,
};
use jiff::SignedDuration;
use spreadsheet::{Batches, Position, Rejected, Row};
use store::{Error, ImportWay, LeadImport, LeadImportState, LineUpError};

use super::{
    App, HOLD, hand_on,
    judge::{Done, Judge},
    source::Source,
    turn::Turn,
    work::{Plan, Work},
};

/// How long to wait before rows are judged again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];

/// Does row after row. None: the file was handed on, or is somebody else's by now.
pub(super) async fn go_on(app: &App, mut work: Work<'_>, turn: &Turn) -> Result<Option<LeadImport>, LineUpError> {
    let plan: Plan = serde_json::from_value(work.at.plan.clone()).map_err(Error::item)?;
    let file = work.file.clone();
    let judge = Judge { app, file: &file, columns: &plan.columns, turn };
    let source = Source { app, file: &file };
    let Ok(mut batches) = batches_of(source, &plan, work.position()).await? else {
        return Ok(gone(work, turn).await?);
    };
    let most = if file.way == ImportWay::DryRun { turn.pace.tried_rows } else { at_once(file.per_minute) };
    // A message that comes too early does nothing but wait on.
    let mut wait = wait_of(&work, turn);
    loop {
        if wait > SignedDuration::ZERO {
            return leave(app, work, wait).await;
        }
        let Some(rows) = batches.read(most).await? else { return Ok(gone(work, turn).await?) };
        let Some(end) = rows.last().map(|row| row.end) else { break };
        let (began, is_last) = (turn.now(), rows.len() < most);
        let done = judged(&judge, &rows).await?;
        let leads = done.iter().filter(|done| done.is_lead()).count();
        work.take(done, end).await?;
        if is_last {
            break;
        }
        if file.way != ImportWay::DryRun {
            work.file.next_at = Some(next_at(began, leads, file.per_minute));
        }
        wait = wait_of(&work, turn);
        if turn.is_over() {
            return leave(app, work, wait).await;
        }
        if work.is_to_be_saved() && !work.save(Some(later(turn.now(), HOLD))).await? {
            return Ok(None);
        }
    }
    // From here on no row is done any more, whoever goes on.
    if !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(None);
    }
    Ok(work.end(LeadImportState::Done, turn.now()).await?)
}

async fn batches_of<'a>(
    source: Source<'a>,
    plan: &Plan,
    from: Position,
) -> Result<Result<Batches<Source<'a>>, Rejected>, Error> {
    if plan.is_workbook {
        return Ok(source.app.workbook.text(source).await?.map(|text| Batches::of_text(text, &plan.dialect, from)));
    }
    Batches::of(source, &plan.dialect, false, from).await
}

/// Ends a file whose object was deleted before all of it was read, with what was done. Whoever goes on reads no more, even were it there again.
pub(super) async fn gone(mut work: Work<'_>, turn: &Turn) -> Result<Option<LeadImport>, Error> {
    work.at.is_gone = true;
    if !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(None);
    }
    tracing::warn!(import_id = %work.file.id, sid = %work.file.sid, "a file of leads was deleted before all of it was read");
    work.end(LeadImportState::gone(), turn.now()).await
}

/// How long it is until the next rows may become leads.
fn wait_of(work: &Work<'_>, turn: &Turn) -> SignedDuration {
    let next_at = work.file.next_at.map(|next_at| next_at.duration_since(turn.now()));
    next_at.unwrap_or(SignedDuration::ZERO).max(SignedDuration::ZERO)
}

/// Notes how far the file is, lets go of it, and asks for somebody who goes on when it is time.
async fn leave(app: &App, mut work: Work<'_>, wait: SignedDuration) -> Result<Option<LeadImport>, LineUpError> {
    if work.save(None).await? {
        hand_on(app, work.file.id, wait).await?;
    }
    Ok(None)
}

/// What became of some rows. Tables that are asked too much of come round: the same rows are done again, as what is done is known by its name.
async fn judged(judge: &Judge<'_>, rows: &[Row]) -> Result<Vec<Done>, LineUpError> {
    let mut pauses = PAUSES.iter();
    loop {
        match judge.judge(rows).await {
            Err(LineUpError::Store(error @ (Error::Service { .. } | Error::Contended { .. })))
                if !judge.turn.is_over() =>
            {
                let Some(pause) = pauses.next() else { return Err(error.into()) };
                let shown = &error as &dyn std::error::Error;
                tracing::warn!(import_id = %judge.file.id, error = shown, "rows are done again");
                tokio::time::sleep(*pause).await;
            }
            done => return done,
        }
    }
}
