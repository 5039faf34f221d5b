//! Every file in `events/` is given to its deployed function, which must answer as written here.

use std::{collections::BTreeMap, path::Path};

use domain::{
    access::{ApiKey, Principal},
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    distribution::Group,
    id::{KeyId, LeadId},
    intake::{Intake, Submission, judge},
    lead::{Method, SoldStatus},
    setup::Record,
    supplier::Supplier,
};
use serde_json::{Value, json};
use store::{Identity, Saved, Store};
use tests::{Deployment, Reply, TestBuyer};

/// The key that the events carry: `vk_events_0123456789abcdef0123456789abcdef`.
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The lead that `delivery/lead_is_sold` is about.
const LEAD: &str = "lead_01JD3QZ8000000000000000004";

/// What an event must be answered with: each member named here must be in the answer.
fn expected() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("bulk/cancel_missing_job", json!({ "statusCode": 404 })),
        ("bulk/dry_run", json!({ "statusCode": 202 })),
        ("bulk/list_jobs", json!({ "statusCode": 200 })),
        ("bulk/missing_job", json!({ "statusCode": 404 })),
        ("bulk/order_without_key", json!({ "statusCode": 401 })),
        ("bulk/outcomes_of_missing_job", json!({ "statusCode": 404 })),
        ("bulk-worker/no_such_job", json!({ "batchItemFailures": [] })),
        ("bulk-worker/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("consent/list_suppressions", json!({ "statusCode": 200 })),
        ("consent/list_without_key", json!({ "statusCode": 401 })),
        ("consent/one_click_of_another_installation", json!({ "statusCode": 404 })),
        ("consent/suppress", json!({ "statusCode": 200 })),
        ("delivery/lead_is_gone", json!({ "batchItemFailures": [] })),
        ("delivery/lead_is_sold", json!({ "batchItemFailures": [] })),
        ("delivery/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("delivery-api/list_dead_letters", json!({ "statusCode": 200 })),
        ("delivery-api/list_notices", json!({ "statusCode": 200 })),
        ("delivery-api/redrive_without_key", json!({ "statusCode": 401 })),
        ("delivery-api/release_missing_lead", json!({ "statusCode": 404 })),
        ("delivery-api/settle_missing_lead", json!({ "statusCode": 404 })),
        ("delivery-api/test_delivery", json!({ "statusCode": 200 })),
        ("delivery-files/schedule", json!({ "failed": 0, "cut_short": false })),
        ("feedback/sold_of_unknown_delivery", json!({ "statusCode": 401 })),
        ("feedback/sold_without_signature", json!({ "statusCode": 401 })),
        ("feedback-worker/lead_is_gone", json!({ "batchItemFailures": [] })),
        ("feedback-worker/refusal_of_lead_that_is_gone", json!({ "batchItemFailures": [] })),
        ("feedback-worker/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("ingest/form", json!({ "statusCode": 201 })),
        ("ingest/json", json!({ "statusCode": 201 })),
        ("ingest/without_key", json!({ "statusCode": 401 })),
        ("lead-export/no_such_export", json!({ "batchItemFailures": [] })),
        ("lead-export/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("lead-import/announce", json!({ "statusCode": 201 })),
        ("lead-import/announce_without_key", json!({ "statusCode": 401 })),
        ("lead-import/list_imports", json!({ "statusCode": 200 })),
        ("lead-import/missing_import", json!({ "statusCode": 404 })),
        ("lead-import-worker/file_that_nobody_announced", json!({ "batchItemFailures": [] })),
        ("lead-import-worker/no_such_file", json!({ "batchItemFailures": [] })),
        (
            "lead-import-worker/one_of_two_unreadable",
            json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] }),
        ),
        ("lead-import-worker/test_event", json!({ "batchItemFailures": [] })),
        ("notify/group_is_empty", json!({ "batchItemFailures": [] })),
        ("notify/notice_is_gone", json!({ "batchItemFailures": [] })),
        ("notify/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("reconcile/one_month", json!({ "leads": 0, "missing": 0, "differing": 0, "cut_short": false })),
        ("reconcile/schedule", json!({ "cut_short": false })),
        ("reports/buyer_statement", json!({ "statusCode": 200 })),
        ("reports/credit_without_rule", json!({ "statusCode": 422 })),
        ("reports/edit_missing_lead", json!({ "statusCode": 200 })),
        ("reports/journal_of_a_day", json!({ "statusCode": 200 })),
        ("reports/report_by_month", json!({ "statusCode": 200 })),
        ("reports/report_without_key", json!({ "statusCode": 401 })),
        ("reports/supplier_statement", json!({ "statusCode": 200 })),
        ("responder/lead_has_not_joined", json!({ "batchItemFailures": [] })),
        ("responder/lead_is_gone", json!({ "batchItemFailures": [] })),
        ("responder/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("return-file/file_of_no_buyer", json!({ "batchItemFailures": [] })),
        ("return-file/no_such_file", json!({ "batchItemFailures": [] })),
        ("return-file/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("return-file/test_event", json!({ "batchItemFailures": [] })),
        ("returns/list_requested", json!({ "statusCode": 200 })),
        ("returns/list_without_key", json!({ "statusCode": 401 })),
        ("returns/reject_missing_return", json!({ "statusCode": 404 })),
        ("returns/return_missing_lead", json!({ "statusCode": 422 })),
        ("rollup/lead_is_sold", json!({ "batchItemFailures": [] })),
        (
            "rollup/one_of_two_unreadable",
            json!({ "batchItemFailures": [{ "itemIdentifier": "4421584500000000017450439093" }] }),
        ),
        ("search/list_exports", json!({ "statusCode": 200 })),
        ("search/missing_export", json!({ "statusCode": 404 })),
        ("search/missing_lead", json!({ "statusCode": 404 })),
        ("setup/create_campaign", json!({ "statusCode": 201 })),
        ("setup/create_supplier", json!({ "statusCode": 201 })),
        ("setup/health", json!({ "statusCode": 200 })),
        ("setup/unknown_path", json!({ "statusCode": 404 })),
        ("setup/unauthorised", json!({ "statusCode": 401 })),
        ("sweeper/schedule", json!({ "cut_short": false })),
    ])
}

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let deployment = Deployment::get().await;
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    let store = deployment.store();
    furnish(&store, &buyer).await;

    let mut open = expected();
    for (case, event) in events() {
        let expected =
            open.remove(case.as_str()).unwrap_or_else(|| panic!("events/{case}.json has no expectation here"));
        let (function, _) = case.split_once('/').unwrap();
        let answer = deployment.invoke(function, &event).await;
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&answer[member], value, "events/{case}.json: {answer:#}");
        }
    }
    assert!(open.is_empty(), "without a file in events/: {:?}", open.keys());
    let lead = store.lead(LEAD.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((lead.sold_status(), buyer.requests().len()), (SoldStatus::Sold, 1), "delivery/lead_is_sold");
}

/// What the events are about: their key, supplier `s1`, campaign `solar`, and a lead that is to go to delivery `d1`.
async fn furnish(store: &Store, buyer: &TestBuyer) {
    let key = ApiKey {
        id: "events".parse::<KeyId>().unwrap(),
        principal: Principal::Seller,
        label: "events".to_owned(),
        secret_sha256: lambda::auth::secret_sha256(SECRET),
        created: lambda::now(),
        revoked: None,
    };
    store.make_key(&key).await.unwrap();
    let supplier = save::<Supplier>(store, json!({ "sid": "s1", "name": "Acme Media" })).await;
    save::<Buyer>(store, json!({ "bid": "b1", "name": "Bright Solar" })).await;
    let delivery = json!({
        "did": "d1", "name": "Bright Solar CRM", "campid": "solar", "bid": "b1",
        "price": { "amount": "12.50", "currency": "GBP" },
        "channel": {
            "kind": "http",
            "request": { "url": buyer.url(), "fields": { "email": "{{ lead.email }}" } },
            "answer": { "rules": [{ "then": "accepted", "json": { "pointer": "/status", "equals": "accepted" } }] },
        },
    });
    save::<Delivery>(store, delivery).await;
    let campaign = json!({
        "campid": "solar", "name": "Solar quotes", "country": "GB", "currency": "GBP",
        "fields": [
            { "name": "firstname", "kind": { "type": "text" }, "required": true },
            { "name": "email", "kind": { "type": "email" }, "required": true },
            { "name": "phone1", "kind": { "type": "phone" }, "required": true },
        ],
        "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } },
        "suppliers": ["s1"],
    });
    let campaign = save::<Campaign>(store, campaign).await;
    // Only this lead has a delivery, so that no message but that of the event is about it.
    let distribution = vec![Group::Priority { deliveries: vec!["d1".parse().unwrap()] }];
    put_lead(store, &Campaign { distribution, ..campaign }, &supplier).await;
}

async fn save<T: Record>(store: &Store, record: Value) -> T {
    let record: T = serde_json::from_value(record).unwrap();
    assert!(record.check().is_empty(), "{:?}", record.check());
    assert!(matches!(store.save(record.clone(), None).await.unwrap(), Saved::Done(_)));
    record
}

async fn put_lead(store: &Store, campaign: &Campaign, supplier: &Supplier) {
    let fields = [("firstname", "Ann"), ("email", "ann@example.com"), ("phone1", "020 7946 0018")];
    let sent = Submission {
        id: LEAD.parse::<LeadId>().unwrap(),
        received: lambda::now(),
        method: Method::Api,
        ssid: None,
        source: None,
        test: false,
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect(),
    };
    let Intake::Kept { lead, .. } = judge(sent, campaign, supplier, &jiff::tz::TimeZone::UTC) else {
        unreachable!("nothing is unsafe here")
    };
    let lead = store.give_out(&lead, campaign, lead.received).await.unwrap();
    store.put_lead(&lead, 0, &Identity::new("tests".to_owned().into())).await.unwrap();
}

/// The files by `function/case`.
fn events() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
            found.push((format!("{}/{}", name(&folder), name(&file)), std::fs::read_to_string(&file).unwrap()));
        }
    }
    found
}
