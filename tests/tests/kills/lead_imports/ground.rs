//! An installation for files of leads, its worker, and what is found there afterwards.

use std::collections::BTreeSet;

use domain::{
    access::Principal,
    id::{LeadId, LeadImportId},
    lead_import::{HEADER, ImportMapping},
};
use jiff::SignedDuration;
use lead_import::worker::{Pace, take};
use serde_json::{Value, json};
use store::{ImportOrder, ImportWay, LeadImport};
use tests::{Faults, Lab, Reply};

use super::super::{buyer, lab_with};

/// How long the queue hides a message that somebody works on (`infra/template.yaml`).
pub(super) const HIDDEN: SignedDuration = SignedDuration::from_secs(360);
/// Turns after which a file that is not read is called stuck.
const MAX_TURNS: usize = 40;

/// Two leads, the first once more, a wrong address, too many cells, the header, markup, and a lead.
pub(super) const TEXT: &str = "E-Mail,First name\nann@example.com,Ann\nbob@example.com,Bob\nANN@example.com,Ann\n\
    no address,Cid\ndora@example.com,Dora,Smith\nE-Mail,First name\neve@example.com,<script>\nfay@example.com,Fay\n";

/// An installation with a buyer that takes what it is sent.
pub(super) struct Ground {
    pub(super) lab: Lab,
}

/// A line of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) row: u64,
    pub(super) outcome: String,
    lead: Option<LeadId>,
}

impl Ground {
    pub(super) async fn new() -> Self {
        Self { lab: lab_with(json!({}), vec![buyer("1", [Reply::accept("B-1")])]).await }
    }

    /// A file that is about to come.
    pub(super) async fn announced(&self, way: ImportWay, per_minute: u32) -> LeadImport {
        let order = ImportOrder {
            sid: "s1".parse().unwrap(),
            campid: "solar".parse().unwrap(),
            by: Principal::Seller,
            name: "june.csv".to_owned(),
            mapping: ImportMapping::new(),
            way,
            per_minute,
        };
        let file = LeadImport::announced(LeadImportId::from_ulid(lambda::new_draw()), order, self.lab.now());
        self.lab.tables.store().announce_lead_import(&file).await.unwrap();
        file
    }

    /// Puts it into the bucket, and returns the bucket's news of it.
    pub(super) async fn uploaded(&self, file: &LeadImport, text: &str) -> Value {
        self.lab.drop_file(&file.path, text).await
    }

    /// One turn of the worker with a message; whether it is acknowledged.
    pub(super) async fn turn(&self, faults: &Faults, message: &Value, pace: Pace) -> bool {
        let app = self.lab.lead_import_worker(faults).await;
        let message = serde_json::from_value(message.clone()).unwrap();
        matches!(faults.run(take(&app, message, self.lab.now(), pace)).await, Some(Ok(())))
    }

    /// What the worker has sent to itself.
    pub(super) async fn messages(&self) -> Vec<Value> {
        self.lab.import_messages().await.into_iter().map(|job| serde_json::to_value(job).unwrap()).collect()
    }

    /// Gives the worker messages, and what it sends to itself, each until it is acknowledged. Says what it has sent.
    pub(super) async fn work(&mut self, faults: &Faults, messages: Vec<Value>, pace: Pace) -> Vec<Value> {
        let (mut open, mut sent) = (messages, Vec::new());
        for _ in 0..MAX_TURNS {
            let mut again = Vec::new();
            for message in open {
                if !self.turn(faults, &message, pace).await {
                    again.push(message);
                }
            }
            let jobs = self.messages().await;
            sent.extend(jobs.iter().cloned());
            open = again.into_iter().chain(jobs).collect();
            if open.is_empty() {
                return sent;
            }
            self.lab.wait(HIDDEN);
        }
        panic!("not read in {MAX_TURNS} turns: {open:#?}");
    }

    pub(super) async fn file(&self, id: LeadImportId) -> LeadImport {
        self.lab.tables.store().lead_import(id).await.unwrap().unwrap()
    }

    /// How often the seller and the supplier are told of a file's end.
    pub(super) async fn told(&self, file: &LeadImport) -> [usize; 2] {
        let store = self.lab.tables.store();
        let mut told = [0, 0];
        for (to, count) in [Principal::Seller, Principal::Supplier { sid: file.sid.clone() }].iter().zip(&mut told) {
            let notices = store.notices(self.lab.now(), 200, None, Some(to)).await.unwrap().unwrap().items;
            *count = notices.iter().filter(|notice| notice.lead_import_id == Some(file.id)).count();
        }
        told
    }

    /// The rows of a file's result, once they are checked: each once, in order, with the totals that the file has.
    pub(super) async fn result(&self, file: &LeadImport) -> Vec<Line> {
        let text = self.lab.object(file.result.as_ref().unwrap()).await;
        let (rows, totals) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(rows.lines().next(), Some(HEADER.join(",").as_str()));
        let lines: Vec<Line> = rows.lines().skip(1).map(line).collect();
        assert!(lines.is_sorted_by(|one, next| one.row < next.row), "{text}");
        assert_eq!(file.tally.rows, lines.len() as u64, "{text}");
        for (outcome, count) in &file.tally.outcomes {
            let found = lines.iter().filter(|line| line.outcome == outcome.word()).count() as u64;
            assert_eq!(found, *count, "{text}");
            assert!(totals.contains(&format!("total,{},{count}", outcome.word())), "{text}");
        }
        lines
    }
}

fn line(text: &str) -> Line {
    let mut first = text.splitn(3, ',');
    let row = first.next().unwrap().parse().unwrap();
    let outcome = first.next().unwrap().to_owned();
    Line { row, outcome, lead: text.rsplit(',').next().and_then(|cell| cell.parse().ok()) }
}

/// The leads that a result names.
pub(super) fn lead_ids(lines: &[Line]) -> BTreeSet<LeadId> {
    lines.iter().filter_map(|line| line.lead).collect()
}
