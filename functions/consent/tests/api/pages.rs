//! Links in messages: the page, its buttons, and the buttons of mail programs.

use axum::{body::Body, http::Request};
use domain::{
    consent::{How, Speaker},
    lead::{Channel, Lead},
};
use lambda::test_api::{Answer, Api, identity};
use serde_json::json;
use store::{Commit, Identity};

use crate::harness::{ANN, FORM, anns, email, id, kept, link, may_be_written_to, phone, send_form, start, words};

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

async fn read(api: &Api, method: &str, path: &str) -> Answer {
    api.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

async fn lead(api: &Api, number: u128) -> Lead {
    api.store().lead(id(number)).await.unwrap().unwrap()
}

#[tokio::test]
async fn reading_the_page_changes_nothing_and_says_what_its_button_does() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let settings = json!({ "name": "Tom & <Jerry>", "time_zone": "UTC", "currency": "GBP" });
    api.store().save_settings(serde_json::from_value(settings).unwrap(), None).await.unwrap();
    let before = kept(&api).await;
    let page = read(&api, "GET", &link(&email(ANN), 1)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<h1>Stop e-mails from Tom &amp; &lt;Jerry&gt;?</h1>"), "{}", page.text);
    assert!(page.text.contains("<form method=\"post\">") && page.text.contains("value=\"unsubscribe\""));
    let head = read(&api, "HEAD", &link(&email(ANN), 1)).await;
    assert_eq!((head.status, head.text.as_str(), head.header("content-type")), (200, "", "text/html; charset=utf-8"));
    let sms = read(&api, "GET", &link(&phone("+442079460018"), 1)).await;
    assert!(sms.text.contains("Stop text messages from") && !sms.text.contains("7946"));
    assert_eq!(kept(&api).await, before);
}

#[tokio::test]
async fn a_page_asks_nobody_else_for_anything_and_names_nobody() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let answers = [
        read(&api, "GET", &link(&email(ANN), 1)).await,
        send_form(&api, &link(&email(ANN), 1), FORM, "answer=unsubscribe").await,
        send_form(&api, &link(&email(ANN), 1), FORM, "answer=resubscribe").await,
        send_form(&api, &link(&email(ANN), 1), FORM, "answer=perhaps").await,
        read(&api, "GET", "/v1/unsubscribe/00").await,
    ];
    for page in answers {
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(page.header(name), value, "{name}");
        }
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("form-action 'self'"));
        assert!(["script", "http", "src=", "href=", ANN].iter().all(|odd| !page.text.contains(odd)), "{}", page.text);
        assert!(page.text.contains("lang=\"en\"") && page.text.matches("<h1>").count() == 1);
    }
}

#[tokio::test]
async fn the_button_of_a_mail_program_unsubscribes_the_person_and_its_lead_says_so() {
    let api = start().await;
    api.put(&[anns(1), anns(2)]).await;
    let done = send_form(&api, &link(&email(ANN), 1), FORM, ONE_CLICK).await;
    assert_eq!((done.status, done.text.as_str()), (200, "Unsubscribed.\n"));
    let said = words(&api, &email(ANN)).await;
    let word = said.last().unwrap();
    assert_eq!((word.yes, &word.by, word.how, &word.told), (false, &Speaker::Person, How::OneClick, &None));
    assert_eq!((may_be_written_to(&api, 1).await, may_be_written_to(&api, 2).await), ([false, true], [false, true]));
    let own = lead(&api, 1).await.said;
    assert_eq!(
        own.iter().map(|said| (said.channel, said.yes, said.at)).collect::<Vec<_>>(),
        [(Channel::Email, false, word.at)]
    );
    assert!(lead(&api, 2).await.said.is_empty(), "the person's word is enough for it");
}

#[tokio::test]
async fn what_is_said_twice_stands_there_once() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let link = link(&email(ANN), 1);
    let parts = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    assert_eq!(send_form(&api, &link, "multipart/form-data; boundary=b", parts).await.status, 200);
    let (before, version) = (words(&api, &email(ANN)).await, lead(&api, 1).await.version);
    for (kind, body) in [(FORM, ONE_CLICK), (FORM, "answer=unsubscribe"), ("multipart/form-data; boundary=b", parts)] {
        assert_eq!(send_form(&api, &link, kind, body).await.status, 200);
    }
    assert_eq!((words(&api, &email(ANN)).await, lead(&api, 1).await.version), (before, version));
}

#[tokio::test]
async fn side_by_side_it_stands_there_once_too() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let link = link(&email(ANN), 1);
    let answers: [Answer; 4] = tokio::join!(
        send_form(&api, &link, FORM, ONE_CLICK),
        send_form(&api, &link, FORM, ONE_CLICK),
        send_form(&api, &link, FORM, "answer=unsubscribe"),
        send_form(&api, &link, FORM, ONE_CLICK),
    )
    .into();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!((words(&api, &email(ANN)).await.iter().count(), lead(&api, 1).await.said.len()), (1, 1));
}

#[tokio::test]
async fn on_the_page_it_can_be_taken_back_and_what_it_said_is_kept() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let link = link(&email(ANN), 1);
    let done = send_form(&api, &link, FORM, "answer=unsubscribe").await;
    assert!(done.text.contains("You are unsubscribed") && done.text.contains("value=\"resubscribe\""), "{}", done.text);
    let back = send_form(&api, &link, FORM, "answer=resubscribe").await;
    assert!(back.text.contains("You are subscribed again"), "{}", back.text);
    assert_eq!(may_be_written_to(&api, 1).await, [true, true]);
    let told: Vec<_> =
        words(&api, &email(ANN)).await.iter().map(|word| (word.yes, word.how, word.told.clone())).collect();
    let says = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (false, How::Page, says("You will get no more e-mails from us.")),
            (true, How::Page, says("You may get e-mails from us again."))
        ]
    );
    assert_eq!(lead(&api, 1).await.said.len(), 2);
}

#[tokio::test]
async fn a_link_that_this_installation_has_not_given_tells_nothing_and_does_nothing() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let others = Identity::new("another".to_owned().into()).unsubscribe_token(&email(ANN), id(1)).unwrap();
    let own = identity().unsubscribe_token(&email(ANN), id(1)).unwrap();
    let before = kept(&api).await;
    let usual = read(&api, "GET", "/v1/unsubscribe/00").await;
    for token in [others.as_str(), &own[..own.len() - 1], "..%2f", "%ff", &"0".repeat(5_000)] {
        let path = format!("/v1/unsubscribe/{token}");
        for page in [read(&api, "GET", &path).await, send_form(&api, &path, FORM, ONE_CLICK).await] {
            assert_eq!((page.status, &page.text), (404, &usual.text), "{token}");
        }
    }
    assert_eq!(kept(&api).await, before);
    assert_eq!(read(&api, "DELETE", &link(&email(ANN), 1)).await.refusal(), "405 method_not_allowed");
}

#[tokio::test]
async fn a_form_that_says_nothing_changes_nothing() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let before = kept(&api).await;
    for body in ["", "answer=perhaps", "List-Unsubscribe=Two-Clicks", &"x".repeat(20_000)] {
        let page = send_form(&api, &link(&email(ANN), 1), FORM, body).await;
        assert_eq!(page.status, 400);
        assert!(page.text.contains("Nothing has been changed yet.") && page.text.contains("<form"));
    }
    assert_eq!(kept(&api).await, before);
}

#[tokio::test]
async fn a_link_works_after_its_lead_is_deleted_and_puts_no_name_back() {
    let api = start().await;
    api.put(&[anns(1), anns(2)]).await;
    let (store, whole) = (api.store(), lead(&api, 1).await);
    let gone = whole.on_deleted(lambda::now()).unwrap();
    let Commit::Done(gone) = store.commit_deletion(&whole, gone, None, &identity()).await.unwrap() else {
        unreachable!()
    };
    for number in [1, 77] {
        assert_eq!(send_form(&api, &link(&email("ann@example.com"), number), FORM, ONE_CLICK).await.status, 200);
    }
    assert_eq!(may_be_written_to(&api, 2).await, [false, true]);
    assert_eq!(lead(&api, 1).await.version, gone.version);
    let listed = api.get("/v1/suppressions").await.ok();
    assert!(listed["items"][0]["contact"].is_null(), "{listed:#}");
}

#[tokio::test]
async fn who_wrote_a_name_down_and_failed_to_forget_it_forgets_it_when_the_same_is_said_again() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let link = link(&email(ANN), 1);
    assert_eq!(send_form(&api, &link, FORM, ONE_CLICK).await.status, 200);
    let (store, whole) = (api.store(), lead(&api, 1).await);
    let known = async || api.store().person_consent(&email(ANN), &identity()).await.unwrap().unwrap();
    let said = known().await.words;
    let gone = whole.on_deleted(lambda::now()).unwrap();
    store.commit_deletion(&whole, gone, None, &identity()).await.unwrap();
    // As by a request that had read the lead before it was deleted, and died.
    store.say_if(Channel::Email, &identity().contact(&email(ANN)), Some(ANN), |_| Some(said.clone())).await.unwrap();
    assert_eq!(known().await.contact.as_deref(), Some(ANN));
    assert_eq!(send_form(&api, &link, FORM, ONE_CLICK).await.status, 200);
    assert_eq!((known().await.contact, known().await.words.iter().count()), (None, said.iter().count()));
}

#[tokio::test]
async fn the_link_of_a_contact_that_the_lead_has_no_more_is_about_the_person_alone() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    let old = email("ann.old@example.com");
    assert_eq!(send_form(&api, &link(&old, 1), FORM, ONE_CLICK).await.status, 200);
    assert!(!words(&api, &old).await.last().unwrap().yes);
    assert_eq!(may_be_written_to(&api, 1).await, [true, true]);
    assert!(lead(&api, 1).await.said.is_empty());
}

#[tokio::test]
async fn a_lead_that_cannot_be_read_keeps_nobody_from_saying_no() {
    let api = start().await;
    api.put(&[anns(1)]).await;
    api.tables.spoil(&api.tables.tables().leads, (&id(1).to_string(), store::LEAD_ROW), "v").await;
    let page = send_form(&api, &link(&email(ANN), 1), FORM, ONE_CLICK).await;
    assert_eq!((page.status, page.text.trim()), (200, "Unsubscribed."));
    assert!(!words(&api, &email(ANN)).await.last().unwrap().yes);
}
