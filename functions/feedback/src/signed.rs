//! Who says it: a request is believed by its signature alone.

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, HeaderName},
};
use dispatch::webhook::{self, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
use domain::{
    access::Principal,
    delivery::{Channel, Delivery},
    lead::Lead,
};
use jiff::Timestamp;
use lambda::{Problem, body::limited_body};
use store::{Error, Store, WebhookSecret};

/// A request with its signature, not looked at yet.
#[derive(Debug)]
pub(crate) struct Signed {
    /// What tells it apart from others of the same sender.
    pub(crate) id: String,
    at: String,
    signature: String,
    /// Byte for byte.
    pub(crate) body: Bytes,
}

impl Signed {
    pub(crate) async fn read(request: Request) -> Result<Self, Problem> {
        let text = |headers: &HeaderMap, name: &HeaderName| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned).unwrap_or_default()
        };
        let headers = request.headers();
        let [id, at, signature] = [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE].map(|name| text(headers, &name));
        Ok(Self { id, at, signature, body: limited_body(request).await? })
    }

    /// Looks at its signature.
    ///
    /// # Errors
    /// 401: it is signed with none of these.
    pub(crate) fn verify(&self, secrets: &[WebhookSecret], now: Timestamp) -> Result<(), Problem> {
        let told = (self.id.as_str(), self.at.as_str(), self.signature.as_str());
        webhook::verify(secrets, told, &self.body, now).map_err(Problem::unverified)
    }
}

/// The secrets of who got leads by a delivery: another installation's own; of others the secret of the buyer's webhooks. None: there is
/// nobody who could say anything.
pub(crate) async fn secrets_of_delivery(
    store: &Store,
    delivery: Option<&Delivery>,
    now: Timestamp,
) -> Result<Vec<WebhookSecret>, Error> {
    let Some(delivery) = delivery else { return Ok(Vec::new()) };
    let own = match &delivery.channel {
        Channel::L2l(l2l) => l2l.feedback_secret.clone().map(WebhookSecret::new),
        Channel::Http(_) | Channel::Store(_) | Channel::Email(_) | Channel::File(_) | Channel::Transfer(_) => None,
    };
    match (own, &delivery.bid) {
        (Some(own), _) => Ok(vec![own]),
        (None, Some(bid)) => store.webhook_secrets(&Principal::Buyer { bid: bid.clone() }, now).await,
        (None, None) => Ok(Vec::new()),
    }
}

/// The secrets of who sent a lead, and wants to hear of it.
pub(crate) async fn secrets_of_supplier(
    store: &Store,
    lead: Option<&Lead>,
    now: Timestamp,
) -> Result<Vec<WebhookSecret>, Error> {
    match lead.filter(|lead| lead.upstream.is_some()) {
        Some(lead) => store.webhook_secrets(&Principal::Supplier { sid: lead.sid.clone() }, now).await,
        None => Ok(Vec::new()),
    }
}
