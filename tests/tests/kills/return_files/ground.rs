//! An installation for files of returns, its worker, and what is found there afterwards.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::Principal,
    buyer::Buyer,
    id::ReturnFileId,
    journal::events,
    lead::Lead,
    notice::NoticeKind,
    report::{Counts, View},
    returned::ReturnOutcome,
};
use jiff::{SignedDuration, tz::TimeZone};
use return_file::{Pace, take};
use serde_json::{Value, json};
use store::{ReturnFile, keys};
use tests::{Faults, Lab};

use super::{
    super::{
        booking::{book, cells},
        buyer,
        kinds::save,
        lab_with, make_key,
    },
    bid, returns_of,
};

/// How long the queue hides a message that somebody works on (`infra/template.yaml`).
pub(super) const HIDDEN: SignedDuration = SignedDuration::from_secs(360);
/// Turns after which a file that is not read is called stuck.
const MAX_TURNS: usize = 40;
/// An installation with four leads that were sold to `b1`.
pub(super) struct Ground {
    pub(super) lab: Lab,
    pub(super) leads: Vec<Lead>,
    /// Below this nobody else drops a file.
    pub(super) folder: String,
}

/// A line of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) row: u64,
    pub(super) outcome: ReturnOutcome,
    pub(super) return_id: String,
    /// What it moves, in pence.
    pub(super) amount: i64,
}

impl Ground {
    /// On these terms.
    pub(super) async fn new(terms: &Value) -> Self {
        let lab = lab_with(json!({}), vec![buyer("1", [])]).await;
        make_key(&lab, "seller", Principal::Seller).await;
        make_key(&lab, "b1", Principal::Buyer { bid: bid() }).await;
        save::<Buyer>(&lab, json!({ "bid": "b1", "name": "1", "returns": terms }), Some(1)).await;
        let mut leads = Vec::new();
        for number in 1..=4 {
            leads.push(lab.put_sold(number, terms).await);
        }
        book(&lab, &Faults::default(), &lab.tables.lead_changes()).await;
        let folder = format!("returns/b1/{}", lambda::new_lead_id().ulid());
        Self { lab, leads, folder }
    }

    /// A file of rows about these leads, by their numbers from 1; 0 is one that nobody knows, and none a row that names nobody.
    pub(super) fn text(&self, rows: &[Option<usize>]) -> String {
        let row = |row: &Option<usize>| match row {
            Some(0) => "lead_01JD3QZ8000000000000000003,DUPE\n".to_owned(),
            Some(number) => format!("{},DUPE\n", self.leads[number - 1].id),
            None => ",DUPE\n".to_owned(),
        };
        "lead_id,reason\n".to_owned() + &rows.iter().map(row).collect::<String>()
    }

    /// Drops a file, and returns the bucket's news of it.
    pub(super) async fn drop_file(&self, name: &str, text: &str) -> Value {
        self.lab.drop_file(&format!("{}/{name}", self.folder), text).await
    }

    /// One turn of the worker with a message; whether it is acknowledged.
    pub(super) async fn turn(&self, faults: &Faults, message: &Value, pace: Pace) -> bool {
        let app = self.lab.return_file(faults).await;
        let message = serde_json::from_value(message.clone()).unwrap();
        matches!(faults.run(take(&app, message, self.lab.now(), pace)).await, Some(Ok(())))
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
            let jobs = self.lab.file_messages().await.into_iter().map(|job| serde_json::to_value(job).unwrap());
            let jobs: Vec<Value> = jobs.collect();
            sent.extend(jobs.iter().cloned());
            open = again.into_iter().chain(jobs).collect();
            if open.is_empty() {
                return sent;
            }
            self.lab.wait(HIDDEN);
        }
        panic!("not read in {MAX_TURNS} turns: {open:#?}");
    }

    /// All files, the newest first.
    pub(super) async fn files(&self) -> Vec<ReturnFile> {
        self.lab.tables.store().return_files(None, self.lab.now(), None, 100).await.unwrap().items
    }

    pub(super) async fn file(&self, id: ReturnFileId) -> ReturnFile {
        self.lab.tables.store().return_file(id).await.unwrap().unwrap()
    }

    /// The rows of a file's result, once they are checked: each once, in order, with the totals that the file has.
    pub(super) async fn result(&self, file: &ReturnFile) -> Vec<Line> {
        let text = self.lab.object(file.result.as_ref().unwrap()).await;
        let (rows, totals) = text.split_once("\r\n\r\n").unwrap();
        let lines: Vec<Line> = rows.lines().skip(1).map(line).collect();
        assert!(lines.is_sorted_by(|one, next| one.row < next.row), "{text}");
        let tally = &file.tally;
        assert_eq!(tally.rows - tally.ignored, lines.len() as u64, "{text}");
        for outcome in ReturnOutcome::ALL {
            let count = lines.iter().filter(|line| line.outcome == outcome).count() as u64;
            assert_eq!(
                (tally.count(outcome), count > 0),
                (count, totals.contains(&format!("total,{},", outcome.word())))
            );
        }
        let moved: i64 = lines.iter().map(|line| line.amount).sum();
        assert_eq!(tally.sums().map(|sum| sum.minor).sum::<i64>(), moved, "{text}");
        lines
    }

    /// The leads as they are now.
    pub(super) async fn now(&self) -> Vec<Lead> {
        let mut leads = Vec::new();
        for lead in &self.leads {
            leads.push(self.lab.tables.store().lead(lead.id).await.unwrap().unwrap());
        }
        leads
    }

    /// What the buyer owes for all of them, in pence.
    pub(super) async fn owed(&self) -> i64 {
        self.now().await.iter().map(|lead| lead.revenue_from(&bid()).unwrap().minor).sum()
    }

    /// The share counts the returns that are open or approved, and nothing is set aside (I7).
    pub(super) async fn has_its_places(&self) {
        let leads = self.now().await;
        let taken = leads.iter().flat_map(returns_of).filter(|back| back.takes_share().is_some()).count();
        let month = leads[0].received.to_zoned(TimeZone::UTC).date().first_of_month();
        let keys::Key { pk, sk } = keys::share_taken(&bid(), month);
        let row = self.lab.tables.client().get_item().table_name(self.lab.tables.tables().setup);
        let row = row.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await.unwrap();
        let row = row.item.unwrap_or_default();
        let counted = row.get("n").map_or(0, |number| number.as_n().unwrap().parse().unwrap());
        assert_eq!(taken, counted, "{row:?} {leads:#?}");
        assert!(!row.keys().any(|name| name.starts_with("h#")), "places are left set aside: {row:?}");
    }

    /// That, and the books say what the leads say (I6, I8).
    pub(super) async fn add_up(&self) {
        self.has_its_places().await;
        let leads = self.now().await;
        let told: Vec<_> = leads.iter().flat_map(|lead| events(lead).unwrap()).collect();
        let expected = told.iter().fold(Counts::default(), |sum, event| sum.checked_add(event.counts).unwrap());
        book(&self.lab, &Faults::default(), &self.lab.tables.lead_changes()).await;
        for view in View::ALL {
            assert_eq!(cells(&self.lab, view).await, expected, "{view:?} of {leads:#?}");
        }
        for lead in &leads {
            let booked = self.lab.tables.store().lead_entries(lead.id).await.unwrap();
            let entries: Vec<_> = booked.iter().filter_map(|event| event.happened.entry()).collect();
            let own = events(lead).unwrap().into_iter().filter(|event| event.entry.is_some()).count();
            assert!(entries.len() == own && entries.iter().all(|entry| entry.is_balanced()), "{entries:#?}");
        }
    }

    /// Both are told of a file's end once.
    pub(super) async fn is_told_once(&self, file: &ReturnFile) {
        for to in [Principal::Seller, Principal::Buyer { bid: bid() }] {
            let told = self.lab.tables.store().notices(self.lab.now(), 100, None, Some(&to)).await.unwrap().unwrap();
            let of_file = told.items.iter().filter(|notice| notice.return_file_id == Some(file.id));
            let kinds: Vec<NoticeKind> = of_file.map(|notice| notice.kind).collect();
            assert_eq!(kinds, [NoticeKind::ReturnFileFinished], "{to:?}: {told:#?}");
        }
    }
}

fn line(text: &str) -> Line {
    let mut first = text.splitn(3, ',');
    let mut last = text.rsplit(',');
    let amount = last.nth(1).unwrap();
    Line {
        row: first.next().unwrap().parse().unwrap(),
        outcome: ReturnOutcome::of_word(first.next().unwrap()).unwrap(),
        return_id: text.split(',').find(|cell| cell.starts_with("return_")).unwrap_or_default().to_owned(),
        amount: amount.replace('.', "").parse().unwrap_or(0),
    }
}
