//! Forms by which browsers upload: a policy of what may come, signed (AWS Signature Version 4, "POST policy").

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_s3::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::time::{later, rfc3339};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Error;

/// The key of an object that nobody puts: its address is the bucket's, and this.
pub(crate) const SOMEWHERE: &str = "somewhere";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A form that uploads a file: what is sent with it as `multipart/form-data`, the file last, as `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignedPost {
    /// Where to `POST` it.
    pub url: String,
    /// Its fields before the file.
    pub fields: BTreeMap<String, String>,
    /// Until when the upload has to begin.
    pub expires_at: Timestamp,
}

/// What may be uploaded.
pub(crate) struct Upload<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) path: &'a str,
    pub(crate) max_bytes: u64,
    pub(crate) now: Timestamp,
    pub(crate) expires_in: Duration,
}

impl Upload<'_> {
    /// The form, for a bucket where [`SOMEWHERE`] has this address.
    pub(crate) async fn signed(
        &self,
        somewhere: &str,
        region: &str,
        credentials: &SharedCredentialsProvider,
    ) -> Result<PresignedPost, Error> {
        let credentials = credentials.provide_credentials().await;
        let credentials =
            credentials.map_err(|error| Error::Service { call: "signing a form", source: Box::new(error) })?;
        let path = somewhere.split('?').next().unwrap_or(somewhere);
        let url = path.strip_suffix(SOMEWHERE).unwrap_or(path).to_owned();
        let expires_at = later(self.now, SignedDuration::try_from(self.expires_in).unwrap_or(SignedDuration::ZERO));
        Ok(PresignedPost { url, fields: self.fields(region, &credentials, expires_at), expires_at })
    }

    fn fields(&self, region: &str, credentials: &Credentials, expires_at: Timestamp) -> BTreeMap<String, String> {
        let day = self.now.strftime("%Y%m%d");
        let mut fields = BTreeMap::from([
            ("key".to_owned(), self.path.to_owned()),
            ("x-amz-algorithm".to_owned(), ALGORITHM.to_owned()),
            ("x-amz-credential".to_owned(), format!("{}/{day}/{region}/s3/aws4_request", credentials.access_key_id())),
            ("x-amz-date".to_owned(), self.now.strftime("%Y%m%dT%H%M%SZ").to_string()),
        ]);
        if let Some(token) = credentials.session_token() {
            fields.insert("x-amz-security-token".to_owned(), token.to_owned());
        }
        let policy = STANDARD.encode(self.policy(&fields, expires_at).to_string());
        let key = generate_signing_key(credentials.secret_access_key(), self.now.into(), region, "s3");
        fields.insert("x-amz-signature".to_owned(), calculate_signature(key, policy.as_bytes()));
        fields.insert("policy".to_owned(), policy);
        fields
    }

    /// Every field of the form has to be as it is here, and there may be no others.
    fn policy(&self, fields: &BTreeMap<String, String>, expires_at: Timestamp) -> Value {
        let own = [json!({ "bucket": self.bucket }), json!(["content-length-range", 1, self.max_bytes])];
        let named = fields.iter().map(|(name, value)| json!({ name.clone(): value }));
        let conditions: Vec<Value> = own.into_iter().chain(named).collect();
        json!({ "expiration": rfc3339(expires_at), "conditions": conditions })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::*;

    async fn form(token: Option<&str>) -> PresignedPost {
        let credentials = Credentials::new("AKID", "secret", token.map(str::to_owned), None, "test");
        let upload = Upload {
            bucket: "files",
            path: "returns/b1/a.csv",
            max_bytes: 512,
            now: "2026-11-05T10:20:30Z".parse().unwrap(),
            expires_in: Duration::from_secs(900),
        };
        let somewhere = "https://files.s3.eu-west-2.amazonaws.com/somewhere?X-Amz-Date=1";
        upload.signed(somewhere, "eu-west-2", &SharedCredentialsProvider::new(credentials)).await.unwrap()
    }

    fn hmac(key: &[u8], text: &str) -> Vec<u8> {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
    }

    #[tokio::test]
    async fn a_form_goes_to_the_bucket_and_allows_one_file_at_one_place_for_a_while() {
        let form = form(None).await;
        assert_eq!(form.url, "https://files.s3.eu-west-2.amazonaws.com/");
        let policy: Value = serde_json::from_slice(&STANDARD.decode(&form.fields["policy"]).unwrap()).unwrap();
        let expected = json!({ "expiration": "2026-11-05T10:35:30.000Z", "conditions": [
            { "bucket": "files" },
            ["content-length-range", 1, 512],
            { "key": "returns/b1/a.csv" },
            { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
            { "x-amz-credential": "AKID/20261105/eu-west-2/s3/aws4_request" },
            { "x-amz-date": "20261105T102030Z" },
        ]});
        assert_eq!(policy, expected);
        assert_eq!(form.expires_at, "2026-11-05T10:35:30Z".parse().unwrap());
    }

    #[tokio::test]
    async fn a_form_is_signed_by_its_policy_and_carries_the_token_of_a_session() {
        let form = form(Some("token")).await;
        let steps = ["20261105", "eu-west-2", "s3", "aws4_request"];
        let key = steps.iter().fold(b"AWS4secret".to_vec(), |key, step| hmac(&key, step));
        assert_eq!(form.fields["x-amz-signature"], hex::encode(hmac(&key, &form.fields["policy"])));
        assert_eq!(form.fields["x-amz-security-token"], "token");
        let policy = STANDARD.decode(&form.fields["policy"]).unwrap();
        assert!(String::from_utf8(policy).unwrap().contains(r#"{"x-amz-security-token":"token"}"#));
    }
}
