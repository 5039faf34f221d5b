//! Signatures as [Standard Webhooks](https://www.standardwebhooks.com) has them: `v1`, HMAC with SHA-256.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::WebhookSecret;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// The header `webhook-signature` of a request: one signature for each secret, with blanks between them. `at_s` is its time in
/// seconds since 1970. Empty: there is no secret that can sign.
pub fn signature(secrets: &[WebhookSecret], id: &str, at_s: i64, body: &str) -> String {
    let signed: Vec<String> = secrets.iter().filter_map(|secret| sign(secret, id, at_s, body)).collect();
    signed.join(" ")
}

/// None: the secret is not one.
fn sign(secret: &WebhookSecret, id: &str, at_s: i64, body: &str) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.expose().strip_prefix(PREFIX)?).ok().filter(|key| !key.is_empty())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{at_s}.{body}").as_bytes());
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
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

    fn to_header(
        (name, value): (&'static str, hyper::header::HeaderValue),
    ) -> (hyper::header::HeaderName, hyper::header::HeaderValue) {
        (hyper::header::HeaderName::from_static(name), value)
    }

    #[test]
    fn a_text_that_is_no_secret_signs_nothing() {
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_*"] {
            assert_eq!(signature(&[secret(text)], "a", 1, "b"), "", "{text}");
        }
    }
}
