//! Who is told something of a lead: where, as what it knows the lead, and with which secret that is signed.

use domain::{
    access::Principal,
    delivery::{Channel, Delivery, L2lChannel},
    feedback::{Open, Upstream},
    id::{DeliveryRef, SupplierRef},
    lead::Lead,
};
use jiff::Timestamp;
use store::{Error, WebhookSecret};
use url::Url;

use crate::worker::App;

/// Who is told.
pub(super) enum Listener {
    /// Who sent the lead, a supplier of ours.
    Sender { upstream: Upstream, sid: SupplierRef },
    /// The installation that got it, as a supplier of whose we sent it there.
    Installation(Box<L2lChannel>),
}

impl Listener {
    /// Who got the lead by this delivery, or, without one, who sent it; none: there is nobody who listens.
    pub(super) async fn of(app: &App, lead: &Lead, did: Option<&DeliveryRef>) -> Result<Option<Self>, Error> {
        let Some(did) = did else {
            return Ok(lead.upstream.clone().map(|upstream| Self::Sender { upstream, sid: lead.sid.clone() }));
        };
        let delivery = app.store.cached::<Delivery>(did.as_str()).await?;
        Ok(delivery.and_then(|delivery| match &delivery.channel {
            Channel::L2l(l2l) => Some(Self::Installation(l2l.clone())),
            Channel::Http(_) | Channel::Store(_) | Channel::Email(_) | Channel::File(_) | Channel::Transfer(_) => None,
        }))
    }

    pub(super) fn url(&self) -> Url {
        match self {
            Self::Sender { upstream, .. } => upstream.url.clone(),
            Self::Installation(l2l) => l2l.feedback_url(),
        }
    }

    /// What it calls the lead.
    pub(super) fn lead_ref(&self, open: &Open) -> String {
        match self {
            Self::Sender { upstream, .. } => upstream.lead_ref.clone(),
            Self::Installation(_) => open.word.theirs().map(|lead| lead.to_string()).unwrap_or_default(),
        }
    }

    /// What is to be done where there is none.
    pub(super) fn lacks_secret(&self) -> &'static str {
        match self {
            Self::Sender { .. } => "there is no secret to sign it with; make one by POST /v1/webhook-secrets",
            Self::Installation(_) => "there is no secret to sign it with; give the delivery its feedback_secret",
        }
    }

    /// Of a supplier, those that we have made for it; of an installation, the one that it has made for us.
    pub(super) async fn secrets(&self, app: &App, now: Timestamp) -> Result<Vec<WebhookSecret>, Error> {
        match self {
            Self::Sender { sid, .. } => app.store.webhook_secrets(&Principal::Supplier { sid: sid.clone() }, now).await,
            Self::Installation(l2l) => Ok(l2l.feedback_secret.clone().map(WebhookSecret::new).into_iter().collect()),
        }
    }
}
