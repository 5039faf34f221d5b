//! What is counted: every post, and every lead of it, whatever was answered.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use serde_json::json;

use super::{Api, lead};

/// How often each metric was counted or recorded.
#[derive(Clone, Default)]
struct Tally(Arc<Mutex<BTreeMap<String, u64>>>);

/// One of its metrics.
struct Named(Tally, String);

impl Named {
    fn add(&self, value: u64) {
        *self.0.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
    }
}

impl CounterFn for Named {
    fn increment(&self, value: u64) {
        self.add(value);
    }

    fn absolute(&self, value: u64) {
        unreachable!("nobody sets {} to {value}", self.1);
    }
}

impl HistogramFn for Named {
    fn record(&self, _: f64) {
        self.add(1);
    }
}

impl Recorder for Tally {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Named(self.clone(), key.name().to_owned())))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Named(self.clone(), key.name().to_owned())))
    }
}

impl Tally {
    /// `ingest_ms 1, lead_approved 2`: what was counted since it was last asked.
    fn take(&self) -> String {
        let counted = std::mem::take(&mut *self.0.lock().unwrap());
        counted.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    }
}

#[tokio::test]
async fn every_lead_and_every_post_is_counted_whatever_is_answered() {
    let api = Api::start().await;
    let tally = Tally::default();
    let _guard = set_default_local_recorder(&tally);
    let unreadable = lead(json!({ "email": [] }));
    for (body, counted) in [
        (lead(json!({})), "ingest_ms 1, lead_approved 1"),
        (unreadable.clone(), "ingest_ms 1, lead_rejected_validation 1"),
        (json!({ "leads": [unreadable, 1] }), "ingest_ms 1, lead_rejected_validation 2"),
        (lead(json!({ "sid": "s2" })), "ingest_ms 1, lead_rejected_supplier 1"),
        (json!({ "leads": [] }), "ingest_ms 1"),
    ] {
        api.post(&body).await;
        assert_eq!(tally.take(), counted, "{body}");
    }
    api.send("b1", &[], "").await;
    assert_eq!(tally.take(), "ingest_ms 1", "a buyer's post");
}

#[tokio::test]
async fn leads_that_fail_on_our_side_are_counted_whether_a_receipt_or_a_problem_says_so() {
    let api = Api::start().await;
    let row = json!({ "pk": "campaign", "sk": "broken", "v": 1, "r": {} });
    let (client, setup) = (api.tables.client(), api.tables.tables().setup);
    let row = serde_dynamo::to_item(row).unwrap();
    client.put_item().table_name(setup).set_item(Some(row)).send().await.unwrap();
    let tally = Tally::default();
    let _guard = set_default_local_recorder(&tally);
    let broken = lead(json!({ "campid": "broken" }));
    for (body, status, counted) in [
        (broken.clone(), 500, "ingest_ms 1, lead_failed 1"),
        (json!({ "leads": [broken, lead(json!({}))] }), 200, "ingest_ms 1, lead_approved 1, lead_failed 1"),
        (json!({ "leads": [broken, broken] }), 500, "ingest_ms 1, lead_failed 2"),
    ] {
        let answer = api.post(&body).await;
        assert_eq!((answer.status, tally.take().as_str()), (status, counted), "{}", answer.text);
    }
}
