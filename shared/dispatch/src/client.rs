//! The one way out to buyers' endpoints: one request, one connection, one deadline, and what became of it.
//!
//! Nothing here repeats, follows, caches or inflates. What the parts of the deadline and of the answer mean:
//!
//! - **Time.** The deadline covers everything, from DNS to the last byte of the body. Dialling may use half of it: when
//!   half the time is gone, a failure now is certain and free to retry, while a time-out after sending would leave the
//!   outcome unknown. It also keeps the two apart: a dial always ends by its own time-out, which counts as not sent.
//! - **Connections.** Each request dials anew, through a client of its own with no pool. So its addresses are always
//!   checked, and none can meet a kept connection that the buyer has just closed, which is the one case where the HTTP
//!   library itself sends again. TLS sessions are resumed, so a second request to a buyer saves the full handshake.
//! - **Memory.** At most [`MAX_BODY_BYTES`] of the body are kept; at most [`MAX_HEADERS`] headers are read, in a buffer
//!   that the HTTP library ends at about 400 KB, and of each up to 1,000 characters are kept.
//! - **Answers.** A body beyond the cap is an answer, truncated. One that breaks off or outlasts the deadline is not:
//!   the rules that tell accepted from rejected read it, and half a body may say the opposite of the whole. Its status
//!   is in [`Sent::NoAnswer`]; no rule reads it, and the attempt does not keep it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Response, redirect, retry};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::resolver::GatedResolver;
pub use crate::resolver::Names;
use crate::sent::{Answer, NotSent, Sent};
use domain::address::Reach;
use domain::destination::{BadRuntimeApi, Gate, RuntimeApi, is_own_header};

/// The most bytes of an answer's body that are read; attempts keep 8 KB, rules may look further.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The most headers an answer may have; more is a broken answer.
pub const MAX_HEADERS: usize = 64;
/// The longest deadline; a longer one is cut to it, so that one slow buyer cannot hold a worker for its whole lifetime.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(120);
/// Sent unless the delivery sets its own.
const USER_AGENT: &str = "Volley/1";

/// Sends requests to buyers; built once, cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    gate: Gate,
    tls: rustls::ClientConfig,
    names: Names,
}

/// One request to a buyer. Holds lead data and keys, so it cannot be printed.
pub struct OutgoingRequest {
    /// Any method but CONNECT and TRACE.
    pub method: Method,
    /// The endpoint, with the query where the delivery has one.
    pub url: Url,
    /// Headers in their order; those of [`is_own_header`] are refused.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, sent with its `Content-Length`.
    pub body: Vec<u8>,
    /// The time for everything: dial, send, and read of the whole answer; at most [`MAX_TIMEOUT`].
    pub timeout: Duration,
}

/// Why the client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No roots of trust on this machine, or no usable protocol version.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The Runtime API's address cannot be read.
    #[error(transparent)]
    RuntimeApi(#[from] BadRuntimeApi),
}

impl ClientError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tls(_) => "tls_setup",
            Self::RuntimeApi(_) => "bad_runtime_api",
        }
    }
}

/// Why a request cannot be sent as it is.
#[derive(Debug, thiserror::Error)]
enum BadRequest {
    #[error("the method {0} is not one for deliveries")]
    Method(Method),
    #[error("the header {0} is written by the client")]
    OwnHeader(HeaderName),
}

impl Client {
    /// Builds the client; loads the machine's roots of trust (milliseconds, so once per process). `runtime_api` is
    /// the value of `AWS_LAMBDA_RUNTIME_API`.
    ///
    /// # Errors
    /// [`ClientError`] when there are no roots, or when `runtime_api` is there and cannot be read.
    pub fn new(reach: Reach, runtime_api: Option<&str>) -> Result<Self, ClientError> {
        let runtime_api = runtime_api.map(RuntimeApi::parse).transpose()?;
        // The provider is handed over rather than installed for the process, so that no other crate's choice meets it.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        // Early data could be replayed by whoever sees it, and a lead would arrive twice.
        tls.enable_early_data = false;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { gate: Gate { reach, runtime_api }, tls, names: Names::default() })
    }

    /// The client with another source of names.
    #[must_use]
    pub fn with_names(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// Sends one request, at most once, and reads the answer within the deadline.
    pub async fn send(&self, request: OutgoingRequest) -> Sent {
        let started = Instant::now();
        let timeout = request.timeout.min(MAX_TIMEOUT);
        let deadline = started + timeout;
        if let Err(problem) = self.gate.check(&request.url) {
            return Sent::not_sent(NotSent::Blocked, &problem);
        }
        if let Err(problem) = check_request(&request) {
            return Sent::not_sent(NotSent::BadRequest, &problem);
        }
        let response = match timeout_at(deadline, self.open(request, timeout / 2)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Sent::before_head(error),
            Err(_elapsed) => return Sent::timed_out(None),
        };
        let status = response.status().as_u16();
        match timeout_at(deadline, read_answer(response)).await {
            Ok(Ok(answer)) => Sent::Answered(Answer { elapsed_ms: elapsed_ms(started), ..answer }),
            Ok(Err(error)) => Sent::lost(error, Some(status)),
            Err(_elapsed) => Sent::timed_out(Some(status)),
        }
    }

    /// Dials, sends, and returns with the answer's head.
    async fn open(&self, request: OutgoingRequest, dial_timeout: Duration) -> Result<Response, reqwest::Error> {
        let port = request.url.port_or_known_default().unwrap_or_default();
        let client = self.one_request_client(port, dial_timeout)?;
        let mut builder = client.request(request.method, request.url).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        builder.send().await
    }

    /// A client that serves one request: its resolver knows the port and its dial has its share of the deadline.
    ///
    /// What the library could do by itself is switched off even where its feature is not compiled in today: another
    /// crate of the build may switch it on.
    fn one_request_client(&self, port: u16, dial_timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .https_only(self.gate.reach == Reach::PublicOnly)
            .dns_resolver(GatedResolver { gate: self.gate.clone(), port, names: self.names.clone() })
            .connect_timeout(dial_timeout)
            .pool_max_idle_per_host(0)
            .retry(retry::never())
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .no_hickory_dns()
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .user_agent(USER_AGENT)
            .build()
    }
}

fn check_request(request: &OutgoingRequest) -> Result<(), BadRequest> {
    if request.method == Method::CONNECT || request.method == Method::TRACE {
        return Err(BadRequest::Method(request.method.clone()));
    }
    match request.headers.iter().find(|(name, _)| is_own_header(name.as_str())) {
        Some((name, _)) => Err(BadRequest::OwnHeader(name.clone())),
        None => Ok(()),
    }
}

/// Reads the body up to the cap; the rest is left unread and the connection dropped.
async fn read_answer(mut response: Response) -> Result<Answer, reqwest::Error> {
    let mut answer = Answer::head(response.status().as_u16(), response.headers());
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_BODY_BYTES - answer.body_start.len();
        answer.body_start.extend(chunk.iter().take(room));
        if chunk.len() > room {
            answer.truncated = true;
            break;
        }
    }
    Ok(answer)
}

fn elapsed_ms(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
