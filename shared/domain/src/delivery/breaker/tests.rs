//! A breaker opens, lets one try, and comes back.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use proptest::prelude::*;

use super::*;

const RULE: BreakerRule = BreakerRule { after_failures: 3, pause_s: 60 };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// Open since 0, its pause over at 60, with somebody trying until then.
fn open(probed_until: Option<i64>) -> Breaker {
    Breaker::Open(Pause { probed_until: probed_until.map(at), ..RULE.first_pause(3, at(0)) })
}

#[test]
fn it_opens_at_the_last_of_the_failures_in_a_row_and_not_before() {
    let opens: Vec<bool> = (1..=5).map(|failures| RULE.opens_after(failures)).collect();
    assert_eq!(opens, [false, false, true, true, true]);
    let pause = RULE.first_pause(3, at(0));
    assert_eq!((pause.since, pause.until, pause.pause_s, pause.probed_until), (at(0), at(60), 60, None));
}

#[test]
fn who_may_send() {
    let closed = Breaker::Closed { failures: 2 };
    for (name, breaker, now, wanted) in [
        ("nothing is known", Breaker::default(), 0, Pass::Free),
        ("too few failures", closed, 0, Pass::Free),
        ("the pause begins", open(None), 0, Pass::Blocked(at(60))),
        ("the pause is nearly over", open(None), 59, Pass::Blocked(at(60))),
        ("the pause is over", open(None), 60, Pass::Probe),
        ("somebody tries", open(Some(90)), 61, Pass::Blocked(at(71))),
        ("somebody has tried for long", open(Some(90)), 85, Pass::Blocked(at(90))),
        ("whoever tried is gone", open(Some(90)), 90, Pass::Probe),
    ] {
        assert_eq!(breaker.pass(at(now)), wanted, "{name}");
    }
}

#[test]
fn what_a_request_leads_to() {
    let longer = |now| {
        let longer = RULE.longer_pause(&RULE.first_pause(3, at(0)), at(now));
        OnFailure::PauseAgain { ended: at(60), longer }
    };
    for (name, breaker, now, failed, answered) in [
        ("nothing is known", Breaker::default(), 0, OnFailure::Count, false),
        ("it has failed", Breaker::Closed { failures: 1 }, 0, OnFailure::Count, true),
        ("asked before the pause", open(None), 59, OnFailure::Ignore, false),
        ("the pause is over", open(None), 60, longer(60), true),
        ("the try", open(Some(90)), 61, longer(61), true),
        ("a try that took too long", open(Some(90)), 100, longer(100), true),
    ] {
        assert_eq!(breaker.on_failure(&RULE, at(now)), failed, "{name} and fails");
        assert_eq!(breaker.ends_by_answer(at(now)), answered, "{name} and is answered");
    }
}

#[test]
fn pauses_double_up_to_a_quarter_of_an_hour_or_the_deliverys_own() {
    let lengths = |pause_s: u32| -> Vec<u32> {
        let rule = BreakerRule { after_failures: 3, pause_s };
        let next = |pause: &Pause| Some(rule.longer_pause(pause, pause.until));
        std::iter::successors(Some(rule.first_pause(3, at(0))), next).take(6).map(|pause| pause.pause_s).collect()
    };
    assert_eq!(lengths(60), [60, 120, 240, 480, 900, 900]);
    assert_eq!(lengths(1_000), [1_000; 6]);
    let again = RULE.longer_pause(&Pause { probed_until: Some(at(90)), ..RULE.first_pause(3, at(0)) }, at(70));
    assert_eq!((again.since, again.until, again.failures, again.probed_until), (at(0), at(190), 3, None));
}

#[test]
fn a_rule_that_was_changed_meanwhile_bounds_the_next_pause() {
    let long = Pause { pause_s: 3_600, ..RULE.first_pause(3, at(0)) };
    assert_eq!(RULE.longer_pause(&long, at(0)).pause_s, 900);
    let short = Pause { pause_s: 1, ..RULE.first_pause(3, at(0)) };
    assert_eq!(RULE.longer_pause(&short, at(0)).pause_s, 60);
}

#[test]
fn rules_that_never_open_or_hardly_ever_close_are_refused() {
    for (after_failures, pause_s, wanted) in [
        (1, 1, vec![]),
        (1_000, 3_600, vec![]),
        (0, 60, vec!["breaker.after_failures"]),
        (1_001, 0, vec!["breaker.after_failures", "breaker.pause_s"]),
        (10, 3_601, vec!["breaker.pause_s"]),
    ] {
        let mut found = Vec::new();
        BreakerRule { after_failures, pause_s }.check(&mut found);
        let places: Vec<&str> = found.iter().map(|found| found.field.as_str()).collect();
        assert_eq!(places, wanted, "{after_failures} {pause_s}");
    }
}

proptest! {
    /// Whatever the rule, and however often tries fail or whoever tries dies: a time comes at which one may try, and an
    /// answer to that ends it.
    #[test]
    fn it_never_stays_open_for_ever(
        after_failures in 1u16..=1_000,
        pause_s in 1u32..=3_600,
        tries in prop::collection::vec((any::<bool>(), 1i64..60), 0..12),
    ) {
        let rule = BreakerRule { after_failures, pause_s };
        let mut pause = rule.first_pause(u32::from(after_failures), at(0));
        for (dies, lease_s) in tries {
            let now = pause.until.max(pause.probed_until.unwrap_or(pause.until));
            prop_assert_eq!(Breaker::Open(pause).pass(now), Pass::Probe);
            prop_assert!(Breaker::Open(pause).ends_by_answer(now));
            let lease_until = later(now, seconds(u32::try_from(lease_s).unwrap()));
            pause.probed_until = Some(lease_until);
            let Pass::Blocked(until) = Breaker::Open(pause).pass(now) else {
                return Err(TestCaseError::fail("one tries"));
            };
            prop_assert!(now < until && until <= lease_until);
            if !dies {
                let OnFailure::PauseAgain { longer, .. } = Breaker::Open(pause).on_failure(&rule, now) else {
                    return Err(TestCaseError::fail("a try that failed begins a pause"));
                };
                prop_assert!(longer.until > now && longer.pause_s <= pause_s.max(LONGEST_PAUSE_S));
                pause = longer;
            }
        }
    }
}
