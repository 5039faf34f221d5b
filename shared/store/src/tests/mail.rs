//! What becomes of an e-mail: told by a mail service of the test's own, on a real socket.

use aws_sdk_sesv2::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{Exchange, Mail, OutgoingMail};

fn mail(endpoint: &str, from: Option<&str>) -> Mail {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new("eu-west-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Mail::new(Client::from_conf(config), from.map(str::to_owned))
}

fn letter() -> OutgoingMail {
    let to = vec!["desk@buyer.example".to_owned()];
    OutgoingMail { to, subject: "A lead".to_owned(), text: Some("Ann".to_owned()), ..OutgoingMail::default() }
}

/// A service that gives this answer to every request, and counts them; none: it hangs up instead.
async fn service(
    answer: Option<(u16, &'static str, &'static str)>,
) -> (String, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 64 * 1024];
            let _ = socket.read(&mut request).await;
            let _ = asked.send(());
            if let Some((status, kind, body)) = answer {
                let head =
                    format!("HTTP/1.1 {status} X\r\nx-amzn-errortype: {kind}\r\ncontent-type: application/json\r\n");
                let rest = format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
                let _ = socket.write_all(format!("{head}{rest}").as_bytes()).await;
            }
        }
    });
    (endpoint, requests)
}

/// What is heard, and how often the service was asked.
async fn sent(answer: Option<(u16, &'static str, &'static str)>) -> (Exchange, usize) {
    let (endpoint, mut requests) = service(answer).await;
    let heard = mail(&endpoint, Some("leads@seller.example")).send(letter()).await;
    let mut asked = 0;
    while requests.try_recv().is_ok() {
        asked += 1;
    }
    (heard, asked)
}

#[tokio::test]
async fn an_email_that_is_taken_is_named_as_the_service_names_it() {
    let taken = Exchange::Taken { reference: Some("m-1".to_owned()) };
    assert_eq!(sent(Some((200, "", r#"{"MessageId":"m-1"}"#))).await, (taken, 1));
}

#[tokio::test]
async fn what_the_service_has_no_room_for_is_sent_later_and_what_it_refuses_never() {
    for (status, kind, wanted) in [
        (429, "TooManyRequestsException", true),
        (400, "LimitExceededException", true),
        (400, "SendingPausedException", true),
        (400, "ThrottlingException", true),
        (503, "ServiceUnavailable", true),
        (400, "MessageRejected", false),
        (400, "MailFromDomainNotVerifiedException", false),
        (403, "AccessDeniedException", false),
        (404, "NotFoundException", false),
    ] {
        let (heard, asked) = sent(Some((status, kind, r#"{"message":"no"}"#))).await;
        let Exchange::NotSent { reason, worth_retrying } = heard else {
            unreachable!("{kind} is an answer: {heard:?}")
        };
        assert_eq!((reason, worth_retrying, asked), (format!("{kind}: no"), wanted, 1));
    }
}

#[tokio::test]
async fn an_email_that_may_be_on_its_way_is_not_sent_again() {
    for answer in [None, Some((500, "InternalServiceErrorException", "{}")), Some((200, "", "<html>"))] {
        let (heard, asked) = sent(answer).await;
        assert!(
            matches!(heard, Exchange::NoAnswer { .. }) && asked == 1,
            "{answer:?}: {heard:?} after {asked} requests"
        );
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_has_not_seen_the_email() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let heard = mail(&endpoint, Some("leads@seller.example")).send(letter()).await;
    assert_eq!(heard, Exchange::NotSent { reason: "connect_failed".to_owned(), worth_retrying: true });
}

#[tokio::test]
async fn nothing_is_sent_by_nobody() {
    let heard = mail("http://127.0.0.1:9", None).send(letter()).await;
    assert!(matches!(heard, Exchange::NotSent { worth_retrying: false, .. }), "{heard:?}");
}

#[test]
fn an_email_shows_nobody_in_a_log() {
    assert_eq!(format!("{:?}", letter()), "OutgoingMail(…)");
}
