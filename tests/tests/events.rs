//! Every file in `events/` is given to its deployed function, which must answer as written here.

use std::{collections::BTreeMap, path::Path};

use domain::{
    access::{Key, Principal},
    id::KeyId,
};
use serde_json::{Value, json};
use tests::Deployment;

/// The key that the events carry: `vk_events_0123456789abcdef0123456789abcdef`.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What an event must be answered with: each member named here must be in the answer.
fn expected() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("delivery/lead_is_gone", json!({ "batchItemFailures": [] })),
        ("delivery/one_of_two_unreadable", json!({ "batchItemFailures": [{ "itemIdentifier": "unreadable" }] })),
        ("ingest/form", json!({ "statusCode": 422 })),
        ("ingest/json", json!({ "statusCode": 422 })),
        ("ingest/without_key", json!({ "statusCode": 401 })),
        ("search/missing_lead", json!({ "statusCode": 404 })),
        // It carries the first key of another installation.
        ("setup/create_campaign", json!({ "statusCode": 401 })),
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
    let key = Key {
        id: "events".parse::<KeyId>().unwrap(),
        principal: Principal::Seller,
        label: "events".to_owned(),
        secret_sha256: lambda::auth::secret_sha256(SECRET),
        created: lambda::now(),
        revoked: None,
    };
    deployment.store().make_key(&key).await.unwrap();

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
