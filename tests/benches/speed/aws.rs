//! The AWS that the functions talk to: a real DynamoDB emulator, and just enough of S3, SQS and Secrets Manager. Those three
//! answer at once, as the emulator that the tests use would be slower than everything that is measured.

use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use store::{
    BulkQueue, DeliveryQueue, ExportBucket, LeadExportsQueue, ReturnBucket, ReturnFilesQueue, test_tables::TestTables,
};
use tests::furnished::furnish;
use tokio::net::TcpListener;

use crate::{bucket::Bucket, tables};

/// Where the tables, the queue and the secrets are.
pub(crate) struct Aws {
    pub(crate) tables: TestTables,
    pub(crate) endpoint: String,
    pub(crate) bucket: Bucket,
}

impl Aws {
    /// With a campaign whose leads claim their e-mail address and have one buyer, whom nobody asks.
    pub(crate) async fn start() -> Self {
        let tables = tables::unstreamed().await;
        furnish(&tables.store(), &["http://127.0.0.1:9/"], true).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bucket = Bucket::default();
        let answers = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(bucket.clone());
        tokio::spawn(async move { axum::serve(listener, answers).await });
        Self { tables, endpoint, bucket }
    }

    /// The queue's URL.
    pub(crate) fn queue_url(&self) -> String {
        format!("{}/123456789012/delivery", self.endpoint)
    }

    /// The queue, as functions of this process have it.
    pub(crate) fn queue(&self) -> DeliveryQueue {
        DeliveryQueue::new(self.sqs(), self.queue_url())
    }

    /// The queue of return files, as functions of this process have it.
    pub(crate) fn return_files_queue(&self) -> ReturnFilesQueue {
        ReturnFilesQueue::new(self.sqs(), format!("{}/123456789012/return-files", self.endpoint))
    }

    /// The queue of exports, as functions of this process have it.
    pub(crate) fn lead_exports_queue(&self) -> LeadExportsQueue {
        LeadExportsQueue::new(self.sqs(), format!("{}/123456789012/lead-exports", self.endpoint))
    }

    /// The queue of bulk jobs, as functions of this process have it.
    pub(crate) fn bulk_queue(&self) -> BulkQueue {
        BulkQueue::new(self.sqs(), format!("{}/123456789012/bulk", self.endpoint))
    }

    /// The bucket, as functions of this process have it.
    pub(crate) fn return_bucket(&self) -> ReturnBucket {
        let credentials = SharedCredentialsProvider::new(credentials());
        ReturnBucket::new(self.s3(), "files".to_owned(), credentials)
    }

    /// The same as far as exports go.
    pub(crate) fn export_bucket(&self) -> ExportBucket {
        ExportBucket::new(self.s3(), "files".to_owned())
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .credentials_provider(credentials())
            .endpoint_url(&self.endpoint)
            .build();
        aws_sdk_s3::Client::from_conf(s3)
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        let sqs = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(aws_sdk_sqs::config::Region::new("us-east-1"))
            .credentials_provider(credentials())
            .endpoint_url(&self.endpoint)
            .build();
        aws_sdk_sqs::Client::from_conf(sqs)
    }

    /// What the functions find in their environment.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let tables = self.tables.tables();
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.tables.endpoint()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("RUST_LOG", "info".to_owned()),
            ("LEADS_TABLE", tables.leads),
            ("SETUP_TABLE", tables.setup),
            ("LEDGER_TABLE", tables.ledger),
            ("DELIVERY_QUEUE_URL", self.queue_url()),
            ("NOTIFY_QUEUE_URL", format!("{}/123456789012/notify", self.endpoint)),
            ("RESPONDER_QUEUE_URL", format!("{}/123456789012/responder", self.endpoint)),
            ("FEEDBACK_QUEUE_URL", format!("{}/123456789012/feedback", self.endpoint)),
            ("PUBLIC_URL", "https://leads.example".to_owned()),
            ("RETURN_FILES_QUEUE_URL", format!("{}/123456789012/return-files", self.endpoint)),
            ("LEAD_EXPORTS_QUEUE_URL", format!("{}/123456789012/lead-exports", self.endpoint)),
            ("LEAD_IMPORTS_QUEUE_URL", format!("{}/123456789012/lead-imports", self.endpoint)),
            ("BULK_QUEUE_URL", format!("{}/123456789012/bulk", self.endpoint)),
            ("DEAD_LETTER_QUEUE_URL", format!("{}/123456789012/dead", self.endpoint)),
            ("FILES_BUCKET", "files".to_owned()),
            ("MAIL_FROM", String::new()),
            ("IDENTITY_SECRET_ARN", "identity".to_owned()),
            ("FIRST_KEY_SECRET_ARN", "first-key".to_owned()),
            ("ALLOW_LOOPBACK_BUYERS", "true".to_owned()),
        ]
    }
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "bench")
}

async fn answer(State(bucket): State<Bucket>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let Some(target) = headers.get("x-amz-target") else { return bucket.answer(&method, &uri, &headers) };
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = match target.to_str().unwrap_or_default().rsplit('.').next().unwrap_or_default() {
        "GetSecretValue" => json!({ "ARN": asked["SecretId"], "SecretString": "a secret of the benchmark" }),
        "GetQueueAttributes" => json!({ "Attributes": {} }),
        "SendMessage" => json!({ "MessageId": "1", "MD5OfMessageBody": "-" }),
        "SendMessageBatch" => {
            let entries = asked["Entries"].as_array().into_iter().flatten();
            let sent = entries.map(|entry| json!({ "Id": entry["Id"], "MessageId": "1", "MD5OfMessageBody": "-" }));
            json!({ "Successful": sent.collect::<Vec<_>>(), "Failed": [] })
        }
        other => return (StatusCode::NOT_IMPLEMENTED, format!("no {other} here")).into_response(),
    };
    axum::Json(answer).into_response()
}
