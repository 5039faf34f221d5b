//! What holds of every action, whatever has happened to a lead.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::prelude::*;
use serde_json::json;
use ulid::Ulid;

use super::*;
use crate::{
    journal::news,
    lead::{
        Actor, Lead,
        properties::{events as history, on_any_terms, told},
        tests::{at, did, pounds},
    },
};

/// One of each kind, one leading to the next: an action that has no place here does not compile.
fn behind(action: &Action) -> Option<Action> {
    let taken_back = TakeBack { reason: "OTHER".to_owned(), comment: None, reverse_payout: None, bid: None, did: None };
    let reason = || "agreed".to_owned();
    let next = match action {
        Action::Redeliver(_) => Action::Return(taken_back),
        Action::Return(_) => Action::UpdatePayout(UpdatePayout { payout: pounds(0), reason: reason() }),
        Action::UpdatePayout(_) => {
            Action::UpdateRevenue(UpdateRevenue { revenue: pounds(0), reason: reason(), bid: None, did: None })
        }
        Action::UpdateRevenue(_) => Action::Release(Release {}),
        Action::Release(_) => Action::Reject(Reject { reason: "odd".to_owned() }),
        Action::Reject(_) => Action::Unsubscribe(Unsubscribe::default()),
        Action::Unsubscribe(_) => Action::Resubscribe(Resubscribe::default()),
        Action::Resubscribe(_) => Action::Delete(Delete {}),
        Action::Delete(_) => Action::Erase(Erase::default()),
        Action::Erase(_) => Action::JoinResponder(JoinResponder { rid: "welcome".parse().unwrap() }),
        Action::JoinResponder(_) => message("solar"),
        Action::SendMessage(_) => Action::Export(Export {}),
        Action::Export(_) => return None,
    };
    Some(next)
}

/// Some of the same kind.
fn like(action: &Action) -> BoxedStrategy<Action> {
    let amount = 0i64..5_000;
    let reason = || "agreed".to_owned();
    let bid = || prop::option::of(Just("b-d1".parse().unwrap()));
    let channels = || prop::sample::select(vec![Channels::All, Channels::Email, Channels::Sms]);
    match action {
        Action::Redeliver(_) => {
            prop::collection::btree_set(prop::sample::select(vec![did("d1"), did("d2"), did("crm"), did("d9")]), 0..3)
                .prop_map(|deliveries| Action::Redeliver(Redeliver { deliveries }))
                .boxed()
        }
        Action::Return(same) => (Just(same.clone()), prop::option::of(any::<bool>()), bid())
            .prop_map(|(same, reverse_payout, bid)| Action::Return(TakeBack { reverse_payout, bid, ..same }))
            .boxed(),
        Action::UpdatePayout(_) => amount
            .prop_map(move |minor| Action::UpdatePayout(UpdatePayout { payout: pounds(minor), reason: reason() }))
            .boxed(),
        Action::UpdateRevenue(_) => (amount, bid())
            .prop_map(move |(minor, bid)| {
                Action::UpdateRevenue(UpdateRevenue { revenue: pounds(minor), reason: reason(), bid, did: None })
            })
            .boxed(),
        Action::Unsubscribe(_) => {
            channels().prop_map(|from| Action::Unsubscribe(Unsubscribe { from, told: None })).boxed()
        }
        Action::Resubscribe(_) => channels()
            .prop_map(|to| Action::Resubscribe(Resubscribe { to, told: Some("as agreed".to_owned()) }))
            .boxed(),
        Action::JoinResponder(_) => prop::sample::select(vec!["welcome", "nobody"])
            .prop_map(|rid| Action::JoinResponder(JoinResponder { rid: rid.parse().unwrap() }))
            .boxed(),
        Action::SendMessage(_) => prop_oneof![5 => Just(message("solar")), 1 => Just(message("boilers"))].boxed(),
        Action::Release(_) | Action::Reject(_) | Action::Delete(_) | Action::Erase(_) | Action::Export(_) => {
            Just(action.clone()).boxed()
        }
    }
}

/// Some of every kind.
fn actions() -> impl Strategy<Value = Action> {
    let first = Action::Redeliver(Redeliver::default());
    let kinds = std::iter::successors(Some(first), behind);
    prop::strategy::Union::new(kinds.map(|kind| like(&kind)))
}

fn message(campid: &str) -> Action {
    let params = json!({ "campid": campid, "channel": "email", "subject": "Hello", "text": "Thank you." });
    serde_json::from_value(json!({ "action": "send_message", "params": params })).unwrap()
}

/// The only responder there is.
fn responder() -> Responder {
    let step = json!({ "after_min": 0, "channel": "email", "subject": "Hello", "text": "Hello." });
    let record = json!({ "rid": "welcome", "name": "Welcome", "campid": "solar", "steps": [step] });
    serde_json::from_value(record).unwrap()
}

fn job() -> BulkJobId {
    BulkJobId::from_ulid(Ulid::from_parts(at(100_000).as_millisecond().unsigned_abs(), 1))
}

fn plan(action: &Action, lead: &Lead) -> Result<Change, Refusal> {
    let responder = responder();
    let ordered = Ordered {
        job: job(),
        by: &KeyId::root(),
        zone: &TimeZone::UTC,
        reasons: &["OTHER".to_owned()],
        spoken: &Spoken::default(),
        responder: Some(&responder).filter(|known| action.responder() == Some(&known.rid)),
        now: at(100_000),
    };
    action.plan(lead, &ordered)
}

/// Whether it leaves leads as they are, whatever it comes to.
fn only_reads(action: &Action) -> bool {
    matches!(action, Action::Export(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_lead_is_changed_or_it_is_said_why_not(lead in on_any_terms(), history in history(), action in actions()) {
        for lead in told(&lead, &history) {
            match plan(&action, &lead) {
                Ok(change) => {
                    prop_assert_eq!(*change.after == lead, only_reads(&action));
                    let kept = |lead: &Lead| (lead.id, lead.version, lead.received, lead.campid.clone(), lead.sid.clone());
                    prop_assert_eq!(kept(&change.after), kept(&lead));
                    prop_assert!(change.after.occupied_slots() <= usize::from(lead.terms.max_sales));
                }
                Err(Refusal { code, detail }) => prop_assert!(!code.is_empty() && detail.ends_with('.'), "{code}: {detail}"),
            }
        }
    }

    #[test]
    fn what_a_change_moves_is_what_the_journal_will_say(lead in on_any_terms(), history in history(), action in actions()) {
        for lead in told(&lead, &history) {
            let Ok(change) = plan(&action, &lead) else { continue };
            let effect = change.effect(&lead).unwrap();
            let (mut revenue, mut payout) = (0, 0);
            for event in news(Some(&lead), &change.after).unwrap() {
                revenue += event.counts.revenue;
                payout += event.counts.payout;
            }
            prop_assert_eq!((effect.revenue.minor, effect.payout.minor), (revenue, payout), "{:?}", action);
        }
    }

    #[test]
    fn once_it_is_done_nothing_is_left_to_do(lead in on_any_terms(), history in history(), action in actions()) {
        for lead in told(&lead, &history) {
            let Ok(change) = plan(&action, &lead) else { continue };
            if only_reads(&action) {
                continue;
            }
            let written = change.after.touched_by(&Actor::with_job(job()));
            prop_assert!(written.was_changed_by(job()));
            if !matches!(action, Action::Release(_) | Action::Reject(_)) {
                let moved = Effect::between(&lead, &written).unwrap();
                prop_assert_eq!(done_by(&written, job()), moved.if_any(), "{:?}", action);
            }
            match (plan(&action, &written), &action) {
                (Err(_), _) => {}
                // Unless it is through with the responder, which is known when it is written.
                (Ok(Change { then: Then::JoinAgain(..), .. }), Action::JoinResponder(_)) => {}
                (Ok(change), _) => prop_assert!(false, "{:?} {:?}", action, change),
            }
        }
    }
}

#[test]
fn every_action_is_among_them() {
    let kinds: Vec<Action> = std::iter::successors(Some(Action::Redeliver(Redeliver::default())), behind).collect();
    let words: std::collections::BTreeSet<&str> = kinds.iter().map(Action::word).collect();
    assert_eq!((kinds.len(), words.len()), (13, 13), "each once: {words:?}");
}
