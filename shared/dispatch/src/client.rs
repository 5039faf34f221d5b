//! The one way out to buyers' endpoints: one request, one connection, one deadline, and what became of it.
//!
//! Nothing here repeats, follows, caches or inflates. What the parts of the deadline and of the answer mean:
//!
//! - **Time.** The deadline covers everything, from DNS to the last byte of the body. Dialling may use half of it: when
//!   half the time is gone, a failure now is certain and free to retry, while a time-out after sending would leave the
//!   outcome unknown. It also keeps the two apart: a dial always ends by its own time-out, which counts as not sent.
//! - **Connections.** Each request dials anew, and its connection serves nothing else. So its addresses are always
//!   checked, and none can meet a kept connection that the buyer has just closed, which is the one case where HTTP
//!   libraries themselves send again. TLS sessions are resumed, so a second request to a buyer saves the full handshake.
//! - **Memory.** At most [`MAX_RECEIVED_BYTES`] are read from a connection, whatever they are: interim answers, of which
//!   there may be any number, chunks, trailers. The head is at most [`MAX_HEAD_BYTES`] and [`MAX_HEADERS`] long, and of
//!   each header up to 1,000 characters are kept; of the body, [`MAX_BODY_BYTES`].
//! - **Answers.** A body beyond the cap is an answer, truncated. One that breaks off or outlasts the deadline is not:
//!   the rules that tell accepted from rejected read it, and half a body may say the opposite of the whole. Its status
//!   is in [`Sent::NoAnswer`]; no rule reads it, and the attempt does not keep it.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use url::{Position, Url};

pub use crate::connection::MAX_RECEIVED_BYTES;
use crate::connection::{Stream, dial};
use crate::resolver::GatedResolver;
pub use crate::resolver::Names;
use crate::sent::{Answer, NotSent, Sent};
use domain::address::Reach;
use domain::destination::{BadRuntimeApi, Gate, RuntimeApi, is_own_header};

/// The most bytes of an answer's body that are read; attempts keep 8 KB, rules may look further.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The most headers an answer may have; more is a broken answer.
pub const MAX_HEADERS: usize = 64;
/// The longest head of an answer, and of each interim one.
pub const MAX_HEAD_BYTES: usize = 128 * 1024;
/// The longest deadline; a longer one is cut to it, so that one slow buyer cannot hold a worker for its whole lifetime.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(120);
/// Where the answer came whole, its connection may go on closing for so long after the deadline.
const CLOSING: Duration = Duration::from_secs(10);
/// Sent unless the delivery sets its own.
const OWN_USER_AGENT: HeaderValue = HeaderValue::from_static("Volley/1");
/// Sent unless the delivery sets its own.
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

/// Sends requests to buyers; built once, cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    gate: Gate,
    tls: Arc<rustls::ClientConfig>,
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
    #[error("it cannot be written as HTTP")]
    Unwritable(#[from] hyper::http::Error),
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
        Ok(Self { gate: Gate { reach, runtime_api }, tls: Arc::new(tls), names: Names::default() })
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
        let url = request.url.clone();
        let request = match written(request) {
            Ok(request) => request,
            Err(problem) => return Sent::not_sent(NotSent::BadRequest, &problem),
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let resolver = GatedResolver { gate: self.gate.clone(), port, names: self.names.clone() };
        match dial(&url, resolver, Arc::clone(&self.tls), timeout / 2).await {
            Ok(stream) => match exchange(stream, request, deadline).await {
                Sent::Answered(answer) => Sent::Answered(Answer { elapsed_ms: elapsed_ms(started), ..answer }),
                unanswered @ (Sent::NotSent { .. } | Sent::NoAnswer { .. }) => unanswered,
            },
            Err(error) => Sent::not_dialled(&*error),
        }
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

/// The request as it goes over the wire; its length is written by the library.
fn written(request: OutgoingRequest) -> Result<Request<Full<Bytes>>, BadRequest> {
    let OutgoingRequest { method, url, headers, body, timeout: _ } = request;
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let defaults = [(USER_AGENT, OWN_USER_AGENT), (ACCEPT, ANYTHING)];
    let missing = defaults.into_iter().filter(|(name, _)| headers.iter().all(|(given, _)| given != name));
    let mut builder = Request::builder().method(method).uri(target).header(HOST, host);
    for (name, value) in missing.chain(headers.iter().cloned()) {
        builder = builder.header(name, value);
    }
    Ok(builder.body(Full::from(body))?)
}

/// Sends the one request of a connection, and reads its answer.
async fn exchange(stream: Stream, request: Request<Full<Bytes>>, deadline: Instant) -> Sent {
    let mut http = http1::Builder::new();
    http.max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD_BYTES);
    let (mut sender, connection) = match http.handshake(TokioIo::new(stream)).await {
        Ok(begun) => begun,
        Err(error) => return Sent::lost(&error, None),
    };
    // Dropped with this function, and the socket with it, unless it is left to close in its own time.
    let mut running = JoinSet::new();
    running.spawn(timeout_at(deadline + CLOSING, connection));
    let response = match timeout_at(deadline, sender.send_request(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Sent::lost(&error, None),
        Err(_elapsed) => return Sent::timed_out(None),
    };
    let status = response.status().as_u16();
    match timeout_at(deadline, read_answer(response)).await {
        Ok(Ok(answer)) => {
            if !answer.truncated {
                running.detach_all();
            }
            Sent::Answered(answer)
        }
        Ok(Err(error)) => Sent::lost(&error, Some(status)),
        Err(_elapsed) => Sent::timed_out(Some(status)),
    }
}

/// Reads the body up to the cap; the rest is left unread and the connection dropped.
async fn read_answer(mut response: Response<Incoming>) -> Result<Answer, hyper::Error> {
    let mut answer = Answer::head(response.status().as_u16(), response.headers());
    while let Some(frame) = response.frame().await.transpose()? {
        let Ok(chunk) = frame.into_data() else { continue };
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
mod over_tls;
