//! An installation with the leads of the corpus, and a worker that reads files in a bucket of its own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use domain::{
    finder::Finder,
    id::LeadId,
    lead::{Agreed, DeliveryState, Lead, LeadDelivery, Sale, test_lead},
    money::{Currency, Money},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use return_file::Pace;
use serde_json::json;
use store::{ReturnBucket, ReturnFile, ReturnFileState, ReturnFilesQueue};
use tests::{Deployment, Faults, Lab, LabBuyer, identity};

/// Who sends the files.
const BUYER: &str = "b1";
/// Files that are read at the same time.
const CONCURRENCY: usize = 8;

/// An installation with the leads of the corpus.
pub(super) struct Installation {
    lab: Lab,
    app: return_file::App,
    bucket: String,
    /// Each lead's number in the corpus.
    numbers: BTreeMap<String, String>,
}

/// What a file has come to.
#[derive(Debug)]
pub(super) struct Told {
    /// A line for each row that was judged, `row,outcome,lead,matched_by,reason`; or one that says why none was.
    pub(super) lines: Vec<String>,
    /// Rows that say nothing.
    pub(super) ignored: u64,
}

impl Installation {
    pub(super) async fn new() -> Self {
        let buyer = |short| LabBuyer { short, replies: Vec::new(), idempotent: true, more: json!({}) };
        let lab = Lab::new(1, vec![buyer("1"), buyer("2")]).await;
        let deployment = Deployment::get().await;
        let bucket = format!("returns-{}", lambda::new_lead_id().ulid().to_string().to_lowercase());
        deployment.s3().create_bucket().bucket(&bucket).send().await.unwrap();
        let credentials = SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests"));
        let (queue, queue_url) = deployment.own_queue().await;
        let app = return_file::App {
            store: lab.store(&Faults::default()),
            identity: identity(),
            queue,
            return_bucket: ReturnBucket::new(deployment.s3(), bucket.clone(), credentials),
            return_files_queue: ReturnFilesQueue::new(deployment.sqs(), queue_url),
        };
        let mut numbers = BTreeMap::new();
        for (number, lead) in leads() {
            app.store.put_lead(&lead, 0, &identity()).await.unwrap();
            app.store.put_finders(&references(&lead), &identity()).await.unwrap();
            numbers.insert(lead.id.to_string(), number);
        }
        Self { lab, app, bucket, numbers }
    }

    /// Drops these files to be tried, and says what each has come to. Nothing else has changed then.
    pub(super) async fn tried(&self, files: Vec<(String, Vec<u8>)>) -> BTreeMap<String, Told> {
        let before = self.lab.leads().await;
        let work = files.iter().map(|(name, bytes)| self.read(name, bytes));
        stream::iter(work).buffer_unordered(CONCURRENCY).collect::<()>().await;
        assert_eq!(self.lab.leads().await, before, "what is only tried changes no lead");
        let told = self.app.store.return_files(None, lambda::now(), None, files.len() + 1).await.unwrap();
        assert!(told.last.is_none() && told.items.len() == files.len(), "each file is there once: {told:#?}");
        let mut all = BTreeMap::new();
        for file in told.items {
            let told = self.told(&file).await;
            all.insert(file.path.rsplit('/').next().unwrap().to_owned(), told);
        }
        all
    }

    /// Drops a file, and has the worker hear of it.
    async fn read(&self, name: &str, bytes: &[u8]) {
        let key = format!("returns/{BUYER}/dry-run/{name}");
        let s3 = Deployment::get().await.s3();
        s3.put_object().bucket(&self.bucket).key(&key).body(bytes.to_vec().into()).send().await.unwrap();
        let event = json!({ "Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-20T10:20:30.400Z",
            "eventName": "ObjectCreated:Put", "userIdentity": { "principalId": "x" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" }, "responseElements": {},
            "s3": {
                "s3SchemaVersion": "1.0", "configurationId": "c",
                "bucket": { "name": self.bucket, "ownerIdentity": { "principalId": "x" }, "arn": "arn:aws:s3:::returns" },
                "object": { "key": key, "size": bytes.len(), "eTag": "e", "sequencer": "0" },
            },
        }] });
        let taken =
            return_file::take(&self.app, serde_json::from_value(event).unwrap(), lambda::now(), Pace::default()).await;
        taken.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    async fn told(&self, file: &ReturnFile) -> Told {
        let only = |line: String| Told { lines: vec![line], ignored: 0 };
        match &file.state {
            ReturnFileState::Rejected { code, .. } => only(format!("rejected,{code}")),
            state @ (ReturnFileState::Awaiting | ReturnFileState::Running | ReturnFileState::Repeated { .. }) => {
                only(format!("{state:?}"))
            }
            ReturnFileState::Done => {
                let result = self.result(file.result.as_ref().unwrap()).await;
                // Totals stand below an empty line.
                let lines = result.lines().skip(1).take_while(|line| !line.is_empty());
                let (ignored, judged): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains(",ignored,"));
                assert_eq!(ignored.len() as u64, file.tally.ignored, "{}: {ignored:#?}", file.path);
                assert_eq!((judged.len() + ignored.len()) as u64, file.tally.rows, "{}: {judged:#?}", file.path);
                Told {
                    lines: judged.into_iter().map(|line| self.in_short(line)).collect(),
                    ignored: file.tally.ignored,
                }
            }
        }
    }

    async fn result(&self, path: &str) -> String {
        let got = Deployment::get().await.s3().get_object().bucket(&self.bucket).key(path).send().await.unwrap();
        String::from_utf8(got.body.collect().await.unwrap().to_vec()).unwrap()
    }

    /// A line of a result as the corpus has it.
    fn in_short(&self, line: &str) -> String {
        let mut is_quoted = false;
        let is_end = |sign: char| {
            is_quoted ^= sign == '"';
            sign == ',' && !is_quoted
        };
        let cells: Vec<&str> = line.split(is_end).collect();
        let lead = self.numbers.get(cells[3]).map_or(cells[3], String::as_str);
        [cells[0], cells[1], lead, cells[5], cells[6]].join(",")
    }
}

/// Where the corpus is.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/return-files")
}

/// The leads of the corpus, with their numbers.
pub(super) fn leads() -> Vec<(String, Lead)> {
    let table = fs::read_to_string(folder().join("leads.csv")).unwrap();
    let rows = table.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let mut rows = rows.collect::<Vec<_>>().into_iter();
    let header = rows.next().unwrap();
    rows.map(|row| lead(&header.iter().map(String::as_str).zip(row).collect())).collect()
}

fn lead(of: &BTreeMap<&str, String>) -> (String, Lead) {
    let at: Timestamp = of["at"].parse().unwrap();
    let id: LeadId = of["lead_id"].parse().unwrap();
    let fields = ["email", "phone1", "phone2"].into_iter().filter(|name| !of[name].is_empty());
    let fields = fields.map(|name| (name.parse().unwrap(), of[name].clone())).collect();
    // The corpus stays as it is, so its sales get older and older.
    let returns = serde_json::from_value(json!({ "window_days": u16::MAX })).unwrap();
    let delivery = LeadDelivery {
        bid: Some(of["bid"].parse().unwrap()),
        place: 0,
        round: 1,
        attempts: 1,
        attempts_in_round: 1,
        counted: None,
        agreed: Agreed { returns: Some(returns), ..Agreed::default() },
        follow_up: None,
        heard: None,
        since: at,
        state: state(&of["state"], &of["reference"], at),
    };
    let deliveries = [(of["did"].parse().unwrap(), delivery)].into();
    (of["lead"].clone(), Lead { id, fields, deliveries, ..test_lead(at) })
}

fn state(word: &str, reference: &str, at: Timestamp) -> DeliveryState {
    match word {
        "rejected" => DeliveryState::Rejected { reason: "no".to_owned() },
        "sold" => DeliveryState::Accepted {
            sale: Sale {
                attempt: lambda::new_attempt_id(),
                price: Money { minor: 1_250, currency: Currency::GBP },
                ordinal: 0,
                payout: None,
                restores: false,
                reference: Some(reference.to_owned()),
                redirect_url: None,
                sold_at: at,
                returned: None,
                earlier: Vec::new(),
            },
        },
        word => panic!("no state of a lead of the corpus: {word}"),
    }
}

/// What buyers call a lead.
fn references(lead: &Lead) -> Vec<Finder> {
    let named = lead.sales().filter_map(|(_, delivery, sale)| {
        let (bid, reference) = (delivery.bid.clone()?, sale.reference.clone()?);
        Some(Finder::Reference { bid, reference, lead: lead.id })
    });
    named.collect()
}
