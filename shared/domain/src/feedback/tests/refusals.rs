//! What who got a lead is told of the return that it asked for.

use super::*;
use crate::{
    id::LeadId,
    lead::{ReturnRequest, ReturnState},
};

const THEIRS: &str = "lead_01JD3R00000000000000000009";

fn theirs() -> LeadId {
    THEIRS.parse().unwrap()
}

fn sold(reference: &str) -> Lead {
    let pending = Outcome::Pending { reference: Some(reference.to_owned()), deadline: at(1_000) };
    let awaiting = sending().on_outcome(&did("d1"), &attempt(1), 1, pending, at(12)).unwrap();
    let said = Event { reference: Some(reference.to_owned()), ..event(EventKind::Sold, None, None) };
    judge(&awaiting, &did("d1"), ("h0", &said), &installation(), at(50)).unwrap()
}

fn asked(lead: &Lead, order: &str) -> Lead {
    let request = ReturnRequest { order: Some(order), ..ReturnRequest::because("DUPE") };
    lead.on_return_requested(&did("d1"), request, at(60)).unwrap()
}

fn asked_by_feedback(lead: &Lead, id: &str) -> Lead {
    asked(lead, &event_order(&did("d1"), id))
}

fn refused(lead: &Lead, why: &str) -> Lead {
    lead.on_return_refused(&did("d1"), why, at(70)).unwrap()
}

fn word(lead: &Lead, told: Option<&Word>) -> Option<Word> {
    Word::of_return(lead, &did("d1"), told)
}

fn says(number: u8, code: ReturnState, why: &str) -> Word {
    Word::ReturnRefused { number, theirs: theirs(), code, why: Some(why.to_owned()) }
}

#[test]
fn who_asked_for_a_return_hears_that_it_is_refused_and_why_once_it_is() {
    let asked = asked_by_feedback(&sold(THEIRS), "h1");
    assert_eq!(word(&asked, None), None, "the seller has yet to decide");
    assert_eq!(word(&asked.on_return_approved(&did("d1"), true, at(70)).unwrap(), None), None, "as it was told");
    let refused = refused(&asked, "no\u{202e} proof\nof it");
    let told = word(&refused, None).unwrap();
    assert_eq!(told, says(1, ReturnState::Refused, "no proof of it"));
    assert_eq!(word(&refused, Some(&told)), None, "once");
    let event = told.event(refused.id, THEIRS, at(80));
    assert_eq!((event.event, event.code.as_deref()), (EventKind::ReturnRefused, Some("refused")));
    assert_eq!((event.reason.as_deref(), event.reference), (Some("no proof of it"), Some(refused.id.to_string())));
    assert!(event.revenue.is_none() && event.lead_ref == THEIRS);
}

#[test]
fn a_return_that_is_undone_is_one_that_is_not_taken_back_after_all() {
    let back = asked_by_feedback(&sold(THEIRS), "h1").on_return_approved(&did("d1"), true, at(70)).unwrap();
    let undone = back.on_return_undone(&did("d1"), "it was no duplicate", at(75)).unwrap();
    assert_eq!(word(&undone, None), Some(says(1, ReturnState::Undone, "it was no duplicate")));
}

#[test]
fn a_return_that_is_asked_for_again_is_told_again_and_not_before_it_is_decided() {
    let first = refused(&asked_by_feedback(&sold(THEIRS), "h1"), "no");
    let told = word(&first, None).unwrap();
    let again = asked_by_feedback(&first, "h2");
    assert_eq!((word(&again, None), word(&again, Some(&told))), (None, None));
    assert_eq!(word(&refused(&again, "no"), Some(&told)), Some(says(2, ReturnState::Refused, "no")));
}

#[test]
fn nobody_hears_of_a_refusal_who_did_not_ask_by_feedback_or_does_not_know_the_lead() {
    let sold_there = sold(THEIRS);
    for other in ["by hand", "feedback-d10-h1", "feedback-d2-h1", "feedback-d1"] {
        assert_eq!(word(&refused(&asked(&sold_there, other), "no"), None), None, "{other}");
    }
    let unnamed = sold_there.on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(60)).unwrap();
    assert_eq!(word(&refused(&unnamed, "no"), None), None);
    assert_eq!(word(&refused(&asked_by_feedback(&sold("crm-77"), "h1"), "no"), None), None, "no installation's lead");
}

fn telling(lead: &Lead) -> Telling {
    Telling::new(lead.id, Some(did("d1")), at(70))
}

#[test]
fn a_refusal_is_told_by_the_same_steps_and_apart_from_what_who_sent_the_lead_is_told() {
    let lead = refused(&asked_by_feedback(&sold(THEIRS), "h1"), "no");
    let first = send(&telling(&lead), &lead, attempt(7), 70).unwrap();
    assert_eq!(first.open().unwrap().word, says(1, ReturnState::Refused, "no"));
    let noted = Made { result: Some("noted".to_owned()), detail: Some("thank\nyou".to_owned()) };
    let told = first.on_heard(attempt(7), &Heard::Taken, noted, 500, at(71)).unwrap();
    assert_eq!((told.answer.as_deref(), told.detail.as_deref()), (Some("noted"), Some("thank you")));
    assert_eq!(send(&told, &lead, attempt(8), 72), None);
    let to_who_sent_it = send(&Telling::new(lead.id, None, at(70)), &lead, attempt(9), 70).unwrap();
    assert_eq!(to_who_sent_it.open().unwrap().word.kind(), EventKind::Sold);
    let text = serde_json::to_string(&told).unwrap();
    assert_eq!(serde_json::from_str::<Telling>(&text).unwrap(), told);
}

#[test]
fn a_refusal_that_was_given_up_is_not_told_again_and_the_next_one_is() {
    let lead = refused(&asked_by_feedback(&sold(THEIRS), "h1"), "no");
    let gone = Heard::Never { reason: "status 410".to_owned() };
    let sent = send(&telling(&lead), &lead, attempt(7), 70).unwrap();
    let given_up = sent.on_heard(attempt(7), &gone, Made::default(), 500, at(71)).unwrap();
    assert_eq!(send(&given_up, &lead, attempt(8), 72), None);
    let next = refused(&asked_by_feedback(&lead, "h2"), "still no");
    assert!(send(&given_up, &next, attempt(8), 73).is_some());
}

#[test]
fn of_a_lead_that_is_deleted_the_refusal_is_told_without_the_words() {
    let lead = refused(&asked_by_feedback(&sold(THEIRS), "h1"), "Ann said no");
    let sent = send(&telling(&lead), &lead, attempt(7), 70).unwrap();
    let silent = sent.without_words();
    assert_eq!(silent.version, sent.version + 1);
    let open = silent.open().unwrap();
    assert_eq!((open.id, open.word.theirs()), (attempt(7), Some(theirs())));
    let event = open.event(lead.id, THEIRS).unwrap();
    assert!(event.contains("refused") && !event.contains("Ann"), "{event}");
    let gone = Heard::Never { reason: "status 410".to_owned() };
    let given_up = silent.on_heard(attempt(7), &gone, Made::default(), 500, at(71)).unwrap();
    assert_eq!(send(&given_up, &lead, attempt(8), 72), None, "the same, however it is worded");
}

#[test]
fn a_telling_under_way_is_another_version_once_its_lead_is_deleted_also_where_it_has_no_words() {
    let lead = refused(&asked_by_feedback(&sold(THEIRS), "h1"), "no");
    let sent = send(&telling(&lead), &lead, attempt(7), 70).unwrap();
    let once = sent.without_words();
    assert_eq!(once.without_words(), Telling { version: once.version + 1, ..once.clone() });
    let over = once.on_heard(attempt(7), &Heard::Taken, applied(), 500, at(71)).unwrap();
    assert_eq!(over.without_words().without_words(), over.without_words());
}

#[test]
fn of_a_lead_that_is_deleted_or_gone_no_words_of_the_other_side_are_kept() {
    let (lead, made) = (sold(THEIRS), Made { detail: Some("Ann Smith has moved".to_owned()), ..applied() });
    assert_eq!(made.kept_of(Some(&lead)), made);
    for gone in [Some(&lead.on_deleted(at(70)).unwrap()), None] {
        assert_eq!(made.kept_of(gone), applied());
    }
}

#[test]
fn a_refusal_of_a_return_that_was_asked_for_again_is_not_sent_any_more() {
    let first = refused(&asked_by_feedback(&sold(THEIRS), "h1"), "no");
    let sent = send(&telling(&first), &first, attempt(7), 70).unwrap();
    let silent = Heard::Silence { reason: "timed out".to_owned() };
    let waiting = sent.on_heard(attempt(7), &silent, Made::default(), 500, at(71)).unwrap();
    assert!(send(&waiting, &first, attempt(8), 200).is_some(), "as long as it is the last one");
    let approved = asked_by_feedback(&first, "h2").on_return_approved(&did("d1"), true, at(80)).unwrap();
    for under_way in [&waiting, &sent] {
        let step = under_way.next_step(&approved, attempt(8), at(200), at(240)).unwrap();
        let Step::Drop(over) = step else { unreachable!("it is dropped, but there is {step:?}") };
        let TellingState::Failed { reason, open } = &over.state else {
            unreachable!("it is over, but there is {over:?}")
        };
        assert_eq!(
            (reason.as_str(), open.id, over.due()),
            ("the return was asked for again meanwhile", attempt(7), None)
        );
        assert_eq!(over.next_step(&approved, attempt(9), at(201), at(241)).unwrap(), Step::Nothing);
        let again = refused(&asked_by_feedback(&first, "h2"), "still no");
        assert_eq!(
            send(&over, &again, attempt(9), 201).unwrap().open().unwrap().word,
            says(2, ReturnState::Refused, "still no")
        );
    }
}

#[test]
fn a_refusal_is_heard_of_what_was_taken_back_and_of_nothing_else() {
    let lead = sold(THEIRS);
    let asked = asked_by_feedback(&lead, "h1");
    let kept = asked.on_return_approved(&did("d1"), false, at(70)).unwrap();
    for never in [&awaiting(), &lead, &asked, &kept, &refused(&asked, "no")] {
        assert_eq!(judge_refusal(never).map_err(|no| no.code), Err("contradicts"), "{never:#?}");
    }
    let back = asked.on_return_approved(&did("d1"), true, at(70)).unwrap();
    let undone = back.on_return_undone(&did("d1"), "it was no duplicate", at(75)).unwrap();
    for once in [&back, &undone, &back.on_deleted(at(80)).unwrap()] {
        assert_eq!(judge_refusal(once), Ok(()));
    }
}
