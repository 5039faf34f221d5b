//! A file that is looked at for the first time: how it is read is settled, and kept, before any row is judged.

use domain::{
    campaign::Campaign,
    id::LeadImportId,
    lead_import::{ImportColumns, NotReadable},
    time::later,
};
use sha2::{Digest, Sha256};
use spreadsheet::{Position, Rejected, Seen, look};
use store::{Checkpoint, Error, ImportWay, LeadImport, LeadImportState, MAX_LEAD_IMPORT_BYTES};

use super::{
    App, HOLD,
    source::Source,
    turn::Turn,
    work::{Plan, Work},
};

/// More lines than these are leads of months.
const MAX_LINES: u64 = 2_000_000;
/// Of a file that is only tried, as nothing slows these down.
const MAX_TRIED_LINES: u64 = 100_000;
/// A file that takes longer in its pace, ten days, outlives what the bucket keeps of a result that is half written.
const MAX_MINUTES: u64 = 10 * 24 * 60;

/// What becomes of a file at first.
pub(super) enum Begun<'a> {
    /// Its rows can be judged.
    Work(Box<Work<'a>>),
    /// None of them is; none: somebody else has it by now.
    Ended(Option<Box<LeadImport>>),
}

/// A file whose rows can be read.
struct Inspected {
    plan: Plan,
    /// Hash of all that decides what it comes to.
    content: String,
    /// Where the data begins.
    start: Position,
    bytes: u64,
}

/// Looks at a file for the first time.
pub(super) async fn begin<'a>(app: &'a App, file: LeadImport, turn: &Turn) -> Result<Begun<'a>, Error> {
    let Inspected { plan, content, start, bytes } = match inspect(app, &file).await? {
        Ok(inspected) => inspected,
        Err(Rejected { code, detail }) => {
            tracing::warn!(import_id = %file.id, sid = %file.sid, code, "a file of leads was rejected");
            let state = LeadImportState::Rejected { code: code.to_owned(), detail };
            return ended(app, file, state, turn).await;
        }
    };
    // What is only tried may be tried again: rules and leads change.
    if file.way == ImportWay::Real {
        let of = first_with(app, &file, &content, turn).await?;
        if of != file.id {
            return ended(app, file, LeadImportState::Repeated { of }, turn).await;
        }
    }
    let left_out = plan.columns.left_out().to_vec();
    let plan = serde_json::to_value(&plan).map_err(Error::item)?;
    let at = Checkpoint::new(plan, start.byte, start.row);
    let mut work = Work::resume(app, *turn, LeadImport { bytes, left_out, ..file }, at).await?;
    if !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(Begun::Ended(None));
    }
    Ok(Begun::Work(Box::new(work)))
}

/// Ends a file of which no row is read. Nothing is kept of the content of one that is rejected: it may come again when it, or its campaign, is mended.
async fn ended<'a>(app: &App, file: LeadImport, state: LeadImportState, turn: &Turn) -> Result<Begun<'a>, Error> {
    let after = LeadImport { state, lease_until: None, ended_at: Some(turn.now()), ..file.clone() };
    let ended = app.store.save_lead_import(&file, after).await?;
    Ok(Begun::Ended(ended.map(Box::new)))
}

async fn inspect(app: &App, file: &LeadImport) -> Result<Result<Inspected, Rejected>, Error> {
    let Some(campaign) = app.store.cached::<Campaign>(file.campid.as_str()).await? else {
        let detail = format!("There is no campaign {} any more.", file.campid);
        return Ok(Err(Rejected { code: "unknown_campaign", detail }));
    };
    if file.bytes > MAX_LEAD_IMPORT_BYTES {
        return Ok(Err(Rejected::too_large(MAX_LEAD_IMPORT_BYTES)));
    }
    let seen = match look(Source { app, file }, MAX_LEAD_IMPORT_BYTES).await? {
        Ok(seen) => seen,
        Err(rejected) => return Ok(Err(rejected)),
    };
    if seen.lines > MAX_LINES {
        return Ok(Err(Rejected::too_many_rows("file", MAX_LINES)));
    }
    if file.way == ImportWay::DryRun && seen.lines > MAX_TRIED_LINES {
        return Ok(Err(Rejected::too_many_rows("file that is only tried", MAX_TRIED_LINES)));
    }
    if file.way != ImportWay::DryRun && seen.lines / u64::from(file.per_minute.max(1)) > MAX_MINUTES {
        let detail =
            "At this pace the file takes more than ten days. Name a greater per_minute, or send it in several parts.";
        return Ok(Err(Rejected { code: "too_slow", detail: detail.to_owned() }));
    }
    let found = columns(&seen, &campaign, file);
    let Seen { dialect, is_workbook, hash, bytes, .. } = seen;
    let content = content(hash, file)?;
    Ok(found.map(|(columns, start)| {
        let plan = Plan { dialect, is_workbook, columns };
        Inspected { plan, content, start, bytes }
    }))
}

/// Which column is what, and where the data begins.
fn columns(seen: &Seen, campaign: &Campaign, file: &LeadImport) -> Result<(ImportColumns, Position), Rejected> {
    let (start, first) = seen.first_rows(ImportColumns::FIRST_ROWS);
    let cells: Vec<Vec<String>> = first.iter().map(|row| row.cells.iter().map(str::to_owned).collect()).collect();
    let found = ImportColumns::find(&cells, campaign, &file.mapping);
    let (columns, above) = found.map_err(|not: NotReadable| Rejected { code: not.code(), detail: not.to_string() })?;
    let above = above.checked_sub(1).and_then(|last| first.get(last));
    Ok((columns, above.map_or(start, |row| row.end)))
}

/// The same for files that come to the same.
fn content(hash: Sha256, file: &LeadImport) -> Result<String, Error> {
    let read_so = serde_json::to_vec(&file.mapping).map_err(Error::item)?;
    Ok(hex::encode(hash.chain_update(read_so).finalize()))
}

/// The first file with this content of which rows were read, or are: this one, if there is no other.
async fn first_with(app: &App, file: &LeadImport, content: &str, turn: &Turn) -> Result<LeadImportId, Error> {
    let of = app.store.claim_import_content(file, content, turn.now()).await?;
    if of == file.id {
        return Ok(of);
    }
    let was_read = app
        .store
        .lead_import(of)
        .await?
        .is_some_and(|first| !matches!(first.state, LeadImportState::Awaiting | LeadImportState::Rejected { .. }));
    if was_read {
        return Ok(of);
    }
    app.store.drop_import_content(file, content, of).await?;
    app.store.claim_import_content(file, content, turn.now()).await
}
