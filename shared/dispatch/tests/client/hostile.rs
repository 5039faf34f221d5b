//! Buyers that mean harm, or are badly broken: the deadline holds, memory holds, and what was checked is what is dialled.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a wrong kind of outcome fails its test")]

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dispatch::client::{Client, MAX_BODY_BYTES, MAX_RECEIVED_BYTES, Names};
use dispatch::sent::{Answer, NoAnswer, NotSent, Sent};
use domain::address::Reach;
use futures::future::join_all;

use crate::test_buyer::{Reaction, TestBuyer};
use crate::{hurried, local_client, post};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// What a client may take in of an answer without end: what it reads of a connection, and what the systems of both sides
/// hold before it is read.
const MAX_TAKEN_IN: usize = MAX_RECEIVED_BYTES + 1024 * 1024;
/// At this pace a second would bring gigabytes.
const FLOOD: Duration = Duration::from_micros(1);

fn flood(head: &str, again: &[u8]) -> Reaction {
    Reaction::Repeat(head.as_bytes().to_vec(), again.to_vec(), FLOOD)
}

fn drip(head: &str, again: &[u8]) -> Reaction {
    Reaction::Repeat(head.as_bytes().to_vec(), again.to_vec(), Duration::from_millis(10))
}

async fn unanswered(reaction: Reaction) -> (NoAnswer, Option<u16>) {
    let buyer = TestBuyer::reacting(vec![reaction]).await;
    let started = Instant::now();
    let sent = local_client().send(hurried(&buyer.url())).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    match sent {
        Sent::NoAnswer { why, status, .. } => (why, status),
        other @ (Sent::Answered(_) | Sent::NotSent { .. }) => panic!("{other:?}"),
    }
}

fn answered(sent: Sent) -> Answer {
    match sent {
        Sent::Answered(answer) => answer,
        other @ (Sent::NotSent { .. } | Sent::NoAnswer { .. }) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whatever_drips_meets_the_deadline() {
    for (head, again, status) in [
        ("", "H", None),
        ("HTTP/1.1 200 OK\r\nx: ", "a", None),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", None),
        ("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", None),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", Some(200)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0", Some(200)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", "a", Some(200)),
        ("HTTP/1.1 200 OK\r\n\r\n", "a", Some(200)),
    ] {
        let (why, seen) = unanswered(drip(head, again.as_bytes())).await;
        // An answer that is already wrong need not be waited for.
        let broken = why == NoAnswer::BrokenAnswer && again == "H";
        assert!((why == NoAnswer::TimedOut || broken) && seen == status, "{head:?} {again:?}: {why:?} {seen:?}");
    }
}

#[tokio::test]
async fn heads_and_trailers_without_end_are_given_up() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let line = b"x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100);
    for reaction in [
        flood("HTTP/1.1 200 OK\r\n", &line),
        flood("HTTP/1.1 200 ", &[b'a'; 0x4000]),
        flood("", &b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500)),
        flood(&format!("{chunked}0\r\n"), &line),
        flood(&format!("{chunked}1;x="), &[b'a'; 0x4000]),
        flood(chunked, &[b'0'; 0x4000]),
    ] {
        let buyer = TestBuyer::reacting(vec![reaction]).await;
        let started = Instant::now();
        let sent = local_client().send(hurried(&buyer.url())).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert!(matches!(sent, Sent::NoAnswer { .. }), "{sent:?}");
        let taken_in = buyer.repeated_to_gone_clients().await;
        assert!(taken_in < MAX_TAKEN_IN, "{taken_in}");
    }
}

/// With twenty seconds to go: what ends it is no deadline, and no speed of the machine.
#[tokio::test]
async fn interim_answers_without_end_are_a_broken_answer_long_before_the_deadline() {
    for interim in ["100 Continue", "102 Processing", "103 Early Hints\r\nLink: </a>"] {
        let again = format!("HTTP/1.1 {interim}\r\n\r\n").repeat(100);
        let buyer = TestBuyer::reacting(vec![flood("", again.as_bytes())]).await;
        let started = Instant::now();
        match local_client().send(post(&buyer.url())).await {
            Sent::NoAnswer { why: NoAnswer::BrokenAnswer, status: None, detail } => {
                assert!(detail.contains("more than 524288 bytes came"), "{detail}");
            }
            other @ (Sent::Answered(_) | Sent::NotSent { .. } | Sent::NoAnswer { .. }) => panic!("{other:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        let taken_in = buyer.repeated_to_gone_clients().await;
        assert!(taken_in < MAX_TAKEN_IN, "{taken_in}");
        assert_eq!((buyer.connections(), buyer.requests().len()), (1, 1));
    }
}

#[tokio::test]
async fn of_an_endless_body_little_more_than_the_cap_is_taken_in() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n";
    let buyer = TestBuyer::reacting(vec![flood(head, &[b'a'; 0x10000])]).await;
    let answer = answered(local_client().send(post(&buyer.url())).await);
    assert_eq!((answer.body_start.len(), answer.truncated), (MAX_BODY_BYTES, true));
    let taken_in = buyer.repeated_to_gone_clients().await;
    assert!(taken_in < MAX_TAKEN_IN, "{taken_in}");
}

#[tokio::test]
async fn fifty_hostile_buyers_at_once_are_done_with_at_the_deadline() {
    let reactions = [
        drip("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"a"),
        flood("HTTP/1.1 200 OK\r\nx: ", &[b'a'; 0x4000]),
        flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        Reaction::Hang(Vec::new()),
        Reaction::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nac".to_vec()),
    ];
    let buyers = join_all(reactions.into_iter().cycle().take(50).map(|one| TestBuyer::reacting(vec![one]))).await;
    let client = local_client();
    let started = Instant::now();
    let sent = join_all(buyers.iter().map(|buyer| client.send(hurried(&buyer.url())))).await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(sent.iter().all(|sent| !matches!(sent, Sent::NotSent { .. })), "{sent:?}");
}

/// `zeros` of them in a gzip file of a thousandth the size: one zero, then copies of it, 258 at a time.
fn gzip_bomb(copies: usize) -> Vec<u8> {
    let (end_of_block, zero, length_258, distance_1) = ([false; 7], 0x30_u8, 0xc5_u8, [false; 5]);
    let huffman = |code: u8| (0..8).rev().map(move |at| code >> at & 1 == 1);
    // The last block, with the codes that are the same for all (RFC 1951, 3.2.6).
    let mut bits = vec![true, true, false];
    bits.extend(huffman(zero));
    for _ in 0..copies {
        bits.extend(huffman(length_258).chain(distance_1));
    }
    bits.extend(end_of_block);
    let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    head.into_iter().chain(bits.chunks(8).map(byte)).collect()
}

#[tokio::test]
async fn a_gzip_bomb_stays_folded() {
    let bomb = gzip_bomb(39_000);
    assert!(bomb.len() < MAX_BODY_BYTES, "it arrives whole, and would be ten megabytes");
    for encoding in ["gzip", "x-gzip", "deflate, gzip"] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n", bomb.len());
        let buyer = TestBuyer::answering([head.as_bytes(), &bomb].concat()).await;
        let answer = answered(local_client().send(post(&buyer.url())).await);
        assert!(answer.body_start == bomb && !answer.truncated, "{} bytes", answer.body_start.len());
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_something_else_the_second_time_is_judged_again() {
    let buyer = TestBuyer::answering(OK).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answers: [&[&str]; 4] =
        [&["127.0.0.1"], &["169.254.169.254"], &["10.0.0.1", "fd00::1"], &["10.0.0.1", "127.0.0.1"]];
    let names = Names::told(move |name| {
        assert_eq!(name, "buyer.example");
        let turn = count.fetch_add(1, Ordering::SeqCst);
        answers[turn].iter().map(|ip| ip.parse::<IpAddr>().unwrap()).collect()
    });
    let client = local_client().with_names(names);
    let url = format!("http://buyer.example:{}/", buyer.address.port());
    let mut outcomes = Vec::new();
    for sends in 1..=4 {
        outcomes.push(match client.send(post(&url)).await {
            Sent::Answered(_) => "answered",
            Sent::NotSent { why: NotSent::Blocked, .. } => "blocked",
            other @ (Sent::NotSent { .. } | Sent::NoAnswer { .. }) => panic!("{other:?}"),
        });
        // Asked once per dial: there is no second answer between the judgement and the connection.
        assert_eq!(asked.load(Ordering::SeqCst), sends);
    }
    assert_eq!(outcomes, ["answered", "blocked", "blocked", "answered"]);
    assert_eq!(buyer.connections(), 2);
}

#[tokio::test]
async fn a_deployment_is_not_led_to_loopback_by_a_public_name() {
    let buyer = TestBuyer::answering(OK).await;
    let names = Names::told(|_| vec![IpAddr::from([127, 0, 0, 1]), "::ffff:127.0.0.1".parse().unwrap()]);
    let client = Client::new(Reach::PublicOnly, None).unwrap().with_names(names);
    let sent = client.send(post(&format!("https://buyer.example:{}/", buyer.address.port()))).await;
    assert!(matches!(sent, Sent::NotSent { why: NotSent::Blocked, .. }), "{sent:?}");
    assert_eq!(buyer.connections(), 0);
}

#[tokio::test]
async fn userinfo_other_schemes_and_privileged_ports_are_not_dialled_whoever_stored_them() {
    let names = Names::told(|name| panic!("{name} was looked up"));
    let client = Client::new(Reach::PublicOnly, None).unwrap().with_names(names);
    for url in [
        "https://user:secret@buyer.example/",
        "https://user@buyer.example/",
        "http://buyer.example/",
        "ftp://buyer.example/",
        "https://buyer.example:25/",
        "https://buyer.example:1023/",
    ] {
        match client.send(post(url)).await {
            Sent::NotSent { why: NotSent::Blocked, detail } => assert!(!detail.contains("secret"), "{detail}"),
            other @ (Sent::Answered(_) | Sent::NotSent { .. } | Sent::NoAnswer { .. }) => panic!("{url}: {other:?}"),
        }
    }
}
