//! Two installations, and a network between them that loses, repeats, holds back, turns round and forges what they tell each other.

use std::sync::Arc;

use dispatch::{deliver::Draw, webhook::Webhook};
use domain::{feedback::TellingState, id::LeadId, lead::DeliveryState};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{DeliveryJob, WebhookSecret};
use tests::{Fate, Installation, Said, Wire, agreed, settle_all};
use tokio::sync::Notify;

use super::passed_on::{any_terms, did, state, take_back, two};

/// `a`, which sells to `b` and then to `y`; `b`, which sells to `x`; and how what `b` says comes to `a`.
async fn apart() -> (Installation, Installation, Wire) {
    let (mut a, b) = two(json!({})).await;
    let wire = a.behind_a_wire().await;
    b.buys("x", "9.00").await;
    b.sell("5.00", &["a"], &["x"]).await;
    (a, b, wire)
}

/// The same, with a lead that both have sold, and as what each knows it.
async fn sold() -> (Installation, Installation, Wire, [LeadId; 2]) {
    let (a, b, wire) = apart().await;
    a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    let ids = [a.only_lead().await.id, b.only_lead().await.id];
    (a, b, wire, ids)
}

/// What `a` shows of what `b` has said of its lead: what, and what came of it.
async fn heard(a: &Installation, lead: LeadId) -> Vec<(String, String)> {
    let shown = a.shows(&format!("/v1/leads/{lead}")).await;
    let deliveries = shown["deliveries"].as_array().unwrap().iter();
    let said = deliveries.flat_map(|delivery| delivery["feedback"].as_array().cloned().unwrap_or_default());
    said.map(|said| (text(&said["event"]), text(&said["result"]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn results(results: &[(&str, &str)]) -> Vec<(String, String)> {
    results.iter().map(|(event, result)| ((*event).to_owned(), (*result).to_owned())).collect()
}

/// An event as whoever has this secret signs it.
fn signed(secret: &str, (id, did): (&str, &str), event: &Value, now: Timestamp) -> Said {
    let (url, body) = ("http://127.0.0.1/".parse().unwrap(), event.to_string());
    let webhook = Webhook { url: &url, id, now, body: &body };
    let request = webhook.signed(&[WebhookSecret::new(secret.to_owned())]).unwrap().unwrap();
    let headers = request.headers.into_iter().collect();
    Said { target: format!("/v1/feedback?did={did}"), headers, body }
}

fn secret(of: &str) -> String {
    Installation::secret_for(of)
}

#[tokio::test]
async fn what_is_told_again_because_its_answer_was_lost_is_booked_once() {
    let (a, mut b, wire) = apart().await;
    wire.next([Fate::Unanswered, Fate::Unanswered]);
    a.post("ann@example.com").await;
    for _ in 0..3 {
        settle_all(&[&a, &b]).await;
        b.wait(SignedDuration::from_secs(40));
    }
    let said = wire.said();
    assert_eq!(said.len(), 3);
    assert!(
        said.iter().all(|one| one.body == said[0].body && one.header("webhook-id") == said[0].header("webhook-id"))
    );
    let (ours, theirs) = (a.only_lead().await.id, b.only_lead().await.id);
    assert_eq!(heard(&a, ours).await, results(&[("sold", "applied")]));
    let told = b.tables.store().telling(theirs, None).await.unwrap().unwrap();
    assert_eq!((told.state, told.answer.as_deref()), (TellingState::Idle, Some("applied")), "as the first time");
    assert_eq!(agreed((&a, ours), (&b, theirs)).await, 500);
}

#[tokio::test]
async fn what_is_overheard_and_repeated_changes_nothing_and_is_not_heard_after_five_minutes() {
    let (a, mut b, wire, [ours, theirs]) = sold().await;
    let before = a.everything_of(ours).await;
    let again = wire.bring(&wire.said()[0]).await.expect(200);
    assert_eq!((&again.json["result"], &again.json["replayed"]), (&json!("applied"), &json!(true)));
    let event: Value = serde_json::from_str(&wire.said()[0].body).unwrap();
    let id = wire.said()[0].header("webhook-id");
    for minutes in [-6, 6] {
        let then = lambda::now() + SignedDuration::from_mins(minutes);
        wire.bring(&signed(&secret("b"), (&id, "b"), &event, then)).await.expect(401);
    }
    assert_eq!(a.everything_of(ours).await, before);
    // What was on its way for too long is told again, under the same id.
    take_back(&b, theirs, "DUPE").await;
    b.wait(SignedDuration::from_mins(-6));
    settle_all(&[&a, &b]).await;
    let told = b.tables.store().telling(theirs, None).await.unwrap().unwrap();
    assert!(matches!(&told.state, TellingState::Retry { reason, .. } if reason == "status 401"), "{told:?}");
    assert_eq!(a.everything_of(ours).await, before);
    b.wait(SignedDuration::from_mins(7));
    settle_all(&[&a, &b]).await;
    let [first, last] = [1, 2].map(|place| wire.said()[place].header("webhook-id"));
    assert_eq!(first, last);
    assert_eq!(heard(&a, ours).await.len(), 2);
    assert_eq!(agreed((&a, ours), (&b, theirs)).await, 0);
}

#[tokio::test]
async fn what_is_forged_is_not_heard_and_leaves_nothing_behind() {
    let (a, b, wire) = apart().await;
    let c = Installation::start("c").await;
    a.sends_to(&c, "4.00", json!({}), any_terms()).await;
    wire.next([Fate::Kept(503, "")]);
    a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    let (ours, real) = (a.only_lead().await, wire.said().remove(0));
    assert!(matches!(state(&ours, "b"), DeliveryState::AwaitingFeedback { .. }));
    let before = a.everything_of(ours.id).await;
    let event: Value = serde_json::from_str(&real.body).unwrap();
    let id = real.header("webhook-id");
    let reworded = |from: &str, to: &str| {
        let body = real.body.replace(from, to);
        assert_ne!(body, real.body);
        Said { body, ..real.clone() }
    };
    let signature = real.header("webhook-signature");
    let broken = signature.replacen(&signature[3..4], if &signature[3..4] == "A" { "B" } else { "A" }, 1);
    let at: i64 = real.header("webhook-timestamp").parse().unwrap();
    let to = |did: &str| Said { target: format!("/v1/feedback?did={did}"), ..real.clone() };
    for forged in [
        reworded("5.00", "9.00"),
        reworded("sold", "unsold"),
        reworded(&ours.id.to_string(), "lead_00000000000000000000000009"),
        real.clone().with("webhook-signature", &broken),
        real.clone().with("webhook-signature", ""),
        real.clone().with("webhook-id", &format!("{id}0")),
        real.clone().with("webhook-timestamp", &(at + 1).to_string()),
        to("c"),
        to("y"),
        to("nobody"),
        Said { target: "/v1/feedback".to_owned(), ..real.clone() },
        signed(&secret("c"), (&id, "b"), &event, lambda::now()),
    ] {
        let answer = wire.bring(&forged).await;
        assert_eq!((answer.status, &answer.json["code"]), (401, &json!("unverified")), "{forged:?}: {}", answer.text);
    }
    // Rightly signed, of a lead that never went there: as of one that there is not.
    let mut unknown = event.clone();
    unknown["lead_ref"] = json!("lead_00000000000000000000000009");
    let strangers = [event.clone(), unknown].map(|event| signed(&secret("c"), ("e1", "c"), &event, lambda::now()));
    let [theirs, nobodys] = [wire.bring(&strangers[0]).await.expect(404), wire.bring(&strangers[1]).await.expect(404)];
    assert_eq!((&theirs.json["detail"], &theirs.json["code"]), (&nobodys.json["detail"], &nobodys.json["code"]));
    assert!(!theirs.text.contains("example.com"), "{}", theirs.text);
    assert_eq!(a.everything_of(ours.id).await, before, "nothing is kept of any of them");
    assert_eq!(wire.bring(&real).await.expect(200).json["result"], "applied");
}

#[tokio::test]
async fn a_sale_that_comes_after_its_return_is_too_late() {
    let (a, b, wire) = apart().await;
    // Whoever is between them lets it believe that it was heard.
    wire.next([Fate::Kept(200, r#"{"result":"applied"}"#)]);
    a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    let (ours, theirs) = (a.only_lead().await.id, b.only_lead().await.id);
    take_back(&b, theirs, "DUPE").await;
    settle_all(&[&a, &b]).await;
    assert_eq!(wire.bring(&wire.said()[0]).await.expect(200).json["result"], "too_late");
    let mut all = heard(&a, ours).await;
    all.sort();
    assert_eq!(all, results(&[("returned", "applied"), ("sold", "too_late")]));
    assert_eq!((a.is_owed(ours, "b").await, a.is_owed(ours, "y").await), (0, 100), "the next in line has it");
    assert_eq!(agreed((&a, ours), (&b, theirs)).await, 0);
    assert_eq!(a.notices().await.len(), 1, "its seller is told of the sale");
    assert_eq!(b.notices().await, [""; 0], "it is taken back: nobody had booked it");
}

#[tokio::test]
async fn what_contradicts_what_was_heard_before_is_kept_and_changes_nothing() {
    let (a, b, wire, [ours, theirs]) = sold().await;
    let of = |event: &str| json!({ "lead_ref": ours.to_string(), "reference": theirs.to_string(), "event": event });
    let say = async |id: &str, event: Value| {
        let answer = wire.bring(&signed(&secret("b"), (id, "b"), &event, lambda::now())).await.expect(200);
        text(&answer.json["result"])
    };
    assert_eq!(say("e1", of("unsold")).await, "contradicts");
    assert_eq!(agreed((&a, ours), (&b, theirs)).await, 500);
    a.post("bob@example.com").await;
    wire.next([Fate::Kept(410, "")]);
    settle_all(&[&a, &b]).await;
    let next = a.leads().await.into_iter().find(|lead| lead.id != ours).unwrap();
    let mut unsold = of("unsold");
    unsold["lead_ref"] = json!(next.id.to_string());
    unsold["reference"] = Value::Null;
    assert_eq!(say("e2", unsold).await, "applied");
    settle_all(&[&a, &b]).await;
    assert_eq!(wire.bring(wire.said().last().unwrap()).await.expect(200).json["result"], "too_late");
    assert_eq!((a.is_owed(next.id, "b").await, a.is_owed(next.id, "y").await), (0, 100));
    assert_eq!(a.notices().await.len(), 2, "its seller is told of both");
    a.verify().await;
}

#[tokio::test]
async fn a_sale_that_is_told_before_the_lead_is_known_to_have_arrived_is_told_again_and_booked_once() {
    let (mut a, mut b) = (Installation::start("a").await, Installation::start("b").await);
    let there = b.dispatcher.own.url.clone();
    let out = Wire::to(&there, "/v1/leads").await;
    out.url().clone_into(&mut b.dispatcher.own.url);
    let back = a.behind_a_wire().await;
    a.sends_to(&b, "4.00", json!({}), any_terms()).await;
    a.sell("2.00", &["s0"], &["b"]).await;
    b.buys("x", "9.00").await;
    b.sell("5.00", &["a"], &["x"]).await;
    let answer = Arc::new(Notify::new());
    out.next([Fate::Late(Arc::clone(&answer))]);
    let ours = a.post("ann@example.com").await;
    let queued = a.only_lead().await;
    let job = DeliveryJob::of(&queued, &did("b"), &queued.deliveries[&did("b")], None);
    let draw = Draw { now: a.now(), attempt: lambda::new_attempt_id(), jitter_permille: 0 };
    let early = async {
        while back.said().is_empty() {
            settle_all(&[&b]).await;
        }
        assert!(matches!(state(&a.only_lead().await, "b"), DeliveryState::Sending { .. }));
        assert_eq!(heard(&a, ours).await, results(&[("sold", "too_early")]));
        answer.notify_one();
    };
    let (delivered, ()) = tokio::join!(a.dispatcher.deliver(&job, draw), early);
    delivered.unwrap();
    assert!(matches!(state(&a.only_lead().await, "b"), DeliveryState::AwaitingFeedback { .. }));
    b.wait(SignedDuration::from_secs(10));
    settle_all(&[&a, &b]).await;
    let said = back.said();
    assert_eq!((said.len(), said[0].header("webhook-id")), (2, said[1].header("webhook-id")));
    assert_eq!(heard(&a, ours).await, results(&[("sold", "applied")]));
    assert_eq!(agreed((&a, ours), (&b, b.only_lead().await.id)).await, 500);
}

#[tokio::test]
async fn the_buyer_of_a_lead_that_was_sent_on_is_grey_then_green_or_red_with_the_reason() {
    let (a, mut b, wire) = apart().await;
    wire.next([Fate::Kept(503, "")]);
    let ours = a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    let line = async |of: &Installation| of.shows("/v1/leads?campid=c").await["items"][0].clone();
    let cell =
        |line: &Value| (text(&line["sold_status"]), text(&line["buyer"]["colour"]), text(&line["buyer"]["label"]));
    let is = |status: &str, colour: &str, label: &str| (status.to_owned(), colour.to_owned(), label.to_owned());
    assert_eq!(cell(&line(&a).await), is("open", "grey", "b"));
    b.wait(SignedDuration::from_secs(10));
    settle_all(&[&a, &b]).await;
    assert_eq!(cell(&line(&a).await), is("sold", "green", "b"));
    let event = json!({ "lead_ref": ours.to_string(), "event": "contacted" });
    wire.bring(&signed(&secret("b"), ("e1", "b"), &event, lambda::now())).await.expect(200);
    let shown = a.shows(&format!("/v1/leads/{ours}")).await;
    assert_eq!(shown["deliveries"][0]["follow_up"]["stage"], "contacted", "{shown:#}");

    let (a, b) = (Installation::start("a").await, Installation::start("b").await);
    a.sends_to(&b, "4.00", json!({ "no_buyer": "Nobody there wanted it" }), any_terms()).await;
    a.sell("2.00", &["s0"], &["b"]).await;
    b.sell("5.00", &["a"], &[]).await;
    let ours = a.post("ann@example.com").await;
    settle_all(&[&a, &b]).await;
    let refused = line(&a).await;
    assert_eq!(cell(&refused), is("unsold", "red", "b"));
    assert_eq!(refused["delivery"]["reasons"][0]["reason"], "Nobody there wanted it", "{refused:#}");
    let shown = a.shows(&format!("/v1/leads/{ours}")).await;
    assert_eq!(shown["deliveries"][0]["reason"], "Nobody there wanted it", "{shown:#}");
    assert_eq!(shown["deliveries"][0]["feedback"][0]["code"], "no_buyer", "as it was said");
}
