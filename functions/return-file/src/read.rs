//! A file, from its arrival to its end, or until the time is up.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    access::Principal,
    buyer::Buyer,
    campaign::Campaign,
    contact::Country,
    delivery::Delivery,
    id::{BuyerRef, ReturnFileId},
    notice::{FileEnd, Notice},
    return_file::{Reading, Tally},
    time::later,
};
use spreadsheet::{Row, Rows};
use store::{
    Checkpoint, Error, LineUpError, ReturnFile, ReturnFileJob, ReturnFileState, ReturnFileWork, Standing, Taken,
};

use crate::{
    App, HOLD,
    dry_run::Trial,
    event::Dropped,
    inspect::{Inspected, Rejected, inspect, too_many_rows},
    judge::{Done, Judge, Way},
    source::{Source, workbook_text},
    turn::Turn,
    work::{Plan, Work},
};

/// Deliveries that are looked at, at once and in all, for the countries of a buyer's leads; its record may name one.
const PAGE: u16 = 200;
const MAX_PAGES: usize = 10;
/// Batches at the beginning of a turn in which rows may be that were judged before: more than there are between two checkpoints.
const MAX_AGAIN: usize = 60;
/// How long to wait before rows are judged again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];

/// An object that has come into a buyer's folder.
pub(crate) async fn dropped(app: &App, dropped: &Dropped, turn: &Turn) -> Result<(), LineUpError> {
    let file = ReturnFile {
        name: dropped.name.clone(),
        path: dropped.path.clone(),
        object_version: dropped.version.clone(),
        bytes: dropped.bytes,
        dry_run: dropped.dry_run,
        ..ReturnFile::dropped(dropped.id, dropped.bid.clone(), turn.now())
    };
    // It may be what was announced: at its place, and the first to come there.
    let announced = match dropped.announced {
        Some(id) => app.store.return_file(id).await?,
        None => None,
    };
    if let Some(there) = announced.filter(|there| there.bid == dropped.bid && there.path == dropped.path) {
        let first = ReturnFile { id: there.id, ..file.clone() };
        let taken = app.store.take_return_file(there.id, Some(first), turn.now(), HOLD).await?;
        if taken != Taken::Another {
            return read(app, there.id, taken, turn).await;
        }
    }
    let taken = app.store.take_return_file(dropped.id, Some(file), turn.now(), HOLD).await?;
    read(app, dropped.id, taken, turn).await
}

/// A file to go on with.
pub(crate) async fn known(app: &App, id: ReturnFileId, turn: &Turn) -> Result<(), LineUpError> {
    let taken = app.store.take_return_file(id, None, turn.now(), HOLD).await?;
    read(app, id, taken, turn).await
}

async fn read(app: &App, id: ReturnFileId, taken: Taken, turn: &Turn) -> Result<(), LineUpError> {
    match taken {
        Taken::Mine(file) => {
            let Some(ended) = Box::pin(carry_on(app, *file, turn)).await? else { return Ok(()) };
            tell(app, &ended).await?;
        }
        // Its last word may not have been told.
        Taken::Ended(file) => tell(app, &file).await?,
        Taken::Held(until) => {
            let job = ReturnFileJob { file: id, work: ReturnFileWork::Read };
            crate::look_again(app, job, until, turn).await?;
        }
        Taken::Unknown | Taken::Another => tracing::warn!(file_id = %id, "there is no such file"),
    }
    Ok(())
}

/// The file at its end; none: it was handed on, or is somebody else's by now.
async fn carry_on(app: &App, file: ReturnFile, turn: &Turn) -> Result<Option<ReturnFile>, LineUpError> {
    let Some(buyer) = app.store.cached::<Buyer>(file.bid.as_str()).await? else {
        let detail = format!("There is no buyer {}; look at the name of the folder.", file.bid);
        return Ok(reject(app, file, Rejected { code: "unknown_buyer", detail }, turn).await?);
    };
    let (work, again) = match file.checkpoint.clone() {
        Some(at) => (Work::resume(app, *turn, file, at).await?, true),
        None => match begin(app, file, &buyer, turn).await? {
            Begun::Work(work) => (*work, false),
            Begun::Ended(ended) => return Ok(ended.map(|ended| *ended)),
        },
    };
    go_on(app, work, &buyer, again, turn).await
}

/// The countries of the campaigns that the buyer is sold leads of: phones without a calling code are numbers of one of them.
async fn countries(app: &App, bid: &BuyerRef) -> Result<Vec<Country>, Error> {
    let (mut campaigns, mut last) = (BTreeSet::new(), None);
    for _ in 0..MAX_PAGES {
        let page = app.store.records::<Delivery>(PAGE, last.as_deref()).await?;
        let own = page.items.into_iter().map(|delivery| delivery.record).filter(|own| own.bid.as_ref() == Some(bid));
        campaigns.extend(own.map(|delivery| delivery.campid));
        last = page.last;
        if last.is_none() {
            break;
        }
    }
    let mut countries = BTreeSet::new();
    for campid in campaigns {
        countries.extend(app.store.cached::<Campaign>(campid.as_str()).await?.map(|campaign| campaign.country));
    }
    Ok(countries.into_iter().collect())
}

enum Begun<'a> {
    Work(Box<Work<'a>>),
    Ended(Option<Box<ReturnFile>>),
}

impl Begun<'_> {
    fn ended(file: Option<ReturnFile>) -> Self {
        Self::Ended(file.map(Box::new))
    }
}

/// Looks at a file for the first time. How it is read is settled here, and kept, before any row is judged.
async fn begin<'a>(app: &'a App, file: ReturnFile, buyer: &Buyer, turn: &Turn) -> Result<Begun<'a>, Error> {
    let (settings, countries) = tokio::try_join!(app.store.cached_settings(), countries(app, &file.bid))?;
    let own = buyer.returns.iter().flat_map(|terms| terms.reasons.iter().cloned());
    let reasons: Vec<String> = settings.return_reasons.iter().cloned().chain(own).collect();
    let mapping = buyer.return_file.clone();
    let Inspected { plan, content, start, bytes } = match inspect(app, &file, mapping, reasons, countries).await? {
        Ok(inspected) => inspected,
        Err(rejected) => return reject(app, file, rejected, turn).await.map(Begun::ended),
    };
    // What is only tried may be tried again: terms and leads change.
    let of = if file.dry_run { file.id } else { first_with(app, &file, &content).await? };
    if of != file.id {
        let state = ReturnFileState::Repeated { of };
        return end(app, file, state, turn).await.map(Begun::ended);
    }
    let plan = serde_json::to_value(&plan).map_err(Error::item)?;
    let at = Checkpoint::new(plan, start.byte, start.row);
    let mut work = Work::resume(app, *turn, ReturnFile { bytes, ..file }, at).await?;
    if !work.file.dry_run && !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(Begun::Ended(None));
    }
    Ok(Begun::Work(Box::new(work)))
}

/// The first file with this content of which rows were read, or are: this one, if there is no other.
async fn first_with(app: &App, file: &ReturnFile, content: &str) -> Result<ReturnFileId, Error> {
    let of = app.store.claim_content(&file.bid, content, file.id).await?;
    if of == file.id {
        return Ok(of);
    }
    let was_read = app
        .store
        .return_file(of)
        .await?
        .is_some_and(|first| !matches!(first.state, ReturnFileState::Awaiting | ReturnFileState::Rejected { .. }));
    if was_read {
        return Ok(of);
    }
    app.store.drop_content(&file.bid, content, of).await?;
    app.store.claim_content(&file.bid, content, file.id).await
}

/// Judges row after row, until there are no more or the time is up.
async fn go_on(
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
    let mut source = if plan.is_workbook {
        match workbook_text(app, &file).await? {
            Ok(text) => Source::text(text, work.at.byte),
            Err(rejected) => return Ok(reject(app, file, rejected, turn).await?),
        }
    } else {
        Source::object(&file, work.at.byte)
    };
    let mut rows = Rows::new(&plan.dialect, work.position());
    for number in 0_usize.. {
        let (batch, is_over) = next_batch(app, turn.pace.batch_rows, &mut rows, &mut source).await?;
        let Some(end) = batch.last().map(|row| row.end) else { break };
        judge.standing.now = turn.now();
        judge.again = again && number < MAX_AGAIN;
        let done = judged(&judge, &batch, turn).await?;
        work.take(done, end).await?;
        let is_late = turn.is_over();
        // What is only tried cannot be handed on: what it has found so far is in memory alone.
        if trial.is_some() && is_late && !is_over {
            return Ok(reject(app, work.file, too_many_rows(true), turn).await?);
        }
        if trial.is_none() && (is_late || work.is_to_be_saved()) {
            chunks.give_back().await?;
            if !work.save((!is_late).then(|| later(turn.now(), HOLD))).await? {
                return Ok(None);
            }
            if is_late && !is_over {
                let job = ReturnFileJob { file: work.file.id, work: ReturnFileWork::Read };
                app.return_files_queue.send(&job).await?;
                return Ok(None);
            }
        }
        if is_over {
            break;
        }
    }
    // From here on nothing is judged any more, whoever goes on.
    chunks.give_back().await?;
    if !work.save(Some(later(turn.now(), HOLD))).await? {
        return Ok(None);
    }
    Ok(work.end(turn.now()).await?)
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

/// Up to a batch of rows, and whether there are no more behind them.
async fn next_batch(
    app: &App,
    most: usize,
    rows: &mut Rows,
    source: &mut Source<'_>,
) -> Result<(Vec<Row>, bool), Error> {
    let (mut batch, mut is_over) = (Vec::with_capacity(most), false);
    loop {
        match rows.next_row() {
            Some(row) => {
                batch.push(row);
                if batch.len() == most {
                    return Ok((batch, false));
                }
            }
            None if is_over => return Ok((batch, true)),
            None => match source.next(app).await? {
                Some(block) => rows.push(&block),
                None if source.is_gone() => return Err(Error::Contended { what: "a file that was deleted" }),
                None => {
                    rows.finish();
                    is_over = true;
                }
            },
        }
    }
}

/// Ends a file of which no row is read. Nothing is kept of its content: it may come again when it, or its buyer's record, is mended.
async fn reject(app: &App, file: ReturnFile, rejected: Rejected, turn: &Turn) -> Result<Option<ReturnFile>, Error> {
    let Rejected { code, detail } = rejected;
    tracing::warn!(file_id = %file.id, bid = %file.bid, code, "a return file was rejected");
    end(app, file, ReturnFileState::Rejected { code: code.to_owned(), detail }, turn).await
}

async fn end(app: &App, file: ReturnFile, state: ReturnFileState, turn: &Turn) -> Result<Option<ReturnFile>, Error> {
    let now = turn.now();
    let after = ReturnFile { state, tally: Tally::default(), lease_until: None, ended_at: Some(now), ..file.clone() };
    app.store.save_return_file(&file, after).await
}

/// Tells the seller and the buyer what became of a file; what was told before is not told again.
async fn tell(app: &App, file: &ReturnFile) -> Result<(), Error> {
    // Who tries a file waits for its result.
    let Some(at) = file.ended_at.filter(|_| !file.dry_run) else { return Ok(()) };
    let what = match &file.state {
        ReturnFileState::Awaiting | ReturnFileState::Running => return Ok(()),
        ReturnFileState::Done => FileEnd::Done { tally: &file.tally },
        ReturnFileState::Rejected { code, detail } => FileEnd::Rejected { code, detail },
        ReturnFileState::Repeated { of } => FileEnd::Repeated { of: *of },
    };
    for to in [Principal::Seller, Principal::Buyer { bid: file.bid.clone() }] {
        app.store.put_notice(&Notice::return_file_finished(to, file.id, &file.bid, at, &what)).await?;
    }
    tracing::info!(file_id = %file.id, bid = %file.bid, state = file.state.word(), rows = file.tally.rows, "return file");
    Ok(())
}
