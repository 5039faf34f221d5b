//! Leads that somebody else has sent, and wants to hear of.

use domain::{feedback::Word, id::LeadId, lead::Lead, money::MoneyError};
use store::{Error, FeedbackJob};

use crate::App;

/// A lead whose sender may have to be told something; what that is, is read from the lead by who tells it.
pub(crate) fn of(before: Option<&Lead>, after: &Lead) -> Result<Option<LeadId>, MoneyError> {
    if after.upstream.is_none() {
        return Ok(None);
    }
    let word = |lead: Option<&Lead>| lead.map_or(Ok(None), |lead| Word::of(lead, None));
    let is_news = word(Some(after))? != word(before)?;
    Ok(is_news.then_some(after.id))
}

/// Sends a message for each. What comes again is sent again, which does no harm.
pub(crate) async fn send(app: &App, leads: Vec<LeadId>) -> Result<(), Error> {
    let Some(feedback_queue) = &app.feedback_queue else { return Ok(()) };
    let jobs: Vec<FeedbackJob> = leads.into_iter().map(|lead| FeedbackJob { lead }).collect();
    // None at all, mostly; then nothing is sent.
    feedback_queue.send(&jobs).await
}
