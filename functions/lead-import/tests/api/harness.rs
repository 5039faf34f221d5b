//! The API with two suppliers, of whom one may post into a campaign.

use std::ops::Deref;

use domain::{
    campaign::Campaign,
    id::LeadImportId,
    lead_import::{ImportMapping, ImportOutcome},
    supplier::Supplier,
};
use jiff::{SignedDuration, Timestamp};
use lambda::test_api::{self, credentials, identity, pounds, s3};
use lead_import::App;
use serde_json::{Value, json};
use store::{
    ImportBucket, ImportObject, ImportOrder, ImportWay, LeadImport, LeadImportState, TakenImport,
    test_tables::TestTables,
};

pub(crate) const PATH: &str = "/v1/lead-imports";
/// How long a worker holds a file here.
pub(crate) const HOLD: SignedDuration = SignedDuration::from_secs(60);

/// A function instance, called by somebody.
#[derive(Clone)]
pub(crate) struct Api(test_api::Api);

impl Api {
    /// Over new tables, called by the seller. `s1` may post into `solar`, and `s2` into `wind`.
    pub(crate) async fn start() -> Self {
        let tables = TestTables::start().await;
        let import_bucket = ImportBucket::new(s3(), "files".to_owned(), credentials());
        let app = App { store: tables.store(), identity: identity(), import_bucket };
        let api = test_api::Api::with_callers(tables, app).await;
        for (sid, campid) in [("s1", "solar"), ("s2", "wind")] {
            api.save::<Supplier>(json!({ "sid": sid, "name": "Acme Media" })).await;
            api.save::<Campaign>(json!({
                "campid": campid, "name": "A campaign", "country": "GB", "currency": "GBP",
                "fields": [{ "name": "roof_type", "kind": { "type": "text" } }],
                "payout": { "mode": "buyer_accept", "amount": pounds("5.00") }, "suppliers": [sid],
            }))
            .await;
        }
        Self(api)
    }

    /// The same instance, called by somebody else; nobody is `""`.
    pub(crate) fn by(&self, caller: &str) -> Self {
        Self(self.0.by(caller))
    }

    /// Announces a file, and returns the form.
    pub(crate) async fn announced(&self, form: &Value) -> Value {
        self.post(PATH, form).await.expect(201)
    }

    /// A file of a supplier that was announced so long ago.
    pub(crate) async fn known(&self, sid: &str, hours: i64) -> LeadImport {
        let at = ago(hours);
        let file = LeadImport::announced(LeadImportId::from_ulid(lambda::new_draw()), order(sid), at);
        self.store().announce_lead_import(&file).await.unwrap();
        file
    }

    /// The file in the hands of a worker, once its object has come.
    pub(crate) async fn come(&self, file: &LeadImport) -> LeadImport {
        match self.store().take_lead_import(file.id, Some(object(file, "v1")), lambda::now(), HOLD).await.unwrap() {
            TakenImport::Mine(file) => *file,
            other @ (TakenImport::Held(_) | TakenImport::Ended(_) | TakenImport::Unknown | TakenImport::Another) => {
                panic!("it is new: {other:?}")
            }
        }
    }

    /// What the worker makes of it: three leads, of which one is a duplicate, and a row that is none.
    pub(crate) async fn done(&self, file: &LeadImport) -> LeadImport {
        let mut after = LeadImport {
            state: LeadImportState::Done,
            result: Some(file.result_place()),
            left_out: vec!["Shoe size".to_owned()],
            ended_at: Some(ago(0)),
            lease_until: None,
            ..file.clone()
        };
        for outcome in
            [ImportOutcome::Accepted, ImportOutcome::Accepted, ImportOutcome::Duplicate, ImportOutcome::InvalidRow]
        {
            after.tally.add(outcome);
        }
        self.store().save_lead_import(file, after).await.unwrap().unwrap()
    }
}

impl Deref for Api {
    type Target = test_api::Api;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// To the millisecond, as instants are kept.
pub(crate) fn ago(hours: i64) -> Timestamp {
    domain::time::to_millis(lambda::now() - SignedDuration::from_hours(hours))
}

pub(crate) fn object(file: &LeadImport, version: &str) -> ImportObject {
    ImportObject { path: file.path.clone(), version: Some(version.to_owned()), bytes: 900 }
}

fn order(sid: &str) -> ImportOrder {
    let sid: domain::id::SupplierRef = sid.parse().unwrap();
    ImportOrder {
        by: domain::access::Principal::Supplier { sid: sid.clone() },
        sid,
        campid: "solar".parse().unwrap(),
        name: "june.csv".to_owned(),
        mapping: ImportMapping::new(),
        way: ImportWay::Real,
        per_minute: 600,
    }
}
