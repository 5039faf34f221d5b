//! The few AWS calls that a deployment needs, as plain HTTP: the emulator checks no signatures.

use reqwest::{Client, Method, RequestBuilder};
use url::form_urlencoded;

use crate::{StackError, template::API_ID};

/// The region that everything runs in.
pub(crate) const REGION: &str = "us-east-1";

/// A client that talks plain HTTP to this machine only.
pub(crate) fn http_client() -> Result<Client, StackError> {
    // A second installation of the same provider in one process is refused, and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Idle connections would be tied to the runtime that opened them, and every test has its own.
    Ok(Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(0).build()?)
}

/// The emulator as seen by a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    endpoint: String,
    http: Client,
}

impl Cloud {
    pub(crate) fn new(endpoint: String) -> Result<Self, StackError> {
        Ok(Self { endpoint, http: http_client()? })
    }

    /// Where the API answers. By path: a name like <id>.execute-api.localhost does not resolve everywhere.
    pub(crate) fn api_url(&self) -> String {
        format!("{}/_aws/execute-api/{API_ID}", self.endpoint)
    }

    /// One CloudFormation call; returns the XML of the answer.
    pub(crate) async fn cloudformation(&self, action: &str, fields: &[(&str, &str)]) -> Result<String, StackError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2010-05-15").extend_pairs(fields);
        let request = self.signed(Method::POST, "/", "cloudformation");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.finish());
        send(action, request).await
    }

    /// Reads a secret's text.
    pub(crate) async fn secret(&self, id: &str) -> Result<String, StackError> {
        let request = self
            .signed(Method::POST, "/", "secretsmanager")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .body(serde_json::json!({ "SecretId": id }).to_string());
        let body = send("GetSecretValue", request).await?;
        let value: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        value["SecretString"].as_str().map(str::to_owned).ok_or_else(|| refused("GetSecretValue", body))
    }

    pub(crate) async fn create_bucket(&self, bucket: &str) -> Result<(), StackError> {
        send("CreateBucket", self.signed(Method::PUT, &format!("/{bucket}"), "s3")).await.map(|_| ())
    }

    pub(crate) async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), StackError> {
        send("DeleteObject", self.signed(Method::DELETE, &format!("/{bucket}/{key}"), "s3")).await.map(|_| ())
    }

    pub(crate) async fn put_object(&self, bucket: &str, key: &str, body: Vec<u8>) -> Result<(), StackError> {
        let request = self.signed(Method::PUT, &format!("/{bucket}/{key}"), "s3").body(body);
        send("PutObject", request).await.map(|_| ())
    }

    /// Where an object is, for services that fetch it.
    pub(crate) fn object_url(&self, bucket: &str, key: &str) -> String {
        format!("{}/{bucket}/{key}", self.endpoint)
    }

    /// The emulator reads the service and the region from the signature's scope, and nothing else of it.
    fn signed(&self, method: Method, path: &str, service: &str) -> RequestBuilder {
        let scope = format!("test/20200101/{REGION}/{service}/aws4_request");
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none");
        self.http.request(method, format!("{}{path}", self.endpoint)).header("authorization", signature)
    }
}

async fn send(call: &str, request: RequestBuilder) -> Result<String, StackError> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    if status.is_success() { Ok(body) } else { Err(refused(call, format!("{status} {body}"))) }
}

fn refused(call: &str, answer: String) -> StackError {
    StackError::Call { call: call.to_owned(), answer }
}
