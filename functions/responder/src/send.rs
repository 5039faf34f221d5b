//! A step that is sent: first it is written down that it may be on its way, so that a worker that dies leaves behind what it may have done.

use std::time::Duration;

use domain::{
    id::AttemptId,
    lead::{Channel, Lead},
    responder::{Enrolment, Heard, Responder, Step},
    time::later,
};
use jiff::{SignedDuration, Timestamp};
use lambda::Clock;
use store::Error;

use crate::{App, mail, sms, tally, turns::Gathered, unsubscribe::unsubscribe_url};

/// A worker that has written down a step is gone by then: the message takes 30 seconds at most.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// What is not done by then counts as not answered.
pub(crate) const AT_MOST: Duration = Duration::from_secs(30);
/// How often it is tried to write down what was heard.
const TRIES: usize = 4;

/// A message to be sent.
pub(crate) struct Parcel<'a> {
    pub(crate) responder: &'a Responder,
    pub(crate) enrolment: &'a Enrolment,
    pub(crate) step: &'a Step,
    pub(crate) lead: &'a Lead,
    pub(crate) unsubscribe_url: &'a str,
    pub(crate) attempt: AttemptId,
    pub(crate) at: Timestamp,
}

/// Sends the next step, and returns the enrolment after it; none: somebody else is at it.
pub(crate) async fn step(
    app: &App,
    enrolment: &Enrolment,
    seen: &Gathered,
    responder: &Responder,
    clock: Clock,
) -> Result<Option<Enrolment>, Error> {
    let (attempt, at) = (lambda::new_attempt_id(), clock.now());
    let Some(sending) = enrolment.on_sending(attempt, later(at, LEASE)) else { return Ok(None) };
    let Some(sending) = app.store.save_enrolment(enrolment, sending).await? else { return Ok(None) };
    let heard = match (responder.steps.get(enrolment.steps_done()), &seen.lead) {
        (Some(step), Some(lead)) => match unsubscribe_url(app, lead, step.channel) {
            Some(url) => {
                let unsubscribe_url = &url;
                let parcel = Parcel { responder, enrolment, step, lead, unsubscribe_url, attempt, at };
                by_channel(app, &parcel).await
            }
            None => never("there is no way for its person to unsubscribe"),
        },
        (_, _) => never("there is nothing to send"),
    };
    note(app, sending, responder, (attempt, &heard), clock).await
}

async fn by_channel(app: &App, parcel: &Parcel<'_>) -> Heard {
    match parcel.step.channel {
        Channel::Email => Box::pin(mail::hand_in(app, parcel)).await,
        Channel::Sms => Box::pin(sms::hand_in(app, parcel)).await,
    }
}

/// Writes down what was heard, whoever has written the enrolment meanwhile, and also where that fails at first: it is not to be lost.
async fn note(
    app: &App,
    sending: Enrolment,
    responder: &Responder,
    (attempt, heard): (AttemptId, &Heard),
    clock: Clock,
) -> Result<Option<Enrolment>, Error> {
    let jitter_permille = lambda::jitter_permille();
    let (mut known, mut failed) = (sending, None);
    for _ in 0..TRIES {
        let Some(after) = known.on_heard(attempt, heard, responder, jitter_permille, clock.now()) else {
            return Ok(Some(known));
        };
        match app.store.save_enrolment(&known, after).await {
            Ok(Some(noted)) => {
                tally::moved(&known, &noted);
                return Ok(Some(noted));
            }
            Ok(None) => {}
            Err(error) => failed = Some(error),
        }
        match app.store.enrolment(known.lead, &known.rid, known.number).await {
            Ok(Some(there)) => known = there,
            Ok(None) => return Ok(None),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or(Error::Contended { what: "an enrolment" }))
}

pub(crate) fn never(reason: &str) -> Heard {
    Heard::Never { reason: reason.to_owned() }
}
