//! A buyer's endpoint: a real server that answers what it is told, and remembers what it was sent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;

use crate::Faults;

/// How a buyer answers one request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    body: String,
    after: Duration,
    kills: Option<Faults>,
}

impl Reply {
    /// This status and body, at once.
    pub fn new(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), after: Duration::ZERO, kills: None }
    }

    /// The buyer takes the lead, under this reference.
    pub fn accept(reference: &str) -> Self {
        Self::new(200, &format!(r#"{{"status":"accepted","id":"{reference}"}}"#))
    }

    /// The buyer takes the lead and names what it pays.
    pub fn accept_at(reference: &str, price: &str) -> Self {
        Self::new(200, &format!(r#"{{"status":"accepted","id":"{reference}","price":"{price}"}}"#))
    }

    /// The buyer does not want the lead.
    pub fn reject(reason: &str) -> Self {
        Self::new(200, &format!(r#"{{"status":"rejected","reason":"{reason}"}}"#))
    }

    /// The handler dies while the buyer has its request.
    #[must_use]
    pub fn killing(self, faults: &Faults) -> Self {
        Self { kills: Some(faults.clone()), ..self }
    }

    /// The buyer takes this long to answer.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { after: delay, ..self }
    }
}

/// What a buyer was sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Whether the buyer took the lead, whatever became of its answer.
    pub accepted: bool,
}

/// A buyer's endpoint, for as long as the test's runtime lives.
#[derive(Clone, Debug)]
pub struct TestBuyer {
    url: String,
    desk: Desk,
}

#[derive(Clone, Debug)]
struct Desk {
    replies: Arc<Vec<Reply>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl TestBuyer {
    /// Answers with these in turn, and with the last of them ever after.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn answering(replies: impl IntoIterator<Item = Reply>) -> Self {
        let desk = Desk { replies: Arc::new(replies.into_iter().collect()), requests: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let url = format!("http://{}/leads", listener.local_addr().expect("a bound address"));
        let router = Router::new().fallback(take).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, desk }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was sent so far.
    pub fn requests(&self) -> Vec<Request> {
        self.desk.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn take(State(desk): State<Desk>, target: Uri, headers: HeaderMap, body: String) -> Response {
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = headers.iter().map(header).collect();
    let reply = {
        let mut requests = desk.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = desk.replies.get(requests.len()).or(desk.replies.last()).expect("a buyer has an answer").clone();
        requests.push(Request {
            target: target.to_string(),
            headers,
            body,
            accepted: reply.body.contains("\"accepted\""),
        });
        reply
    };
    if let Some(faults) = &reply.kills {
        faults.kill();
    }
    // A slow buyer is slow: this is what the test is about, not a wait for something else.
    tokio::time::sleep(reply.after).await;
    (StatusCode::from_u16(reply.status).expect("a status"), reply.body).into_response()
}
