//! Leads that join: first the lead's row says so, and then there is an enrolment.

use domain::{
    id::{LeadId, ResponderRef},
    responder::{Enrolment, Responder},
    time::later,
};
use lambda::Clock;
use store::{Commit, Error};

use crate::{App, tally, turns::LOOK_AGAIN_AFTER};

/// Writers of one lead are few; who loses this often is better told to come again.
const TRIES: u32 = 10;

/// The enrolment of a lead that was approved. None: it is not to join, any more. A lead that has joined before, by whatever way, is in it.
pub(crate) async fn on_approval(
    app: &App,
    id: LeadId,
    rid: &ResponderRef,
    clock: Clock,
) -> Result<Option<Enrolment>, Error> {
    let responder = app.store.cached::<Responder>(rid.as_str()).await?;
    let mut found = app.store.lead(id).await?;
    for _ in 0..TRIES {
        let Some(lead) = found else { return Ok(None) };
        if let Some(joined) = lead.last_joined(rid) {
            return app.store.enrol(Enrolment::new(id, joined)).await.map(Some);
        }
        if !responder.as_ref().is_some_and(|responder| responder.takes_approved(&lead.campid)) {
            return Ok(None);
        }
        let after = match lead.on_joined(rid, false, clock.now()) {
            Ok(after) => after,
            Err(refused) => {
                tracing::info!(lead_id = %id, %rid, code = refused.code, "a lead does not join");
                return Ok(None);
            }
        };
        found = match app.store.put_joined(&lead, &after).await? {
            Commit::Done(lead) | Commit::Repeated(lead) => {
                tally::joined(&lead, rid);
                Some(*lead)
            }
            Commit::Stale(lead) => lead.map(|lead| *lead),
        };
    }
    Err(Error::Contended { what: "a lead" })
}

/// The enrolment of a lead that has joined. None: it has not.
pub(crate) async fn found(
    app: &App,
    id: LeadId,
    rid: &ResponderRef,
    number: u16,
    clock: Clock,
) -> Result<Option<Enrolment>, Error> {
    match app.store.enrolment(id, rid, number).await {
        Ok(None) => {}
        // Nobody but a person can help. At the head of the list of what is due it would keep others from their turn.
        Err(error @ (Error::Unreadable(_) | Error::Item(_))) => {
            tracing::error!(error = &error as &dyn std::error::Error, lead_id = %id, %rid, "an enrolment cannot be read");
            app.store.put_off_unreadable_enrolment(id, rid, number, later(clock.now(), LOOK_AGAIN_AFTER)).await?;
            return Ok(None);
        }
        found => return found,
    }
    let Some(lead) = app.store.lead(id).await? else { return Ok(None) };
    match lead.joined.iter().find(|joined| joined.rid == *rid && joined.number == number) {
        Some(joined) => app.store.enrol(Enrolment::new(id, joined)).await.map(Some),
        None => Ok(None),
    }
}
