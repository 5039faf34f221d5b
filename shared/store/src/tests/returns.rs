//! Returns: never more than a buyer's share, with credit and payout in the lead's own write, and leads that go on to others.

mod chunks;
mod reoffer;
mod share;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use domain::{
    buyer::ReturnTerms,
    id::{AttemptId, BuyerRef, DeliveryRef, LeadId},
    lead::{Agreed, Lead, Outcome, SoldStatus},
    money::Money,
    returned::{Claim, Claimant, ReturnDecision, ReturnId, ReturnOutcome},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use ulid::Ulid;

use super::{at, identity};
use crate::{Claimed, Decided, DeliveryJob, DeliveryQueue, Error, LineUpError, Returning, Store};

fn did(name: &str) -> DeliveryRef {
    name.parse().unwrap()
}

fn bid(name: &str) -> BuyerRef {
    name.parse().unwrap()
}

fn pounds(minor: i64) -> Money {
    Money { minor, currency: "GBP".parse().unwrap() }
}

fn id(number: u128) -> LeadId {
    LeadId::from_ulid(Ulid(number))
}

/// What a return of a lead is called.
fn name(number: u128, returns: u8) -> ReturnId {
    ReturnId { lead: id(number), number: returns, did: did("d1") }
}

fn terms(terms: Value) -> Option<ReturnTerms> {
    serde_json::from_value(terms).unwrap()
}

fn accepted() -> Outcome {
    Outcome::Accepted { price: pounds(1_250), reference: None, redirect_url: None }
}

/// The lead with a request to a buyer written down.
fn asked(lead: &Lead, through: &str, buyer: &str, seconds: i64) -> Lead {
    let did = did(through);
    let queued = if lead.deliveries.contains_key(&did) {
        lead.clone()
    } else {
        lead.on_queued(&did, Some(bid(buyer)), at(seconds)).unwrap()
    };
    queued.on_intent(&did, 1, attempt(lead, through), at(seconds), at(seconds + 40)).unwrap()
}

fn attempt(lead: &Lead, through: &str) -> AttemptId {
    AttemptId::from_ulid(Ulid(lead.id.ulid().0 * 1_000 + u128::from(through.as_bytes()[1])))
}

/// The lead after that buyer has answered.
fn answered(lead: &Lead, through: &str, outcome: Outcome, seconds: i64) -> Lead {
    lead.on_outcome(&did(through), &attempt(lead, through), 1, outcome, at(seconds)).unwrap()
}

/// A lead of its own person that came in at second 0 and is sold to `b1` ten seconds later, through `d1`, on these terms.
fn sold_on(number: u128, agreed: Agreed) -> Lead {
    let (lead, _) = super::lead(number, &format!("{number}@example.com"), 0);
    let asked = asked(&lead, "d1", "b1", 5).agreeing(&did("d1"), agreed);
    answered(&asked, "d1", accepted(), 10)
}

fn sold(number: u128, returns: Value) -> Lead {
    sold_on(number, Agreed { returns: terms(returns), ..Agreed::default() })
}

async fn put(store: &Store, lead: &Lead) {
    store.admit(lead, 0, None, None, &identity()).await.unwrap();
}

async fn lead(store: &Store, number: u128) -> Lead {
    store.lead(id(number)).await.unwrap().unwrap()
}

/// A queue that hands its messages over here.
fn queue() -> (DeliveryQueue, mpsc::UnboundedReceiver<DeliveryJob>) {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .build();
    let queue = DeliveryQueue::new(aws_sdk_sqs::Client::from_conf(config), "http://127.0.0.1:9/none".to_owned());
    let (sent, messages) = mpsc::unbounded_channel();
    (queue.diverting(sent), messages)
}

/// The deliveries that were asked to take a step.
fn told(messages: &mut mpsc::UnboundedReceiver<DeliveryJob>) -> Vec<String> {
    std::iter::from_fn(|| messages.try_recv().ok()).map(|job| job.did.to_string()).collect()
}

async fn claim(store: &Store, number: u128, by: Claimant<'_>, now: Timestamp) -> Result<Claimed, LineUpError> {
    let (queue, _messages) = queue();
    let wish = Claim { by, order: None, bid: None, did: None, reason: "DUPE", comment: None, reverse_payout: None };
    returning(store, &queue).claim(id(number), &wish, now).await
}

/// What becomes of it when `b1` wants to return a lead.
async fn by_b1(store: &Store, number: u128) -> ReturnOutcome {
    claim(store, number, Claimant::Buyer(&bid("b1")), at(100)).await.unwrap().outcome
}

fn returning<'a>(store: &'a Store, queue: &'a DeliveryQueue) -> Returning<'a> {
    // It outlives every test.
    static IDENTITY: std::sync::OnceLock<crate::Identity> = std::sync::OnceLock::new();
    Returning { store, identity: IDENTITY.get_or_init(identity), queue, by: None, correlation_id: None }
}

async fn decide(store: &Store, id: &ReturnId, decision: ReturnDecision<'_>) -> Result<Lead, &'static str> {
    let (queue, _messages) = queue();
    match returning(store, &queue).decide(id, decision, at(200)).await.unwrap() {
        Decided::Done(lead) => Ok(*lead),
        Decided::Refused(refused) => Err(refused.code),
        Decided::NotFound => Err("not_found"),
    }
}

const APPROVED: ReturnDecision<'_> = ReturnDecision::Approve { reverse_payout: None };
const REFUSED: ReturnDecision<'_> = ReturnDecision::Refuse { why: "no" };
const UNDONE: ReturnDecision<'_> = ReturnDecision::Undo { why: "no" };
