//! The function `lead-export`: writes the leads of a search into a file, page by page, and if it takes long, from hand to hand.

mod begin;
mod named;
mod turn;
mod walk;
mod work;

use jiff::SignedDuration;
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use store::{Error, ExportBucket, Identity, LeadExportJob, LeadExportsQueue, Store, TakenExport};

pub use self::turn::Pace;
use self::turn::Turn;

/// How long an export is a worker's: longer than it can live, and shorter than a message is hidden that it did not live to the end of.
const HOLD: SignedDuration = SignedDuration::from_secs(330);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what leads of a person are found by.
    pub identity: Identity,
    /// Where files go.
    pub export_bucket: ExportBucket,
    /// The queue of this function itself.
    pub lead_exports_queue: LeadExportsQueue,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, export_bucket) = (aws.whole_store()?, aws.export_bucket()?);
        let lead_exports_queue = aws.lead_exports_queue()?;
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), export_bucket, lead_exports_queue })
    }
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(app: App) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(1, |job, _| take(&app, job, lambda::now(), Pace::default())).await
}

/// Works on an export, from `now` on; what is left when its time is over is handed on.
///
/// # Errors
/// Those of the tables, the bucket and the queue; then the message is to come again.
pub async fn take(app: &App, job: LeadExportJob, now: jiff::Timestamp, pace: Pace) -> Result<(), Error> {
    let turn = Turn::new(pace, pace.within, now);
    match app.store.take_lead_export(job.export, now, HOLD).await? {
        TakenExport::Mine(export) => Box::pin(walk::carry_on(app, *export, turn)).await,
        TakenExport::Held(until) => {
            // That worker may have died, and this be its own message: the hold is longer the later it was saved, and may outlast the time
            // that the message was hidden.
            tracing::info!(export_id = %job.export, "another worker has the export");
            app.lead_exports_queue.send_later(&job, until.duration_since(turn.now())).await
        }
        TakenExport::Ended => Ok(()),
        TakenExport::Unknown => {
            tracing::warn!(export_id = %job.export, "there is no such export");
            Ok(())
        }
    }
}
