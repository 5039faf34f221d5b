//! An installation with leads, the worker of exports, and what is found there afterwards.

use axum::body::Body;
use domain::{
    access::Principal,
    id::{LeadExportId, LeadId},
    lead::{Lead, test_lead},
};
use jiff::SignedDuration;
use lambda::http::Function;
use search::export::{Pace, take};
use serde_json::{Value, json};
use store::{LeadExport, LeadExportJob};
use tests::{Deployment, Faults, Lab, identity};
use ulid::Ulid;

use super::super::{answered, asking, lab_with, make_key};

/// How long the queue hides a message that somebody works on (`infra/template.yaml`).
pub(super) const HIDDEN: SignedDuration = SignedDuration::from_secs(360);
/// Turns after which an export that is not written is called stuck.
const MAX_TURNS: usize = 40;
/// Leads there are.
const LEADS: u64 = 7;
/// The bucket of all labs.
const BUCKET: &str = "lab-return-files";

/// An installation with some leads.
pub(super) struct Ground {
    pub(super) lab: Lab,
    /// The newest first.
    leads: Vec<LeadId>,
    /// What exports are asked for under: their ids follow from it, and labs share a bucket.
    key: String,
    asked: Asked,
}

/// How the leads are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// By a search.
    Searched,
    /// By their names, in a bulk job.
    ByJob,
}

impl Ground {
    pub(super) async fn new() -> Self {
        Self::of(Asked::Searched).await
    }

    pub(super) async fn of(asked: Asked) -> Self {
        let lab = lab_with(json!({}), Vec::new()).await;
        make_key(&lab, "seller", Principal::Seller).await;
        let mut leads = Vec::new();
        for number in 1..=LEADS {
            let at = lab.now() - SignedDuration::from_secs(30 * i64::try_from(number).unwrap());
            let id = LeadId::from_ulid(Ulid::from_parts(at.as_millisecond().unsigned_abs(), number.into()));
            let fields = [("firstname", "=Ann\n\"B\",".to_owned()), ("email", format!("person{number}@example.com"))];
            let fields = fields.map(|(name, value)| (name.parse().unwrap(), value)).into();
            lab.tables.store().put_lead(&Lead { id, fields, ..test_lead(at) }, 0, &identity()).await.unwrap();
            leads.push(id);
        }
        Self { lab, leads, key: lambda::new_lead_id().to_string(), asked }
    }

    /// Asks for all leads, as often as it takes to get an answer, always under the same key.
    pub(super) async fn asked(&self, faults: &Faults) -> LeadExportId {
        let (path, form) = match self.asked {
            Asked::Searched => ("/v1/lead-exports", json!({ "search": { "campid": ["solar"] } })),
            Asked::ByJob => ("/v1/bulk", json!({ "action": "export", "lead_ids": self.leads })),
        };
        let function = async || match self.asked {
            Asked::Searched => self.lab.search(faults).await.router(),
            Asked::ByJob => self.lab.bulk(faults).await.router(),
        };
        let request = || {
            let body = Body::from(form.to_string());
            asking("seller", path).header("idempotency-key", &self.key).body(body).unwrap()
        };
        let (status, text) = answered(faults, function, request).await;
        assert_eq!(status.as_u16(), 202, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["export_id"].as_str().unwrap().parse().unwrap()
    }

    /// What is in the queue.
    pub(super) async fn messages(&self) -> Vec<LeadExportJob> {
        self.lab.export_messages().await
    }

    /// One turn of the worker with a message; whether it is acknowledged.
    pub(super) async fn turn(&self, faults: &Faults, job: &LeadExportJob, pace: Pace) -> bool {
        let app = self.lab.lead_export(faults).await;
        matches!(faults.run(take(&app, *job, self.lab.now(), pace)).await, Some(Ok(())))
    }

    /// Gives the worker what is in the queue, each until it is acknowledged. Says what was there.
    pub(super) async fn work(&mut self, faults: &Faults, pace: Pace) -> Vec<LeadExportJob> {
        let (mut open, mut sent) = (Vec::new(), Vec::new());
        for _ in 0..MAX_TURNS {
            let jobs = self.messages().await;
            sent.extend(jobs.iter().copied());
            open.extend(jobs);
            if open.is_empty() {
                return sent;
            }
            let mut again = Vec::new();
            for job in open {
                if !self.turn(faults, &job, pace).await {
                    again.push(job);
                }
            }
            open = again;
            self.lab.wait(HIDDEN);
        }
        panic!("not written in {MAX_TURNS} turns: {open:#?}");
    }

    pub(super) async fn export(&self, id: LeadExportId) -> LeadExport {
        self.lab.tables.store().lead_export(id).await.unwrap().unwrap()
    }

    pub(super) async fn exports(&self) -> Vec<LeadExport> {
        self.lab.tables.store().lead_exports(&Principal::Seller, None, 100).await.unwrap().items
    }

    /// The text of an export's file, once it is checked: each lead once, in order, as many as the export says.
    pub(super) async fn is_whole(&self, export: &LeadExport) -> String {
        let text = self.lab.object(&file(export.id)).await;
        let rows: Vec<&str> = text.split("\r\n").collect();
        assert!(rows[0].starts_with("lead_id,received,"), "{text}");
        let ids: Vec<LeadId> =
            rows[1..rows.len() - 1].iter().map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
        assert_eq!(ids, self.leads, "{text}");
        assert!(rows[1].contains(",\"'=Ann\n\"\"B\"\",\","), "{text}");
        assert_eq!((export.rows, export.bytes, export.unreadable), (LEADS, text.len() as u64, 0));
        text
    }

    pub(super) async fn has_file(&self, id: LeadExportId) -> bool {
        let s3 = Deployment::get().await.s3();
        s3.head_object().bucket(BUCKET).key(file(id)).send().await.is_ok()
    }

    /// What is left of what was put aside.
    pub(super) async fn left_over(&self, id: LeadExportId) -> Vec<String> {
        let s3 = Deployment::get().await.s3();
        let listed = s3.list_objects_v2().bucket(BUCKET).prefix(format!("lead-exports/unfinished/{id}/")).send().await;
        listed.unwrap().contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    /// How many uploads there are that nobody has finished.
    pub(super) async fn uploads(&self, id: LeadExportId) -> usize {
        let s3 = Deployment::get().await.s3();
        let listed = s3.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
        listed.uploads().iter().filter(|upload| upload.key() == Some(file(id).as_str())).count()
    }
}

fn file(id: LeadExportId) -> String {
    format!("lead-exports/{id}.csv")
}
