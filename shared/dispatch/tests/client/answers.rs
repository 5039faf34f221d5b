//! What the client says of each way a buyer can answer, or fail to.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a wrong kind of outcome fails its test")]

use std::time::{Duration, Instant};

use dispatch::client::{Client, MAX_BODY_BYTES, OutgoingRequest};
use dispatch::sent::{Answer, NoAnswer, NotSent, Sent};
use hyper::Method;
use hyper::header::{HOST, HeaderValue};

use crate::test_buyer::{Reaction, TestBuyer};
use crate::{hurried, local_client, post};

const OK_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: ";

async fn answer(buyer: &TestBuyer) -> Answer {
    match local_client().send(post(&buyer.url())).await {
        Sent::Answered(answer) => answer,
        other @ (Sent::NotSent { .. } | Sent::NoAnswer { .. }) => panic!("{other:?}"),
    }
}

fn why_no_answer(sent: Sent) -> (NoAnswer, Option<u16>) {
    match sent {
        Sent::NoAnswer { why, status, .. } => (why, status),
        other @ (Sent::Answered(_) | Sent::NotSent { .. }) => panic!("{other:?}"),
    }
}

fn why_not_sent(sent: Sent) -> NotSent {
    match sent {
        Sent::NotSent { why, .. } => why,
        other @ (Sent::Answered(_) | Sent::NoAnswer { .. }) => panic!("{other:?}"),
    }
}

async fn why_unanswered(client: &Client, reaction: Reaction) -> (NoAnswer, Option<u16>) {
    let buyer = TestBuyer::reacting(vec![reaction]).await;
    why_no_answer(client.send(hurried(&buyer.url())).await)
}

#[tokio::test]
async fn an_accepting_buyer_gets_the_request_and_its_answer_is_read() {
    let buyer =
        TestBuyer::answering("HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nOK").await;
    let answer = answer(&buyer).await;
    assert_eq!((answer.status, answer.body_start.as_slice(), answer.truncated), (201, b"OK".as_slice(), false));
    assert_eq!(answer.retry_after, None);
    let request = buyer.requests().remove(0);
    assert!(request.starts_with("POST /leads HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    assert!(request.contains(&format!("host: {}\r\n", buyer.address)), "{request}");
    assert!(request.ends_with(r#"{"email":"ann@example.com"}"#), "{request}");
}

#[tokio::test]
async fn a_busy_buyer_says_when_to_come_back() {
    let buyer = TestBuyer::answering("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n").await;
    let answer = answer(&buyer).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("120")));
}

#[tokio::test]
async fn headers_are_read_by_lower_case_name_as_one_value_in_bounds() {
    let long = "x".repeat(3_000);
    let head = format!("HTTP/1.1 200 OK\r\nX-Id: 1\r\nx-id: 2\r\nX-Long: {long}\r\nContent-Length: 0\r\n\r\n");
    let headers = answer(&TestBuyer::answering(head).await).await.headers;
    assert_eq!((headers["x-id"].as_str(), headers["x-long"].len()), ("1, 2", 1_000));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = TestBuyer::answering(format!("{OK_HEAD}0\r\n\r\n")).await;
    for status in [301, 302, 303, 307, 308] {
        let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", elsewhere.url());
        let answer = answer(&TestBuyer::answering(head).await).await;
        assert_eq!(answer.status, status);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_compressed_answer_is_neither_asked_for_nor_inflated() {
    let zipped = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", zipped.len());
    let buyer = TestBuyer::answering([head.as_bytes(), zipped].concat()).await;
    assert_eq!(answer(&buyer).await.body_start, zipped);
    assert!(!buyer.requests()[0].to_ascii_lowercase().contains("accept-encoding"));
}

#[tokio::test]
async fn a_body_as_long_as_the_cap_is_whole() {
    let body = "a".repeat(MAX_BODY_BYTES);
    let answer = answer(&TestBuyer::answering(format!("{OK_HEAD}{}\r\n\r\n{body}", body.len())).await).await;
    assert_eq!((answer.body_start.len(), answer.truncated), (MAX_BODY_BYTES, false));
}

#[tokio::test]
async fn an_answer_behind_interim_ones_is_read() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n".repeat(3);
    let interim = format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n{hints}");
    let answer = answer(&TestBuyer::answering(format!("{interim}{OK_HEAD}5\r\n\r\ntaken")).await).await;
    assert_eq!((answer.status, answer.body_start.as_slice(), answer.truncated), (200, b"taken".as_slice(), false));
    assert!(!answer.headers.contains_key("link"), "{:?}", answer.headers);
}

#[tokio::test]
async fn a_whole_body_in_the_smallest_chunks_is_still_read() {
    let chunks = "1\r\na\r\n".repeat(MAX_BODY_BYTES);
    let whole = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    let answer = answer(&TestBuyer::answering(whole).await).await;
    assert_eq!((answer.body_start.len(), answer.truncated), (MAX_BODY_BYTES, false));
}

#[tokio::test]
async fn an_endless_body_is_an_answer_cut_at_the_cap() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"4000\r\n".to_vec(), vec![b'a'; 0x4000], b"\r\n".to_vec()].concat();
    let buyer = TestBuyer::reacting(vec![Reaction::Repeat(head, chunk, Duration::from_micros(1))]).await;
    let answer = answer(&buyer).await;
    assert_eq!((answer.status, answer.body_start.len(), answer.truncated), (200, MAX_BODY_BYTES, true));
}

#[tokio::test]
async fn a_dripping_body_meets_the_deadline_and_leaves_its_status() {
    let head = format!("{OK_HEAD}1000000\r\n\r\n").into_bytes();
    let started = Instant::now();
    let drip = Reaction::Repeat(head, b"a".to_vec(), Duration::from_millis(10));
    assert_eq!(why_unanswered(&local_client(), drip).await, (NoAnswer::TimedOut, Some(200)));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_buyer_that_never_answers_is_unknown_at_the_deadline() {
    let started = Instant::now();
    assert_eq!(why_unanswered(&local_client(), Reaction::Hang(Vec::new())).await, (NoAnswer::TimedOut, None));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_unknown() {
    let buyer = TestBuyer::reacting(vec![Reaction::Close(Vec::new())]).await;
    let (why, status) = why_no_answer(local_client().send(post(&buyer.url())).await);
    assert!(matches!(why, NoAnswer::BrokenAnswer | NoAnswer::Reset), "{why:?}");
    assert_eq!((status, buyer.connections(), buyer.requests().len()), (None, 1, 1));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_unknown_with_its_status() {
    let buyer = TestBuyer::reacting(vec![Reaction::Close(format!("{OK_HEAD}100\r\n\r\naccep").into_bytes())]).await;
    let (_, status) = why_no_answer(local_client().send(post(&buyer.url())).await);
    assert_eq!(status, Some(200));
}

#[tokio::test]
async fn what_is_not_http_or_has_boundless_headers_is_a_broken_answer() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(65));
    for bytes in ["220 mail.example ESMTP\r\n\r\n", &many] {
        let buyer = TestBuyer::answering(bytes).await;
        let (why, _) = why_no_answer(local_client().send(post(&buyer.url())).await);
        assert_eq!(why, NoAnswer::BrokenAnswer);
    }
    let endless = Reaction::Repeat(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 0x4000], Duration::from_micros(1));
    let buyer = TestBuyer::reacting(vec![endless]).await;
    assert_eq!(why_no_answer(local_client().send(post(&buyer.url())).await).0, NoAnswer::BrokenAnswer);
}

#[tokio::test]
async fn a_refused_connection_is_certainly_not_sent() {
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(why_not_sent(local_client().send(post(&format!("http://{unused}/"))).await), NotSent::Connect);
}

#[tokio::test]
async fn a_server_without_tls_is_certainly_not_sent() {
    // A plain server that answers before it has read a request, as it would wait for the end of one.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let garble = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    };
    let client = local_client();
    let (_stream, sent) = tokio::join!(garble, client.send(post(&format!("https://{address}/"))));
    assert_eq!(why_not_sent(sent), NotSent::Tls);
}

#[tokio::test]
async fn a_tls_handshake_that_hangs_is_certainly_not_sent() {
    let buyer = TestBuyer::reacting(vec![Reaction::Hang(Vec::new())]).await;
    let sent = local_client().send(hurried(&format!("https://{}/", buyer.address))).await;
    assert_eq!((why_not_sent(sent), buyer.connections()), (NotSent::Connect, 1));
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_certainly_not_sent() {
    // No label may be longer than 63 bytes, so the resolver refuses without asking the network.
    let sent = local_client().send(post(&format!("http://{}.invalid/", "a".repeat(64)))).await;
    assert_eq!(why_not_sent(sent), NotSent::Dns);
}

#[tokio::test]
async fn a_request_that_sets_the_clients_own_headers_or_tunnels_is_not_sent() {
    let buyer = TestBuyer::answering(format!("{OK_HEAD}0\r\n\r\n")).await;
    let spoofed = vec![(HOST, HeaderValue::from_static("internal.example"))];
    for request in [
        OutgoingRequest { headers: spoofed, ..post(&buyer.url()) },
        OutgoingRequest { method: Method::CONNECT, ..post(&buyer.url()) },
    ] {
        assert_eq!(why_not_sent(local_client().send(request).await), NotSent::BadRequest);
    }
    assert_eq!(buyer.connections(), 0);
}
