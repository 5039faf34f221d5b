//! A notice as a webhook: one signed request, under an id that stays the same however often it is made.

use std::time::Duration;

use dispatch::{
    client::{Client, OutgoingRequest},
    sent::{NotSent, Sent},
};
use domain::notice::Heard;
use hyper::{
    Method,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue},
};
use jiff::Timestamp;
use url::Url;

use crate::{send::Parcel, sign::signature};

/// A receiver has this long for its answer, also that of a postback.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// Of an answer that says that nobody will ever listen there again.
const GONE: u16 = 410;

/// Makes the request, and says what was heard.
pub(crate) async fn post(client: &Client, to: &Url, parcel: &Parcel<'_>) -> Heard {
    let (id, at_s) = (webhook_id(&parcel.notice.id), parcel.now.as_second());
    let body = parcel.notice.body(parcel.items).to_string();
    let signature = signature(parcel.secrets, &id, at_s, &body);
    if signature.is_empty() {
        let reason = "there is no secret to sign it with; make one by POST /v1/webhook-secrets".to_owned();
        return Heard::NotYet { reason, retry_after_s: None };
    }
    match headers(&id, at_s, &signature) {
        Ok(headers) => {
            let body = body.into_bytes();
            let request = OutgoingRequest { method: Method::POST, url: to.clone(), headers, body, timeout: TIMEOUT };
            heard_of(client.send(request).await, parcel.now)
        }
        Err(error) => Heard::Never { reason: error.to_string() },
    }
}

fn headers(id: &str, at_s: i64, signature: &str) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidHeaderValue> {
    let mut signature = HeaderValue::from_str(signature)?;
    signature.set_sensitive(true);
    Ok(vec![
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("webhook-id"), HeaderValue::from_str(id)?),
        (HeaderName::from_static("webhook-timestamp"), HeaderValue::from(at_s)),
        (HeaderName::from_static("webhook-signature"), signature),
    ])
}

/// The parts of what is signed are put together with dots, so there is none in an id. References may have some; none has a tilde.
fn webhook_id(id: &str) -> String {
    id.replace('.', "~")
}

/// What an answer means. Everything but 2xx is tried again, as Standard Webhooks has it, but for 410.
pub(crate) fn heard_of(sent: Sent, now: Timestamp) -> Heard {
    match sent {
        Sent::Answered(answer) if (200..300).contains(&answer.status) => Heard::Taken,
        Sent::Answered(answer) if answer.status == GONE => Heard::Never { reason: "status 410".to_owned() },
        Sent::Answered(answer) => {
            let retry_after_s = answer.retry_after_s(now);
            Heard::NotYet { reason: format!("status {}", answer.status), retry_after_s }
        }
        Sent::NotSent { why, detail } => {
            let reason = format!("{}: {detail}", why.code());
            match why {
                NotSent::Dns | NotSent::Connect | NotSent::Tls => Heard::NotYet { reason, retry_after_s: None },
                NotSent::Blocked | NotSent::BadRequest => Heard::Never { reason },
            }
        }
        Sent::NoAnswer { why, detail, .. } => Heard::Silence { reason: format!("{}: {detail}", why.code()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_notices_have_the_same_id_as_webhooks_and_none_has_a_dot() {
        let ids = ["returned-supplier-a.b-1", "returned-supplier-a_b-1", "returned-supplier-a-b-1"].map(webhook_id);
        assert!(ids.iter().all(|id| !id.contains('.')), "{ids:?}");
        assert_eq!(std::collections::BTreeSet::from(ids).len(), 3);
    }
}
