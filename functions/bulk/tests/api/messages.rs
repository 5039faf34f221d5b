//! Messages to people: who is to have one and who is not, by what is checked when they are ordered, and how they are called off.

use domain::{
    lead::Lead,
    responder::{Enrolment, Responder},
};
use lambda::test_api::pounds;
use serde_json::{Value, json};
use store::BulkJobState;

use crate::{
    harness::{Api, at_once, figures, with},
    leads::{aside, id, open, sold},
};

fn by_email() -> Value {
    json!({
        "action": "send_message",
        "params": { "campid": "solar", "channel": "email", "subject": "Hello {{ lead.email }}", "text": "Thank you." },
    })
}

/// The same with other params.
fn changed(changes: Value) -> Value {
    with(&by_email(), json!({ "params": with(&by_email()["params"], changes) }))
}

/// A responder of this campaign; its gateway, if it has one, takes text messages.
async fn save_responder(api: &Api, rid: &str, campid: &str, has_gateway: bool) {
    let step = match has_gateway {
        true => json!({ "after_min": 0, "channel": "sms", "text": "Hello. {{ unsubscribe_url }}" }),
        false => json!({ "after_min": 0, "channel": "email", "subject": "Hello", "text": "Hello." }),
    };
    let mut record = json!({ "rid": rid, "name": "Welcome", "campid": campid, "steps": [step] });
    if has_gateway {
        record["sms"] = json!({
            "request": { "url": "https://sms.example/", "fields": { "to": "{{ sms.to }}", "text": "{{ sms.text }}" } },
            "answer": { "rules": [{ "then": "accepted", "status": ["2xx"] }] },
        });
    }
    api.save::<Responder>(record).await;
}

#[tokio::test]
async fn people_that_may_be_written_to_get_it_once_and_a_dry_run_tells_who_would() {
    let api = Api::start().await;
    let nobody = Lead { fields: [].into(), ..open(4) };
    api.put(&[sold(1), open(2), aside(3), nobody]).await;
    let no = json!({ "action": "unsubscribe" });
    api.ordered_for(&no, &[id(2)]).await;
    api.work(at_once()).await;
    let (leads, before) = ([id(1), id(2), id(3), id(4)], api.leads(&[id(1), id(2)]).await);
    let dry = api.ordered_for(&with(&by_email(), json!({ "dry_run": true })), &leads).await;
    api.work(at_once()).await;
    assert_eq!(api.leads(&[id(1), id(2)]).await, before, "a dry run changes nothing");
    let job = api.ordered_for(&by_email(), &leads).await;
    api.work(at_once()).await;

    let expected = ["changed", "no_consent", "not_for_sale", "no_contact"];
    assert_eq!(
        (api.outcomes(dry).await, api.outcomes(job).await),
        (expected.map(str::to_owned).into(), expected.map(str::to_owned).into())
    );
    let (seen, done) = (api.job(dry).await, api.job(job).await);
    assert_eq!(figures(&seen), figures(&done));
    let why = json!({ "no_consent": 1, "not_for_sale": 1, "no_contact": 1 });
    assert_eq!((&seen["skipped_for"], &done["skipped_for"]), (&why, &why));
    assert_eq!((&seen["messages"], &done["messages"]["waiting"]), (&Value::Null, &json!(0)), "{done:#}");
    let lead = api.lead(id(1)).await;
    assert_eq!(lead.joined.iter().map(|one| one.rid.job()).collect::<Vec<_>>(), [Some(job)]);
    // Once more, by a message that comes twice.
    api.turn(job, at_once()).await.unwrap();
    assert_eq!(api.lead(id(1)).await, lead);

    // Until it is sent, it is waited for; the text stands in the job, once.
    let store = api.store();
    store.enrol(Enrolment::new(lead.id, &lead.joined[0])).await.unwrap();
    assert_eq!(api.job(job).await["messages"]["waiting"], 1);
    let message = store.responder_or_message(&job.into()).await.unwrap().unwrap();
    assert_eq!((message.steps.len(), &message.rid), (1, &job.into()));
    assert!(store.responder_or_message(&dry.into()).await.unwrap().is_none(), "nobody is written to by a dry run");
    let kept = api.tables.everything().await;
    assert_eq!(kept.matches("Thank you.").count(), 2, "with each of the two jobs");
}

#[tokio::test]
async fn a_person_with_several_leads_is_written_to_by_way_of_one_and_by_the_next_job_again() {
    let api = Api::start().await;
    let same = |number: u16| Lead { fields: open(1).fields, ..open(number) };
    api.put(&[open(1), same(2), same(3), open(4)]).await;
    let leads = [id(1), id(2), id(3), id(4)];
    for _ in 0..2 {
        let job = api.ordered_for(&by_email(), &leads).await;
        api.work(at_once()).await;
        let done = api.job(job).await;
        assert_eq!((&done["changed"], &done["skipped_for"]), (&json!(2), &json!({ "same_person": 2 })), "{done:#}");
        let has_it = |lead: &Lead| lead.joined.iter().any(|one| one.rid.job() == Some(job));
        let by: Vec<bool> = api.leads(&leads).await.iter().map(has_it).collect();
        assert_eq!((by[..3].iter().filter(|has| **has).count(), by[3]), (1, true));
        // Once more, by a message that comes twice.
        let before = api.leads(&leads).await;
        api.turn(job, at_once()).await.unwrap();
        assert_eq!(api.leads(&leads).await, before);
    }
}

#[tokio::test]
async fn what_could_not_be_sent_is_refused_before() {
    let api = Api::start().await;
    save_responder(&api, "texts", "solar", true).await;
    save_responder(&api, "mails", "solar", false).await;
    api.save::<domain::campaign::Campaign>(json!({
        "campid": "boilers", "name": "Boilers", "country": "GB", "currency": "GBP",
        "payout": { "mode": "buyer_accept", "amount": pounds("5.00") },
    }))
    .await;
    save_responder(&api, "others", "boilers", true).await;
    let sms = |gateway: &str| json!({ "channel": "sms", "subject": null, "text": "Hello. {{ unsubscribe_url }}", "gateway": gateway });
    for (changes, field, code) in [
        (json!({ "campid": "nothing" }), "params.campid", "unknown_reference"),
        (json!({ "text": "{{ lead.rof }}" }), "params.text", "template_unknown_name"),
        (json!({ "subject": null }), "params.subject", "required"),
        (json!({ "text": "{{ lead.email" }), "params.text", "template_syntax"),
        (
            json!({ "channel": "sms", "subject": null, "text": "Hello. {{ unsubscribe_url }}" }),
            "params.gateway",
            "required",
        ),
        (sms("nobody"), "params.gateway", "unknown_reference"),
        (sms("mails"), "params.gateway", "no_gateway"),
        (sms("others"), "params.gateway", "other_campaign"),
    ] {
        let order = with(&changed(changes), json!({ "lead_ids": [id(1)] }));
        let answer = api.post("/v1/bulk", &order).await.expect(422);
        let told = &answer["errors"][0];
        assert_eq!((&told["field"], &told["code"]), (&json!(field), &json!(code)), "{answer:#}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer:#}");
    }
    let job = api.ordered_for(&changed(sms("texts")), &[id(1)]).await;
    let message = api.store().responder_or_message(&job.into()).await.unwrap().unwrap();
    assert!(message.sms.is_some(), "it goes by the gateway of the responder");
}

#[tokio::test]
async fn messages_that_wait_are_called_off_although_the_job_is_done() {
    let api = Api::start().await;
    api.put(&[open(1)]).await;
    let other = api.ordered_for(&json!({ "action": "unsubscribe", "params": { "from": "sms" } }), &[id(1)]).await;
    api.work(at_once()).await;
    let job = api.ordered_for(&by_email(), &[id(1)]).await;
    api.work(at_once()).await;
    for done in [other, job] {
        assert_eq!(api.job(done).await["state"], "done");
        api.cancelled(done).await.expect(200);
    }
    assert_eq!(api.stored(other).await.state, BulkJobState::Done, "nothing of it is left to be done");
    assert_eq!((api.stored(job).await.state, api.told()), (BulkJobState::Cancelled, Vec::new()));
    let message = api.store().responder_or_message(&job.into()).await.unwrap();
    assert!(message.is_none(), "nobody is written to any more");
    let before = api.job(job).await;
    api.cancelled(job).await.expect(200);
    assert_eq!(api.job(job).await, before);
}
