//! What the client never dials, shown by a server on loopback that is not connected to.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a wrong kind of outcome fails its test")]

use dispatch::client::{Client, ClientError};
use dispatch::sent::{NotSent, Sent};
use domain::address::Reach;

use crate::post;
use crate::test_buyer::TestBuyer;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn blocked_detail(sent: Sent) -> String {
    match sent {
        Sent::NotSent { why: NotSent::Blocked, detail } => detail,
        other @ (Sent::Answered(_) | Sent::NotSent { .. } | Sent::NoAnswer { .. }) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_deployment_reaches_loopback_in_no_notation_and_under_no_name() {
    let buyer = TestBuyer::answering(OK).await;
    let client = Client::new(Reach::PublicOnly, None).unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.1", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0", "[::1]"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{}/", buyer.address.port());
            blocked_detail(client.send(post(&url)).await);
        }
    }
    assert_eq!(buyer.connections(), 0);
}

#[tokio::test]
async fn a_local_run_reaches_loopback_by_address_and_by_name() {
    let buyer = TestBuyer::answering(OK).await;
    let client = Client::new(Reach::LoopbackToo, None).unwrap();
    for host in ["127.0.0.1", "2130706433", "localhost", "[::ffff:127.0.0.1]"] {
        let sent = client.send(post(&format!("http://{host}:{}/", buyer.address.port()))).await;
        assert!(matches!(sent, Sent::Answered(_)), "{host}: {sent:?}");
    }
    assert_eq!(buyer.connections(), 4);
}

/// By name it is the resolver at dial time that refuses, as the URL alone does not tell.
#[tokio::test]
async fn the_runtime_api_is_blocked_even_in_a_local_run() {
    let runtime = TestBuyer::answering(OK).await;
    let client = Client::new(Reach::LoopbackToo, Some(&runtime.address.to_string())).unwrap();
    for host in ["127.0.0.1", "127.1", "localhost", "[::ffff:127.0.0.1]"] {
        let sent = client.send(post(&format!("http://{host}:{}/2018-06-01/runtime", runtime.address.port()))).await;
        assert!(blocked_detail(sent).contains("Lambda Runtime API"), "{host}");
    }
    assert_eq!(runtime.connections(), 0);
    let buyer = TestBuyer::answering(OK).await;
    assert!(matches!(client.send(post(&buyer.url())).await, Sent::Answered(_)));
}

#[tokio::test]
async fn a_local_run_reaches_no_metadata_service() {
    let client = Client::new(Reach::LoopbackToo, None).unwrap();
    let detail =
        blocked_detail(client.send(post("http://169.254.169.254/latest/meta-data/?email=ann@example.com")).await);
    assert!(detail.contains("link-local") && !detail.contains("ann@example.com"), "{detail}");
}

#[test]
fn a_client_does_not_start_with_a_runtime_api_it_cannot_read() {
    let error = Client::new(Reach::PublicOnly, Some("")).unwrap_err();
    assert!(matches!(error, ClientError::RuntimeApi(_)) && error.code() == "bad_runtime_api");
}
