//! When a delivery that failed is tried again: a schedule with jitter, stretched where the buyer asks for it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::setup::Invalid;

/// The longest delay, in seconds.
pub const MAX_DELAY_S: u32 = 86_400;
/// The most delays of one schedule.
const MAX_DELAYS: usize = 20;
/// A delay is up to this much shorter or longer than scheduled, in thousandths, which keeps a buyer that comes back from
/// being met by everyone at once.
const JITTER_PERMILLE: u64 = 200;

/// How often and how far apart a delivery is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryRule {
    /// Seconds before the second attempt, the third and so on, each within 20 %; at most 20 delays of at most 86,400. When
    /// they are used up, the delivery has failed. An attempt that could not even connect is, if it is the first, followed by
    /// the second at once.
    pub delays_s: Vec<u32>,
}

impl Default for RetryRule {
    fn default() -> Self {
        Self { delays_s: vec![10, 60, 300, 1_800, 7_200, 21_600] }
    }
}

impl RetryRule {
    /// Whether another attempt may follow `attempts` made in this round.
    pub fn allows_more_after(&self, attempts: u32) -> bool {
        usize::try_from(attempts).is_ok_and(|attempts| attempts <= self.delays_s.len())
    }

    /// How long to wait after the `attempts`-th attempt. `jitter_permille` is 0 to 1,000. What the buyer asks for counts
    /// instead, as long as it is at least the scheduled delay and at most twice that.
    pub fn delay(&self, attempts: u32, jitter_permille: u16, retry_after_s: Option<u32>) -> SignedDuration {
        let at = usize::try_from(attempts.max(1)).unwrap_or(usize::MAX) - 1;
        let base_s = self.delays_s.get(at).or(self.delays_s.last()).copied().unwrap_or_default();
        let base_ms = u64::from(base_s) * 1_000;
        let delay_ms = match retry_after_s {
            Some(asked_s) => (u64::from(asked_s) * 1_000).clamp(base_ms, base_ms * 2),
            None => {
                let permille = 1_000 - JITTER_PERMILLE + u64::from(jitter_permille.min(1_000)) * JITTER_PERMILLE / 500;
                base_ms * permille / 1_000
            }
        };
        SignedDuration::from_millis(i64::try_from(delay_ms).unwrap_or(i64::MAX))
    }

    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        if self.delays_s.len() > MAX_DELAYS {
            found.push(Invalid::new("retry.delays_s", "length", format!("Use at most {MAX_DELAYS} delays.")));
        }
        for (at, _) in self.delays_s.iter().enumerate().filter(|(_, delay_s)| **delay_s > MAX_DELAY_S) {
            let detail = format!("Use at most {MAX_DELAY_S} seconds, which is a day.");
            found.push(Invalid::new(format!("retry.delays_s.{at}"), "range", detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// In the middle of the jitter.
    fn delays(rule: &RetryRule, asked_s: Option<u32>) -> Vec<i64> {
        (1..=3).map(|attempts| rule.delay(attempts, 500, asked_s).as_secs()).collect()
    }

    #[test]
    fn delays_follow_the_schedule() {
        let rule = RetryRule { delays_s: vec![10, 60] };
        assert_eq!(delays(&rule, None), [10, 60, 60]);
        assert_eq!([1, 2, 3].map(|attempts| rule.allows_more_after(attempts)), [true, true, false]);
        assert!(!RetryRule { delays_s: Vec::new() }.allows_more_after(1));
    }

    #[test]
    fn a_buyer_who_asks_for_more_time_gets_up_to_twice_as_much() {
        let rule = RetryRule { delays_s: vec![10, 60, 300] };
        assert_eq!(delays(&rule, Some(90)), [20, 90, 300]);
        assert_eq!(delays(&rule, Some(0)), [10, 60, 300]);
    }

    #[test]
    fn milliseconds_are_kept() {
        assert_eq!(RetryRule { delays_s: vec![1] }.delay(1, 3, None).as_millis(), 801);
    }

    #[test]
    fn schedules_without_end_are_refused() {
        let mut found = Vec::new();
        RetryRule { delays_s: [vec![0; 20], vec![MAX_DELAY_S + 1]].concat() }.check(&mut found);
        let found: Vec<_> = found.iter().map(|found| (found.field.as_str(), found.code)).collect();
        assert_eq!(found, [("retry.delays_s", "length"), ("retry.delays_s.20", "range")]);
    }

    proptest! {
        #[test]
        fn every_delay_is_near_the_scheduled_one_and_never_more_than_twice_as_long(
            base_s in 0u32..=MAX_DELAY_S, attempts in 0u32..100, jitter in 0u16..=1_000, asked_s in any::<Option<u32>>(),
        ) {
            let rule = RetryRule { delays_s: vec![base_s; 3] };
            let (delay_ms, base_ms) = (rule.delay(attempts, jitter, asked_s).as_millis(), i128::from(base_s) * 1_000);
            let (low, high) = if asked_s.is_some() { (base_ms, base_ms * 2) } else { (base_ms * 4 / 5, base_ms * 6 / 5) };
            prop_assert!(low <= delay_ms && delay_ms <= high, "{delay_ms}");
        }
    }
}
