//! How far a notice is on one of its ways, and what becomes of it there.
//!
//! ```text
//! queued ──▶ sending(lease) ──▶ sent
//!   ▲             │  └────────▶ failed: refused, or tried often enough
//!   └── retry ◀───┘  └────────▶ unknown: an e-mail that may be on its way is not sent again
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Notice;
use crate::{id::AttemptId, retry::RetryRule, time::later, words::bounded};

/// A way by which somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A signed request, known by its id: made again, it is the same.
    Webhook,
    /// A message: nobody can tell two of them apart.
    Email,
    /// A request to a supplier's own address, of one lead: made again, it says the same.
    Postback,
}

impl Way {
    /// The word for it: `webhook`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Email => "email",
            Self::Postback => "postback",
        }
    }

    /// Whether who gets it twice knows it for the same.
    fn can_be_repeated(self) -> bool {
        match self {
            Self::Webhook | Self::Postback => true,
            Self::Email => false,
        }
    }
}

/// How far a notice is on one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where it stands.
    #[serde(flatten)]
    pub state: WayState,
    /// How often it was tried; the number of the last time.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// Since when it stands there.
    #[serde(rename = "at", with = "crate::time")]
    pub since: Timestamp,
}

/// Where a notice stands on one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum WayState {
    /// To be sent.
    Queued,
    /// It may be on its way. Nobody else sends it before the lease ends.
    Sending {
        /// The attempt.
        #[serde(rename = "i")]
        attempt: AttemptId,
        /// When its worker must be gone.
        #[serde(rename = "l", with = "crate::time")]
        lease_until: Timestamp,
    },
    /// To be sent again.
    Retry {
        /// When.
        #[serde(rename = "u", with = "crate::time")]
        due: Timestamp,
        /// What went wrong.
        #[serde(rename = "w")]
        reason: String,
    },
    /// It was taken.
    Sent,
    /// It was not, and will not be tried again.
    Failed {
        /// What went wrong the last time.
        #[serde(rename = "w")]
        reason: String,
    },
    /// Nobody knows, and it will not be tried again.
    Unknown {
        /// What happened.
        #[serde(rename = "w")]
        reason: String,
    },
}

impl WayState {
    /// The word for it: `queued`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending { .. } => "sending",
            Self::Retry { .. } => "retry",
            Self::Sent => "sent",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// When it is sent again, if it is.
    pub fn retried_at(&self) -> Option<Timestamp> {
        match self {
            Self::Retry { due, .. } => Some(*due),
            Self::Queued | Self::Sending { .. } | Self::Sent | Self::Failed { .. } | Self::Unknown { .. } => None,
        }
    }

    /// What went wrong, where something did.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Retry { reason, .. } | Self::Failed { reason } | Self::Unknown { reason } => Some(reason),
            Self::Queued | Self::Sending { .. } | Self::Sent => None,
        }
    }
}

/// What is to be done on a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is to be sent, for the first time or again.
    Send,
    /// A worker died with it, and nobody is to send it again.
    GiveUp,
    /// Nothing yet.
    Wait,
    /// Nothing any more.
    Done,
}

/// What was heard of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was taken.
    Taken,
    /// It was not, and trying again may help; after so many seconds, if the other side asks for that.
    NotYet {
        /// What went wrong.
        reason: String,
        /// Seconds.
        retry_after_s: Option<u32>,
    },
    /// It was not, and trying again does not help.
    Never {
        /// Why.
        reason: String,
    },
    /// Nothing: it may have been taken.
    Silence {
        /// What happened.
        reason: String,
    },
}

impl Notice {
    /// When something is to be done about it; none: nothing any more.
    pub fn due(&self) -> Option<Timestamp> {
        let due = self.sent.values().filter_map(|progress| match &progress.state {
            WayState::Queued => Some(self.at),
            WayState::Sending { lease_until: due, .. } | WayState::Retry { due, .. } => Some(*due),
            WayState::Sent | WayState::Failed { .. } | WayState::Unknown { .. } => None,
        });
        due.min()
    }

    /// What is to be done on a way.
    pub fn next_step(&self, way: Way, now: Timestamp) -> Turn {
        match self.sent.get(&way).map(|progress| &progress.state) {
            Some(WayState::Queued) => Turn::Send,
            Some(WayState::Retry { due, .. }) if *due <= now => Turn::Send,
            Some(WayState::Sending { lease_until, .. }) if *lease_until <= now => {
                if way.can_be_repeated() {
                    Turn::Send
                } else {
                    Turn::GiveUp
                }
            }
            Some(WayState::Retry { .. } | WayState::Sending { .. }) => Turn::Wait,
            Some(WayState::Sent | WayState::Failed { .. } | WayState::Unknown { .. }) | None => Turn::Done,
        }
    }

    /// It is about to be sent on a way, by a worker that is gone at the end of its lease.
    #[must_use]
    pub fn on_sending(&self, way: Way, attempt: AttemptId, lease_until: Timestamp, now: Timestamp) -> Self {
        let attempts = self.attempts(way).saturating_add(1);
        self.with(way, Progress { state: WayState::Sending { attempt, lease_until }, attempts, since: now })
    }

    /// A worker died with it, and nobody is to send it again.
    #[must_use]
    pub fn on_given_up(&self, way: Way, now: Timestamp) -> Self {
        let reason = "its worker died, and it may have been sent".to_owned();
        self.with(way, Progress { state: WayState::Unknown { reason }, attempts: self.attempts(way), since: now })
    }

    /// What was heard of an attempt; none: another one was made since, so it is no news. That it was taken always is, as long as it
    /// is still tried.
    pub fn on_heard(
        &self,
        way: Way,
        attempt: AttemptId,
        heard: &Heard,
        jitter_permille: u16,
        now: Timestamp,
    ) -> Option<Self> {
        let known = self.sent.get(&way)?;
        let is_own = match &known.state {
            WayState::Sending { attempt: last, .. } => *last == attempt || *heard == Heard::Taken,
            WayState::Retry { .. } => *heard == Heard::Taken,
            WayState::Queued | WayState::Sent | WayState::Failed { .. } | WayState::Unknown { .. } => false,
        };
        let again = |reason: &str, after_s| again(known.attempts, reason, after_s, jitter_permille, now);
        let state = match heard {
            Heard::Taken => WayState::Sent,
            Heard::NotYet { reason, retry_after_s } => again(reason, *retry_after_s),
            Heard::Never { reason } => WayState::Failed { reason: bounded(reason) },
            Heard::Silence { reason } if way.can_be_repeated() => again(reason, None),
            Heard::Silence { reason } => WayState::Unknown { reason: bounded(reason) },
        };
        is_own.then(|| self.with(way, Progress { state, attempts: known.attempts, since: now }))
    }

    /// How often it was tried on a way.
    pub fn attempts(&self, way: Way) -> u32 {
        self.sent.get(&way).map_or(0, |progress| progress.attempts)
    }

    fn with(&self, way: Way, progress: Progress) -> Self {
        let mut notice = self.clone();
        notice.sent.insert(way, progress);
        notice
    }
}

/// Tried again as deliveries are that say nothing else, and given up after that.
fn again(attempts: u32, reason: &str, after_s: Option<u32>, jitter_permille: u16, now: Timestamp) -> WayState {
    let (rule, reason) = (RetryRule::default(), bounded(reason));
    if !rule.allows_more_after(attempts) {
        return WayState::Failed { reason };
    }
    WayState::Retry { due: later(now, rule.delay(attempts, jitter_permille, after_s)), reason }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
