//! One event after the other: each is written down before it is sent, so that a worker that dies leaves behind what it may have told.

use dispatch::{
    sent::Sent,
    webhook::{Webhook, heard_of},
};
use domain::{
    access::Principal,
    feedback::{EventKind, Open, Step, Telling, Upstream},
    id::LeadId,
    lead::Lead,
    notice::{Heard, Notice},
    time::later,
    words::shortened_line,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::Error;
use tokio::time::Instant;

use super::App;
use crate::tally;

/// An attempt has ended by then: it takes ten seconds at most.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Events of one invocation: a lead that has more to tell is not at rest, and a message will come.
const MAX_EVENTS: usize = 4;
/// How often it is tried to write down what was heard.
const TRIES: usize = 4;
/// Most characters of what the other side says came of it.
const MAX_ANSWER: usize = 50;
/// Answers to a return by which it is taken back, or may be.
const TAKEN_BACK: [&str; 3] = ["returned", "requested", "already_returned"];

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
}

/// Tells what is to be told by now.
pub(super) async fn all(app: &App, lead: LeadId, now: Timestamp) -> Result<(), Error> {
    let clock = Clock { began_at: now, watch: Instant::now() };
    for _ in 0..MAX_EVENTS {
        // Read anew each time: what has happened while an event was on its way is the next one.
        let (lead, telling) = tokio::try_join!(app.store.lead(lead), app.store.telling(lead))?;
        let Some(lead) = lead else { return Ok(()) };
        let Some(upstream) = &lead.upstream else { return Ok(()) };
        if !one(app, &lead, upstream, telling, clock).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Tells the next event; false: there is none now, or somebody else is at it, or it is to be told again later.
async fn one(app: &App, lead: &Lead, to: &Upstream, telling: Option<Telling>, clock: Clock) -> Result<bool, Error> {
    let now = clock.now();
    let known = telling.clone().unwrap_or_else(|| Telling::new(lead.id, now));
    let step = known.next_step(lead, lambda::new_attempt_id(), now, later(now, LEASE)).map_err(Error::item)?;
    let Step::Send(sending) = step else { return Ok(false) };
    if !app.store.save_telling(telling.as_ref(), &sending).await? {
        return Ok(false);
    }
    let Some(open) = sending.open().cloned() else { return Ok(false) };
    let (heard, answer) = send(app, lead, to, &open, now).await?;
    if heard == Heard::Taken
        && let Some(answer) = answer.as_deref().filter(|answer| refuses(&open, answer))
    {
        // Before it is noted that it was told, as nobody comes by again after that.
        let notice = Notice::return_not_taken_back(lead.id, (&id_of(&open), answer), open.at);
        app.store.put_notice(&notice).await?;
    }
    // What has happened meanwhile is told next, also where this was given up.
    note(app, *sending, &open, &heard, answer, clock).await
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
    to: &Upstream,
    open: &Open,
    now: Timestamp,
) -> Result<(Heard, Option<String>), Error> {
    let secrets = app.store.webhook_secrets(&Principal::Supplier { sid: lead.sid.clone() }, now).await?;
    let body = open.event(lead, to).map_err(Error::item)?;
    let id = id_of(open);
    let sent = match (Webhook { url: &to.url, id: &id, now, body: &body }).signed(&secrets) {
        Ok(Some(request)) => app.client.send(request).await,
        Ok(None) => {
            let reason = "there is no secret to sign it with; make one by POST /v1/webhook-secrets".to_owned();
            return Ok((Heard::NotYet { reason, retry_after_s: None }, None));
        }
        Err(error) => return Ok((Heard::Never { reason: error.to_string() }, None)),
    };
    Ok((heard_of(&sent, now), result_of(&sent)))
}

/// What the other side says came of it, where it says so in words of this protocol.
fn result_of(sent: &Sent) -> Option<String> {
    let Sent::Answered(answer) = sent else { return None };
    let answer: Answer = serde_json::from_slice(&answer.body_start).ok()?;
    Some(shortened_line(&answer.result, MAX_ANSWER))
}

/// Writes down what was heard, and says whether that event is over; whoever has written the row meanwhile, and also where that fails at first: it is not to be lost.
async fn note(
    app: &App,
    sending: Telling,
    open: &Open,
    heard: &Heard,
    answer: Option<String>,
    clock: Clock,
) -> Result<bool, Error> {
    let jitter_permille = lambda::jitter_permille();
    let (mut known, mut failed) = (sending, None);
    for _ in 0..TRIES {
        let Some(after) = known.on_heard(open.id, heard, answer.clone(), jitter_permille, clock.now()) else {
            return Ok(false);
        };
        match app.store.save_telling(Some(&known), &after).await {
            Ok(true) => {
                tally::stands(&after);
                let (lead_id, event) = (after.lead, open.word.kind().word());
                tracing::info!(%lead_id, event, state = after.state.word(), "who sent the lead is told");
                return Ok(after.open().is_none());
            }
            Ok(false) => {}
            Err(error) => failed = Some(error),
        }
        match app.store.telling(known.lead).await {
            Ok(Some(there)) => known = there,
            Ok(None) => return Ok(false),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or(Error::Contended { what: "what is told of a lead" }))
}
