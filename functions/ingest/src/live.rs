//! Selling a lead while its supplier waits, and telling it how that went.

use dispatch::deliver::Draw;
use domain::{
    campaign::LiveRule,
    lead::{Lead, SoldStatus},
};
use jiff::{SignedDuration, Timestamp};
use lambda::Problem;
use std::time::Duration;
use store::{Once, StoredAnswer, follow_ups};
use tokio::time::Instant;

use crate::{App, answered::answer, receipt::LeadReceipt};

/// Whoever has not replaced the first answer so much later than it should have is taken for dead.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// Until when a request's first answer may still be replaced.
pub(crate) fn open_until(rule: LiveRule, now: Timestamp) -> Timestamp {
    domain::time::later(now, SignedDuration::from_millis(rule.within_ms.into()) + MARGIN)
}

/// Sells a lead that has just been taken in, within the time that its campaign allows from `began` on. Whatever goes wrong
/// or takes too long goes on by messages. Returns the answer that tells what became of it; none if that cannot be found out or
/// kept, for then the first one is what a repeat will be given.
///
/// # Errors
/// When nobody knows which answer a repeat will be given: the supplier has to ask again, and is given that one.
pub(crate) async fn sell(
    app: &App,
    lead: &Lead,
    rule: LiveRule,
    once: Option<&Once>,
    began: std::time::Instant,
    correlation_id: &str,
) -> Result<Option<StoredAnswer>, Problem> {
    let deadline = Instant::from_std(began) + Duration::from_millis(rule.within_ms.into());
    let messages = follow_ups(None, lead, lead.received, Some(correlation_id));
    let (at_once, for_later): (Vec<_>, Vec<_>) = messages.into_iter().partition(|(delay, _)| delay.is_zero());
    app.dispatcher.queue.send_all(for_later).await;
    let jobs = at_once.into_iter().flat_map(|(_, jobs)| jobs).collect();
    if let Err(error) = app.dispatcher.deliver_live(jobs, deadline, draw).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(lead_id = %lead.id, error, "deliveries wait for the sweeper");
    }
    let store = &app.dispatcher.store;
    let lead = match store.lead(lead.id).await {
        Ok(Some(lead)) => lead,
        Ok(None) => return Ok(None),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(lead_id = %lead.id, error, "the supplier is not told what became of its lead");
            return Ok(None);
        }
    };
    let receipt = LeadReceipt::of(&lead, &[]).with_sale(&lead);
    let answer = answer(&receipt).map_err(|error| Problem::broken(&error))?;
    let Some(once) = once else { return Ok(Some(answer)) };
    let counts = store.replace_answer(once, &answer, &app.dispatcher.identity, lambda::now()).await?;
    Ok(counts.then_some(answer))
}

/// What the supplier may do with the person who waits: the first page that a buyer has for it.
pub(crate) fn redirect_url(lead: &Lead) -> Option<String> {
    (lead.sold_status() == SoldStatus::Sold).then_some(())?;
    let mut sales: Vec<_> =
        lead.standing_sales().filter_map(|(.., sale)| Some((sale.sold_at, sale.redirect_url.clone()?))).collect();
    sales.sort();
    sales.into_iter().next().map(|(_, url)| url)
}

fn draw() -> Draw {
    Draw { now: lambda::now(), attempt: lambda::new_attempt_id(), jitter_permille: lambda::jitter_permille() }
}
