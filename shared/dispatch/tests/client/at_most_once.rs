//! One `send` is one connection and one request, whatever the buyer does with its connections.

use dispatch::sent::Sent;

use crate::test_buyer::{Reaction, TestBuyer};
use crate::{local_client, post};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn each_send_is_one_connection_and_one_request() {
    let buyer = TestBuyer::answering(OK).await;
    let client = local_client();
    for sends in 1..=5 {
        let sent = client.send(post(&buyer.url())).await;
        assert!(matches!(sent, Sent::Answered(_)), "{sent:?}");
        assert_eq!((buyer.connections(), buyer.requests().len()), (sends, sends));
    }
}

#[tokio::test]
async fn a_buyer_that_closes_its_kept_connections_does_not_get_the_request_twice() {
    let buyer = TestBuyer::reacting(vec![
        Reaction::Answer(OK.to_vec()),
        Reaction::Close(Vec::new()),
        Reaction::Close(OK.to_vec()),
        Reaction::Close(Vec::new()),
    ])
    .await;
    let client = local_client();
    let mut answered = Vec::new();
    for _ in 0..4 {
        answered.push(matches!(client.send(post(&buyer.url())).await, Sent::Answered(_)));
    }
    assert_eq!(answered, [true, false, true, false]);
    assert_eq!((buyer.connections(), buyer.requests().len()), (4, 4));
}

#[tokio::test]
async fn an_error_or_a_retry_later_is_not_repeated_by_the_client() {
    let heads = ["500 Oops", "503 Busy\r\nRetry-After: 0", "408 Request Timeout", "425 Too Early", "429 Slow down"];
    for head in heads {
        let buyer = TestBuyer::answering(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n")).await;
        let sent = local_client().send(post(&buyer.url())).await;
        assert!(matches!(sent, Sent::Answered(_)), "{sent:?}");
        assert_eq!((buyer.connections(), buyer.requests().len()), (1, 1), "{head}");
    }
}

#[tokio::test]
async fn sends_at_the_same_time_do_not_share_a_connection() {
    let buyer = TestBuyer::answering(OK).await;
    let client = local_client();
    let sent = futures::future::join_all((0..8).map(|_| client.send(post(&buyer.url())))).await;
    assert!(sent.iter().all(|sent| matches!(sent, Sent::Answered(_))), "{sent:?}");
    assert_eq!((buyer.connections(), buyer.requests().len()), (8, 8));
}
