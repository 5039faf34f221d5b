//! What people say: each word stands once, in the person's row and in the lead, wherever its request dies and however often it comes.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use domain::{
    access::Principal,
    consent::{Contact, How, Words},
    contact::Email,
    id::LeadId,
    lead::{Channel, Lead},
};
use lambda::http::Function;
use serde_json::{Value, json};
use store::Commit;
use tests::{Fault, Faults, Lab, identity};

use super::{answered, asking, good_lead, lab, make_key, post, with_every_fault};

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

fn ann() -> Contact {
    Contact::Email(Email::parse("ann@example.com").unwrap())
}

/// A lab with a lead of Ann's, who is told nothing by anybody else.
async fn anns() -> (Lab, Lead) {
    let lab = lab(1, Vec::new()).await;
    make_key(&lab, "seller", Principal::Seller).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    let lead = lab.leads().await.remove(0);
    (lab, lead)
}

fn function(lab: &Lab, faults: &Faults) -> Router {
    lab.consent(faults).router()
}

/// Says it by the lead's link, as often as it takes.
async fn say(lab: &Lab, faults: &Faults, lead: &Lead, form: &'static str) {
    let path = format!("/v1/unsubscribe/{}", identity().unsubscribe_token(&ann(), lead.id).unwrap());
    let request = || {
        let request = Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(form)).unwrap()
    };
    let (status, text) = answered(faults, async || function(lab, faults), request).await;
    assert_eq!(status, StatusCode::OK, "{text}");
}

async fn words(lab: &Lab, contact: &Contact) -> Words {
    let known = lab.tables.store().person_consent(contact, &identity()).await.unwrap();
    known.map(|person| person.words).unwrap_or_default()
}

/// The same was said of the person and in its lead, at the same times.
async fn verify(lab: &Lab, lead: &Lead, expected: &[(bool, How)]) {
    let words = words(lab, &ann()).await;
    assert_eq!(words.iter().map(|word| (word.yes, word.how)).collect::<Vec<_>>(), expected);
    let own = lab.tables.store().lead(lead.id).await.unwrap().unwrap();
    assert!(own.said.iter().all(|said| said.channel == Channel::Email));
    let said: Vec<_> = own.said.iter().map(|said| (said.yes, said.at)).collect();
    assert_eq!(said, words.iter().map(|word| (word.yes, word.at)).collect::<Vec<_>>());
}

async fn one_click(faults: Faults) {
    let (lab, lead) = anns().await;
    say(&lab, &faults, &lead, ONE_CLICK).await;
    verify(&lab, &lead, &[(false, How::OneClick)]).await;
    say(&lab, &Faults::default(), &lead, ONE_CLICK).await;
    verify(&lab, &lead, &[(false, How::OneClick)]).await;
}

#[tokio::test]
async fn a_no_stands_once_in_the_persons_row_and_its_lead_whatever_fails() {
    with_every_fault(one_click).await;
}

async fn taken_back(faults: Faults) {
    let (lab, lead) = anns().await;
    say(&lab, &Faults::default(), &lead, "answer=unsubscribe").await;
    say(&lab, &faults, &lead, "answer=resubscribe").await;
    verify(&lab, &lead, &[(false, How::Page), (true, How::Page)]).await;
}

#[tokio::test]
async fn a_no_that_is_taken_back_is_taken_back_once_whatever_fails() {
    with_every_fault(taken_back).await;
}

#[tokio::test]
async fn two_buttons_at_once_say_it_once_wherever_the_first_is_held_up() {
    let (lab, lead) = anns().await;
    let quiet = Faults::default();
    say(&lab, &quiet, &lead, ONE_CLICK).await;
    for (at, pause) in (0..quiet.calls().len()).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let (lab, lead) = anns().await;
        let held_up = Faults::at([(at, pause)]);
        let first = async {
            say(&lab, &held_up, &lead, ONE_CLICK).await;
            held_up.let_go();
        };
        let second = async {
            held_up.paused().await;
            say(&lab, &Faults::default(), &lead, ONE_CLICK).await;
            held_up.resume();
        };
        tokio::join!(first, second);
        verify(&lab, &lead, &[(false, How::OneClick)]).await;
    }
}

/// Ann's lead is deleted. By whoever is held up there, if somebody is.
async fn delete(lab: &Lab, faults: &Faults, id: LeadId) {
    let store = lab.store(faults);
    loop {
        let lead = store.lead(id).await.unwrap().unwrap();
        let Ok(after) = lead.on_deleted(lab.now()) else { return };
        if let Commit::Done(_) = store.commit_deletion(&lead, after, None, &identity()).await.unwrap() {
            return;
        }
    }
}

#[tokio::test]
async fn an_answer_that_crosses_the_deletion_of_its_lead_leaves_no_address_whichever_of_the_two_is_held_up() {
    let (quiet, said) = (Faults::default(), Faults::default());
    let (lab, lead) = anns().await;
    say(&lab, &said, &lead, ONE_CLICK).await;
    delete(&lab, &quiet, lead.id).await;
    let calls = quiet.calls().len().max(said.calls().len());
    let pauses = (0..calls).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]);
    for (pause, answers_first) in pauses.flat_map(|pause| [(pause, true), (pause, false)]) {
        let (lab, lead) = anns().await;
        let (held_up, free) = (Faults::at([pause]), Faults::default());
        let first = async {
            if answers_first {
                say(&lab, &held_up, &lead, ONE_CLICK).await;
            } else {
                delete(&lab, &held_up, lead.id).await;
            }
            held_up.let_go();
        };
        let second = async {
            held_up.paused().await;
            if answers_first {
                delete(&lab, &free, lead.id).await;
            } else {
                say(&lab, &free, &lead, ONE_CLICK).await;
            }
            held_up.resume();
        };
        tokio::join!(first, second);
        assert!(!words(&lab, &ann()).await.last().unwrap().yes, "the no stays");
        let everything = lab.tables.everything().await;
        assert!(!everything.contains(ann().as_str()), "{pause:?} {answers_first}: {everything}");
    }
}

async fn a_list(faults: Faults) {
    let (lab, _) = anns().await;
    let yes = json!({ "email": "bob@example.com", "status": "yes", "at": "2026-01-02T03:04:05Z" });
    let list = json!({ "entries": [{ "email": "ann@example.com" }, { "email": "nobody" }, yes] });
    let request = || asking("seller", "/v1/suppressions").body(Body::from(list.to_string())).unwrap();
    let (status, text) = answered(&faults, async || function(&lab, &faults), request).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let taken: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((taken["items"].as_array().unwrap().len(), taken["invalid"].as_u64()), (3, Some(1)));
    let bob = Contact::Email(Email::parse("bob@example.com").unwrap());
    for (contact, expected) in [(ann(), (false, How::List)), (bob, (true, How::List))] {
        let words = words(&lab, &contact).await;
        assert_eq!(words.iter().map(|word| (word.yes, word.how)).collect::<Vec<_>>(), [expected]);
    }
}

#[tokio::test]
async fn a_list_is_written_down_once_whatever_fails() {
    with_every_fault(a_list).await;
}
