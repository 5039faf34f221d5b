//! A file that is looked at for the first time: how it is read is settled, and kept, before any row is judged.

use domain::{
    campaign::Campaign,
    intake::may_post,
    lead_import::{ImportColumns, NotReadable},
    supplier::Supplier,
    time::later,
};
use sha2::{Digest, Sha256};
use spreadsheet::{Position, Rejected, Seen, look};
use store::{Checkpoint, ContentOf, Error, ImportWay, LeadImport, LeadImportState, MAX_LEAD_IMPORT_BYTES};

use super::{
    App, HOLD,
    source::Source,
    turn::Turn,
    work::{self, Plan, Work},
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
    let mut before = None;
    if file.way == ImportWay::Real {
        let of = first_with(app, &file, &content, turn).await?;
        if of.file != file.id {
            return ended(app, file, LeadImportState::Repeated { of: of.file }, turn).await;
        }
        if let Some(gone) = of.behind {
            before = app.store.lead_import(gone).await?;
        }
    }
    let left_out = plan.columns.left_out().to_vec();
    let plan = serde_json::to_value(&plan).map_err(Error::item)?;
    // The same bytes: what is done of them stays done.
    let left_at = before.as_ref().and_then(|before| before.checkpoint.as_ref());
    let start = left_at.map_or(start, |left_at| Position { byte: left_at.byte, row: left_at.row });
    let behind = before.as_ref().map(LeadImport::behind_it);
    let file = LeadImport { bytes, left_out, behind, ..file };
    let mut work = Work::new(app, *turn, file, Checkpoint::new(plan, start.byte, start.row));
    if !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(Begun::Ended(None));
    }
    Ok(Begun::Work(Box::new(work)))
}

/// Ends a file of which no row is read. Nothing is kept of the content of one that is rejected: it may come again when it, or its campaign, is mended.
async fn ended<'a>(app: &App, file: LeadImport, state: LeadImportState, turn: &Turn) -> Result<Begun<'a>, Error> {
    let after = work::ended(file.clone(), state, None, turn.now());
    let ended = app.store.save_lead_import(&file, after).await?;
    Ok(Begun::Ended(ended.map(Box::new)))
}

async fn inspect(app: &App, file: &LeadImport) -> Result<Result<Inspected, Rejected>, Error> {
    let (campaign, supplier) = tokio::try_join!(
        app.store.cached::<Campaign>(file.campid.as_str()),
        app.store.cached::<Supplier>(file.sid.as_str()),
    )?;
    let allowed = campaign.zip(supplier).filter(|(campaign, supplier)| may_post(campaign, supplier));
    let Some((campaign, _)) = allowed else {
        let detail = format!("There is no campaign {} that supplier {} may post into any more.", file.campid, file.sid);
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

/// The first file with this content of which rows are read, and what it goes on behind: this one, if there is no other.
async fn first_with(app: &App, file: &LeadImport, content: &str, turn: &Turn) -> Result<ContentOf, Error> {
    let of = app.store.claim_import_content(file, content, None, turn.now()).await?;
    if of.file == file.id {
        return Ok(of);
    }
    let first = app.store.lead_import(of.file).await?;
    let behind = match first {
        Some(LeadImport { state: LeadImportState::Rejected { .. }, checkpoint: Some(_), id, .. }) => Some(id),
        Some(LeadImport { state: LeadImportState::Rejected { .. } | LeadImportState::Awaiting, .. }) | None => {
            of.behind
        }
        Some(_) => return Ok(of),
    };
    app.store.claim_import_content(file, content, Some(ContentOf { behind, ..of }), turn.now()).await
}
