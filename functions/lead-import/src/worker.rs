//! The function `lead-import-worker`: makes leads of the rows of files, some at a time, and if it takes long, from hand to hand.

mod begin;
mod go_on;
mod judge;
mod source;
mod turn;
mod work;
mod workbook;

use aws_lambda_events::event::{
    s3::S3EventRecord,
    sqs::{SqsBatchResponse, SqsEvent},
};
use domain::{
    access::Principal,
    id::LeadImportId,
    notice::{ImportEnd, Notice},
};
use jiff::{SignedDuration, Timestamp};
use lambda::{
    StartError,
    aws::{Aws, warm},
    bucket_event::{self, Arrived},
    env,
};
use store::{
    Checkpoint, DeliveryQueue, Error, Identity, ImportBucket, ImportObject, ImportWay, LEAD_IMPORTS, LeadImport,
    LeadImportJob, LeadImportState, LeadImportsQueue, LineUpError, Store, TakenImport,
};

use self::{
    begin::{Begun, begin},
    go_on::{go_on, gone},
    turn::Turn,
    work::Work,
};
pub use self::{turn::Pace, workbook::Workbook};

/// A message of the queue.
pub type Message = bucket_event::Message<LeadImportJob>;

/// How long a file is a worker's: longer than it can live, and shorter than a message is hidden that it did not live to the end of.
const HOLD: SignedDuration = SignedDuration::from_secs(330);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what stands for personal data.
    pub identity: Identity,
    /// The queue that leads go on by.
    pub queue: DeliveryQueue,
    /// Where files come in, and results go.
    pub import_bucket: ImportBucket,
    /// The queue of this function itself.
    pub lead_imports_queue: LeadImportsQueue,
    /// What is read at present, if it is a workbook; nothing to begin with.
    pub workbook: Workbook,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, queue) = (aws.store()?, aws.delivery_queue()?);
        let (import_bucket, lead_imports_queue) = (aws.import_bucket()?, aws.lead_imports_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        let (identity, workbook) = (Identity::new(secret?), Workbook::default());
        Ok(Self { store, identity, queue, import_bucket, lead_imports_queue, workbook })
    }
}

/// Does what each message of an event asks for; those that fail come again.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    lambda::batch::run(event, 1, |message, _| take(app, message, lambda::now(), Pace::default())).await
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(app: App) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(1, |message, _| take(&app, message, lambda::now(), Pace::default())).await
}

/// Does what a message asks for, from `now` on; what is left when its time is over is handed on.
///
/// # Errors
/// Those of the tables, the bucket and the queues; then the message is to come again.
pub async fn take(app: &App, message: Message, now: Timestamp, pace: Pace) -> Result<(), LineUpError> {
    let turn = Turn::new(pace, pace.within, now);
    match message {
        Message::Test { .. } => Ok(()),
        Message::Job(LeadImportJob { import }) => read(app, import, None, &turn).await,
        Message::Event { records } => {
            for record in &records {
                match announced(app, record) {
                    Some((id, object)) => read(app, id, Some(object), &turn).await?,
                    None => tracing::info!("an object that is no file of leads"),
                }
            }
            Ok(())
        }
    }
}

/// The file that an object may be, by its key.
fn announced(app: &App, record: &S3EventRecord) -> Option<(LeadImportId, ImportObject)> {
    let Arrived { path, version, bytes, .. } = Arrived::of(record, |bucket| app.import_bucket.is_called(bucket))?;
    let id = path.strip_prefix(LEAD_IMPORTS)?.split('/').nth(1)?.parse().ok()?;
    Some((id, ImportObject { path, version, bytes }))
}

async fn read(app: &App, id: LeadImportId, come: Option<ImportObject>, turn: &Turn) -> Result<(), LineUpError> {
    match app.store.take_lead_import(id, come, turn.now(), HOLD).await? {
        TakenImport::Mine(file) => {
            let Some(ended) = Box::pin(carry_on(app, *file, turn)).await? else { return Ok(()) };
            app.workbook.forget().await;
            Ok(tell(app, &ended).await?)
        }
        // Its last word may not have been told.
        TakenImport::Ended(file) => Ok(tell(app, &file).await?),
        TakenImport::Held(until) => {
            // That worker may have died, and this be its own message: the hold is longer the later it was saved, and may outlast the time
            // that the message was hidden.
            tracing::info!(import_id = %id, "another worker has the file");
            let job = LeadImportJob { import: id };
            Ok(app.lead_imports_queue.send_later(&job, until.duration_since(turn.now())).await?)
        }
        TakenImport::Unknown | TakenImport::Another => {
            tracing::warn!(import_id = %id, "an object that no file of leads is waiting for");
            Ok(())
        }
    }
}

/// Tells the seller and the supplier what became of a file; what was told before is not told again.
async fn tell(app: &App, file: &LeadImport) -> Result<(), Error> {
    // Who tries a file waits for its result.
    let Some(at) = file.ended_at.filter(|_| file.way == ImportWay::Real) else { return Ok(()) };
    let what = match &file.state {
        LeadImportState::Awaiting | LeadImportState::Running => return Ok(()),
        LeadImportState::Done => ImportEnd::Done { tally: &file.tally },
        LeadImportState::Rejected { code, detail } => ImportEnd::Rejected { code, detail, tally: &file.tally },
        LeadImportState::Repeated { of } => ImportEnd::Repeated { of: *of },
    };
    for to in [Principal::Seller, Principal::Supplier { sid: file.sid.clone() }] {
        app.store.put_notice(&Notice::lead_import_finished(to, file.id, &file.sid, at, &what)).await?;
    }
    let (state, rows) = (file.state.word(), file.tally.rows);
    tracing::info!(import_id = %file.id, sid = %file.sid, campid = %file.campid, state, rows, "lead import");
    Ok(())
}

/// The file at its end; none: it was handed on, or is somebody else's by now.
async fn carry_on(app: &App, file: LeadImport, turn: &Turn) -> Result<Option<LeadImport>, LineUpError> {
    let work = match file.checkpoint.clone() {
        Some(at) => match Work::resume(app, *turn, file.clone(), at.clone()).await? {
            Some(work) if work.at.is_gone => return Ok(gone(work, turn).await?),
            Some(work) => work,
            None => return Ok(forgotten(app, &file, at, turn).await?),
        },
        None => match begin(app, file, turn).await? {
            Begun::Work(work) => *work,
            Begun::Ended(ended) => return Ok(ended.map(|ended| *ended)),
        },
    };
    go_on(app, work, turn).await
}

/// Ends a file that was left for so long that the bucket has forgotten its result.
async fn forgotten(app: &App, file: &LeadImport, at: Checkpoint, turn: &Turn) -> Result<Option<LeadImport>, Error> {
    let left_at = Checkpoint { upload: None, tail: None, is_gone: true, ..at };
    let after = work::ended(file.clone(), LeadImportState::gone(), Some(left_at), turn.now());
    app.store.save_lead_import(file, after).await
}

/// Asks for somebody who goes on with a file, after some time.
async fn hand_on(app: &App, id: LeadImportId, delay: SignedDuration) -> Result<(), Error> {
    app.lead_imports_queue.send_later(&LeadImportJob { import: id }, delay).await
}
