//! What lies between two installations: a network that passes requests on, remembers what is said of leads on the way, and fails as it is told.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use tokio::{net::TcpListener, sync::Notify};

use crate::{Answer, deployment::client};

/// What becomes of something that is said.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It arrives, and its answer waits here for this.
    Late(Arc<Notify>),
    /// It arrives, and who said it never hears so.
    Unanswered,
    /// It arrives nowhere, and somebody on the way answers this.
    Kept(u16, &'static str),
}

/// Something that was said, as it was on its way.
#[derive(Clone, Debug)]
pub struct Said {
    /// Path and query.
    pub target: String,
    /// With its signature.
    pub headers: HeaderMap,
    /// Byte for byte.
    pub body: String,
}

/// The way to an installation, for as long as the test's runtime lives.
#[derive(Clone, Debug)]
pub struct Wire {
    url: String,
    to: String,
    /// The path of what is remembered.
    path: &'static str,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    fates: VecDeque<Fate>,
    said: Vec<Said>,
}

impl Said {
    /// The same with a header changed.
    ///
    /// # Panics
    /// When it cannot be a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().expect("a header"));
        self
    }

    /// A header.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
    }
}

impl Wire {
    /// To who listens at this URL; what is posted to this path is remembered.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn to(url: &str, path: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let own = format!("http://{}", listener.local_addr().expect("a bound address"));
        let wire = Self { url: own, to: url.to_owned(), path, log: Arc::default() };
        let router = Router::new().fallback(pass).with_state(wire.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        wire
    }

    /// Its near end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What becomes of what is said next, in turn; what comes after that arrives and is answered.
    pub fn next(&self, fates: impl IntoIterator<Item = Fate>) {
        self.log().fates.extend(fates);
    }

    /// What was said so far, whatever became of it.
    pub fn said(&self) -> Vec<Said> {
        self.log().said.clone()
    }

    /// Brings something that was said, or never was.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn bring(&self, said: &Said) -> Answer {
        let request = client().post(format!("{}{}", self.to, said.target)).headers(said.headers.clone());
        Answer::read(request.body(said.body.clone()).send().await.expect("an answer")).await
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn pass(State(wire): State<Wire>, method: Method, target: Uri, mut headers: HeaderMap, body: String) -> Response {
    let is_said = method == Method::POST && target.path() == wire.path;
    for hop in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION] {
        headers.remove(hop);
    }
    let said = Said { target: target.to_string(), headers, body };
    let fate = {
        let mut log = wire.log();
        let fate = if is_said { log.fates.pop_front() } else { None };
        log.said.extend(is_said.then(|| said.clone()));
        fate
    };
    if let Some(Fate::Kept(status, answer)) = &fate {
        return (StatusCode::from_u16(*status).expect("a status"), *answer).into_response();
    }
    let request = client().request(method, format!("{}{}", wire.to, said.target));
    let answer = request.headers(said.headers).body(said.body).send().await.expect("an answer");
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
    let headers = answer.headers().clone();
    let text = answer.text().await.expect("a text");
    if let Some(Fate::Late(until)) = &fate {
        until.notified().await;
    }
    if matches!(fate, Some(Fate::Unanswered)) {
        // It breaks off in the middle.
        let broken = Err::<String, _>(io::Error::other("the wire is cut"));
        return Response::new(Body::from_stream(stream::iter([broken])));
    }
    let mut passed = (status, text).into_response();
    *passed.headers_mut() = headers;
    passed
}
