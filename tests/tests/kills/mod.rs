//! Handlers killed at every call, told lies by AWS at every call, run twice at every call: what must hold still holds.

mod booking;
mod bulk;
mod consent;
mod counting;
mod credit;
mod deleting;
mod delivering;
mod editing;
mod feedback;
mod files;
mod interleaved;
mod kinds;
mod lead_exports;
mod lead_imports;
mod live;
mod messaging;
mod pausing;
mod postbacks;
mod quarantine;
mod reconciling;
mod responding;
mod return_files;
mod returning;
mod room;
mod settling;
mod sweeping;
mod taking_in;
mod telling;
mod telling_of_returns;
mod trying_out;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, request},
};
use domain::{
    access::{ApiKey, Principal},
    lead::{Lead, SoldStatus},
};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use lambda::http::Function;
use serde_json::{Value, json};
use store::{DeadLetters, DeliveryJob};
use tests::{Deployment, Fault, Faults, Lab, LabBuyer, Reply};
use tower::ServiceExt;

/// Labs that are worked in at the same time.
const CONCURRENCY: usize = 6;

/// A buyer that answers this.
pub(super) fn buyer(short: &'static str, replies: impl IntoIterator<Item = Reply>) -> LabBuyer {
    LabBuyer { short, replies: replies.into_iter().collect(), idempotent: false, more: Value::Null }
}

/// Runs a history with every fault at every call of it. It tells how many calls it makes when nothing goes wrong.
pub(super) async fn with_every_fault<F, Fut>(history: F)
where
    F: Fn(Faults) -> Fut,
    Fut: Future<Output = ()>,
{
    let quiet = Faults::default();
    history(quiet.clone()).await;
    let calls = quiet.calls();
    assert!(!calls.is_empty());
    let plans = calls.iter().enumerate().flat_map(|(at, operation)| faults_of(at, operation));
    run_all(plans.collect(), history).await;
}

/// What can go wrong at one call.
fn faults_of(at: usize, operation: &str) -> Vec<Vec<(usize, Fault)>> {
    // The SDK tries again after one refusal. A service that stays away outlasts its tries, so the handler hears of it.
    let mut plans = vec![(at..at + 3).map(|call| (call, Fault::ServerError)).collect()];
    // A read changes nothing: a death before or after it is one after the write before.
    if at == 0 || !is_read(operation) {
        plans.extend([Fault::KillBefore, Fault::Throttle].map(|fault| vec![(at, fault)]));
    }
    if !is_read(operation) {
        plans.extend([Fault::KillAfter, Fault::LostAnswer, Fault::Conflict].map(|fault| vec![(at, fault)]));
        // It takes effect, and all that the handler ever hears is failure.
        plans.push(vec![(at, Fault::LostAnswer), (at + 1, Fault::ServerError), (at + 2, Fault::ServerError)]);
    }
    plans
}

fn is_read(operation: &str) -> bool {
    ["GetItem", "BatchGetItem", "Query", "GET"].iter().any(|read| operation.ends_with(&format!(".{read}")))
}

/// At which of its calls a history writes when nothing goes wrong, and how many calls it makes.
async fn writes_of<F, Fut>(history: &F) -> (Vec<usize>, usize)
where
    F: Fn(Faults) -> Fut,
    Fut: Future<Output = ()>,
{
    let quiet = Faults::default();
    history(quiet.clone()).await;
    let calls = quiet.calls();
    let writes: Vec<usize> = (0..calls.len()).filter(|at| !is_read(&calls[*at])).collect();
    assert!(!writes.is_empty());
    (writes, calls.len())
}

/// Runs a history with a death after each of its writes: for long ones, whose parts meet every fault elsewhere.
pub(super) async fn with_a_kill_after_each_write<F, Fut>(history: F)
where
    F: Fn(Faults) -> Fut,
    Fut: Future<Output = ()>,
{
    let (writes, _) = writes_of(&history).await;
    run_all(writes.into_iter().map(|at| vec![(at, Fault::KillAfter)]).collect(), history).await;
}

/// Runs a history with a death at each of its writes, and a second one at each call that follows.
pub(super) async fn with_a_second_kill_after_each_write<F, Fut>(history: F)
where
    F: Fn(Faults) -> Fut,
    Fut: Future<Output = ()>,
{
    let (writes, calls) = writes_of(&history).await;
    let pairs = writes.iter().flat_map(|first| (first + 1..calls + 4).map(move |second| (*first, second)));
    let plans = pairs.map(|(first, second)| vec![(first, Fault::KillAfter), (second, Fault::KillAfter)]);
    run_all(plans.collect(), history).await;
}

/// Holds the worker of a message up before and after each of its calls, until `meanwhile` is over; then all comes to rest.
pub(super) async fn with_a_worker_held_up_at_each_call(
    ready: impl AsyncFn() -> Lab,
    meanwhile: impl AsyncFn(&Lab, &DeliveryJob),
    verify: impl AsyncFn(&mut Lab),
) {
    let mut lab = ready().await;
    let (message, quiet) = (lab.messages().await.remove(0), Faults::default());
    assert!(lab.handle(&quiet, &message).await);
    let calls = quiet.calls().len();
    assert!(calls > 3);
    for (at, pause) in (0..calls).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let named = [(at, pause)];
        let named = Named(&named);
        let mut lab = ready().await;
        let message = lab.messages().await.remove(0);
        let held_up = Faults::at([(at, pause)]);
        let first = lab.handle(&held_up, &message);
        let meanwhile = async {
            held_up.paused().await;
            meanwhile(&lab, &message).await;
            held_up.resume();
        };
        tokio::join!(first, meanwhile);
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        verify(&mut lab).await;
        std::mem::forget(named);
    }
}

/// Somebody else takes the same step meanwhile.
pub(super) async fn by_a_second_worker(lab: &Lab, message: &DeliveryJob) {
    let done = lab.handle(&Faults::default(), message).await;
    assert!(done, "the second copy is acknowledged or put back");
}

/// The sweeper comes by, once what the worker has set aside looks left behind.
pub(super) async fn by_the_sweeper(lab: &Lab, _: &DeliveryJob) {
    assert!(lab.sweep_at(&Faults::default(), lab.now() + SignedDuration::from_mins(5)).await);
}

/// Has the sweeper help the leads until it leaves them in peace for longer than what is set aside for them.
pub(super) async fn left_in_peace(mut lab: Lab) -> Lab {
    for minutes in [3, 3, 5, 9] {
        lab.wait(SignedDuration::from_mins(minutes));
        assert!(lab.sweep(&Faults::default()).await);
    }
    lab
}

async fn run_all<F, Fut>(plans: Vec<Vec<(usize, Fault)>>, history: F)
where
    F: Fn(Faults) -> Fut,
    Fut: Future<Output = ()>,
{
    let run = |plan: Vec<(usize, Fault)>| {
        let history = &history;
        async move {
            let named = Named(&plan);
            history(Faults::at(plan.clone())).await;
            std::mem::forget(named);
        }
    };
    stream::iter(plans.clone()).map(run).buffer_unordered(CONCURRENCY).collect::<()>().await;
}

/// Names the plan when its history panics.
struct Named<'a>(&'a [(usize, Fault)]);

impl Drop for Named<'_> {
    #[expect(clippy::print_stderr, reason = "a failing test says with which faults it failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with these faults, by call: {:?}", self.0);
        }
    }
}

/// Posts a lead to the ingest function as the supplier, as often as it takes to get an answer.
pub(super) async fn post(lab: &Lab, faults: &Faults, once: Option<&str>, lead: &Value) -> (StatusCode, String) {
    let function = async || lab.ingest(faults).await.router();
    answered(faults, function, || {
        let request = asking("lab", "/v1/leads");
        let request = if let Some(key) = once { request.header("idempotency-key", key) } else { request };
        request.body(Body::from(lead.to_string())).unwrap()
    })
    .await
}

/// Has the delivery API do something as the seller, as often as it takes to get an answer, which is good.
pub(super) async fn by_hand(lab: &Lab, faults: &Faults, path: &str, body: &Value) -> String {
    let (status, text) = asked_by_hand(lab, faults, path, body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    text
}

/// The same, whatever the answer is.
pub(super) async fn asked_by_hand(lab: &Lab, faults: &Faults, path: &str, body: &Value) -> (StatusCode, String) {
    let function = async || {
        let dead_letters = DeadLetters::new(Deployment::get().await.sqs(), String::new());
        delivery::api::App { dispatcher: lab.worker(faults).await, dead_letters }.router()
    };
    let request = || asking("seller", path).body(Body::from(body.to_string())).unwrap();
    answered(faults, function, request).await
}

/// A request under one of the lab's keys.
fn asking(key: &str, path: &str) -> request::Builder {
    let bearer = format!("Bearer vk_{key}_{SECRET}");
    Request::post(path).header("authorization", bearer).header("content-type", "application/json")
}

/// Asks a function, a new instance each time, until it neither dies nor fails.
async fn answered(
    faults: &Faults,
    function: impl AsyncFn() -> Router,
    request: impl Fn() -> Request<Body>,
) -> (StatusCode, String) {
    for _ in 0..10 {
        let Some(answer) = faults.run(function().await.oneshot(request())).await else { continue };
        let (head, body) = answer.unwrap().into_parts();
        if head.status.is_server_error() {
            continue;
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        return (head.status, String::from_utf8(body.to_vec()).unwrap());
    }
    panic!("no answer in ten tries");
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A lab with a key for its supplier.
pub(super) async fn lab(max_sales: u8, buyers: Vec<LabBuyer>) -> Lab {
    lab_with(json!({ "max_sales": max_sales }), buyers).await
}

/// The same, with something else to say about the campaign.
pub(super) async fn lab_with(changes: Value, buyers: Vec<LabBuyer>) -> Lab {
    let lab = Lab::with(changes, buyers).await;
    make_key(&lab, "lab", Principal::Supplier { sid: "s1".parse().unwrap() }).await;
    lab
}

pub(super) async fn make_key(lab: &Lab, id: &str, principal: Principal) {
    let key = ApiKey {
        id: id.parse().unwrap(),
        principal,
        label: id.to_owned(),
        secret_sha256: lambda::auth::secret_sha256(SECRET),
        created: lab.now(),
        revoked: None,
    };
    lab.tables.store().make_key(&key).await.unwrap();
}

/// A good lead.
pub(super) fn good_lead() -> Value {
    json!({ "campid": "solar", "email": "ann@example.com" })
}

/// The only lead of the lab that is for sale.
pub(super) async fn only_approved(lab: &Lab) -> Lead {
    let approved = |lead: &Lead| lead.approval == domain::lead::Approval::Approved;
    let leads: Vec<Lead> = lab.leads().await.into_iter().filter(approved).collect();
    assert_eq!(leads.len(), 1, "one lead is for sale: {leads:#?}");
    leads.into_iter().next().unwrap()
}

/// A lead whose buyer takes it is sold; only where a worker died with the request it may be for a person to decide.
pub(super) fn is_sold_or_left_unknown(lead: &Lead, faults: &Faults) -> bool {
    match lead.sold_status() {
        SoldStatus::Sold => true,
        SoldStatus::Open => faults.are_deadly(),
        SoldStatus::Unsold | SoldStatus::Returned => false,
    }
}
