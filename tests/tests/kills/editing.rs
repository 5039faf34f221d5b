//! Financial edits: an order is carried out once, and answered alike, wherever its worker dies and whoever comes after it.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use domain::{access::Principal, lead::Lead};
use lambda::http::Function;
use serde_json::{Value, json};
use tests::{Fault, Faults, Lab, Reply, identity};

use super::{answered, asking, buyer, lab, make_key, post, with_every_fault};

/// A lab with two leads, of which the first is sold for £12.50 and the second is not.
async fn sold_and_unsold() -> (Lab, Lead, Lead) {
    let mut lab = lab(1, vec![buyer("1", [Reply::accept("B-1"), Reply::reject("no")])]).await;
    make_key(&lab, "seller", Principal::Seller).await;
    for number in 1..=2 {
        let lead = json!({ "campid": "solar", "email": format!("ann{number}@example.com") });
        post(&lab, &Faults::default(), None, &lead).await;
        lab.drain(&Faults::default()).await;
    }
    let (mut sold, mut unsold): (Vec<Lead>, Vec<Lead>) =
        lab.leads().await.into_iter().partition(|lead| lead.sales().next().is_some());
    (lab, sold.remove(0), unsold.remove(0))
}

fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

fn order(sold: &Lead, unsold: &Lead) -> Value {
    json!({ "reason": "agreed by phone", "edits": [
        { "lead_id": sold.id, "revenue": pounds("10.00"), "payout": pounds("4.00") },
        { "lead_id": unsold.id, "payout": pounds("4.00") },
        { "lead_id": sold.id, "revenue": pounds("10.00") },
        { "lead_id": sold.id, "revenue": pounds("9.00") },
    ]})
}

fn function(lab: &Lab, faults: &Faults) -> Router {
    reports::App { store: lab.store(faults), identity: identity() }.router()
}

fn request(key: &str, body: &Value) -> Request<Body> {
    let request = asking("seller", "/v1/financial-edits").header("idempotency-key", key);
    request.body(Body::from(body.to_string())).unwrap()
}

async fn edit(lab: &Lab, faults: &Faults, key: &str, body: &Value) -> String {
    let (status, text) = answered(faults, async || function(lab, faults), || request(key, body)).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    text
}

/// What became of each edit, and the lead's own edits: each is there once.
async fn verify(lab: &Lab, sold: &Lead, text: &str) {
    let answer: Value = serde_json::from_str(text).unwrap();
    let outcomes: Vec<&str> =
        answer["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["changed", "refused", "unchanged", "changed"]);
    let after = lab.tables.store().lead(sold.id).await.unwrap().unwrap();
    let id = answer["order"].as_str().unwrap();
    let names: Vec<&str> = after.edits.iter().map(|edit| edit.order.as_str()).collect();
    assert_eq!(names, [0, 0, 3].map(|number| format!("{id}.{number}")));
    assert_eq!((after.revenue().unwrap().minor, after.earned_payout().unwrap().minor), (900, 400));
}

async fn an_order(faults: Faults) {
    let (lab, sold, unsold) = sold_and_unsold().await;
    let order = order(&sold, &unsold);
    let text = edit(&lab, &faults, "k", &order).await;
    verify(&lab, &sold, &text).await;
    let since = json!({ "reason": "agreed again", "edits": [{ "lead_id": sold.id, "revenue": pounds("11.00") }] });
    edit(&lab, &Faults::default(), "k2", &since).await;
    let before = lab.leads().await;
    assert_eq!(edit(&lab, &Faults::default(), "k", &order).await, text, "it is answered alike for good");
    assert_eq!(lab.leads().await, before);
}

#[tokio::test]
async fn an_order_of_edits_is_carried_out_once_and_answered_alike_whatever_fails() {
    with_every_fault(an_order).await;
}

#[tokio::test]
async fn an_order_that_comes_twice_is_carried_out_once_wherever_the_first_is_held_up() {
    let (lab, sold, unsold) = sold_and_unsold().await;
    let quiet = Faults::default();
    edit(&lab, &quiet, "k", &order(&sold, &unsold)).await;
    for (at, pause) in (0..quiet.calls().len()).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let (lab, sold, unsold) = sold_and_unsold().await;
        let (order, held_up) = (order(&sold, &unsold), Faults::at([(at, pause)]));
        let first = async {
            let text = edit(&lab, &held_up, "k", &order).await;
            held_up.let_go();
            text
        };
        let second = async {
            held_up.paused().await;
            let text = edit(&lab, &Faults::default(), "k", &order).await;
            held_up.resume();
            text
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!(first, second, "{pause:?} at call {at}");
        verify(&lab, &sold, &first).await;
    }
}
