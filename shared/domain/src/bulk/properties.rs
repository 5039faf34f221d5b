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

/// Some of every kind.
fn actions() -> impl Strategy<Value = Action> {
    let amount = 0i64..5_000;
    let bid = || prop::option::of(Just("b-d1".parse().unwrap()));
    prop_oneof![
        prop::collection::btree_set(prop::sample::select(vec![did("d1"), did("d2"), did("crm"), did("d9")]), 0..3)
            .prop_map(|deliveries| Action::Redeliver(Redeliver { deliveries })),
        (prop::option::of(any::<bool>()), bid()).prop_map(|(reverse_payout, bid)| {
            Action::Return(TakeBack { reason: "OTHER".to_owned(), comment: None, reverse_payout, bid, did: None })
        }),
        amount.clone().prop_map(|minor| Action::UpdatePayout(UpdatePayout {
            payout: pounds(minor),
            reason: "agreed".to_owned()
        })),
        (amount, bid()).prop_map(|(minor, bid)| {
            Action::UpdateRevenue(UpdateRevenue { revenue: pounds(minor), reason: "agreed".to_owned(), bid, did: None })
        }),
        Just(Action::Release(Release {})),
        Just(Action::Reject(Reject { reason: "odd".to_owned() })),
        Just(Action::Delete(Delete {})),
        Just(Action::Erase(Erase::default())),
        Just(message()),
        prop::sample::select(vec![Channels::All, Channels::Email, Channels::Sms]).prop_flat_map(
            |channels| prop_oneof![
                Just(Action::Unsubscribe(Unsubscribe { from: channels, told: None })),
                Just(Action::Resubscribe(Resubscribe { to: channels, told: Some("as agreed".to_owned()) })),
            ]
        ),
    ]
}

fn message() -> Action {
    let params = json!({ "campid": "solar", "channel": "email", "subject": "Hello", "text": "Thank you." });
    serde_json::from_value(json!({ "action": "send_message", "params": params })).unwrap()
}

fn plan(action: &Action, lead: &Lead) -> Result<Change, Refusal> {
    let ordered = Ordered {
        job: BulkJobId::from_ulid(Ulid::from_parts(at(100_000).as_millisecond().unsigned_abs(), 1)),
        by: &KeyId::root(),
        zone: &TimeZone::UTC,
        reasons: &["OTHER".to_owned()],
        spoken: &Spoken::default(),
        responder: None,
        now: at(100_000),
    };
    action.plan(lead, &ordered)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_lead_is_changed_or_it_is_said_why_not(lead in on_any_terms(), history in history(), action in actions()) {
        for lead in told(&lead, &history) {
            match plan(&action, &lead) {
                Ok(change) => {
                    prop_assert_ne!(&*change.after, &lead);
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
            let job = BulkJobId::from_ulid(Ulid::from_parts(at(100_000).as_millisecond().unsigned_abs(), 1));
            let written = change.after.touched_by(&Actor::with_job(job));
            prop_assert!(written.was_changed_by(job));
            if !matches!(action, Action::Release(_) | Action::Reject(_)) {
                let moved = Effect::between(&lead, &written).unwrap();
                prop_assert_eq!(done_by(&written, job), moved.if_any(), "{:?}", action);
            }
            prop_assert!(plan(&action, &written).is_err(), "{:?}", action);
        }
    }
}
