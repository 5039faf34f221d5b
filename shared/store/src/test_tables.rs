//! For tests: an in-process DynamoDB with the tables of `infra/template.yaml`, each test its own.

#![expect(
    clippy::expect_used,
    reason = "tests only: without tables there is nothing to test, and the message says why"
)]

use std::sync::LazyLock;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use domain::lead::Lead;
use dynoxide::{
    Database,
    actions::{
        create_table::CreateTableRequest, describe_stream::DescribeStreamRequest, get_records::GetRecordsRequest,
        get_shard_iterator::GetShardIteratorRequest, list_streams::ListStreamsRequest,
    },
};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::{
    Error, Identity, Store, Tables,
    item::{key_attributes, text},
    keys::{self, Key},
};

/// The single source of what the tables look like.
const TEMPLATE: &str = include_str!("../../../infra/template.yaml");
/// Read once: every test has tables of its own, and the template is long.
static PARSED: LazyLock<serde_yaml_ng::Value> =
    LazyLock::new(|| serde_yaml_ng::from_str(TEMPLATE).expect("the template is YAML"));
/// What a table is made of; the template spells these as the API does.
const MADE_OF: [&str; 4] = ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"];
/// Table of leads, by its name in the template.
const LEADS: &str = "LeadsTable";
/// Table of the set-up, by its name in the template.
const SETUP: &str = "SetupTable";
/// Table of the ledger, by its name in the template.
const LEDGER: &str = "LedgerTable";

/// A database in memory, served on a free loopback port until the test's runtime ends.
#[derive(Clone)]
pub struct TestTables {
    db: Database,
    client: Client,
    tables: Tables,
    endpoint: String,
}

impl TestTables {
    /// Starts a database with empty tables.
    ///
    /// # Panics
    /// When it cannot, as then the test cannot run.
    pub async fn start() -> Self {
        let db = Database::memory().expect("a database in memory");
        for name in [LEADS, SETUP, LEDGER] {
            db.create_table(create_request(name)).expect("the template's table can be made");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let endpoint = format!("http://{address}");
        tokio::spawn(dynoxide::server::serve_on(listener, db.clone()));
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("eu-west-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&endpoint)
            .retry_config(RetryConfig::disabled())
            .build();
        let tables = Tables { leads: LEADS.to_owned(), setup: SETUP.to_owned(), ledger: LEDGER.to_owned() };
        Self { db, client: Client::from_conf(config), tables, endpoint }
    }

    /// What has happened to leads' own rows since the beginning, as the stream tells it: the records that a function is given.
    ///
    /// # Panics
    /// When the stream cannot be read.
    pub fn lead_changes(&self) -> Vec<Value> {
        let streams = self.db.list_streams(ListStreamsRequest::default()).expect("streams").streams;
        let stream =
            streams.into_iter().find(|stream| stream.table_name == self.tables.leads).expect("the leads' stream");
        let stream_arn = stream.stream_arn;
        let asked = DescribeStreamRequest { stream_arn: stream_arn.clone(), ..DescribeStreamRequest::default() };
        let shards = self.db.describe_stream(asked).expect("a stream").stream_description.shards;
        let mut records = Vec::new();
        for shard in shards {
            let begin = GetShardIteratorRequest {
                stream_arn: stream_arn.clone(),
                shard_id: shard.shard_id,
                shard_iterator_type: "TRIM_HORIZON".to_owned(),
                sequence_number: None,
            };
            let mut next = self.db.get_shard_iterator(begin).expect("an iterator").shard_iterator;
            while let Some(shard_iterator) = next.take() {
                let page = self.db.get_records(GetRecordsRequest { shard_iterator, limit: None }).expect("records");
                next = page.next_shard_iterator.filter(|_| !page.records.is_empty());
                records.extend(page.records.iter().map(|record| serde_json::to_value(record).expect("JSON")));
            }
        }
        records.retain(|record| record["dynamodb"]["Keys"]["sk"]["S"] == keys::LEAD);
        records
    }

    /// Where the database answers, for programs that bring a client of their own.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// A store over the tables, with a cache of its own: what another function instance would have.
    pub fn store(&self) -> Store {
        Store::new(self.client.clone(), self.tables.clone())
    }

    /// A client of the database, for what the store does not offer.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Makes an attribute of a row a text that nobody can read, and the row if there is none.
    ///
    /// # Panics
    /// When it cannot be written.
    pub async fn spoil(&self, table: &str, (pk, sk): (&str, &str), attribute: &str) {
        let key = Key { pk: pk.to_owned(), sk: sk.to_owned() };
        let update = self.client.update_item().table_name(table).set_key(Some(key_attributes(key)));
        let update = update.update_expression("SET #a = :a").expression_attribute_names("#a", attribute);
        update.expression_attribute_values(":a", text("spoilt")).send().await.expect("it can be written");
    }

    /// See [`Store::everything`].
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn everything(&self) -> String {
        self.store().everything().await
    }

    /// The names of the tables.
    pub fn tables(&self) -> Tables {
        self.tables.clone()
    }
}

impl Store {
    /// Puts a lead there as it is, in this shard of its campaign's index; nothing else is written.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_lead(&self, lead: &Lead, campaign_shard: u8, identity: &Identity) -> Result<(), Error> {
        self.admit(lead, campaign_shard, None, None, identity).await.map(drop)
    }

    /// Everything that stands in the tables and their indexes, as one text to be looked through.
    ///
    /// # Panics
    /// When it cannot be read.
    #[expect(clippy::disallowed_methods, reason = "it is everything that is looked through, and by tests alone")]
    pub async fn everything(&self) -> String {
        let mut all = String::new();
        let indexes =
            [keys::BY_CAMPAIGN, keys::BY_SUPPLIER, keys::BY_STATUS, keys::BY_EMAIL, keys::BY_PHONE, keys::DUE];
        let Tables { leads, setup, ledger } = &self.tables;
        let places = [(leads, None), (setup, None), (ledger, None)];
        for (table, index) in places.into_iter().chain(indexes.map(|index| (leads, Some(index)))) {
            let mut pages =
                self.db.scan().table_name(table).set_index_name(index.map(str::to_owned)).into_paginator().send();
            while let Some(page) = pages.next().await {
                for item in page.expect("a page of all rows").items.unwrap_or_default() {
                    all.push_str(&format!("{table} {index:?} {item:?}\n"));
                }
            }
        }
        all
    }
}

/// The request that makes a table of the template.
fn create_request(name: &str) -> CreateTableRequest {
    let properties = &PARSED["Resources"][name]["Properties"];
    let mut request = Map::from_iter([("TableName".to_owned(), Value::from(name))]);
    for part in MADE_OF {
        if let Some(value) = properties.get(part) {
            request.insert(part.to_owned(), serde_json::to_value(value).expect("a table's parts hold no tags"));
        }
    }
    if let Some(stream) = properties.get("StreamSpecification") {
        // CloudFormation leaves out what the API wants to be told.
        let view = serde_json::to_value(&stream["StreamViewType"]).expect("a word");
        request.insert(
            "StreamSpecification".to_owned(),
            serde_json::json!({ "StreamEnabled": true, "StreamViewType": view }),
        );
    }
    serde_json::from_value(Value::Object(request)).expect("the template's table is one that DynamoDB takes")
}

impl std::fmt::Debug for TestTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestTables").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[tokio::test]
    async fn the_tables_have_the_keys_and_indexes_that_the_store_uses() {
        let tables = TestTables::start().await;
        let mut indexes = BTreeMap::new();
        for name in [tables.tables().leads, tables.tables().setup, tables.tables().ledger] {
            let told = tables.client().describe_table().table_name(&name).send().await.expect("a table");
            let table = told.table.expect("a description");
            let schema = |schema: Vec<aws_sdk_dynamodb::types::KeySchemaElement>| {
                schema.into_iter().map(|part| part.attribute_name).collect::<Vec<_>>().join(" / ")
            };
            assert_eq!(schema(table.key_schema.expect("a key")), "pk / sk");
            for index in table.global_secondary_indexes.unwrap_or_default() {
                indexes.insert(index.index_name.expect("a name"), schema(index.key_schema.expect("a key")));
            }
        }
        let wanted = [
            (keys::BY_CAMPAIGN, "gc / gr"),
            (keys::BY_SUPPLIER, "gs / gr"),
            (keys::BY_STATUS, "gt / gr"),
            (keys::BY_EMAIL, "ge / gr"),
            (keys::BY_PHONE, "gp / gr"),
            (keys::DUE, "gd / gu"),
        ];
        assert_eq!(indexes, wanted.map(|(name, key)| (name.to_owned(), key.to_owned())).into());
    }

    #[tokio::test]
    async fn each_test_has_tables_of_its_own() {
        let (one, other) = (TestTables::start().await, TestTables::start().await);
        let key = || key_attributes(keys::settings());
        let put = one.client().put_item().table_name(one.tables().setup).set_item(Some(key()));
        put.send().await.expect("a put");
        let holds = async |tables: TestTables| {
            let get = tables.client().get_item().table_name(tables.tables().setup).set_key(Some(key()));
            get.send().await.expect("a get").item.is_some()
        };
        assert!(holds(one).await && !holds(other).await);
    }
}
