//! Webhooks as [Standard Webhooks](https://www.standardwebhooks.com) has them: one signed request (`v1`, HMAC with SHA-256) under an id that
//! stays the same however often it is made; and the same the other way round, signatures of others looked at.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{id::is_webhook_id, notice::Heard};
use hmac::{Hmac, KeyInit, Mac};
use hyper::{
    Method,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue},
};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use store::WebhookSecret;
use url::Url;

use crate::{
    client::OutgoingRequest,
    sent::{NotSent, Sent},
};

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// The header with what tells two webhooks apart.
pub const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
/// The header with when it was sent, in seconds since 1970.
pub const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// The header with its signatures.
pub const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
/// How far the clocks of both sides may be apart. Whoever repeats what it has overheard is too late after that.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// A receiver has this long for its answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// Of an answer that says that nobody will ever listen there again.
const GONE: u16 = 410;
/// Signatures of one request that are looked at: who rotates its secret sends two.
const MAX_SIGNATURES: usize = 8;

/// Why a webhook is not what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// A header is missing, or cannot be read.
    #[error(
        "send webhook-id, webhook-timestamp in seconds since 1970, and webhook-signature, as Standard Webhooks has them"
    )]
    Headers,
    /// It was sent long ago, or the clocks differ.
    #[error(
        "webhook-timestamp is more than five minutes off; sign each attempt with its own time, and check the clock"
    )]
    Time,
    /// No signature fits.
    #[error(
        "no signature fits: sign `id.timestamp.body`, byte for byte as it is sent, with the secret that you were given"
    )]
    Signature,
}

/// A webhook to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Webhook<'a> {
    /// Where.
    pub url: &'a Url,
    /// What tells it apart; without dots.
    pub id: &'a str,
    /// When.
    pub now: Timestamp,
    /// What it says.
    pub body: &'a str,
}

impl Webhook<'_> {
    /// The request, signed with each of these secrets; none: no secret can sign.
    ///
    /// # Errors
    /// The id cannot be in a header.
    pub fn signed(&self, secrets: &[WebhookSecret]) -> Result<Option<OutgoingRequest>, InvalidHeaderValue> {
        let at_s = self.now.as_second();
        let signature = signature(secrets, self.id, at_s, self.body);
        if signature.is_empty() {
            return Ok(None);
        }
        let mut signature = HeaderValue::from_str(&signature)?;
        signature.set_sensitive(true);
        let headers = vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (WEBHOOK_ID, HeaderValue::from_str(self.id)?),
            (WEBHOOK_TIMESTAMP, HeaderValue::from(at_s)),
            (WEBHOOK_SIGNATURE, signature),
        ];
        let body = self.body.as_bytes().to_vec();
        Ok(Some(OutgoingRequest { method: Method::POST, url: self.url.clone(), headers, body, timeout: TIMEOUT }))
    }
}

/// What an answer means. Everything but 2xx is tried again, as Standard Webhooks has it, but for 410.
pub fn heard_of(sent: &Sent, now: Timestamp) -> Heard {
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

/// Looks at the signatures of a webhook that has come: whether one of them is made with one of these secrets.
///
/// # Errors
/// [`Unverified`].
pub fn verify(
    secrets: &[WebhookSecret],
    (id, at, signatures): (&str, &str, &str),
    body: &[u8],
    now: Timestamp,
) -> Result<(), Unverified> {
    if !is_webhook_id(id) {
        return Err(Unverified::Headers);
    }
    let at_s: i64 = at.parse().map_err(|_| Unverified::Headers)?;
    if now.as_second().abs_diff(at_s) > TOLERANCE.as_secs().unsigned_abs() {
        return Err(Unverified::Time);
    }
    let given = signatures.split(' ').take(MAX_SIGNATURES).filter_map(|one| one.strip_prefix("v1,"));
    let given: Vec<Vec<u8>> = given.filter_map(|text| BASE64_STANDARD.decode(text).ok()).collect();
    // Compared in a time that tells nothing.
    let fits = |secret: &WebhookSecret| {
        mac(secret, id, at_s, body).is_some_and(|mac| given.iter().any(|given| mac.clone().verify_slice(given).is_ok()))
    };
    if secrets.iter().any(fits) { Ok(()) } else { Err(Unverified::Signature) }
}

/// The header `webhook-signature` of a request: one signature for each secret, with blanks between them. `at_s` is its time in
/// seconds since 1970. Empty: there is no secret that can sign.
fn signature(secrets: &[WebhookSecret], id: &str, at_s: i64, body: &str) -> String {
    let macs = secrets.iter().filter_map(|secret| mac(secret, id, at_s, body.as_bytes()));
    let signed: Vec<String> =
        macs.map(|mac| format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))).collect();
    signed.join(" ")
}

/// None: the secret is not one.
fn mac(secret: &WebhookSecret, id: &str, at_s: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let key = BASE64_STANDARD.decode(secret.expose().strip_prefix(PREFIX)?).ok().filter(|key| !key.is_empty())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{at_s}.").as_bytes());
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret(text: &str) -> WebhookSecret {
        WebhookSecret::new(text.to_owned())
    }

    #[test]
    fn the_published_test_vector_comes_out_as_it_is_published() {
        let signed =
            signature(&[secret(SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn whoever_knows_one_of_the_secrets_can_verify_it_with_the_public_library() {
        let both = [format!("{PREFIX}{}", BASE64_STANDARD.encode([7; 32])), SECRET.to_owned()];
        // The library looks at the clock.
        let (id, at_s, body) = ("returned-supplier-s1-1", lambda::now().as_second(), r#"{"count":3}"#);
        let signed = signature(&both.clone().map(WebhookSecret::new), id, at_s, body);
        assert_eq!(signed.split(' ').count(), 2, "{signed}");
        let headers = |signed: &str| {
            let text = at_s.to_string();
            let pairs = [("webhook-id", id), ("webhook-timestamp", text.as_str()), ("webhook-signature", signed)];
            pairs.into_iter().map(|(name, value)| (name, value.parse().unwrap())).map(to_header).collect()
        };
        for known in &both {
            let webhook = standardwebhooks::Webhook::new(known).unwrap();
            webhook.verify(body.as_bytes(), &headers(&signed)).unwrap();
            assert!(webhook.verify(br#"{"count":4}"#, &headers(&signed)).is_err());
        }
        let stranger = standardwebhooks::Webhook::new(&format!("{PREFIX}{}", BASE64_STANDARD.encode([9; 32]))).unwrap();
        assert!(stranger.verify(body.as_bytes(), &headers(&signed)).is_err());
    }

    #[test]
    fn the_vectors_of_the_protocols_page_verify() {
        let page = include_str!("../../../functions/feedback/README.md");
        let header = |block: &str, name: &str| {
            block.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim_start_matches(": ").to_owned()
        };
        let blocks: Vec<&str> = page.split("```").filter(|block| block.contains("\nwebhook-id")).collect();
        assert_eq!(blocks.len(), 2);
        for block in blocks {
            let [id, at, signed] =
                ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| header(block, name));
            let body = block.trim().lines().last().unwrap();
            let now = Timestamp::from_second(at.parse().unwrap()).unwrap();
            assert_eq!(verify(&[secret(SECRET)], (&id, &at, &signed), body.as_bytes(), now), Ok(()), "{id}");
        }
    }

    #[test]
    fn what_was_signed_is_verified_and_nothing_else_is() {
        let (now, body) = (Timestamp::from_second(1_800_000_000).unwrap(), r#"{"event":"sold"}"#);
        let (mine, theirs) = (secret(SECRET), secret(&format!("{PREFIX}{}", BASE64_STANDARD.encode([7; 32]))));
        let signed = signature(&[theirs.clone(), mine.clone()], "att_1", now.as_second(), body);
        let at = now.as_second().to_string();
        let told = ("att_1", at.as_str(), signed.as_str());
        for known in [&mine, &theirs] {
            assert_eq!(verify(std::slice::from_ref(known), told, body.as_bytes(), now), Ok(()));
        }
        let stranger = secret(&format!("{PREFIX}{}", BASE64_STANDARD.encode([9; 32])));
        let no = |told, body: &str, now| verify(std::slice::from_ref(&mine), told, body.as_bytes(), now).unwrap_err();
        assert_eq!(verify(&[stranger], told, body.as_bytes(), now), Err(Unverified::Signature));
        assert_eq!(verify(&[], told, body.as_bytes(), now), Err(Unverified::Signature));
        assert_eq!(no(told, r#"{"event":"unsold"}"#, now), Unverified::Signature);
        assert_eq!(no(("att_2", told.1, told.2), body, now), Unverified::Signature, "of another");
        assert_eq!(no(("att_1", told.1, "v1a,abc v2,abc"), body, now), Unverified::Signature);
        assert_eq!(no(("a.b", told.1, told.2), body, now), Unverified::Headers);
        assert_eq!(no(("att_1", "now", told.2), body, now), Unverified::Headers);
        for minutes in [-6, 6] {
            assert_eq!(no(told, body, now + SignedDuration::from_mins(minutes)), Unverified::Time);
        }
    }

    fn to_header((name, value): (&'static str, HeaderValue)) -> (HeaderName, HeaderValue) {
        (HeaderName::from_static(name), value)
    }

    #[test]
    fn a_text_that_is_no_secret_signs_nothing() {
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_*"] {
            assert_eq!(signature(&[secret(text)], "a", 1, "b"), "", "{text}");
        }
    }
}
