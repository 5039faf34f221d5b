//! The leads of a job: found and written down, before the first of them is changed.

use std::time::Duration;

use domain::{access::Principal, id::LeadId, query::plan};
use store::{Bounds, BulkChunk, BulkJobState, Error, IdsFound, Search, Wanted};

use super::work::Work;

/// What may be done for some leads: short enough that a job says every few seconds how far it is.
const MAX_ENTRIES: usize = 20_000;
const MAX_READ: usize = 2_000;
const WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before leads are looked for again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];

/// Writes all leads down that the job's search finds. False: the job was handed on, has ended, or is somebody else's by now.
pub(super) async fn all(work: &mut Work<'_>) -> Result<bool, Error> {
    let Wanted::Search { query, .. } = work.job.wanted.clone() else {
        // Whoever writes them down sends its message behind that; this one comes of somebody who calls the job off.
        work.let_go().await?;
        return Ok(false);
    };
    let (known, _) = work.app.store.known_leads(&query, work.turn.now()).await?;
    let plan = plan(&query, &known);
    let search = Search { query: &query, viewer: &Principal::Seller, path: &plan.path };
    let (mut open, mut after) = (Vec::new(), work.job.after.clone());
    loop {
        let most = work.turn.pace.chunk_leads - open.len();
        let found = some(work, &search, after.as_deref(), most).await?;
        open.extend(found.ids);
        work.job.unreadable += found.unreadable as u64;
        after = found.next;
        let is_over = work.turn.is_over();
        // Where few leads are meant, a row has fewer, so that it is known how far the job is.
        let is_full = open.len() >= work.turn.pace.chunk_leads || after.is_none() || is_over || work.is_due();
        if is_full && !write_down(work, std::mem::take(&mut open), after.clone()).await? {
            return Ok(false);
        }
        if work.job.total > work.turn.pace.max_leads {
            fail(work).await?;
            return Ok(false);
        }
        if after.is_none() {
            work.job.state = BulkJobState::Running;
            work.forget_texts();
            return work.checkpoint().await;
        }
        if is_over {
            work.hand_on().await?;
            return Ok(false);
        }
        // Behind leads that are not written down there is nothing to be noted.
        if open.is_empty() && !work.keep().await? {
            return Ok(false);
        }
    }
}

/// Writes leads down, behind which the search is to go on. False: the job is somebody else's by now.
async fn write_down(work: &mut Work<'_>, leads: Vec<LeadId>, after: Option<String>) -> Result<bool, Error> {
    work.job.after = after;
    if leads.is_empty() {
        return Ok(true);
    }
    let (number, count) = (work.job.chunks, leads.len() as u64);
    // Whoever goes on from an earlier place writes other leads there: none is changed before all are written down.
    let is_mine = work.app.store.put_bulk_chunk(&work.job, number, &BulkChunk { leads, outcomes: None }).await?;
    (work.job.chunks, work.job.total) = (number + 1, work.job.total + count);
    Ok(is_mine)
}

async fn fail(work: &mut Work<'_>) -> Result<(), Error> {
    let most = work.turn.pace.max_leads;
    let detail = format!(
        "The search finds more than {most} leads, and none was changed. Name fewer days, or one campaign, in each of several jobs."
    );
    work.close(BulkJobState::Failed { code: "too_many".to_owned(), detail }).await
}

/// The leads behind a place. Tables that are asked too much of come round.
async fn some(work: &Work<'_>, search: &Search<'_>, after: Option<&str>, most: usize) -> Result<IdsFound, Error> {
    let bounds = Bounds { leads: most, max_entries: MAX_ENTRIES, max_read: MAX_READ, within: WITHIN };
    let mut pauses = PAUSES.iter();
    loop {
        match work.app.store.lead_ids(&work.app.identity, search, after, &bounds).await {
            Err(error @ (Error::Service { .. } | Error::Contended { .. })) if !work.turn.is_over() => {
                let Some(pause) = pauses.next() else { return Err(error) };
                tracing::warn!(job_id = %work.job.id, error = &error as &dyn std::error::Error, "leads are looked for again");
                tokio::time::sleep(*pause).await;
            }
            found => return found,
        }
    }
}
