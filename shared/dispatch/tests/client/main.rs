//! The client against real sockets: what it says of each kind of answer, and what it never dials.

mod answers;
mod at_most_once;
mod hostile;
mod injection;
mod reach;
mod requests;
mod samples;
mod test_buyer;

use std::time::Duration;

use dispatch::client::{Client, OutgoingRequest};
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use url::Url;

/// A `POST` of a small JSON body with a deadline that a machine under load still meets.
#[expect(clippy::unwrap_used, reason = "a URL of these tests that does not parse is a mistake in the test")]
fn post(url: &str) -> OutgoingRequest {
    OutgoingRequest {
        method: Method::POST,
        url: Url::parse(url).unwrap(),
        headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: br#"{"email":"ann@example.com"}"#.to_vec(),
        timeout: Duration::from_secs(20),
    }
}

fn hurried(url: &str) -> OutgoingRequest {
    OutgoingRequest { timeout: Duration::from_millis(200), ..post(url) }
}

#[expect(clippy::unwrap_used, reason = "a machine without roots of trust cannot run these tests")]
fn local_client() -> Client {
    Client::new(domain::address::Reach::LoopbackToo, None).unwrap()
}
