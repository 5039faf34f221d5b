//! The functions of a lab, and what each sees of AWS: the same as in production, with faults before it.

use std::time::Duration;

use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider, retry::RetryConfig};
use dispatch::{deliver::Dispatcher, test_dispatcher::dispatcher};
use serde::de::DeserializeOwned;
use store::{
    BulkMessage, BulkQueue, DeliveryQueue, ExportBucket, FeedbackJob, FeedbackQueue, Files, ImportBucket,
    LeadExportJob, LeadExportsQueue, LeadImportJob, LeadImportsQueue, Mail, NotifyJob, NotifyQueue, ResponderJob,
    ResponderQueue, ReturnBucket, ReturnFileJob, ReturnFilesQueue, Store,
};

use super::{Lab, identity, return_files::return_bucket};
use crate::{Deployment, Faults, deployment::MAIL_DOMAIN, faults::without_delays};

impl Lab {
    /// A store as a new function instance has it, with faults before it.
    pub fn store(&self, faults: &Faults) -> Store {
        let config = self.tables.client().config().clone();
        let http = config.http_client().expect("the client has one");
        // As many tries as in production, but without the waits between them.
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
        let config = config.to_builder().http_client(faults.before(http)).retry_config(retries).build();
        Store::new(aws_sdk_dynamodb::Client::from_conf(config), self.tables.tables())
    }

    /// The queue as a function has it, with faults before it.
    pub async fn queue(&self, faults: &Faults) -> DeliveryQueue {
        let config = Deployment::get().await.sqs().config().clone();
        let http = faults.before(without_delays(config.http_client().expect("the client has one")));
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
        let config = config.to_builder().http_client(http).retry_config(retries).build();
        DeliveryQueue::new(aws_sdk_sqs::Client::from_conf(config), self.queue_url.clone())
    }

    /// The queue of what is to be told, with faults before it. It is the one of deliveries: no lab looks for both.
    pub async fn notify_queue(&self, faults: &Faults) -> NotifyQueue {
        NotifyQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// The queue of responders, with faults before it. It is the one of deliveries: [`Self::responder_messages`] tells them apart.
    pub async fn responder_queue(&self, faults: &Faults) -> ResponderQueue {
        ResponderQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// Takes what is in that queue, where no delivery is under way.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn responder_messages(&self) -> Vec<ResponderJob> {
        self.received().await
    }

    /// The responder function.
    pub async fn responder(&self, faults: &Faults) -> responder::App {
        let Dispatcher { store, client, mail, .. } = self.worker(faults).await;
        let public_url = "https://leads.example".to_owned();
        responder::App { store, client, mail, identity: identity(), public_url }
    }

    /// The queue of what is told to who sent leads, with faults before it. It is the one of deliveries, too.
    pub async fn feedback_queue(&self, faults: &Faults) -> FeedbackQueue {
        FeedbackQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// Takes what is in that queue, where no delivery is under way.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn feedback_messages(&self) -> Vec<FeedbackJob> {
        self.received().await
    }

    /// The function that hears what others say.
    pub async fn feedback(&self, faults: &Faults) -> feedback::App {
        feedback::App { dispatcher: self.worker(faults).await }
    }

    /// The worker that tells them.
    pub async fn feedback_worker(&self, faults: &Faults) -> feedback::worker::App {
        let Dispatcher { store, client, .. } = self.worker(faults).await;
        feedback::worker::App { store, client }
    }

    async fn sqs(&self, faults: &Faults) -> aws_sdk_sqs::Client {
        let config = Deployment::get().await.sqs().config().clone();
        let http = faults.before(without_delays(config.http_client().expect("the client has one")));
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
        let config = config.to_builder().http_client(http).retry_config(retries).build();
        aws_sdk_sqs::Client::from_conf(config)
    }

    /// Takes what is in that queue, where no delivery is under way.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn told_messages(&self) -> Vec<NotifyJob> {
        self.received().await
    }

    /// Takes the messages that are in the lab's queue.
    pub(super) async fn received<J: DeserializeOwned>(&self) -> Vec<J> {
        let sqs = Deployment::get().await.sqs();
        let mut jobs = Vec::new();
        loop {
            let got = sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(10).send().await;
            let messages = got.expect("the queue can be read").messages.unwrap_or_default();
            if messages.is_empty() {
                return jobs;
            }
            for message in messages {
                let handle = message.receipt_handle.expect("a received message has a handle");
                let deleted = sqs.delete_message().queue_url(&self.queue_url).receipt_handle(handle).send().await;
                deleted.expect("a message can be taken");
                // What the sweeper wants told stands between deliveries, and the other way round.
                jobs.extend(serde_json::from_str::<J>(&message.body.expect("a body")).ok());
            }
        }
    }

    /// The notify function.
    pub async fn notify(&self, faults: &Faults) -> notify::App {
        let Dispatcher { store, client, mail, .. } = self.worker(faults).await;
        notify::App { store, client, mail }
    }

    /// The ingest function.
    pub async fn ingest(&self, faults: &Faults) -> ingest::App {
        ingest::App { dispatcher: self.worker(faults).await }
    }

    /// A worker of the delivery function.
    pub async fn worker(&self, faults: &Faults) -> Dispatcher {
        let (store, queue, mail) = (self.store(faults), self.queue(faults).await, self.mail(faults).await);
        Dispatcher { mail, ..dispatcher(store, queue) }
    }

    /// The mail service as a function has it, with faults before it.
    async fn mail(&self, faults: &Faults) -> Mail {
        let config = Deployment::get().await.ses().config().clone();
        let http = faults.before(config.http_client().expect("the client has one"));
        let config = config.to_builder().http_client(http).build();
        Mail::new(aws_sdk_sesv2::Client::from_conf(config), Some(format!("leads@{MAIL_DOMAIN}")))
    }

    /// The deployment's bucket as a function has it, with faults before it.
    pub async fn files(&self, faults: &Faults) -> Files {
        Files::new(self.s3(faults).await, Deployment::get().await.files_bucket().to_owned())
    }

    /// A bucket of the labs' own as far as returns go, as a function has it, with faults before it.
    pub async fn return_bucket(&self, faults: &Faults) -> ReturnBucket {
        let credentials = SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests"));
        ReturnBucket::new(self.s3(faults).await, return_bucket().await.to_owned(), credentials)
    }

    async fn s3(&self, faults: &Faults) -> aws_sdk_s3::Client {
        let config = Deployment::get().await.s3().config().clone();
        let http = faults.before(config.http_client().expect("the client has one"));
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
        let config = config.to_builder().http_client(http).retry_config(retries).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The queue of return files, with faults before it. It is the one of deliveries: no lab looks for both.
    pub async fn return_files_queue(&self, faults: &Faults) -> ReturnFilesQueue {
        ReturnFilesQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// Takes what is in that queue, where no delivery is under way.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn file_messages(&self) -> Vec<ReturnFileJob> {
        self.received().await
    }

    /// A bucket of the labs' own as far as exports go, as a function has it, with faults before it.
    pub async fn export_bucket(&self, faults: &Faults) -> ExportBucket {
        ExportBucket::new(self.s3(faults).await, return_bucket().await.to_owned())
    }

    /// The queue of exports, with faults before it. It is the one of deliveries: no lab looks for both.
    pub async fn lead_exports_queue(&self, faults: &Faults) -> LeadExportsQueue {
        LeadExportsQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// Takes what is in that queue, where no delivery is under way.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn export_messages(&self) -> Vec<LeadExportJob> {
        self.received().await
    }

    /// The search function.
    pub async fn search(&self, faults: &Faults) -> search::App {
        search::App {
            store: self.store(faults),
            identity: identity(),
            export_bucket: self.export_bucket(faults).await,
            lead_exports_queue: self.lead_exports_queue(faults).await,
        }
    }

    /// The worker of exports.
    pub async fn lead_export(&self, faults: &Faults) -> search::export::App {
        search::export::App {
            store: self.store(faults),
            identity: identity(),
            export_bucket: self.export_bucket(faults).await,
            lead_exports_queue: self.lead_exports_queue(faults).await,
        }
    }

    /// The queue of bulk jobs, with faults before it. It is the one of deliveries: [`Self::bulk_messages`] tells them apart.
    pub async fn bulk_queue(&self, faults: &Faults) -> BulkQueue {
        BulkQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// Takes what is in that queue, where no delivery is under way.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn bulk_messages(&self) -> Vec<BulkMessage> {
        self.received().await
    }

    /// The function of bulk jobs.
    pub async fn bulk(&self, faults: &Faults) -> bulk::App {
        bulk::App {
            store: self.store(faults),
            identity: identity(),
            bulk_queue: self.bulk_queue(faults).await,
            lead_exports_queue: self.lead_exports_queue(faults).await,
        }
    }

    /// The worker of bulk jobs.
    pub async fn bulk_worker(&self, faults: &Faults) -> bulk::worker::App {
        bulk::worker::App {
            store: self.store(faults),
            identity: identity(),
            queue: self.queue(faults).await,
            bulk_queue: self.bulk_queue(faults).await,
        }
    }

    /// A bucket of the labs' own as far as files of leads go, as a function has it, with faults before it.
    pub async fn import_bucket(&self, faults: &Faults) -> ImportBucket {
        let credentials = SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests"));
        ImportBucket::new(self.s3(faults).await, return_bucket().await.to_owned(), credentials)
    }

    /// The queue of files of leads, with faults before it. It is the one of deliveries: [`Self::import_messages`] tells them apart.
    pub async fn lead_imports_queue(&self, faults: &Faults) -> LeadImportsQueue {
        LeadImportsQueue::new(self.sqs(faults).await, self.queue_url.clone())
    }

    /// Takes what is in that queue, and leaves deliveries out.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn import_messages(&self) -> Vec<LeadImportJob> {
        self.received().await
    }

    /// The worker of files of leads.
    pub async fn lead_import_worker(&self, faults: &Faults) -> lead_import::worker::App {
        lead_import::worker::App {
            store: self.store(faults),
            identity: identity(),
            queue: self.queue(faults).await,
            import_bucket: self.import_bucket(faults).await,
            lead_imports_queue: self.lead_imports_queue(faults).await,
            workbook: lead_import::worker::Workbook::default(),
        }
    }

    /// The function of consent.
    pub fn consent(&self, faults: &Faults) -> consent::App {
        consent::App { store: self.store(faults), identity: identity() }
    }

    /// The returns function.
    pub async fn returns(&self, faults: &Faults) -> returns::App {
        returns::App {
            store: self.store(faults),
            queue: self.queue(faults).await,
            identity: identity(),
            return_bucket: self.return_bucket(faults).await,
            return_files_queue: self.return_files_queue(faults).await,
        }
    }

    /// The worker of return files.
    pub async fn return_file(&self, faults: &Faults) -> return_file::App {
        return_file::App {
            store: self.store(faults),
            identity: identity(),
            queue: self.queue(faults).await,
            return_bucket: self.return_bucket(faults).await,
            return_files_queue: self.return_files_queue(faults).await,
        }
    }
}
