//! An installation with leads, the worker of bulk jobs, and what is found there afterwards.

use axum::body::Body;
use bulk::worker::{Pace, take};
use domain::{
    access::Principal,
    bulk::Effect,
    consent::{How, Speaker, Word},
    id::{BulkJobId, LeadId},
    journal::events,
    lead::{Channel, Lead, SoldStatus},
    report::{Counts, View},
    responder::Responder,
};
use jiff::SignedDuration;
use lambda::http::Function;
use serde_json::{Value, json};
use store::{BulkJob, BulkJobState, BulkMessage, BulkOutcome};
use tests::{Faults, Lab, Reply, identity};

use super::{
    super::{
        answered, asking,
        booking::{book, cells},
        buyer,
        kinds::save,
        lab_with, make_key, post,
    },
    Deed,
};

/// How long the queue hides a message that somebody works on (`infra/template.yaml`).
pub(super) const HIDDEN: SignedDuration = SignedDuration::from_secs(360);
/// Turns after which a job that is not over is called stuck.
const MAX_TURNS: usize = 40;
/// Leads that are searched for: of three rows, where one has two.
const LEADS: u64 = 5;
/// Leads that are named: they stand in one row.
const NAMED: u64 = 2;
const POSTED: u64 = 2;
/// Leads of the person that is erased.
const OF_PERSON: u64 = 2;

/// How the leads are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    ById,
    Searched,
}

/// An installation with some leads, as the deed wants them.
pub(super) struct Ground {
    pub(super) lab: Lab,
    deed: Deed,
    meant: Meant,
    before: Vec<Lead>,
    /// What has not been acknowledged yet.
    open: Vec<BulkMessage>,
}

impl Ground {
    pub(super) async fn new(deed: Deed, meant: Meant) -> Self {
        let leads = if meant == Meant::Searched { LEADS } else { NAMED };
        let lab = match deed {
            Deed::UpdatePayout
            | Deed::UpdateRevenue
            | Deed::Return
            | Deed::Unsubscribe
            | Deed::Delete
            | Deed::SendMessage => with_sold(leads).await,
            Deed::Erase => with_sold(OF_PERSON).await,
            Deed::Resubscribe => {
                let lab = with_sold(leads).await;
                for lead in lab.leads().await {
                    says_no(&lab, &lead).await;
                }
                lab
            }
            Deed::JoinResponder => {
                let lab = with_sold(leads).await;
                let step = json!({ "after_min": 0, "channel": "email", "subject": "Hello", "text": "Hello." });
                let welcome = json!({ "rid": "welcome", "name": "Welcome", "campid": "solar", "steps": [step] });
                save::<Responder>(&lab, welcome, None).await;
                lab
            }
            Deed::Redeliver => {
                let replies = [Reply::reject("no"), Reply::reject("no"), Reply::accept("B-1")];
                let mut lab = with_posted(json!({}), replies).await;
                lab.drain(&Faults::default()).await;
                lab
            }
            Deed::Release | Deed::Reject => {
                let filter = json!({ "field": "source", "is": { "type": "equals", "value": "bob" } });
                let aside = json!([{ "filter": filter, "otherwise": "quarantine" }]);
                with_posted(json!({ "filters": aside }), [Reply::accept("B-1")]).await
            }
        };
        make_key(&lab, "seller", Principal::Seller).await;
        let before = lab.leads().await;
        Self { lab, deed, meant, before, open: Vec::new() }
    }

    /// One with two sold leads of one person, who is to get a message.
    pub(super) async fn of_one_person() -> Self {
        let lab = lab_with(json!({}), Vec::new()).await;
        for number in 1..=OF_PERSON {
            lab.put_sold_of(1, number, &json!({ "window_days": 30 })).await;
        }
        make_key(&lab, "seller", Principal::Seller).await;
        let before = lab.leads().await;
        Self { lab, deed: Deed::SendMessage, meant: Meant::ById, before, open: Vec::new() }
    }

    /// Orders the deed for all leads, as often as it takes to get an answer, always under the same key.
    pub(super) async fn ordered(&self, faults: &Faults) -> BulkJobId {
        let mut form = self.deed.order();
        match self.meant {
            _ if self.deed.is_about_a_person() => {}
            Meant::ById => form["lead_ids"] = self.before.iter().map(|lead| lead.id.to_string()).collect(),
            Meant::Searched => form["search"] = json!({ "campid": ["solar"] }),
        }
        let view = self.asked(faults, "/v1/bulk", &form.to_string()).await;
        view["job_id"].as_str().unwrap().parse().unwrap()
    }

    /// Calls it off, as often as it takes to get an answer.
    pub(super) async fn called_off(&self, faults: &Faults, id: BulkJobId) {
        self.asked(faults, &format!("/v1/bulk/{id}/cancel"), "").await;
    }

    async fn asked(&self, faults: &Faults, path: &str, body: &str) -> Value {
        let function = async || self.lab.bulk(faults).await.router();
        let request =
            || asking("seller", path).header("idempotency-key", "one").body(Body::from(body.to_owned())).unwrap();
        let (status, text) = answered(faults, function, request).await;
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// One turn of the worker with a job; whether its message is acknowledged.
    pub(super) async fn turn(&self, faults: &Faults, job: BulkJobId, pace: Pace) -> bool {
        let app = self.lab.bulk_worker(faults).await;
        matches!(faults.run(take(&app, BulkMessage { job }, self.lab.now(), pace)).await, Some(Ok(())))
    }

    /// Gives the worker what is in the queue, each until it is acknowledged. Says how many messages there were.
    pub(super) async fn work(&mut self, faults: &Faults, pace: Pace) -> usize {
        self.work_until(faults, pace, None).await
    }

    /// The same, until a job has changed some leads.
    pub(super) async fn work_until(&mut self, faults: &Faults, pace: Pace, begun: Option<BulkJobId>) -> usize {
        let mut told = 0;
        for _ in 0..MAX_TURNS {
            let messages = self.lab.bulk_messages().await;
            told += messages.len();
            self.open.extend(messages);
            if self.open.is_empty() {
                return told;
            }
            if let Some(id) = begun
                && self.job(id).await.tally.changed > 0
            {
                return told;
            }
            let mut again = Vec::new();
            for message in std::mem::take(&mut self.open) {
                if !self.turn(faults, message.job, pace).await {
                    again.push(message);
                }
            }
            self.open = again;
            self.lab.wait(HIDDEN);
        }
        panic!("not over in {MAX_TURNS} turns: {:#?}", self.open);
    }

    /// Leaves a message of a worker that died to whoever comes next.
    pub(super) fn comes_again(&mut self, job: BulkJobId) {
        self.open = vec![BulkMessage { job }];
    }

    pub(super) async fn job(&self, id: BulkJobId) -> BulkJob {
        self.lab.tables.store().bulk_job(id).await.unwrap().unwrap()
    }

    /// A job that is done, once it is checked: each lead was changed once, is told of once, and is counted with what it moved.
    pub(super) async fn is_done(&self, id: BulkJobId) -> (BulkJob, Vec<Lead>) {
        let (job, leads) = (self.job(id).await, self.lab.leads().await);
        assert_eq!((&job.state, job.lease_until), (&BulkJobState::Done, None), "{job:#?}");
        let all = u64::try_from(self.before.len()).unwrap();
        assert_eq!((job.total, job.tally.changed, job.tally.done()), (all, all, all), "{job:#?}");
        self.is_told(&job).await;
        for (before, after) in self.before.iter().zip(&leads) {
            self.deed.is_done_once(id, before, after);
        }
        (job, leads)
    }

    /// Checks that what a job tells is what it has done to leads, however far it came. Says to how many.
    pub(super) async fn is_told(&self, job: &BulkJob) -> usize {
        let (store, mut told) = (self.lab.tables.store(), Vec::new());
        let (mut counted, mut moved) = (0, None);
        for number in 0..job.chunks {
            let row = store.bulk_chunk(job.id, number).await.unwrap().unwrap();
            assert_eq!(row.outcomes.is_some(), number < job.chunks_done, "{job:#?}");
            counted += row.outcomes.as_ref().map_or(0, Vec::len);
            let outcomes = row.outcomes.into_iter().flatten().map(Some).chain(std::iter::repeat(None));
            told.extend(row.leads.into_iter().zip(outcomes));
        }
        assert_eq!((told.len(), counted), (self.before.len(), usize::try_from(job.tally.done()).unwrap()), "{job:#?}");
        told.sort_by_key(|(lead, _)| *lead);
        let (leads, mut changed) = (self.lab.leads().await, 0);
        for (lead, (id, outcome)) in leads.iter().zip(told) {
            let is_changed = matches!(outcome, Some(BulkOutcome::Changed { .. }));
            assert_eq!((lead.id, lead.jobs == [job.id]), (id, is_changed), "{outcome:?}: {lead:#?}");
            changed += usize::from(is_changed);
            if let Some(BulkOutcome::Changed { moved: Some(by) }) = outcome {
                moved = Some(moved.map_or(by, |sum: Effect| sum.plus(by).unwrap()));
            }
        }
        assert_eq!(job.tally.changed, u64::try_from(changed).unwrap());
        let expected = self.deed.moves(i64::try_from(changed).unwrap());
        assert_eq!((moved, job.tally.moved.first().copied()), (expected, expected), "{job:#?}");
        changed
    }

    /// Lets what follows come to rest, and checks that buyers have heard of each lead once, and that the books say the same.
    pub(super) async fn at_rest(mut self) {
        self.lab.drain(&Faults::default()).await;
        if self.deed.goes_to_buyers() {
            self.lab.verify().await;
            let leads = self.lab.leads().await;
            assert!(leads.iter().all(|lead| lead.sold_status() == SoldStatus::Sold), "{leads:#?}");
            let before = if self.deed == Deed::Redeliver { leads.len() } else { 0 };
            assert_eq!(self.lab.requests(), [before + leads.len()]);
        }
        self.books_agree().await;
    }

    /// I6 and I8, once everything is booked.
    pub(super) async fn books_agree(&self) {
        book(&self.lab, &Faults::default(), &self.lab.tables.lead_changes()).await;
        let mut expected = Counts::default();
        for lead in self.lab.leads().await {
            for event in events(&lead).unwrap() {
                expected = expected.checked_add(event.counts).unwrap();
            }
            let booked = self.lab.tables.store().lead_entries(lead.id).await.unwrap();
            assert!(booked.iter().filter_map(|event| event.happened.entry()).all(|entry| entry.is_balanced()));
        }
        assert_eq!(cells(&self.lab, View::ALL[0]).await, expected);
    }
}

/// A lab with leads that are sold, each of a person of its own.
async fn with_sold(leads: u64) -> Lab {
    let lab = lab_with(json!({}), Vec::new()).await;
    for number in 1..=leads {
        lab.put_sold(number, &json!({ "window_days": 30 })).await;
    }
    lab
}

/// The person of a lead has asked a while ago not to be written to.
async fn says_no(lab: &Lab, lead: &Lead) {
    let at = lab.now() - SignedDuration::from_mins(10);
    let word = Word { yes: false, at, by: Speaker::Person, how: How::Page, told: None };
    for contact in Channel::ALL.into_iter().filter_map(|channel| lead.contact(channel)) {
        lab.tables.store().say(&contact, &word, &identity()).await.unwrap();
    }
}

/// A lab in which leads are posted, with a buyer that answers this.
async fn with_posted(changes: Value, replies: impl IntoIterator<Item = Reply>) -> Lab {
    let lab = lab_with(changes, vec![buyer("1", replies)]).await;
    let mut ids = Vec::<LeadId>::new();
    for number in 1..=POSTED {
        let lead = json!({ "campid": "solar", "email": format!("ann{number}@example.com"), "source": "ann" });
        let (status, text) = post(&lab, &Faults::default(), None, &lead).await;
        assert_eq!(status, 201, "{text}");
        let receipt: Value = serde_json::from_str(&text).unwrap();
        ids.push(receipt["lead_id"].as_str().unwrap().parse().unwrap());
    }
    assert_eq!(ids.len(), lab.leads().await.len());
    lab
}
