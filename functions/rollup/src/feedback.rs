//! Leads of which somebody else is to be told: who has sent one and wants to hear of it, and who got one by a delivery.

use domain::{feedback::Word, id::DeliveryRef, lead::Lead, money::MoneyError};
use store::{Error, FeedbackJob};

use crate::App;

/// What may have to be told of a lead after a change, and to whom; what that is, is read from the lead by who tells it.
pub(crate) fn of(before: Option<&Lead>, after: &Lead) -> Result<Vec<FeedbackJob>, MoneyError> {
    let refused = after.sales().map(|(did, ..)| did).filter(|did| is_refused(before, after, did));
    let mut jobs: Vec<FeedbackJob> =
        refused.map(|did| FeedbackJob { lead: after.id, did: Some(did.clone()) }).collect();
    let word = |lead: Option<&Lead>| lead.map_or(Ok(None), |lead| Word::of(lead, None));
    if after.upstream.is_some() && word(Some(after))? != word(before)? {
        jobs.push(FeedbackJob { lead: after.id, did: None });
    }
    Ok(jobs)
}

/// Whether a return is refused now that was asked for by this delivery.
fn is_refused(before: Option<&Lead>, after: &Lead, did: &DeliveryRef) -> bool {
    let told = before.and_then(|before| Word::of_return(before, did, None));
    Word::of_return(after, did, told.as_ref()).is_some()
}

/// Sends a message for each. What comes again is sent again, which does no harm.
pub(crate) async fn send(app: &App, jobs: Vec<FeedbackJob>) -> Result<(), Error> {
    let Some(feedback_queue) = &app.feedback_queue else { return Ok(()) };
    // None at all, mostly; then nothing is sent.
    feedback_queue.send(&jobs).await
}
