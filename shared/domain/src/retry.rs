//! When a delivery that failed is tried again: growing, jittered delays that honour `Retry-After`.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::setup::Invalid;

/// A buyer may ask us to wait, but not longer than a day.
pub const MAX_RETRY_AFTER_S: u32 = 86_400;

/// How often and how far apart a delivery is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryRule {
    /// Requests for one lead altogether, 1 to 20.
    pub max_attempts: u8,
    /// Seconds before the second attempt; each further delay is twice the one before.
    pub first_delay_s: u32,
    /// The longest delay in seconds.
    pub max_delay_s: u32,
}

impl Default for RetryRule {
    fn default() -> Self {
        Self { max_attempts: 5, first_delay_s: 30, max_delay_s: 3_600 }
    }
}

impl RetryRule {
    /// Whether another attempt may follow `attempts` made in this round.
    pub fn allows_more_after(&self, attempts: u32) -> bool {
        attempts < u32::from(self.max_attempts)
    }

    /// How long to wait after the `attempts`-th attempt: half of the doubled delay is certain and half is jitter, which
    /// keeps a buyer that comes back from being met by everyone at once. `jitter_permille` is 0 to 1,000.
    pub fn delay(&self, attempts: u32, jitter_permille: u16, retry_after_s: Option<u32>) -> SignedDuration {
        let doublings = attempts.saturating_sub(1).min(20);
        let full_ms = (u64::from(self.first_delay_s) << doublings).min(u64::from(self.max_delay_s)) * 1_000;
        let half_ms = full_ms / 2;
        let own_ms = half_ms + (full_ms - half_ms) * u64::from(jitter_permille.min(1_000)) / 1_000;
        let asked_ms = u64::from(retry_after_s.unwrap_or(0).min(MAX_RETRY_AFTER_S)) * 1_000;
        SignedDuration::from_millis(i64::try_from(own_ms.max(asked_ms)).unwrap_or(i64::MAX))
    }

    pub(crate) fn check(&self, found: &mut Vec<Invalid>) {
        if !(1..=20).contains(&self.max_attempts) {
            found.push(Invalid::new("retry.max_attempts", "range", "Use 1 to 20 attempts."));
        }
        if self.first_delay_s > self.max_delay_s || self.max_delay_s > MAX_RETRY_AFTER_S {
            let detail = "The first delay is at most the longest one, and that at most 86400 seconds.";
            found.push(Invalid::new("retry.max_delay_s", "range", detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let rule = RetryRule { max_attempts: 9, first_delay_s: 30, max_delay_s: 100 };
        let delays: Vec<i64> = (1..=4).map(|attempts| rule.delay(attempts, 1_000, None).as_secs()).collect();
        assert_eq!(delays, [30, 60, 100, 100]);
    }

    #[test]
    fn a_buyer_who_asks_for_more_time_gets_it_up_to_a_day() {
        let rule = RetryRule::default();
        assert_eq!(rule.delay(1, 0, Some(120)).as_secs(), 120);
        assert_eq!(rule.delay(1, 0, Some(u32::MAX)).as_secs(), 86_400);
    }

    proptest! {
        #[test]
        fn jitter_stays_between_half_and_whole(attempts in 1u32..100, jitter in 0u16..=1_000) {
            let rule = RetryRule::default();
            let (low, high) = (rule.delay(attempts, 0, None), rule.delay(attempts, 1_000, None));
            let delay = rule.delay(attempts, jitter, None);
            prop_assert!(low <= delay && delay <= high && high.as_millis() - low.as_millis() * 2 <= 1);
        }
    }
}
