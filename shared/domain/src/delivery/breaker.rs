//! When a delivery that keeps failing is left alone for a while, and how it comes back.
//!
//! Closed: requests go out, and failures in a row are counted. Open: nobody is asked until the pause is over; then one
//! request at a time tries. An answer to it closes the breaker, and no answer begins a pause twice as long.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{setup::Invalid, time::later};

/// Pauses double up to 15 minutes; a delivery's own pause may be longer.
const LONGEST_PAUSE_S: u32 = 900;
/// Whoever waits for another one's try asks again after this time.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// After so many failures in a row the delivery pauses; then one lead is tried at a time until one gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerRule {
    /// Requests in a row that were not answered, or asked to be tried again; 1 to 1,000.
    pub after_failures: u16,
    /// How long it pauses, in seconds; 1 to 3,600.
    pub pause_s: u32,
}

impl Default for BreakerRule {
    fn default() -> Self {
        Self { after_failures: 10, pause_s: 60 }
    }
}

impl BreakerRule {
    /// Whether so many failures in a row open the breaker.
    pub fn opens_after(&self, failures: u32) -> bool {
        failures >= u32::from(self.after_failures)
    }

    /// The first pause after so many failures.
    pub fn first_pause(&self, failures: u32, now: Timestamp) -> Pause {
        let until = later(now, seconds(self.pause_s));
        Pause { failures, since: now, until, pause_s: self.pause_s, probed_until: None }
    }

    /// The pause after a try that failed: twice as long, within bounds.
    pub fn longer_pause(&self, before: &Pause, now: Timestamp) -> Pause {
        let pause_s = before.pause_s.saturating_mul(2).clamp(self.pause_s, LONGEST_PAUSE_S.max(self.pause_s));
        Pause { until: later(now, seconds(pause_s)), pause_s, probed_until: None, ..*before }
    }

    pub(super) fn check(&self, found: &mut Vec<Invalid>) {
        if !(1..=1_000).contains(&self.after_failures) {
            found.push(Invalid::new("breaker.after_failures", "range", "Use 1 to 1000 failures."));
        }
        if !(1..=3_600).contains(&self.pause_s) {
            found.push(Invalid::new("breaker.pause_s", "range", "Use 1 to 3600 seconds."));
        }
    }
}

/// The circuit breaker of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    /// Requests go out.
    Closed {
        /// Failures since the last answer.
        failures: u32,
    },
    /// Nobody is asked, or after the pause one request at a time.
    Open(Pause),
}

/// A pause of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Failures in a row that led to it.
    pub failures: u32,
    /// When the breaker opened; it stays so over tries that fail.
    pub since: Timestamp,
    /// Nobody is asked before.
    pub until: Timestamp,
    /// How long this pause is, in seconds.
    pub pause_s: u32,
    /// Somebody tries until then at the latest.
    pub probed_until: Option<Timestamp>,
}

/// Whether a request may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It may.
    Free,
    /// It may as the only one: the pause is over, and one has to try.
    Probe,
    /// Not before then.
    Blocked(Timestamp),
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It is counted; with enough of them in a row a pause begins.
    Count,
    /// The try has failed: pause for longer.
    PauseAgain {
        /// When the pause before it ended, which tells it from other pauses.
        ended: Timestamp,
        /// The next one.
        longer: Pause,
    },
    /// Nothing.
    Ignore,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Whether a request may go out now.
    pub fn pass(&self, now: Timestamp) -> Pass {
        match self {
            Self::Closed { .. } => Pass::Free,
            Self::Open(pause) if now < pause.until => Pass::Blocked(pause.until),
            Self::Open(pause) => match pause.probed_until.filter(|until| now < *until) {
                Some(until) => Pass::Blocked(until.min(later(now, ASK_AGAIN_AFTER))),
                None => Pass::Probe,
            },
        }
    }

    /// What a request that failed leads to. During a pause it was asked before the pause, which is told already.
    pub fn on_failure(&self, rule: &BreakerRule, now: Timestamp) -> OnFailure {
        match self {
            Self::Closed { .. } => OnFailure::Count,
            Self::Open(pause) if now < pause.until => OnFailure::Ignore,
            Self::Open(pause) => OnFailure::PauseAgain { ended: pause.until, longer: rule.longer_pause(pause, now) },
        }
    }

    /// Whether an answer changes anything. During a pause it does not: it was asked before the failures that led there,
    /// and that one still got through is no reason to send all the others to a buyer who is just overloaded.
    pub fn ends_by_answer(&self, now: Timestamp) -> bool {
        match self {
            Self::Closed { failures } => *failures > 0,
            Self::Open(pause) => now >= pause.until,
        }
    }
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(count))
}

#[cfg(test)]
mod tests;
