//! What an action refuses, it does not write: whichever action, and whatever has become of the lead.

use std::collections::BTreeMap;

use domain::{
    id::LeadId,
    lead::{Channel, Lead},
    responder::Responder,
};
use lambda::test_api::{identity, pounds};
use serde_json::{Value, json};

use crate::{
    harness::{Api, at_once, take_back, update_payout, update_revenue},
    leads::{aside, id, open, sold, sold_twice, turned_down},
};

/// An order of each action that is carried out lead by lead, and to leads that are named.
fn orders() -> Vec<Value> {
    let order = |action: &str, params: Value| json!({ "action": action, "params": params });
    let message = json!({ "campid": "solar", "channel": "email", "subject": "Hello", "text": "Thank you." });
    vec![
        order("redeliver", json!({})),
        take_back(),
        update_payout("7.00"),
        // What it is already.
        update_payout("5.00"),
        update_revenue("10.00"),
        update_revenue("12.50"),
        order("release", json!({})),
        order("reject", json!({ "reason": "odd" })),
        order("unsubscribe", json!({})),
        order("resubscribe", json!({})),
        order("delete", json!({})),
        order("join_responder", json!({ "rid": "welcome" })),
        order("send_message", message),
        order("return", json!({ "reason": "OTHER", "bid": "b7" })),
        order("update_revenue", json!({ "revenue": pounds("10.00"), "reason": "agreed", "bid": "b7" })),
    ]
}

/// One of each kind.
fn leads() -> Vec<Lead> {
    let gone = sold(6).on_deleted(lambda::now()).unwrap();
    let nobody = Lead { fields: [].into(), ..open(7) };
    let test = Lead { test: true, ..open(8) };
    vec![open(1), aside(2), sold(3), sold_twice(4), turned_down(5), gone, nobody, test, open(9)]
}

/// All that is written of each lead and of its person, in an order of its own.
async fn written(api: &Api, leads: &[LeadId]) -> BTreeMap<LeadId, Vec<String>> {
    let everything = api.tables.everything().await;
    let mut written = BTreeMap::new();
    for id in leads {
        let lead = api.lead(*id).await;
        let people = Channel::ALL.into_iter().filter_map(|channel| lead.contact(channel));
        let hashes: Vec<String> = people.map(|contact| identity().contact(&contact)).collect();
        // The job's own rows name its leads.
        let of_lead = |row: &str| row.contains(&id.to_string()) && !row.contains("bulk_job");
        let rows = everything.lines().filter(|row| of_lead(row) || hashes.iter().any(|hash| row.contains(hash)));
        let mut parts: Vec<String> =
            rows.flat_map(|row| row.split([',', '{', '}'])).map(|part| part.trim().to_owned()).collect();
        parts.sort();
        written.insert(*id, parts);
    }
    written
}

#[tokio::test]
async fn a_lead_that_an_action_refuses_is_written_by_nobody() {
    let ids: Vec<LeadId> = (1..=9).map(id).collect();
    let mut refused = 0;
    for order in orders() {
        let api = Api::start().await;
        api.put(&leads()).await;
        let step = json!({ "after_min": 0, "channel": "email", "subject": "Hello", "text": "Hello." });
        api.save::<Responder>(json!({ "rid": "welcome", "name": "Welcome", "campid": "solar", "steps": [step] })).await;
        // The last one's person has said no.
        api.ordered_for(&json!({ "action": "unsubscribe" }), &ids[8..]).await;
        api.work(at_once()).await;
        let before = written(&api, &ids).await;
        let job = api.ordered_for(&order, &ids).await;
        api.work(at_once()).await;
        let after = written(&api, &ids).await;
        for (id, outcome) in ids.iter().zip(api.outcomes(job).await) {
            let news: Vec<_> = after[id].iter().filter(|part| !before[id].contains(part)).collect();
            assert_eq!(before[id] != after[id], outcome == "changed", "{outcome}: {order:#} {news:?}");
            refused += usize::from(outcome != "changed");
        }
    }
    assert!(refused > 60, "{refused}");
}
