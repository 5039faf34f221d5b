//! One event after the other: each is written down before it is sent, so that a worker that dies leaves behind what it may have told.

use dispatch::{
    sent::Sent,
    webhook::{Webhook, heard_of},
};
use domain::{
    answer::UNRECOGNISED,
    feedback::{EventKind, Made, Open, Step, Telling},
    lead::Lead,
    notice::{Heard, Notice},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use store::{Error, FeedbackJob};
use tokio::time::Instant;

use super::{App, listener::Listener};
use crate::tally;

/// An attempt has ended by then: it takes ten seconds at most.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Events of one invocation: a lead that has more to tell is not at rest, and a message will come.
const MAX_EVENTS: usize = 4;
/// How often it is tried to write down what was heard.
const TRIES: usize = 4;
/// Why nothing is sent any more.
const NOBODY: &str = "the delivery goes to no other installation any more";
/// Most characters of what the other side says came of it.
const MAX_ANSWER: usize = 50;
/// Answers to a return by which it is taken back, or may be; or was never booked as a sale.
const TAKEN_BACK: [&str; 5] = ["returned", "requested", "already_returned", "applied", "already"];

/// The time in the course of a job.
#[derive(Clone, Copy)]
struct Clock {
    began_at: Timestamp,
    watch: Instant,
}

impl Clock {
    fn now(self) -> Timestamp {
        let passed_ms = i64::try_from(self.watch.elapsed().as_millis()).unwrap_or(i64::MAX);
        later(self.began_at, SignedDuration::from_millis(passed_ms))
    }
}

/// What of the other side's answer is kept.
#[derive(Deserialize)]
struct Answer {
    result: String,
    #[serde(default)]
    detail: Value,
}

/// Tells what is to be told by now.
pub(super) async fn all(app: &App, job: &FeedbackJob, now: Timestamp) -> Result<(), Error> {
    let clock = Clock { began_at: now, watch: Instant::now() };
    for _ in 0..MAX_EVENTS {
        // Read anew each time: what has happened while an event was on its way is the next one.
        let did = job.did.as_ref();
        let (lead, telling) = tokio::try_join!(app.store.lead(job.lead), app.store.telling(job.lead, did))?;
        let Some(lead) = lead else { return Ok(()) };
        let listener = Listener::of(app, &lead, did).await?;
        // What is under way comes to an end also where nobody listens any more.
        let is_over = telling.as_ref().is_none_or(|telling| telling.open().is_none());
        if listener.is_none() && is_over {
            return Ok(());
        }
        let known = telling.clone().unwrap_or_else(|| Telling::new(lead.id, job.did.clone(), clock.now()));
        if !one(app, &lead, listener.as_ref(), (telling.as_ref(), known), clock).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Tells the next event; false: there is none now, or somebody else is at it, or it is to be told again later.
async fn one(
    app: &App,
    lead: &Lead,
    to: Option<&Listener>,
    (before, known): (Option<&Telling>, Telling),
    clock: Clock,
) -> Result<bool, Error> {
    let now = clock.now();
    let step = known.next_step(lead, lambda::new_attempt_id(), now, later(now, LEASE)).map_err(Error::item)?;
    let sending = match step {
        Step::Send(sending) => sending,
        // The one that has overtaken it may be told in its place.
        Step::Drop(over) => return app.store.save_telling(before, &over).await,
        Step::Nothing => return Ok(false),
    };
    if !app.store.save_telling(before, &sending).await? {
        return Ok(false);
    }
    let Some(open) = sending.open().cloned() else { return Ok(false) };
    let (heard, made) = send(app, lead, to, &open, now).await?;
    if heard == Heard::Taken && made.result.as_deref().is_some_and(|answer| refuses(&open, answer)) {
        // Before it is noted that it was told, as nobody comes by again after that.
        let notice = Notice::return_not_taken_back(lead.id, &id_of(&open), open.at);
        app.store.put_notice(&notice).await?;
    }
    // What has happened meanwhile is told next, also where this was given up.
    note(app, *sending, &open, &heard, &made, clock).await
}

/// Whether who sent the lead does not take it back: what we have taken from what it earned, it does not pay back there.
fn refuses(open: &Open, answer: &str) -> bool {
    open.word.kind() == EventKind::Returned && !TAKEN_BACK.contains(&answer)
}

fn id_of(open: &Open) -> String {
    open.id.to_string()
}

async fn send(
    app: &App,
    lead: &Lead,
    to: Option<&Listener>,
    open: &Open,
    now: Timestamp,
) -> Result<(Heard, Made), Error> {
    let Some(to) = to else {
        return Ok((Heard::Never { reason: NOBODY.to_owned() }, Made::default()));
    };
    let body = open.event(lead.id, &to.lead_ref(open)).map_err(Error::item)?;
    let (id, url, secrets) = (id_of(open), to.url(), to.secrets(app, now).await?);
    let sent = match (Webhook { url: &url, id: &id, now, body: &body }).signed(&secrets) {
        Ok(Some(request)) => app.client.send(request).await,
        Ok(None) => {
            return Ok((Heard::NotYet { reason: to.lacks_secret().to_owned(), retry_after_s: None }, Made::default()));
        }
        Err(error) => return Ok((Heard::Never { reason: error.to_string() }, Made::default())),
    };
    Ok((heard_of(&sent, now), made_of(&sent)))
}

/// What the other side says came of it, where it says so in words of this protocol.
fn made_of(sent: &Sent) -> Made {
    let answer = match sent {
        Sent::Answered(answer) => serde_json::from_slice::<Answer>(&answer.body_start).ok(),
        Sent::NotSent { .. } | Sent::NoAnswer { .. } => None,
    };
    let Some(Answer { result, detail }) = answer else { return Made::default() };
    Made { result: Some(word_of(&result)), detail: detail.as_str().map(str::to_owned) }
}

/// A word of a protocol says nothing of a person, and stays.
fn word_of(result: &str) -> String {
    let is_word = result.len() <= MAX_ANSWER && !result.is_empty();
    let fits = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_';
    if is_word && result.chars().all(fits) { result.to_owned() } else { UNRECOGNISED.to_owned() }
}

/// Writes down what was heard, and says whether that event is over; whoever has written the row meanwhile, and also where that fails at first: it is not to be lost.
async fn note(
    app: &App,
    sending: Telling,
    open: &Open,
    heard: &Heard,
    made: &Made,
    clock: Clock,
) -> Result<bool, Error> {
    let jitter_permille = lambda::jitter_permille();
    let (mut known, mut failed) = (sending, None);
    for _ in 0..TRIES {
        // Read behind the telling that is written over: who deletes the lead writes that after the lead.
        let kept = match &made.detail {
            Some(_) => app.store.lead(known.lead).await.map(|lead| made.kept_of(lead.as_ref())),
            None => Ok(made.clone()),
        };
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                failed = Some(error);
                continue;
            }
        };
        let Some(after) = known.on_heard(open.id, heard, kept, jitter_permille, clock.now()) else {
            return Ok(false);
        };
        match app.store.save_telling(Some(&known), &after).await {
            Ok(true) => {
                tally::stands(&after);
                let (lead_id, event) = (after.lead, open.word.kind().word());
                tracing::info!(%lead_id, event, state = after.state.word(), "what is to be told of the lead is told");
                return Ok(after.open().is_none());
            }
            Ok(false) => {}
            Err(error) => failed = Some(error),
        }
        match app.store.telling(known.lead, known.did.as_ref()).await {
            Ok(Some(there)) => known = there,
            Ok(None) => return Ok(false),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or(Error::Contended { what: "what is told of a lead" }))
}
