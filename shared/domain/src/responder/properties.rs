//! What holds of every enrolment, whatever happens when, and whoever dies.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;
use serde_json::json;
use ulid::Ulid;

use super::{
    tests::{noon, person, responder},
    *,
};
use crate::{id::AttemptId, time::later};

/// What happens next: some minutes go by, consent is as it says, and what is sent comes to this; none: the worker dies.
#[derive(Clone, Debug)]
struct Moment {
    minutes: i64,
    may: MayWrite,
    heard: Option<Heard>,
}

fn moment() -> impl Strategy<Value = Moment> {
    let heard = prop_oneof![
        3 => Just(Some(Heard::Taken)),
        1 => Just(None),
        1 => Just(Some(Heard::Silence { reason: "lost".to_owned() })),
        1 => Just(Some(Heard::NotYet { reason: "later".to_owned(), retry_after_s: None })),
        1 => Just(Some(Heard::Never { reason: "no".to_owned() })),
        1 => Just(Some(Heard::Later { reason: "full".to_owned() })),
    ];
    let may = (prop::bool::weighted(0.8), prop::bool::weighted(0.8));
    (0i64..600, may, heard).prop_map(|(minutes, (email, sms), heard)| Moment {
        minutes,
        may: MayWrite { email, sms },
        heard,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn each_step_is_taken_at_most_once_never_at_night_never_without_consent_and_all_numbers_add_up(
        moments in prop::collection::vec(moment(), 1..40), country in prop::sample::select(vec!["GB", "US", "AU", "IN"]),
    ) {
        let responder = responder(json!({}));
        let mut lead = person();
        lead.country = country.parse().unwrap();
        let lead = lead.on_joined(&responder.rid, true, noon()).unwrap();
        let mut enrolment = Enrolment::new(lead.id, &lead.joined[0]);
        let mut numbers: BTreeMap<Count, u32> = counts(None, &enrolment).into_iter().map(|count| (count, 1)).collect();
        let (mut now, mut taken) = (noon(), BTreeMap::<usize, u32>::new());
        for (number, Moment { minutes, may, heard }) in moments.into_iter().enumerate() {
            now = later(now, SignedDuration::from_mins(minutes));
            let seen = Seen { lead: Some(&lead), responder: Some(&responder), may, zone: &TimeZone::UTC };
            let before = enrolment.clone();
            enrolment = match decide(&enrolment, &seen, now) {
                Turn::Send => {
                    let step = &responder.steps[enrolment.steps_done()];
                    prop_assert!(may.by(step.channel), "without consent");
                    prop_assert!(is_day(country, now), "at night: {now}");
                    prop_assert!(now >= later(noon(), SignedDuration::from_mins(step.after_min.into())), "too early");
                    let attempt = AttemptId::from_ulid(Ulid(number as u128));
                    let sending = enrolment.on_sending(attempt, later(now, SignedDuration::from_secs(40))).unwrap();
                    let Some(heard) = heard else {
                        *taken.entry(enrolment.steps_done()).or_default() += 1;
                        enrolment = sending;
                        continue;
                    };
                    if !matches!(heard, Heard::NotYet { .. } | Heard::Later { .. }) {
                        *taken.entry(enrolment.steps_done()).or_default() += 1;
                    }
                    let after = sending.on_heard(attempt, &heard, &responder, 0, now).unwrap();
                    prop_assert_eq!(sending.on_sending(attempt, now), None, "nobody else begins with it");
                    after
                }
                Turn::Wait(until) => {
                    prop_assert!(until > now);
                    enrolment.on_wait(until)
                }
                Turn::Skip(reason) => enrolment.on_skipped(reason, &responder, now),
                Turn::Stop(reason) => enrolment.on_stopped(reason, now),
                Turn::Finish => enrolment.on_finished(now),
                Turn::Lost => enrolment.on_lost(Some(&responder), now),
                Turn::Busy(_) | Turn::Over => continue,
            };
            for count in counts(Some(&before), &enrolment) {
                *numbers.entry(count).or_default() += 1;
            }
        }
        prop_assert!(taken.values().all(|times| *times == 1), "{taken:?}");
        prop_assert!(numbers.values().all(|number| *number == 1), "{numbers:?}");
        let steps = numbers.keys().filter(|count| !matches!(count, Count::Joined | Count::Finished | Count::Stopped(_)));
        prop_assert_eq!(steps.count(), enrolment.steps_done());
        let is_ended = numbers.keys().any(|count| matches!(count, Count::Finished | Count::Stopped(_)));
        prop_assert_eq!(is_ended, !enrolment.is_active());
    }
}

fn is_day(country: &str, at: Timestamp) -> bool {
    zones_of(country.parse().unwrap()).iter().all(|zone| (8..21).contains(&zone.to_datetime(at).hour()))
}
