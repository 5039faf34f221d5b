//! The API with a queue that keeps the exports that are sent to it, or is away.

use std::ops::Deref;

use lambda::test_api::{self, KeptQueue, identity, s3};
use search::App;
use store::{ExportBucket, LeadExportJob, LeadExportsQueue, test_tables::TestTables};

/// A function instance, called by somebody.
#[derive(Clone)]
pub(crate) struct Api {
    api: test_api::Api,
    pub(crate) queue: KeptQueue<LeadExportJob>,
}

impl Api {
    /// Over new tables, called by the seller.
    pub(crate) async fn start() -> Self {
        let (tables, queue) = (TestTables::start().await, KeptQueue::default());
        let app = App {
            store: tables.store(),
            identity: identity(),
            export_bucket: ExportBucket::new(s3(), "files".to_owned()),
            lead_exports_queue: queue.opened(LeadExportsQueue::new),
        };
        Self { api: test_api::Api::with_callers(tables, app).await, queue }
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &str) -> Self {
        Self { api: self.api.by(caller), ..self.clone() }
    }
}

impl Deref for Api {
    type Target = test_api::Api;

    fn deref(&self) -> &Self::Target {
        &self.api
    }
}
