//! The turns of an enrolment, one after the other: gather, decide, commit; and where a step is to be sent, send it in between.

use std::{sync::Arc, time::Duration};

use domain::{
    lead::Lead,
    responder::{Enrolment, EnrolmentState, MayWrite, Responder, Seen, Turn, decide},
    time::later,
};
use jiff::{SignedDuration, tz::TimeZone};
use lambda::Clock;
use store::Error;

use crate::{App, consent, send, tally};

/// What cannot be read is mended by a person, or may be read by code that is still to come.
pub(crate) const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// No step is begun later than this after the job, so that the function's own time-out ends none.
const BEGINS_WITHIN: Duration = Duration::from_secs(40);

/// What an enrolment is judged by.
pub(crate) struct Gathered {
    pub(crate) lead: Option<Lead>,
    pub(crate) responder: Option<Arc<Responder>>,
    may: MayWrite,
    zone: TimeZone,
}

/// Takes its turns, as far as their time has come.
pub(crate) async fn take(app: &App, mut enrolment: Enrolment, clock: Clock) -> Result<(), Error> {
    while enrolment.is_active() && clock.worked() < BEGINS_WITHIN {
        let seen = match gather(app, &enrolment).await {
            Err(error @ (Error::Unreadable(_) | Error::Item(_))) => {
                return put_off(app, &enrolment, &error, clock).await;
            }
            seen => seen?,
        };
        match take_one(app, &enrolment, &seen, clock).await? {
            Some(after) => enrolment = after,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// The enrolment after its next turn; none: it has none now, or somebody else is at it.
async fn take_one(app: &App, enrolment: &Enrolment, seen: &Gathered, clock: Clock) -> Result<Option<Enrolment>, Error> {
    let now = clock.now();
    let responder = seen.responder.as_deref();
    let judged = Seen { lead: seen.lead.as_ref(), responder, may: seen.may, zone: &seen.zone };
    let after = match (decide(enrolment, &judged, now), responder) {
        (Turn::Over | Turn::Busy(_), _) => return Ok(None),
        (Turn::Wait(until), _) => {
            // It stands there already, but where its place on the list was not known better.
            if enrolment.due() != Some(until) {
                app.store.save_enrolment(enrolment, enrolment.on_wait(until)).await?;
            }
            return Ok(None);
        }
        (Turn::Send, Some(responder)) => return send::step(app, enrolment, seen, responder, clock).await,
        (Turn::Skip(reason), Some(responder)) => enrolment.on_skipped(reason, responder, now),
        (Turn::Stop(reason), _) => enrolment.on_stopped(reason, now),
        (Turn::Lost, responder) => enrolment.on_lost(responder, now),
        (Turn::Finish, _) => enrolment.on_finished(now),
        (Turn::Send | Turn::Skip(_), None) => return Ok(None),
    };
    let saved = app.store.save_enrolment(enrolment, after).await?;
    if let Some(after) = &saved {
        tally::moved(enrolment, after);
    }
    Ok(saved)
}

async fn gather(app: &App, enrolment: &Enrolment) -> Result<Gathered, Error> {
    let (lead, responder, zone) = tokio::try_join!(
        app.store.lead(enrolment.lead),
        app.store.responder_or_message(&enrolment.rid),
        app.store.zone(),
    )?;
    let may = match &lead {
        Some(lead) => consent::may_write(app, lead).await?,
        None => MayWrite::default(),
    };
    Ok(Gathered { lead, responder, may, zone })
}

/// What it needs cannot be read: it is told, and looked at again in an hour.
async fn put_off(app: &App, enrolment: &Enrolment, error: &Error, clock: Clock) -> Result<(), Error> {
    let (lead_id, rid) = (enrolment.lead, &enrolment.rid);
    let error = error as &dyn std::error::Error;
    tracing::error!(error, %lead_id, %rid, "nobody can be written to, and it is put off for an hour");
    let now = clock.now();
    let until = later(now, LOOK_AGAIN_AFTER);
    let after = match enrolment.state {
        // Its worker is gone, and what it sent is not known, whatever cannot be read.
        EnrolmentState::Sending { lease_until, .. } if lease_until <= now => {
            enrolment.on_lost(None, now).on_wait(until)
        }
        EnrolmentState::Waiting { .. } => enrolment.on_wait(until),
        // Whoever is at it is soon through, or gone.
        EnrolmentState::Sending { .. } | EnrolmentState::Finished { .. } | EnrolmentState::Stopped { .. } => {
            return Ok(());
        }
    };
    if let Some(saved) = app.store.save_enrolment(enrolment, after).await? {
        tally::moved(enrolment, &saved);
    }
    Ok(())
}
