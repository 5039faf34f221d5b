//! The button of mail programs (RFC 8058): what the headers of an e-mail say to it, and what comes of following them.

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use domain::responder::{EnrolmentState, StoppedFor};
use jiff::SignedDuration;
use lambda::http::Function;
use serde_json::Value;
use store::{Mail, ResponderJob};
use tests::{Deployment, Faults, Lab, Reply, TestBuyer};
use tower::ServiceExt;

use super::{super::booking::book, enrolments, ready};

/// Takes the steps whose time has come, with somebody in the place of the mail service.
async fn take_steps(lab: &Lab, service: &TestBuyer) {
    let quiet = Faults::default();
    let ses = Deployment::get().await.ses().config().to_builder().endpoint_url(service.url()).build();
    let mail = Mail::new(aws_sdk_sesv2::Client::from_conf(ses), Some("leads@seller.example".to_owned()));
    let app = responder::App { mail, ..lab.responder(&quiet).await };
    book(lab, &quiet, &lab.tables.lead_changes()).await;
    let mut jobs: Vec<ResponderJob> = lab.responder_messages().await;
    jobs.extend(lab.tables.store().due_enrolments(lab.now(), 10).await.unwrap());
    for job in jobs {
        responder::take(&app, &job, lab.now()).await.unwrap();
    }
}

/// The value of a header of each e-mail that the service was asked for.
fn header(service: &TestBuyer, name: &str) -> Vec<String> {
    let of = |mail: tests::Request| {
        let mail: Value = serde_json::from_str(&mail.body).unwrap();
        let headers = mail["Content"]["Simple"]["Headers"].as_array().unwrap();
        let own: Vec<_> = headers.iter().filter(|header| header["Name"] == name).collect();
        assert_eq!(own.len(), 1, "{mail:#}");
        own[0]["Value"].as_str().unwrap().to_owned()
    };
    service.requests().into_iter().map(of).collect()
}

/// Sends what a mail program sends.
async fn follow(lab: &Lab, method: &str, path: &str, body: &'static str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(body));
    let answer = lab.consent(&Faults::default()).router().oneshot(request.unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    (head.status, String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap())
}

fn sorted(everything: &str) -> Vec<&str> {
    // An item says its members in an order of its own.
    let mut parts: Vec<&str> = everything.split(['{', '}', ',', '\n']).map(str::trim).collect();
    parts.sort_unstable();
    parts
}

#[tokio::test]
async fn the_headers_of_an_email_lead_a_mail_program_to_where_looking_changes_nothing_and_one_click_ends_it() {
    let gateway = TestBuyer::answering([Reply::new(200, "")]).await;
    let service = TestBuyer::answering([Reply::new(200, r#"{"MessageId":"m-1"}"#)]).await;
    let (mut lab, _) = ready("on_approval", &gateway).await;
    take_steps(&lab, &service).await;
    assert_eq!(header(&service, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
    let link = header(&service, "List-Unsubscribe").remove(0);
    let url = link.strip_prefix('<').and_then(|link| link.strip_suffix('>')).unwrap();
    let path = url.strip_prefix("https://leads.example").unwrap().to_owned();

    let before = lab.tables.everything().await;
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(follow(&lab, method, &path, "").await.0, StatusCode::OK);
    }
    assert_eq!(sorted(&lab.tables.everything().await), sorted(&before), "looking changes nothing");
    let (status, text) = follow(&lab, "POST", &path, "List-Unsubscribe=One-Click").await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "Unsubscribed.\n"));

    // The e-mail that was to follow is not sent any more; the text message between them is another matter.
    for _ in 0..4 {
        lab.wait(SignedDuration::from_mins(20));
        take_steps(&lab, &service).await;
    }
    let over = enrolments(&lab).await;
    assert!(matches!(over[0].state, EnrolmentState::Stopped { reason: StoppedFor::Unsubscribed, .. }), "{over:#?}");
    assert_eq!((service.requests().len(), gateway.requests().len()), (1, 1));
}
