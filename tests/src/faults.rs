//! Faults between a handler and AWS: at chosen calls the handler dies, or is told something else than what happened.
//!
//! It sits where the SDK hands its HTTP request on, so real clients with their own retries talk to real tables and queues.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
        http_client_fn,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// What happens at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The handler dies before the call is made.
    KillBefore,
    /// The call takes effect, and the handler dies before it hears of it.
    KillAfter,
    /// The service is asked too much of, and does nothing.
    Throttle,
    /// The service fails, and does nothing.
    ServerError,
    /// The call takes effect, and its answer is lost.
    LostAnswer,
    /// A write collides with somebody else's transaction, and does nothing. Reads pass.
    Conflict,
    /// The handler waits here, before the call is made, until it is let go.
    PauseBefore,
    /// The call takes effect, and the handler waits here until it is let go.
    PauseAfter,
}

/// The faults of one run, and the calls that were made in it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    plan: BTreeMap<usize, Fault>,
    calls: Mutex<Vec<String>>,
    killed: Notify,
    paused: Notify,
    resumed: Notify,
}

impl Faults {
    /// These faults, by the number of the call from 0.
    pub fn at(plan: impl IntoIterator<Item = (usize, Fault)>) -> Self {
        Self(Arc::new(Shared { plan: plan.into_iter().collect(), ..Shared::default() }))
    }

    /// Whether the handler dies of one of them.
    pub fn are_deadly(&self) -> bool {
        self.0.plan.values().any(|fault| matches!(fault, Fault::KillBefore | Fault::KillAfter))
    }

    /// Whether there are none.
    pub fn is_quiet(&self) -> bool {
        self.0.plan.is_empty()
    }

    /// Puts the faults before a client of the SDK.
    pub fn before(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(FaultyClient { client, faults: self.clone() })
    }

    /// The operations that were called so far.
    pub fn calls(&self) -> Vec<String> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs a handler to its end; none if it was killed.
    pub async fn run<T>(&self, handler: impl Future<Output = T>) -> Option<T> {
        // On the heap, as in debug builds it is too large for the stacks of tests, whose own futures it is part of.
        let handler = Box::pin(handler);
        tokio::select! {
            biased;
            () = self.0.killed.notified() => None,
            done = handler => Some(done),
        }
    }

    /// Kills the running handler.
    pub fn kill(&self) {
        self.0.killed.notify_one();
    }

    /// Waits until the handler is paused.
    pub async fn paused(&self) {
        self.0.paused.notified().await;
    }

    /// Lets go whoever waits for the pause: the handler ended without one.
    pub fn let_go(&self) {
        self.0.paused.notify_one();
    }

    /// Lets a paused handler go on.
    pub fn resume(&self) {
        self.0.resumed.notify_one();
    }

    fn next(&self, request: &HttpRequest) -> Option<Fault> {
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        // Buckets are asked in the words of HTTP.
        let operation = target.unwrap_or_else(|| format!("S3.{}", request.method()));
        let mut calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(operation);
        self.0.plan.get(&(calls.len() - 1)).copied()
    }

    async fn die(&self) -> ! {
        self.kill();
        std::future::pending().await
    }

    async fn pause(&self) {
        self.0.paused.notify_one();
        self.0.resumed.notified().await;
    }
}

#[derive(Debug)]
struct FaultyClient {
    client: SharedHttpClient,
    faults: Faults,
}

impl HttpClient for FaultyClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { connector, faults: self.faults.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    connector: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, faults) = (self.connector.clone(), self.faults.clone());
        HttpConnectorFuture::new(async move {
            match faults.next(&request) {
                None => connector.call(request).await,
                Some(Fault::KillBefore) => faults.die().await,
                Some(Fault::KillAfter) => {
                    connector.call(request).await?;
                    faults.die().await
                }
                Some(Fault::Throttle) => Ok(refusal(400, "ThrottlingException", json!({}))),
                Some(Fault::ServerError) => Ok(refusal(500, "InternalServerError", json!({}))),
                Some(Fault::LostAnswer) => {
                    connector.call(request).await?;
                    Err(ConnectorError::timeout("the answer is lost".into()))
                }
                Some(Fault::Conflict) => match conflict(&request) {
                    Some(refusal) => Ok(refusal),
                    None => connector.call(request).await,
                },
                Some(Fault::PauseBefore) => {
                    faults.pause().await;
                    connector.call(request).await
                }
                Some(Fault::PauseAfter) => {
                    let answer = connector.call(request).await;
                    faults.pause().await;
                    answer
                }
            }
        })
    }
}

/// Takes the delays out of messages: a test's clock does not wait for the queue's.
pub(crate) fn without_delays(client: SharedHttpClient) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        SharedHttpConnector::new(Undelayed(client.http_connector(settings, components)))
    })
}

#[derive(Debug)]
struct Undelayed(SharedHttpConnector);

impl HttpConnector for Undelayed {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().and_then(|body| serde_json::from_slice::<Value>(body).ok());
        let is_sent = |body: &Value| body.get("Entries").or_else(|| body.get("DelaySeconds")).is_some();
        if let Some(mut body) = body.filter(is_sent) {
            if body.get("DelaySeconds").is_some() {
                body["DelaySeconds"] = 0.into();
            }
            for entry in body.get_mut("Entries").and_then(Value::as_array_mut).into_iter().flatten() {
                entry["DelaySeconds"] = 0.into();
            }
            let body = body.to_string();
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body);
        }
        self.0.call(request)
    }
}

/// What DynamoDB says of a write that collides with a transaction; none for other calls.
fn conflict(request: &HttpRequest) -> Option<HttpResponse> {
    match request.headers().get("x-amz-target")?.rsplit('.').next()? {
        "TransactWriteItems" => {
            let body: Value = serde_json::from_slice(request.body().bytes()?).ok()?;
            let items = body["TransactItems"].as_array()?.len();
            let reason = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
            let none = json!({ "Code": "None" });
            let reasons: Vec<_> = (0..items).map(|at| if at == 0 { reason.clone() } else { none.clone() }).collect();
            Some(refusal(400, "TransactionCanceledException", json!({ "CancellationReasons": reasons })))
        }
        "PutItem" | "UpdateItem" => Some(refusal(400, "TransactionConflictException", json!({}))),
        _ => None,
    }
}

fn refusal(status: u16, kind: &str, mut body: Value) -> HttpResponse {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{kind}").into();
    body["message"] = "made up by a test".into();
    let status = status.try_into().expect("an HTTP status");
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
