//! Return files of a lab: leads that are sold, a bucket that tells nobody, and what is found there afterwards.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use domain::{
    buyer::ReturnTerms,
    id::{AttemptId, LeadId},
    lead::{Agreed, Lead, Outcome, test_lead},
    money::Money,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use ulid::Ulid;

use super::{Lab, identity};
use crate::Deployment;

static BUCKET: OnceCell<String> = OnceCell::const_new();

/// The bucket of all labs' return files: its objects have versions as the deployment's have, but no worker of that hears of them.
pub(super) async fn return_bucket() -> &'static str {
    let make = || async {
        let (s3, name) = (Deployment::get().await.s3(), "lab-return-files".to_owned());
        s3.create_bucket().bucket(&name).send().await.expect("a bucket can be made");
        let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let kept = s3.put_bucket_versioning().bucket(&name).versioning_configuration(versions).send().await;
        kept.expect("it can keep versions");
        name
    };
    BUCKET.get_or_init(make).await
}

impl Lab {
    /// The `number`th lead, which was sold to `b1` a moment ago on these terms, for 12.50 and 5.00 to `s1`.
    ///
    /// # Panics
    /// When it cannot be kept.
    pub async fn put_sold(&self, number: u64, terms: &Value) -> Lead {
        self.put_sold_of(number, number, terms).await
    }

    /// The same, of this person, who may have other leads.
    ///
    /// # Panics
    /// When it cannot be kept.
    pub async fn put_sold_of(&self, person: u64, number: u64, terms: &Value) -> Lead {
        let at = self.now() - SignedDuration::from_secs(30);
        let price = Money { minor: 1_250, currency: "GBP".parse().expect("a currency") };
        let did = "d1".parse().expect("a reference");
        let id = Ulid::from_parts(at.as_millisecond().unsigned_abs(), number.into());
        let fields = [("email", format!("person{person}@example.com")), ("phone1", format!("+4479111234{person:02}"))];
        let fields = fields.map(|(name, value)| (name.parse().expect("a name"), value));
        let lead = Lead { id: LeadId::from_ulid(id), fields: fields.into(), ..test_lead(at) };
        let lead = lead.on_queued(&did, Some("b1".parse().expect("a reference")), at).expect("it is for sale");
        let attempt = AttemptId::from_ulid(id);
        let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(40)).expect("it is queued");
        let returns: ReturnTerms = serde_json::from_value(terms.clone()).expect("terms");
        let lead = lead.agreeing(&did, Agreed { returns: Some(returns), ..Agreed::default() });
        let bought = Outcome::Accepted { price, reference: Some(format!("R-{number}")), redirect_url: None };
        let lead = lead.on_outcome(&did, &attempt, 1, bought, at).expect("it was asked");
        let store = self.tables.store();
        store.put_lead(&lead, 0, &identity()).await.expect("it can be kept");
        store.lead(lead.id).await.expect("it can be read").expect("it is there")
    }

    /// Puts a file into the bucket, and returns the bucket's news of it.
    ///
    /// # Panics
    /// When it cannot be put.
    pub async fn drop_file(&self, key: &str, file: impl AsRef<[u8]>) -> Value {
        let (s3, bucket) = (Deployment::get().await.s3(), return_bucket().await);
        let put = s3.put_object().bucket(bucket).key(key).body(ByteStream::from(file.as_ref().to_vec()));
        let put = put.send().await.expect("it can be put");
        json!({ "Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-05T10:20:30.400Z",
            "eventName": "ObjectCreated:Put", "userIdentity": { "principalId": "x" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" }, "responseElements": {},
            "s3": {
                "s3SchemaVersion": "1.0", "configurationId": "c",
                "bucket": { "name": bucket, "ownerIdentity": { "principalId": "x" }, "arn": format!("arn:aws:s3:::{bucket}") },
                "object": { "key": key, "size": file.as_ref().len(), "eTag": put.e_tag, "versionId": put.version_id, "sequencer": "0" },
            },
        }] })
    }

    /// Deletes a file for good that the bucket has told of.
    ///
    /// # Panics
    /// When it cannot be deleted.
    pub async fn remove_file(&self, news: &Value) {
        let object = &news["Records"][0]["s3"]["object"];
        let (s3, bucket) = (Deployment::get().await.s3(), return_bucket().await);
        let (key, version) = (object["key"].as_str().expect("a key"), object["versionId"].as_str().map(str::to_owned));
        let delete = s3.delete_object().bucket(bucket).key(key).set_version_id(version);
        delete.send().await.expect("it can be deleted");
    }

    /// What an object of the bucket of return files says.
    ///
    /// # Panics
    /// When it is not there, or is no text.
    pub async fn object(&self, path: &str) -> String {
        let (s3, bucket) = (Deployment::get().await.s3(), return_bucket().await);
        let got = s3.get_object().bucket(bucket).key(path).send().await;
        let bytes = got.unwrap_or_else(|error| panic!("{path}: {error:?}")).body.collect().await.expect("bytes");
        String::from_utf8(bytes.to_vec()).expect("text")
    }
}
