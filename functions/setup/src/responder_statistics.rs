//! `GET /v1/responders/{ref}/statistics`: what a responder has come to.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use domain::{
    id::ResponderRef,
    responder::{Count, Responder, SkippedFor, StoppedFor},
};
use lambda::{Problem, auth::Seller, http::Named, record::present};
use serde::Serialize;
use store::ResponderNumbers;
use utoipa::ToSchema;

use crate::App;

/// What a responder has come to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponderStatistics {
    rid: ResponderRef,
    /// How often leads have joined.
    joined: u64,
    /// Of these, how many are neither through nor stopped.
    active: u64,
    /// How many are through.
    finished: u64,
    /// How many were stopped, by why.
    stopped: BTreeMap<&'static str, u64>,
    /// What became of each step, by its place.
    steps: Vec<StepStatistics>,
}

/// What became of a step.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
struct StepStatistics {
    /// Taken by the mail service or the gateway.
    sent: u64,
    failed: u64,
    /// Nobody knows whether they were sent.
    unknown: u64,
    /// Passed over, by why.
    skipped: BTreeMap<&'static str, u64>,
}

/// What a responder has come to
///
/// Counted with each step of each lead, in the same write. Steps are counted by their places: where steps are replaced, what was sent of the
/// earlier ones stays in the numbers of their places.
#[utoipa::path(
    get,
    path = "/v1/responders/{ref}/statistics",
    tag = "responders",
    params(("ref" = String, Path, description = "The reference its owner chose.")),
    responses((status = 200, body = ResponderStatistics), Problem),
    security(("key" = []))
)]
pub(crate) async fn read_responder_statistics(
    State(app): State<App>,
    _: Seller,
    Named(rid): Named<ResponderRef>,
) -> Result<Json<ResponderStatistics>, Problem> {
    let responder = present::<Responder>(&app.store, rid.as_str()).await?.record;
    let numbers = app.store.responder_numbers(&rid).await?;
    Ok(Json(ResponderStatistics::new(rid, responder.steps.len(), &numbers)))
}

impl ResponderStatistics {
    fn new(rid: ResponderRef, steps: usize, numbers: &ResponderNumbers) -> Self {
        let mut told = Self {
            rid,
            joined: numbers.of(Count::Joined),
            active: numbers.active(),
            finished: numbers.of(Count::Finished),
            stopped: StoppedFor::ALL.map(|reason| (reason.word(), numbers.of(Count::Stopped(reason)))).into(),
            steps: vec![StepStatistics::new(); steps],
        };
        for (count, number) in numbers.iter() {
            told.add(count, number);
        }
        told
    }

    fn add(&mut self, count: Count, number: u64) {
        match count {
            Count::Joined | Count::Finished | Count::Stopped(_) => {}
            Count::Sent(step) => self.step(step).sent = number,
            Count::Failed(step) => self.step(step).failed = number,
            Count::Unknown(step) => self.step(step).unknown = number,
            Count::Skipped(step, reason) => {
                self.step(step).skipped.insert(reason.word(), number);
            }
        }
    }

    /// The step of this place, also if there is none any more.
    fn step(&mut self, at: usize) -> &mut StepStatistics {
        if self.steps.len() <= at {
            self.steps.resize(at + 1, StepStatistics::new());
        }
        &mut self.steps[at]
    }
}

impl StepStatistics {
    fn new() -> Self {
        Self { skipped: SkippedFor::ALL.map(|reason| (reason.word(), 0)).into(), ..Self::default() }
    }
}
