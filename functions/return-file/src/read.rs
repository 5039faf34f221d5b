//! A file, from its arrival to its end, or until the time is up.

use domain::{
    access::Principal,
    buyer::Buyer,
    id::ReturnFileId,
    notice::{FileEnd, Notice},
};
use spreadsheet::Rejected;
use store::{Error, LineUpError, ReturnFile, ReturnFileJob, ReturnFileState, ReturnFileWork, Taken};

use crate::{
    App, HOLD,
    begin::{Begun, begin},
    end::{forgotten, gone, reject},
    event::Dropped,
    go_on::go_on,
    turn::Turn,
    work::Work,
};

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
        Some(at) => match Work::resume(app, *turn, file.clone(), at).await? {
            Some(work) if work.at.is_gone => return Ok(gone(app, work, turn).await?),
            Some(work) => (work, true),
            None => return Ok(forgotten(app, &file, turn).await?),
        },
        None => match begin(app, file, &buyer, turn).await? {
            Begun::Work(work) => (*work, false),
            Begun::Ended(ended) => return Ok(ended.map(|ended| *ended)),
        },
    };
    go_on(app, work, &buyer, again, turn).await
}

/// Tells the seller and the buyer what became of a file; what was told before is not told again.
async fn tell(app: &App, file: &ReturnFile) -> Result<(), Error> {
    // Who tries a file waits for its result.
    let Some(at) = file.ended_at.filter(|_| !file.dry_run) else { return Ok(()) };
    let what = match &file.state {
        ReturnFileState::Awaiting | ReturnFileState::Running => return Ok(()),
        ReturnFileState::Done => FileEnd::Done { tally: &file.tally },
        ReturnFileState::Rejected { code, detail } => FileEnd::Rejected { code, detail, tally: &file.tally },
        ReturnFileState::Repeated { of } => FileEnd::Repeated { of: *of },
    };
    for to in [Principal::Seller, Principal::Buyer { bid: file.bid.clone() }] {
        app.store.put_notice(&Notice::return_file_finished(to, file.id, &file.bid, at, &what)).await?;
    }
    tracing::info!(file_id = %file.id, bid = %file.bid, state = file.state.word(), rows = file.tally.rows, "return file");
    Ok(())
}
