//! How far a lead is in a responder, and how it gets on.
//!
//! ```text
//! waiting(due) ──▶ sending(attempt, lease) ──▶ the step is sent, failed or unknown ──▶ waiting for the next, or finished
//!    ▲   ▲  │               │
//!    │   │  └─ skipped ─▶ … └─ certainly not sent: waiting(due again)           stopped(reason), from waiting
//!    └───┘ not yet: quiet hours
//! ```
//!
//! A step is sent by whoever has written `sending`, and by nobody else ever: a worker that dies with it leaves it unknown.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Fate, Responder, SkippedFor, StoppedFor};
use crate::{
    id::{AttemptId, LeadId, ResponderRef},
    lead::Joined,
    retry::RetryRule,
    time::later,
    words::bounded,
};

/// Tries of a step that was certainly not sent: over some three hours.
const RETRY_DELAYS_S: [u32; 5] = [60, 300, 900, 3_600, 7_200];
/// A step waits this long for a service that takes nothing at the moment; then there is something to be mended, and the message is too old.
const HELD_UP_FOR: SignedDuration = SignedDuration::from_hours(72);
/// Between two looks at such a service: at first, and at most.
const HELD_UP_FIRST: SignedDuration = SignedDuration::from_mins(1);
const HELD_UP_MOST: SignedDuration = SignedDuration::from_hours(1);
/// An enrolment is looked at this often, though its next step is far away, so that a change of its responder is seen.
const LOOKED_AT_EACH: SignedDuration = SignedDuration::from_hours(24);

/// How far a lead is in a responder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The lead.
    #[serde(rename = "pk")]
    pub lead: LeadId,
    /// The responder; or the bulk job that wrote to it once.
    #[serde(rename = "r")]
    pub rid: ResponderRef,
    /// For the how manieth time, from 1.
    #[serde(rename = "n")]
    pub number: u16,
    /// Grows with every write; a write is conditional on the version it was decided on.
    #[serde(rename = "v")]
    pub version: u64,
    /// When it joined.
    #[serde(rename = "j", with = "crate::time")]
    pub joined_at: Timestamp,
    /// What became of the steps that have had their turn, in their order.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Done>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: EnrolmentState,
}

/// Where an enrolment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum EnrolmentState {
    /// Its next step is to be looked at.
    Waiting {
        /// When.
        #[serde(rename = "u", with = "crate::time")]
        due: Timestamp,
        /// How often that step was tried in vain.
        #[serde(rename = "t", default, skip_serializing_if = "is_zero")]
        tries: u32,
        /// Since when a service that takes nothing at the moment is waited for.
        #[serde(rename = "h", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
        held_up_since: Option<Timestamp>,
    },
    /// Its next step may be on its way. Nobody else sends it, ever.
    Sending {
        /// Since when it is looked at; so its place on the list of what is due stays.
        #[serde(rename = "u", with = "crate::time")]
        due: Timestamp,
        /// How often it was tried in vain before.
        #[serde(rename = "t", default, skip_serializing_if = "is_zero")]
        tries: u32,
        /// Since when a service that took nothing was waited for.
        #[serde(rename = "h", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
        held_up_since: Option<Timestamp>,
        /// The attempt.
        #[serde(rename = "i")]
        attempt: AttemptId,
        /// When its worker must be gone.
        #[serde(rename = "l", with = "crate::time")]
        lease_until: Timestamp,
    },
    /// All steps have had their turn.
    Finished {
        /// Since when.
        #[serde(rename = "at", with = "crate::time")]
        at: Timestamp,
    },
    /// It was ended before that.
    Stopped {
        /// When.
        #[serde(rename = "at", with = "crate::time")]
        at: Timestamp,
        /// Why.
        #[serde(rename = "w")]
        reason: StoppedFor,
    },
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What.
    #[serde(flatten)]
    pub fate: Fate,
    /// When.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
}

/// What was heard of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was taken.
    Taken,
    /// It was certainly not sent, and may be tried again; after so many seconds, if the other side asks for that.
    NotYet {
        /// Why.
        reason: String,
        /// How long to wait at least.
        retry_after_s: Option<u32>,
    },
    /// It was certainly not sent, as the service takes nothing, or not so much, at the moment. That is no fault of the message, and counts as no
    /// try.
    Later {
        /// Why.
        reason: String,
    },
    /// It was not taken, and never will be.
    Never {
        /// Why.
        reason: String,
    },
    /// It may be on its way or not.
    Silence {
        /// What happened.
        reason: String,
    },
}

impl EnrolmentState {
    /// Of a step that was not tried.
    fn waiting(due: Timestamp) -> Self {
        Self::Waiting { due, tries: 0, held_up_since: None }
    }

    /// The word for it, as people see it: who waits for the next step is `active`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting { .. } | Self::Sending { .. } => "active",
            Self::Finished { .. } => "finished",
            Self::Stopped { .. } => "stopped",
        }
    }
}

impl Enrolment {
    /// Of a lead that has just joined.
    pub fn new(lead: LeadId, joined: &Joined) -> Self {
        let (rid, number) = (joined.rid.clone(), joined.number);
        let state = EnrolmentState::waiting(joined.at);
        Self { lead, rid, number, version: 1, joined_at: joined.at, done: Vec::new(), state }
    }

    /// How many steps have had their turn: the place of the one that is next, from 0.
    pub fn steps_done(&self) -> usize {
        self.done.len()
    }

    /// When it is to be looked at; none: never again.
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            EnrolmentState::Waiting { due, .. } | EnrolmentState::Sending { due, .. } => Some(due),
            EnrolmentState::Finished { .. } | EnrolmentState::Stopped { .. } => None,
        }
    }

    /// Whether steps may follow.
    pub fn is_active(&self) -> bool {
        self.due().is_some()
    }

    /// Its next step is not yet to be sent.
    #[must_use]
    pub fn on_wait(&self, until: Timestamp) -> Self {
        let (tries, held_up_since) = (self.tries(), self.held_up_since());
        self.with(EnrolmentState::Waiting { due: until, tries, held_up_since })
    }

    /// Its next step is about to be sent. None: it is not waiting.
    pub fn on_sending(&self, attempt: AttemptId, lease_until: Timestamp) -> Option<Self> {
        match self.state {
            EnrolmentState::Waiting { due, tries, held_up_since } => {
                Some(self.with(EnrolmentState::Sending { due, tries, held_up_since, attempt, lease_until }))
            }
            EnrolmentState::Sending { .. } | EnrolmentState::Finished { .. } | EnrolmentState::Stopped { .. } => None,
        }
    }

    /// What was heard of this attempt. None: it is settled otherwise by now.
    pub fn on_heard(
        &self,
        attempt: AttemptId,
        heard: &Heard,
        responder: &Responder,
        jitter_permille: u16,
        now: Timestamp,
    ) -> Option<Self> {
        let EnrolmentState::Sending { attempt: open, tries, .. } = &self.state else { return None };
        if *open != attempt {
            return None;
        }
        let fate = match heard {
            Heard::Taken => Fate::Sent,
            Heard::Never { reason } => Fate::Failed { reason: bounded(reason) },
            Heard::Silence { reason } => Fate::Unknown { reason: bounded(reason) },
            Heard::NotYet { reason, retry_after_s } => {
                let (rule, tries) = (RetryRule { delays_s: RETRY_DELAYS_S.to_vec() }, tries + 1);
                if rule.allows_more_after(tries) {
                    let due = later(now, rule.delay(tries, jitter_permille, *retry_after_s));
                    return Some(self.with(EnrolmentState::Waiting { due, tries, held_up_since: None }));
                }
                Fate::Failed { reason: bounded(reason) }
            }
            Heard::Later { reason } => {
                let (tries, since) = (*tries, self.held_up_since().unwrap_or(now));
                if now.duration_since(since) < HELD_UP_FOR {
                    let due = later(now, held_up_delay(now.duration_since(since), jitter_permille));
                    return Some(self.with(EnrolmentState::Waiting { due, tries, held_up_since: Some(since) }));
                }
                Fate::Failed { reason: bounded(reason) }
            }
        };
        Some(self.on_fate(fate, responder, now))
    }

    /// The worker that was sending its next step is gone, and nobody knows what became of it.
    #[must_use]
    pub fn on_lost(&self, responder: Option<&Responder>, now: Timestamp) -> Self {
        let fate = Fate::Unknown { reason: "the worker that sent it is gone".to_owned() };
        match responder {
            Some(responder) => self.on_fate(fate, responder, now),
            None => self.with_done(fate, now).with_state(EnrolmentState::waiting(now)),
        }
    }

    /// Its next step is passed over.
    #[must_use]
    pub fn on_skipped(&self, reason: SkippedFor, responder: &Responder, now: Timestamp) -> Self {
        self.on_fate(Fate::Skipped { reason }, responder, now)
    }

    /// There is no further step.
    #[must_use]
    pub fn on_finished(&self, now: Timestamp) -> Self {
        self.with(EnrolmentState::Finished { at: now })
    }

    /// It ends here.
    #[must_use]
    pub fn on_stopped(&self, reason: StoppedFor, now: Timestamp) -> Self {
        self.with(EnrolmentState::Stopped { at: now, reason })
    }

    /// The step is over, and the next one waits for its time.
    fn on_fate(&self, fate: Fate, responder: &Responder, now: Timestamp) -> Self {
        let after = self.with_done(fate, now);
        let state = match after.due_of_next(responder) {
            Some(due) => EnrolmentState::waiting(looked_at(due, now)),
            None => EnrolmentState::Finished { at: now },
        };
        after.with_state(state)
    }

    /// When the next step is due by its minutes; none: there is no further one.
    pub(super) fn due_of_next(&self, responder: &Responder) -> Option<Timestamp> {
        let step = responder.steps.get(self.steps_done())?;
        Some(later(self.joined_at, SignedDuration::from_mins(step.after_min.into())))
    }

    pub(super) fn tries(&self) -> u32 {
        match self.state {
            EnrolmentState::Waiting { tries, .. } | EnrolmentState::Sending { tries, .. } => tries,
            EnrolmentState::Finished { .. } | EnrolmentState::Stopped { .. } => 0,
        }
    }

    fn held_up_since(&self) -> Option<Timestamp> {
        match self.state {
            EnrolmentState::Waiting { held_up_since, .. } | EnrolmentState::Sending { held_up_since, .. } => {
                held_up_since
            }
            EnrolmentState::Finished { .. } | EnrolmentState::Stopped { .. } => None,
        }
    }

    /// When its next step is to be looked at by now, whatever the responder's minutes say; none: they say it.
    pub(super) fn put_back_to(&self) -> Option<Timestamp> {
        self.due().filter(|_| self.tries() > 0 || self.held_up_since().is_some())
    }

    fn with_done(&self, fate: Fate, now: Timestamp) -> Self {
        let mut after = self.clone();
        after.done.push(Done { fate, at: now });
        Self { version: self.version + 1, ..after }
    }

    fn with_state(self, state: EnrolmentState) -> Self {
        Self { state, ..self }
    }

    fn with(&self, state: EnrolmentState) -> Self {
        Self { version: self.version + 1, state, ..self.clone() }
    }
}

/// Half as long again as it has waited by then, and up to a quarter more, so that many that wait do not come back together.
fn held_up_delay(waited: SignedDuration, jitter_permille: u16) -> SignedDuration {
    let delay = (waited / 2).clamp(HELD_UP_FIRST, HELD_UP_MOST);
    let jitter_ms = delay.as_millis() * i128::from(jitter_permille) / 4_000;
    delay + SignedDuration::from_millis(i64::try_from(jitter_ms).unwrap_or_default())
}

/// The next look at a step that comes then.
pub(super) fn looked_at(due: Timestamp, now: Timestamp) -> Timestamp {
    due.min(later(now, LOOKED_AT_EACH))
}

fn is_zero(tries: &u32) -> bool {
    *tries == 0
}
