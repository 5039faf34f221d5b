//! The most memory that the function takes for a file, by the file's length. What rows ask of the leads' table is answered at once,
//! with nothing, so that a million rows do not take an hour.

use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use comfy_table::Table;
use domain::returned::ReturnOutcome;
use reqwest::Client;
use tokio::net::TcpListener;

use super::{came_to, dropped, people, rows::per_second};
use crate::{
    aws::Aws,
    figures::{ratio, table, thousandths},
    functions::Binary,
    instance::Instance,
};

/// Rows of the files; fewer for a quick look.
const ROWS: [usize; 3] = if cfg!(debug_assertions) { [1_000, 2_000, 10_000] } else { [1_000, 100_000, 1_000_000] };

/// Reads files of unknown leads, each with a new instance.
pub(crate) async fn measure(binaries: &[Binary], aws: &Aws) -> Table {
    let binary = binaries.iter().find(|binary| binary.name == "return-file").expect("it is built");
    let (_, by) = people::WAYS[0];
    let mut environment = aws.environment();
    environment.retain(|(name, _)| *name != "AWS_ENDPOINT_URL_DYNAMODB");
    environment.push(("AWS_ENDPOINT_URL_DYNAMODB", nobody(aws.tables.endpoint()).await));
    let mut table = table(&["rows of the file", "file MB", "most memory MB", "×", "rows per second"]);
    let mut shortest = None;
    for rows in ROWS {
        let (file, path) = (people::file(rows, by), format!("returns/{}/{rows}.csv", people::BUYER));
        let bytes = file.len();
        aws.bucket.lay(&path, file);
        let (mut instance, _) = Instance::start_in(binary, environment.clone()).await;
        let (answer, took) = instance.invoke(message(&dropped(&path, bytes).to_string())).await;
        let peak = instance.peak_kb().unwrap_or_default();
        instance.stop().await;
        assert_eq!(came_to(&aws.tables.store(), ReturnOutcome::NotFound).await, rows as u64, "{answer:?}");
        table.add_row([
            rows.to_string(),
            thousandths(bytes as u64 / 1000),
            thousandths(peak),
            ratio(peak, *shortest.get_or_insert(peak)),
            per_second(rows, took.max(Duration::from_micros(1))).to_string(),
        ]);
    }
    table
}

fn message(body: &str) -> String {
    let mut message = SqsMessage::default();
    (message.message_id, message.body) = (Some("1".to_owned()), Some(body.to_owned()));
    let mut event = SqsEvent::default();
    event.records = vec![message];
    serde_json::to_string(&event).unwrap()
}

/// Tables in which no lead is found; all else is asked of those behind it.
async fn nobody(behind: String) -> String {
    // None is needed, but the client wants to know of one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answers = Router::new().fallback(answer).with_state((client, behind));
    tokio::spawn(async move { axum::serve(listener, answers).await });
    endpoint
}

async fn answer(State((client, behind)): State<(Client, String)>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    if target.ends_with(".BatchGetItem") {
        return r#"{"Responses":{},"UnprocessedKeys":{}}"#.into_response();
    }
    let asked = ["x-amz-target", "content-type", "authorization", "x-amz-date"];
    let passed = asked.into_iter().filter_map(|name| Some((name, headers.get(name)?)));
    let request = passed.fold(client.post(behind), |request, (name, value)| request.header(name, value));
    let answered = request.body(body).send().await.unwrap();
    (answered.status(), answered.bytes().await.unwrap()).into_response()
}
