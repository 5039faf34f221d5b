//! The API with suppliers and buyers, and queues that keep what is sent to them, or are away.

use std::ops::Deref;

use domain::{buyer::Buyer, finder::finders, id::LeadId, lead::Lead, settings::Settings, supplier::Supplier};
use lambda::test_api::{self, Answer, KeptQueue, credentials, identity, s3};
use returns::App;
use serde_json::{Value, json};
use store::{
    DeliveryJob, DeliveryQueue, ReturnBucket, ReturnFileJob, ReturnFilesQueue, Saved, test_tables::TestTables,
};

/// A function instance, called by somebody.
#[derive(Clone)]
pub(crate) struct Api {
    api: test_api::Api,
    delivery_queue: KeptQueue<DeliveryJob>,
    pub(crate) file_queue: KeptQueue<ReturnFileJob>,
}

impl Api {
    /// Over new tables, called by the seller, with suppliers `s1` and `s2` and buyers `b1` and `b2`. The account's days are
    /// London's.
    pub(crate) async fn start() -> Self {
        let tables = TestTables::start().await;
        let (delivery_queue, file_queue) = (KeptQueue::default(), KeptQueue::default());
        let app = App {
            store: tables.store(),
            queue: delivery_queue.opened(DeliveryQueue::new),
            identity: identity(),
            return_bucket: ReturnBucket::new(s3(), "files".to_owned(), credentials()),
            return_files_queue: file_queue.opened(ReturnFilesQueue::new),
        };
        let api = test_api::Api::with_callers(tables, app).await;
        let settings =
            Settings { name: "Agency".to_owned(), time_zone: "Europe/London".to_owned(), ..Settings::default() };
        assert!(matches!(api.store().save_settings(settings, None).await.unwrap(), Saved::Done(_)));
        for sid in ["s1", "s2"] {
            api.save::<Supplier>(json!({ "sid": sid, "name": "Acme Media" })).await;
        }
        for bid in ["b1", "b2"] {
            api.save::<Buyer>(json!({ "bid": bid, "name": "Bright Solar" })).await;
        }
        Self { api, delivery_queue, file_queue }
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &str) -> Self {
        Self { api: self.api.by(caller), ..self.clone() }
    }

    pub(crate) async fn lead(&self, id: LeadId) -> Lead {
        self.store().lead(id).await.unwrap().unwrap()
    }

    /// The deliveries that were asked to take a step, at once.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.delivery_queue.take_due().into_iter().map(|job| job.did.to_string()).collect()
    }

    /// Asks for something that changes these leads, and lets the lists of returns follow, as the stream does.
    pub(crate) async fn posted(&self, leads: &[LeadId], path: &str, body: &Value) -> Answer {
        let mut before = Vec::new();
        for id in leads {
            before.push(self.lead(*id).await);
        }
        let answer = self.post(path, body).await;
        for before in before {
            let after = self.lead(before.id).await;
            self.store().put_finders(&finders(Some(&before), &after), &identity()).await.unwrap();
        }
        answer
    }
}

impl Deref for Api {
    type Target = test_api::Api;

    fn deref(&self) -> &Self::Target {
        &self.api
    }
}

/// What answers tell of returns.
pub(crate) trait Returned {
    /// What became of the one return, or of each of several.
    fn outcomes(&self) -> Vec<String>;

    /// What the one return is called.
    fn return_id(&self) -> String;
}

impl Returned for Answer {
    fn outcomes(&self) -> Vec<String> {
        let word = |item: &Value| item["outcome"].as_str().unwrap_or(&self.text).to_owned();
        self.json["items"].as_array().map_or_else(|| vec![word(&self.json)], |items| items.iter().map(word).collect())
    }

    fn return_id(&self) -> String {
        self.json["return_id"].as_str().unwrap().to_owned()
    }
}
