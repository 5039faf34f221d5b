//! Two installations that tell each other of a lead: what it costs who hears that it is sold, and who tells that.

use axum::{body::Body, http::Request};
use dispatch::{test_dispatcher::dispatcher, webhook::Webhook};
use domain::{
    access::Principal,
    delivery::Delivery,
    feedback::Upstream,
    id::{AttemptId, DeliveryRef, LeadId},
    lead::{Agreed, Lead, Outcome, Terms, test_lead},
    money::Money,
};
use lambda::http::Function;
use serde_json::json;
use store::{FeedbackJob, WebhookSecret};
use tests::{Reply, TestBuyer, capacity::Units};
use tower::ServiceExt;
use ulid::Ulid;

use super::{Metered, after};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The `number`th lead, which `d1` has taken and will say more of, and of which somebody wants to hear there.
fn awaiting(number: u128, to: &str) -> Lead {
    let (did, now): (DeliveryRef, _) = ("d1".parse().unwrap(), lambda::now());
    let upstream = Upstream { url: to.parse().unwrap(), lead_ref: "theirs-7".to_owned() };
    let lead = Lead { id: LeadId::from_ulid(Ulid(number)), upstream: Some(upstream), ..test_lead(after(now, -60)) };
    let lead = Lead { terms: Terms { max_sales: 1, ..lead.terms }, campid: "solar".parse().unwrap(), ..lead };
    let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), after(now, -50)).unwrap();
    let attempt = AttemptId::from_ulid(Ulid(number));
    let lead = lead.on_intent(&did, 1, attempt, after(now, -50), after(now, 40)).unwrap();
    let price = Some(Money { minor: 500, currency: "GBP".parse().unwrap() });
    let lead = lead.agreeing(&did, Agreed { price, ..Agreed::default() });
    let pending = Outcome::Pending { reference: Some("B-7".to_owned()), deadline: after(now, 72 * 3_600) };
    lead.on_outcome(&did, &attempt, 1, pending, after(now, -40)).unwrap()
}

#[tokio::test]
async fn a_sale_is_heard_for_five_writes_and_told_for_four() {
    let upstream = TestBuyer::answering([1, 2].map(|_| Reply::new(200, r#"{"result":"applied"}"#))).await;
    let metered = Metered::warm(&["http://127.0.0.1:9/"], false).await;
    let (store, secret) = (&metered.store, WebhookSecret::new(SECRET.to_owned()));
    for who in [Principal::Buyer { bid: "b1".parse().unwrap() }, Principal::Supplier { sid: "s1".parse().unwrap() }] {
        store.rotate_webhook_secret(&who, &secret, lambda::now()).await.unwrap();
    }
    let dispatcher = dispatcher(store.clone(), metered.queue.clone());
    let client = dispatcher.client.clone();
    for number in [1, 2] {
        store.put_lead(&awaiting(number, upstream.url()), 0, &dispatcher.identity).await.unwrap();
    }
    store.cached::<Delivery>("d1").await.unwrap();
    let function = feedback::App { dispatcher }.router();
    let say = async |number: u128| {
        let body = json!({ "lead_ref": LeadId::from_ulid(Ulid(number)).to_string(), "event": "sold" }).to_string();
        let url = "https://x.example/".parse().unwrap();
        let id = format!("e{number}");
        let webhook = Webhook { url: &url, id: &id, now: lambda::now(), body: &body };
        let signed = webhook.signed(std::slice::from_ref(&secret)).unwrap().unwrap();
        let request = Request::post("/v1/feedback?did=d1");
        let request = signed
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name.as_str(), value.as_bytes()));
        function.clone().oneshot(request.body(Body::from(signed.body)).unwrap()).await.unwrap().status().as_u16()
    };
    // From now on the function knows the set-up.
    assert_eq!(say(1).await, 200);
    metered.meter.bill("a first sale that is told, by a cold function");
    assert_eq!(say(2).await, 200);
    let heard = metered.meter.bill("somebody says that it has sold a lead");
    assert!(heard.written() <= Units::whole(5), "{}", heard.written());
    assert!(heard.read() <= Units::whole(4), "{}", heard.read());
    assert!(heard.operations().len() <= 6, "{:?}", heard.operations());

    let app = feedback::worker::App { store: store.clone(), client };
    let job = |number| FeedbackJob { lead: LeadId::from_ulid(Ulid(number)), did: None };
    feedback::worker::take(&app, job(1), lambda::now()).await.unwrap();
    metered.meter.bill("who sent the first is told, by a cold function");
    feedback::worker::take(&app, job(2), lambda::now()).await.unwrap();
    let told = metered.meter.bill("who sent a lead is told that it is sold");
    assert_eq!(upstream.requests().len(), 2);
    assert!(told.written() <= Units::whole(4), "{}", told.written());
    assert!(told.read() <= Units::whole(5), "{}", told.read());
    assert!(told.operations().len() <= 7, "{:?}", told.operations());
}
