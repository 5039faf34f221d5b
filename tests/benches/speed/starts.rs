//! Starting, and answering while warm.

use std::{collections::BTreeMap, time::Duration};

use axum::body::Bytes;
use comfy_table::Table;
use serde_json::{Value, json};
use tests::furnished::{key_of, numbered_lead};

use crate::{
    aws::Aws,
    figures::{Series, ratio, table, thousandths},
    functions::Binary,
    instance::Instance,
};

/// Starts of each function.
const STARTS: usize = 20;
/// Invocations before memory is looked at.
const BEFORE_MEMORY: usize = 100;
/// Invocations that are timed.
const TIMED: usize = 300;

/// Makes the event of an invocation, by its number, with a part of the right answer.
type Event = fn(usize) -> (String, &'static str);

/// Measures every function; the first one does nothing.
pub(crate) async fn measure(binaries: &[Binary], aws: &Aws) -> Table {
    let starts = starts(binaries, aws).await;
    let columns =
        ["function", "binary MB", "start to first poll ms", "×", "memory MB", "×", "event", "warm ms", "overhead ms"];
    let mut table = table(&columns);
    let mut nothing = None;
    for (binary, starts) in binaries.iter().zip(&starts) {
        for (event, make) in events(binary.name) {
            let (memory, warm) = warm(binary, aws, make).await;
            let (no_start, no_memory, no_warm) = *nothing.get_or_insert((starts.median(), memory, warm.median()));
            table.add_row([
                binary.name.to_owned(),
                thousandths(binary.bytes() / 1000),
                starts.in_thousands(),
                ratio(starts.median(), no_start),
                thousandths(memory),
                ratio(memory, no_memory),
                event.to_owned(),
                warm.in_thousands(),
                thousandths(warm.median().saturating_sub(no_warm)),
            ]);
        }
    }
    table
}

/// One start of each function after the other, again and again: what else the machine does meets all of them.
async fn starts(binaries: &[Binary], aws: &Aws) -> Vec<Series> {
    let mut took: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for round in 0..=STARTS {
        for (at, binary) in binaries.iter().enumerate() {
            let (instance, start) = Instance::start(binary, aws).await;
            instance.stop().await;
            // The first round only fills the system's file cache.
            if round > 0 {
                took.entry(at).or_default().push(micros(start));
            }
        }
    }
    took.into_values().map(Series::new).collect()
}

/// Resident memory in KB after some invocations, and the times in µs of more.
async fn warm(binary: &Binary, aws: &Aws, event: Event) -> (u64, Series) {
    let (mut instance, _) = Instance::start(binary, aws).await;
    let mut took = Vec::new();
    let mut memory = 0;
    for number in 0..BEFORE_MEMORY + TIMED {
        if number == BEFORE_MEMORY {
            memory = instance.resident_kb().unwrap_or_default();
        }
        let (event, wanted) = event(number);
        let (answer, time) = instance.invoke(event).await;
        assert!(contains(&answer, wanted), "{}: {}", binary.name, String::from_utf8_lossy(&answer));
        if number >= BEFORE_MEMORY {
            took.push(micros(time));
        }
    }
    instance.stop().await;
    (memory, Series::new(took))
}

/// What a function is asked: the least it can be, and for intake a lead as well.
fn events(function: &str) -> Vec<(&'static str, Event)> {
    match function {
        "noop" => vec![("anything", |_| ("{}".to_owned(), "null"))],
        "ingest" => vec![
            ("refused: no key", |_| (http("POST", "/v1/leads", "", &json!({})), "401")),
            ("a lead", |number| {
                (http("POST", "/v1/leads", &key_of("supplier"), &numbered_lead(number)), "\"statusCode\":201")
            }),
        ],
        "delivery" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "return-file" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "lead-export" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "bulk-worker" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "lead-import-worker" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "lead-import" => vec![("refused: no key", |_| (http("GET", "/v1/lead-imports", "", &Value::Null), "401"))],
        "responder" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "notify" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "delivery-api" => vec![("refused: no key", |_| (http("GET", "/v1/notices", "", &Value::Null), "401"))],
        "feedback" => vec![("refused: no signature", |_| (http("POST", "/v1/feedback", "", &json!({})), "401"))],
        "feedback-worker" => vec![("no messages", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "delivery-files" => vec![("no file to write", |_| ("{}".to_owned(), "\"failed\":0"))],
        "rollup" => vec![("no changes", |_| (json!({ "Records": [] }).to_string(), "batchItemFailures"))],
        "reconcile" => vec![("no leads: two reads", |_| (json!({ "leads": [] }).to_string(), "\"failed\":0"))],
        "reports" => vec![("refused: no key", |_| (http("GET", "/v1/journal", "", &Value::Null), "401"))],
        "consent" => vec![("refused: no key", |_| (http("GET", "/v1/suppressions", "", &Value::Null), "401"))],
        "bulk" => vec![("refused: no key", |_| (http("GET", "/v1/bulk", "", &Value::Null), "401"))],
        "returns" => vec![("refused: no key", |_| (http("GET", "/v1/returns", "", &Value::Null), "401"))],
        "sweeper" => vec![("a sweep: 33 queries", |_| ("{}".to_owned(), "looked_at"))],
        "search" => vec![("refused: no key", |_| {
            (http("GET", "/v1/leads/lead_01JD3QZ8000000000000000003", "", &Value::Null), "401")
        })],
        _ => vec![("refused: no key", |_| (http("GET", "/v1/settings", "", &Value::Null), "401"))],
    }
}

/// The event of an HTTP API, payload version 2.0.
fn http(method: &str, path: &str, key: &str, body: &Value) -> String {
    let mut headers = json!({ "content-type": "application/json", "host": "api.example.com" });
    if !key.is_empty() {
        headers["authorization"] = format!("Bearer {key}").into();
    }
    let http = json!({
        "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "bench",
    });
    let context = json!({
        "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com", "domainPrefix": "api",
        "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default",
        "time": "05/Nov/2026:10:20:30 +0000", "timeEpoch": 1_793_960_430_000_i64, "http": http,
    });
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": context, "isBase64Encoded": false, "body": body.to_string(),
    })
    .to_string()
}

fn contains(answer: &Bytes, wanted: &str) -> bool {
    String::from_utf8_lossy(answer).contains(wanted)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
