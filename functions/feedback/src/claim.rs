//! A sale that comes back by feedback: a claim of its buyer like any other, judged on the terms of the sale.

use domain::{
    answer::UNRECOGNISED,
    delivery::Delivery,
    feedback::{Codes, event_order},
    id::BuyerRef,
    lead::Lead,
    returned::{Claim, Claimant},
};
use lambda::Problem;
use store::{LineUpError, Returning};

use crate::hear::Hearing;

/// The reason code where what is said is none of the account's.
const OTHER: &str = "OTHER";

/// Makes the claim, and says what came of it.
pub(crate) async fn make(
    hearing: &Hearing<'_>,
    lead: &Lead,
    delivery: &Delivery,
    bid: &BuyerRef,
) -> Result<(String, Option<String>), Problem> {
    let dispatcher = &hearing.app.dispatcher;
    let settings = dispatcher.store.cached_settings().await?;
    let terms = lead.deliveries.get(&delivery.did).and_then(|own| own.agreed.returns.as_ref());
    // Its own codes, where its terms name any.
    let codes = terms.map(|terms| &terms.reasons).filter(|own| !own.is_empty()).unwrap_or(&settings.return_reasons);
    let known = |code: &str| codes.iter().any(|reason| reason == code);
    let code = hearing.event.code.as_deref();
    let meant = code.and_then(|code| Codes::of(delivery).meaning(code).or(Some(code).filter(|code| known(code))));
    // What nobody has given a meaning is kept as it is.
    let comment = match (meant, code) {
        (None, Some(code)) => Some(format!("{UNRECOGNISED} ({code})")),
        (Some(_), _) | (None, None) => None,
    };
    let (by, order) = (hearing.actor(delivery), event_order(&delivery.did, &hearing.hashed_id()));
    let claim = Claim {
        by: Claimant::Buyer(bid),
        order: Some(&order),
        bid: None,
        did: Some(&delivery.did),
        reason: meant.unwrap_or(OTHER),
        comment: comment.as_deref(),
        reverse_payout: None,
    };
    let returning = Returning {
        store: &dispatcher.store,
        identity: &dispatcher.identity,
        queue: &dispatcher.queue,
        by: by.as_ref(),
        correlation_id: Some(hearing.correlation_id),
    };
    let claimed = returning.claim(lead.id, &claim, hearing.now).await.map_err(|error| match error {
        LineUpError::Store(error) => error.into(),
        LineUpError::Illegal(error) => Problem::broken(&error),
    })?;
    Ok((claimed.outcome.word().to_owned(), claimed.detail))
}
