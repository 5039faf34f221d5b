//! Lambda's side of a function: hands events out one at a time, and takes the answers.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::{
    net::TcpListener,
    sync::{
        Mutex, Semaphore,
        mpsc::{Receiver, Sender, channel},
    },
    time::timeout,
};

/// No function needs this long for anything that is measured.
const PATIENCE: Duration = Duration::from_secs(300);

/// The Runtime API of one function instance.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    desk: Arc<Desk>,
    events: Sender<String>,
    answers: Receiver<Answer>,
}

struct Desk {
    /// One permit for each time that the function asked for an event and got none yet.
    asked: Semaphore,
    events: Mutex<Receiver<String>>,
    answers: Sender<Answer>,
}

type Answer = Result<Bytes, Bytes>;

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (events, out) = channel(1);
        let (back, answers) = channel(1);
        let desk = Arc::new(Desk { asked: Semaphore::new(0), events: Mutex::new(out), answers: back });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(error))
            .with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, desk, events, answers }
    }

    /// Waits until the function asks for an event.
    pub(crate) async fn asked(&self) {
        let asked = timeout(PATIENCE, self.desk.asked.acquire()).await.expect("the function asks for events");
        asked.unwrap().forget();
    }

    /// Takes back that [`RuntimeApi::asked`] has seen the function ask.
    pub(crate) fn ask_again(&self) {
        self.desk.asked.add_permits(1);
    }

    /// Gives the function an event as soon as it asks for one; returns its answer, and how long that took.
    pub(crate) async fn invoke(&mut self, event: String) -> (Bytes, Duration) {
        self.asked().await;
        let started = Instant::now();
        self.events.send(event).await.unwrap();
        let answer = timeout(PATIENCE, self.answers.recv()).await.expect("the function answers").unwrap();
        (answer.expect("the function does not fail"), started.elapsed())
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    desk.asked.add_permits(1);
    let Some(event) = desk.events.lock().await.recv().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let deadline_ms = lambda::now().as_millisecond() + 60_000;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench".to_owned()),
    ];
    (headers, event).into_response()
}

async fn response(State(desk): State<Arc<Desk>>, body: Bytes) -> StatusCode {
    taken(&desk, Ok(body)).await
}

async fn error(State(desk): State<Arc<Desk>>, body: Bytes) -> StatusCode {
    taken(&desk, Err(body)).await
}

async fn taken(desk: &Desk, answer: Answer) -> StatusCode {
    // An error means that the benchmark is over.
    drop(desk.answers.send(answer).await);
    StatusCode::ACCEPTED
}
