//! The one HTTPS client, and the clients of the services over it.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use secrecy::SecretString;
use store::{
    BulkQueue, DeadLetters, DeliveryQueue, ExportBucket, FeedbackQueue, Files, ImportBucket, LeadExportsQueue,
    LeadImportsQueue, Mail, NotifyQueue, ResponderQueue, ReturnBucket, ReturnFilesQueue, Store, Tables,
};
use tokio::time::timeout;

use crate::{StartError, env};

/// Tries of one call, the first included.
const TRIES: u32 = 3;
/// The services are in the same region, so a connection takes milliseconds or fails.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Of one try.
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
/// Of a call with all its tries; half of what an HTTP function has for its answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(12);
/// A start must not wait longer for a connection than the first event would.
const WARM_TIMEOUT: Duration = Duration::from_secs(2);

/// The way to the services, as the environment describes it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// Reads region, credentials and `AWS_ENDPOINT_URL` from the environment, where Lambda puts them. The other places
    /// that credentials can come from are never asked: looking there takes time, and a mistake should be seen.
    pub async fn load() -> Self {
        let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(TRY_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(https)
            .region(EnvironmentVariableRegionProvider::new())
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            .timeout_config(timeouts)
            .load()
            .await;
        Self { config }
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    /// SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// Secrets Manager.
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    /// Reads a secret's text.
    ///
    /// # Errors
    /// It cannot be read, or holds no text.
    pub async fn secret(&self, arn: &str) -> Result<SecretString, StartError> {
        let got = self.secrets().get_secret_value().secret_id(arn).send().await;
        let value = got.map_err(|error| StartError::Secret { arn: arn.to_owned(), source: Box::new(error) })?;
        value
            .secret_string
            .filter(|text| !text.is_empty())
            .map(SecretString::from)
            .ok_or_else(|| StartError::SecretWithoutText { arn: arn.to_owned() })
    }

    /// The tables that the environment names.
    ///
    /// # Errors
    /// [`env::LEADS_TABLE`] or [`env::SETUP_TABLE`] is not set.
    pub fn store(&self) -> Result<Store, StartError> {
        let (leads, setup) = (env::required(env::LEADS_TABLE)?, env::required(env::SETUP_TABLE)?);
        Ok(Store::new(self.dynamodb(), Tables { leads, setup, ledger: untold(env::LEDGER_TABLE) }))
    }

    /// For a function that reads leads and the ledger.
    ///
    /// # Errors
    /// [`env::LEADS_TABLE`], [`env::SETUP_TABLE`] or [`env::LEDGER_TABLE`] is not set.
    pub fn whole_store(&self) -> Result<Store, StartError> {
        let (leads, setup) = (env::required(env::LEADS_TABLE)?, env::required(env::SETUP_TABLE)?);
        Ok(Store::new(self.dynamodb(), Tables { leads, setup, ledger: env::required(env::LEDGER_TABLE)? }))
    }

    /// For a function that writes the ledger and never touches leads.
    ///
    /// # Errors
    /// [`env::SETUP_TABLE`] or [`env::LEDGER_TABLE`] is not set.
    pub fn ledger_store(&self) -> Result<Store, StartError> {
        let (setup, ledger) = (env::required(env::SETUP_TABLE)?, env::required(env::LEDGER_TABLE)?);
        Ok(Store::new(self.dynamodb(), Tables { leads: untold(env::LEADS_TABLE), setup, ledger }))
    }

    /// For a function that never touches leads, and so is not told their table.
    ///
    /// # Errors
    /// [`env::SETUP_TABLE`] is not set.
    pub fn setup_store(&self) -> Result<Store, StartError> {
        let setup = env::required(env::SETUP_TABLE)?;
        let tables = Tables { leads: untold(env::LEADS_TABLE), setup, ledger: untold(env::LEDGER_TABLE) };
        Ok(Store::new(self.dynamodb(), tables))
    }

    /// The delivery queue that the environment names.
    ///
    /// # Errors
    /// [`env::DELIVERY_QUEUE_URL`] is not set.
    pub fn delivery_queue(&self) -> Result<DeliveryQueue, StartError> {
        Ok(DeliveryQueue::new(self.sqs(), env::required(env::DELIVERY_QUEUE_URL)?))
    }

    /// The queue of what is to be told that the environment names.
    ///
    /// # Errors
    /// [`env::NOTIFY_QUEUE_URL`] is not set.
    pub fn notify_queue(&self) -> Result<NotifyQueue, StartError> {
        Ok(NotifyQueue::new(self.sqs(), env::required(env::NOTIFY_QUEUE_URL)?))
    }

    /// The queue of responders that the environment names.
    ///
    /// # Errors
    /// [`env::RESPONDER_QUEUE_URL`] is not set.
    pub fn responder_queue(&self) -> Result<ResponderQueue, StartError> {
        Ok(ResponderQueue::new(self.sqs(), env::required(env::RESPONDER_QUEUE_URL)?))
    }

    /// The queue of what is told to who sent leads that the environment names.
    ///
    /// # Errors
    /// [`env::FEEDBACK_QUEUE_URL`] is not set.
    pub fn feedback_queue(&self) -> Result<FeedbackQueue, StartError> {
        Ok(FeedbackQueue::new(self.sqs(), env::required(env::FEEDBACK_QUEUE_URL)?))
    }

    /// The mail service, with the sender that the environment names, if it does.
    ///
    /// # Errors
    /// [`env::MAIL_FROM`] is no text.
    pub fn mail(&self) -> Result<Mail, StartError> {
        Ok(Mail::new(aws_sdk_sesv2::Client::new(&self.config), env::optional(env::MAIL_FROM)?))
    }

    /// The bucket of files that the environment names.
    ///
    /// # Errors
    /// [`env::FILES_BUCKET`] is not set.
    pub fn files(&self) -> Result<Files, StartError> {
        Ok(Files::new(aws_sdk_s3::Client::new(&self.config), env::required(env::FILES_BUCKET)?))
    }

    /// The same bucket, as far as returns go.
    ///
    /// # Errors
    /// [`env::FILES_BUCKET`] is not set.
    pub fn return_bucket(&self) -> Result<ReturnBucket, StartError> {
        let credentials =
            self.config.credentials_provider().ok_or(StartError::NotSet { name: env::AWS_ACCESS_KEY_ID })?;
        Ok(ReturnBucket::new(aws_sdk_s3::Client::new(&self.config), env::required(env::FILES_BUCKET)?, credentials))
    }

    /// The queue of return files that the environment names.
    ///
    /// # Errors
    /// [`env::RETURN_FILES_QUEUE_URL`] is not set.
    pub fn return_files_queue(&self) -> Result<ReturnFilesQueue, StartError> {
        Ok(ReturnFilesQueue::new(self.sqs(), env::required(env::RETURN_FILES_QUEUE_URL)?))
    }

    /// The bucket of files, as far as exports of leads go.
    ///
    /// # Errors
    /// [`env::FILES_BUCKET`] is not set.
    pub fn export_bucket(&self) -> Result<ExportBucket, StartError> {
        Ok(ExportBucket::new(aws_sdk_s3::Client::new(&self.config), env::required(env::FILES_BUCKET)?))
    }

    /// The queue of exports of leads that the environment names.
    ///
    /// # Errors
    /// [`env::LEAD_EXPORTS_QUEUE_URL`] is not set.
    pub fn lead_exports_queue(&self) -> Result<LeadExportsQueue, StartError> {
        Ok(LeadExportsQueue::new(self.sqs(), env::required(env::LEAD_EXPORTS_QUEUE_URL)?))
    }

    /// The bucket of files, as far as files of leads go.
    ///
    /// # Errors
    /// [`env::FILES_BUCKET`] is not set.
    pub fn import_bucket(&self) -> Result<ImportBucket, StartError> {
        let credentials =
            self.config.credentials_provider().ok_or(StartError::NotSet { name: env::AWS_ACCESS_KEY_ID })?;
        Ok(ImportBucket::new(aws_sdk_s3::Client::new(&self.config), env::required(env::FILES_BUCKET)?, credentials))
    }

    /// The queue of files of leads that the environment names.
    ///
    /// # Errors
    /// [`env::LEAD_IMPORTS_QUEUE_URL`] is not set.
    pub fn lead_imports_queue(&self) -> Result<LeadImportsQueue, StartError> {
        Ok(LeadImportsQueue::new(self.sqs(), env::required(env::LEAD_IMPORTS_QUEUE_URL)?))
    }

    /// The queue of bulk jobs that the environment names.
    ///
    /// # Errors
    /// [`env::BULK_QUEUE_URL`] is not set.
    pub fn bulk_queue(&self) -> Result<BulkQueue, StartError> {
        Ok(BulkQueue::new(self.sqs(), env::required(env::BULK_QUEUE_URL)?))
    }

    /// The dead-letter queue that the environment names.
    ///
    /// # Errors
    /// [`env::DEAD_LETTER_QUEUE_URL`] is not set.
    pub fn dead_letters(&self) -> Result<DeadLetters, StartError> {
        Ok(DeadLetters::new(self.sqs(), env::required(env::DEAD_LETTER_QUEUE_URL)?))
    }
}

/// In place of a table that a function is not told of. A test sees that it never asks for one; if it did all the same, the
/// failure would name the variable that is missing.
fn untold(variable: &str) -> String {
    format!("{variable}-is-not-set")
}

/// Makes a call before the first event, for its connection's sake. The call may fail: the first event then opens its own.
pub async fn warm(call: impl Future<Output = Result<(), store::Error>>) {
    match timeout(WARM_TIMEOUT, call).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the first event will open its own connection");
        }
        Err(_) => tracing::warn!("no connection in time; the first event will open its own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_start_goes_on_when_no_connection_can_be_warmed() {
        warm(async { Err(store::Error::Contended { what: "warming" }) }).await;
        warm(std::future::pending()).await;
    }
}
