//! The queue of files of returns, as the function sees it: what is sent to it is kept here, or it is away.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use serde_json::{Value, json};
use store::{ReturnFileJob, ReturnFilesQueue};

/// What was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileQueue(Arc<State>);

#[derive(Debug, Default)]
struct State {
    sent: Mutex<Vec<ReturnFileJob>>,
    is_away: AtomicBool,
}

impl FileQueue {
    /// The queue as it is sent to.
    pub(crate) fn client(&self) -> ReturnFilesQueue {
        let connector = SharedHttpConnector::new(self.clone());
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        ReturnFilesQueue::new(aws_sdk_sqs::Client::from_conf(config), "https://sqs.test/files".to_owned())
    }

    /// The messages that were sent since the last look.
    pub(crate) fn take(&self) -> Vec<ReturnFileJob> {
        std::mem::take(&mut self.0.sent.lock().unwrap())
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.0.is_away.store(is_away, Ordering::Relaxed);
    }
}

impl HttpConnector for FileQueue {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if self.0.is_away.load(Ordering::Relaxed) {
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(503.try_into().unwrap(), SdkBody::empty())));
        }
        let asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        assert_eq!(asked["QueueUrl"], "https://sqs.test/files");
        let job = serde_json::from_str(asked["MessageBody"].as_str().unwrap()).unwrap();
        self.0.sent.lock().unwrap().push(job);
        let answer = SdkBody::from(json!({ "MessageId": "m" }).to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), answer)))
    }
}
