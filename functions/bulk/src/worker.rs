//! The function `bulk-worker`: finds the leads of a job, and changes them one after the other; if it takes long, from hand to hand.

mod act;
mod look_again;
mod select;
mod turn;
mod work;

use jiff::{SignedDuration, Timestamp};
use lambda::{
    StartError,
    aws::{Aws, warm},
    env,
};
use store::{BulkJobState, BulkMessage, BulkQueue, DeliveryQueue, Error, Identity, Store, TakenJob};

pub use self::turn::Pace;
use self::{turn::Turn, work::Work};

/// How long a job is a worker's: longer than it can live, and shorter than a message is hidden that it did not live to the end of.
const HOLD: SignedDuration = SignedDuration::from_secs(330);

/// What the function holds while it is warm.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The key of what leads of a person are found by.
    pub identity: Identity,
    /// Where leads go on that are sent again, let go or offered to others.
    pub queue: DeliveryQueue,
    /// The queue of this function itself.
    pub bulk_queue: BulkQueue,
}

impl App {
    /// Reads the environment and builds the clients.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn start() -> Result<Self, StartError> {
        let aws = Aws::load().await;
        let secret = env::required(env::IDENTITY_SECRET_ARN)?;
        let (store, queue, bulk_queue) = (aws.whole_store()?, aws.delivery_queue()?, aws.bulk_queue()?);
        let (secret, ()) = tokio::join!(aws.secret(&secret), warm(store.warm()));
        Ok(Self { store, identity: Identity::new(secret?), queue, bulk_queue })
    }
}

/// Answers events of the queue until Lambda stops the function.
///
/// # Errors
/// The runtime's.
pub async fn serve(app: App) -> Result<(), lambda_runtime::Error> {
    lambda::batch::serve(1, |message, _| take(&app, message, lambda::now(), Pace::default())).await
}

/// Works on a job, from `now` on; what is left when its time is over is handed on.
///
/// # Errors
/// Those of the tables and the queues; then the message is to come again.
pub async fn take(app: &App, message: BulkMessage, now: Timestamp, pace: Pace) -> Result<(), Error> {
    let turn = Turn::new(pace, pace.within, now);
    match app.store.take_bulk_job(message.job, now, HOLD).await? {
        TakenJob::Mine(job) => Box::pin(carry_on(Work::new(app, turn, *job))).await,
        TakenJob::Held(until) => {
            // That worker may have died, and this be its own message: the hold is longer the later it was saved, and may outlast the time
            // that the message was hidden.
            tracing::info!(job_id = %message.job, "another worker has the job");
            app.bulk_queue.send_later(&message, until.duration_since(turn.now())).await
        }
        TakenJob::Ended => Ok(()),
        TakenJob::Unknown => {
            tracing::warn!(job_id = %message.job, "there is no such job");
            Ok(())
        }
    }
}

/// Goes on with a job to its end, or hands it on.
async fn carry_on(mut work: Work<'_>) -> Result<(), Error> {
    if work.job.cancelled {
        return act::on_no_more(work).await;
    }
    if work.job.state == BulkJobState::Selecting && !select::all(&mut work).await? {
        return Ok(());
    }
    act::on_all(work).await
}
