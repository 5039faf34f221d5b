//! Responders that approved leads join, however many there are and however large.

use domain::responder::Responder;
use serde_json::{Value, json};

use crate::test_tables::TestTables;

/// Several times what one read brings.
const LARGE: usize = 32;
/// Bytes of the largest template.
const TEMPLATE: usize = 8 * 1024;

fn responder(rid: &str, changes: Value) -> Responder {
    let text = "x".repeat(TEMPLATE);
    let step = json!({ "after_min": 0, "channel": "email", "subject": "Hello", "text": text });
    let steps: Vec<_> = (0..20).map(|_| step.clone()).collect();
    let mut record = json!({ "rid": rid, "name": "Welcome", "campid": "solar", "steps": steps });
    record.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(record).unwrap()
}

#[tokio::test]
async fn the_last_of_many_large_responders_is_joined_as_well() {
    let tables = TestTables::start().await;
    let store = tables.store();
    for number in 0..LARGE {
        store.save(responder(&format!("by-hand-{number:02}"), json!({})), None).await.unwrap();
    }
    let joined = json!({ "join": "on_approval" });
    store.save(responder("zz-last", joined), None).await.unwrap();
    let off = json!({ "join": "on_approval", "active": false });
    store.save(responder("zz-off", off), None).await.unwrap();
    let elsewhere = json!({ "join": "on_approval", "campid": "boilers" });
    store.save(responder("zz-other", elsewhere), None).await.unwrap();
    let found = tables.store().joined_on_approval(&"solar".parse().unwrap()).await.unwrap();
    assert_eq!(found, ["zz-last".parse().unwrap()]);
}
