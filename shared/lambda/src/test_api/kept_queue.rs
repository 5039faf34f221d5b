//! A queue, as a function sees it: what is sent to it is kept here, or it is away.

use std::{
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sqs::config::{BehaviorVersion, retry::RetryConfig};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::unreached::{credentials, region};

const URL: &str = "https://sqs.test/kept";

/// A queue of jobs.
#[derive(Clone, Debug)]
pub struct KeptQueue<T> {
    /// With the seconds that each is to wait.
    sent: Arc<Mutex<Vec<(T, i64)>>>,
    is_away: Arc<AtomicBool>,
}

impl<T> Default for KeptQueue<T> {
    fn default() -> Self {
        Self { sent: Arc::default(), is_away: Arc::default() }
    }
}

impl<T: Clone + Debug + DeserializeOwned + Send + 'static> KeptQueue<T> {
    /// The queue as one of the store's, which are made of a client and a URL.
    pub fn opened<Q>(&self, open: impl FnOnce(aws_sdk_sqs::Client, String) -> Q) -> Q {
        let connector = SharedHttpConnector::new(self.clone());
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region())
            .credentials_provider(credentials())
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        open(aws_sdk_sqs::Client::from_conf(config), URL.to_owned())
    }

    /// The jobs that were sent since the last look.
    pub fn take(&self) -> Vec<T> {
        self.take_with_delays().into_iter().map(|(job, _)| job).collect()
    }

    /// The same, which all have to be due at once.
    pub fn take_due(&self) -> Vec<T> {
        let jobs = self.take_with_delays();
        assert!(jobs.iter().all(|(_, delay_s)| *delay_s == 0), "{jobs:?}");
        jobs.into_iter().map(|(job, _)| job).collect()
    }

    fn take_with_delays(&self) -> Vec<(T, i64)> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    /// Whether the queue is away, and takes nothing.
    pub fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    fn keep(&self, message: &Value) {
        let job = serde_json::from_str(message["MessageBody"].as_str().unwrap()).unwrap();
        self.sent.lock().unwrap().push((job, message["DelaySeconds"].as_i64().unwrap_or(0)));
    }
}

impl<T: Clone + Debug + DeserializeOwned + Send + 'static> HttpConnector for KeptQueue<T> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if self.is_away.load(Ordering::Relaxed) {
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(503.try_into().unwrap(), SdkBody::empty())));
        }
        let asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        assert_eq!(asked["QueueUrl"], URL);
        let answer = match asked["Entries"].as_array() {
            Some(entries) => {
                entries.iter().for_each(|entry| self.keep(entry));
                let taken = |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "" });
                json!({ "Successful": entries.iter().map(taken).collect::<Vec<_>>(), "Failed": [] })
            }
            None => {
                self.keep(&asked);
                json!({ "MessageId": "m" })
            }
        };
        let answer = SdkBody::from(answer.to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), answer)))
    }
}
