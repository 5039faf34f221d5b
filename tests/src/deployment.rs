//! The local stack, started once per run, and the doors to it that the tests use.

use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use local::{Progress, Stack, StackOptions};
use reqwest::Client;
use serde_json::Value;
use store::{DeliveryQueue, Identity, NotifyQueue, Store, Tables};
use tokio::sync::OnceCell;

/// Lines come within milliseconds, but the machine may be busy.
const LOGGED_WITHIN: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// The domain that e-mails may be from.
pub(crate) const MAIL_DOMAIN: &str = "seller.example";

/// The deployed system.
#[derive(Debug)]
pub struct Deployment {
    stack: Stack,
    /// Function names, as CloudFormation made them.
    functions: Vec<String>,
}

static DEPLOYMENT: OnceCell<Deployment> = OnceCell::const_new();

impl Deployment {
    /// The one of this run. The emulator ends with this process, however that ends.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn get() -> &'static Self {
        DEPLOYMENT.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let options = StackOptions { progress: Progress::Lines, ..StackOptions::default() };
        let stack = Stack::start(options).await.unwrap_or_else(|error| unreachable!("the local stack: {error}"));
        let listed = client().get(format!("{}/2015-03-31/functions", stack.endpoint)).send().await;
        let listed: Value =
            serde_json::from_str(&listed.expect("functions").text().await.expect("text")).expect("JSON");
        let names = listed["Functions"].as_array().into_iter().flatten();
        let functions = names.filter_map(|function| function["FunctionName"].as_str().map(str::to_owned)).collect();
        let deployment = Self { stack, functions };
        let verified = deployment.ses().create_email_identity().email_identity(MAIL_DOMAIN).send().await;
        verified.expect("a mail domain can be verified");
        deployment
    }

    /// The URL of a path of the API.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.stack.base_url)
    }

    /// The first seller key.
    pub fn first_key(&self) -> String {
        format!("vk_root_{}", self.stack.first_key)
    }

    /// What the functions have logged so far.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn logs(&self) -> String {
        std::fs::read_to_string(&self.stack.logs_path).expect("the log can be read")
    }

    /// What the functions have logged, once `done` says that it is all there: they write while they answer, and their lines
    /// reach the file a moment later.
    ///
    /// # Panics
    /// When it takes too long.
    pub async fn log_when(&self, done: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let log = self.logs();
            if done(&log) {
                return log;
            }
            assert!(started.elapsed() < LOGGED_WITHIN, "the lines that were waited for are not in the log");
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// The way to the emulator's services: a new one each time, as idle connections would outlive their test's runtime.
    fn aws(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "tests");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&self.stack.endpoint)
            .build()
    }

    /// The deployed tables.
    ///
    /// # Panics
    /// When the template lacks an output.
    pub fn store(&self) -> Store {
        let output = |name: &str| self.stack.outputs.get(name).expect("the template has this output").clone();
        let tables = Tables {
            leads: output("LeadsTableName"),
            setup: output("SetupTableName"),
            ledger: output("LedgerTableName"),
        };
        Store::new(aws_sdk_dynamodb::Client::new(&self.aws()), tables)
    }

    /// What the functions know people by, and seal tokens with.
    ///
    /// # Panics
    /// When no function is told of the secret, or it cannot be read.
    pub async fn identity(&self) -> Identity {
        let listed = client().get(format!("{}/2015-03-31/functions", self.stack.endpoint)).send().await;
        let listed: Value =
            serde_json::from_str(&listed.expect("functions").text().await.expect("text")).expect("JSON");
        let mut functions = listed["Functions"].as_array().into_iter().flatten();
        let arn = functions.find_map(|function| function["Environment"]["Variables"]["IDENTITY_SECRET_ARN"].as_str());
        let scope = "Credential=test/20200101/us-east-1/secretsmanager/aws4_request";
        let read = client()
            .post(&self.stack.endpoint)
            .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .body(serde_json::json!({ "SecretId": arn.expect("a function is told of the secret") }).to_string());
        let read = read.send().await.expect("the secret").text().await.expect("text");
        let read: Value = serde_json::from_str(&read).expect("JSON");
        Identity::new(read["SecretString"].as_str().expect("a secret").to_owned().into())
    }

    /// A client of the emulator's queues.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.aws())
    }

    /// A client of the emulator's mail service.
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        aws_sdk_sesv2::Client::new(&self.aws())
    }

    /// A client of the emulator's buckets.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.aws())
    }

    /// The bucket of files.
    ///
    /// # Panics
    /// When the template lacks an output.
    pub fn files_bucket(&self) -> &str {
        self.stack.outputs.get("FilesBucketName").expect("the template has this output")
    }

    /// The e-mails to this address that the mail service has taken.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn mails_to(&self, address: &str) -> Vec<Value> {
        let listed = client().get(format!("{}/_ministack/ses/messages", self.stack.endpoint)).send().await;
        let listed: Value = serde_json::from_str(&listed.expect("mails").text().await.expect("text")).expect("JSON");
        let accounts = listed["messages"].as_object().expect("messages by account").values();
        let mails = accounts.flat_map(|mails| mails.as_array().expect("a list of messages"));
        mails.filter(|mail| mail.to_string().contains(address)).cloned().collect()
    }

    /// Every message of every queue, as text: also those that somebody works on, and dead ones.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn messages(&self) -> String {
        let listed = client().get(format!("{}/_ministack/sqs/messages", self.stack.endpoint)).send().await;
        listed.expect("messages").text().await.expect("text")
    }

    /// The URL of the dead-letter queue.
    ///
    /// # Panics
    /// When the template lacks an output.
    pub fn dead_letters_url(&self) -> &str {
        self.stack.outputs.get("DeliveryDeadLettersUrl").expect("the template has this output")
    }

    /// The queue of what is to be told, which the notify function reads.
    ///
    /// # Panics
    /// When the template lacks an output.
    pub fn notify_queue(&self) -> NotifyQueue {
        let url = self.stack.outputs.get("NotifyQueueUrl").expect("the template has this output");
        NotifyQueue::new(self.sqs(), url.clone())
    }

    /// A queue of a test's own, which no function reads, and its URL.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn own_queue(&self) -> (DeliveryQueue, String) {
        let name = format!("test-{}", lambda::new_lead_id().ulid());
        let made = self.sqs().create_queue().queue_name(name).send().await.expect("a queue can be made");
        let url = made.queue_url.expect("a queue has a URL");
        (DeliveryQueue::new(self.sqs(), url.clone()), url)
    }

    /// Gives an event to a function, and returns what it answers.
    ///
    /// # Panics
    /// When it cannot be invoked.
    pub async fn invoke(&self, function: &str, event: &str) -> Value {
        let wanted = format!("{}function", function.replace('-', ""));
        let name = self.functions.iter().find(|name| name.to_lowercase().contains(&wanted)).expect("it is deployed");
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.stack.endpoint);
        let answer = client().post(url).body(event.to_owned()).send().await.expect("it can be invoked");
        serde_json::from_str(&answer.text().await.expect("text")).expect("a function answers JSON")
    }
}

/// A client that talks plain HTTP to this machine only; idle connections would outlive their test's runtime.
pub(crate) fn client() -> Client {
    // A second installation of the same provider in one process is refused, and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(0);
    builder.build().expect("a client can be built")
}
