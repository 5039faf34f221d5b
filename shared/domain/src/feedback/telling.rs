//! How far others have been told of a lead: who sent it, and who got it by a delivery, each by itself. One event at a time, under an id that
//! stays the same until it is taken.
//!
//! ```text
//! idle ──▶ sending(lease) ──▶ idle, told
//!  ▲            │  └────────▶ failed: tried often enough, or nobody listens there any more
//!  └─ retry ◀───┘
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Word, word::plain};
use crate::{
    id::{AttemptId, DeliveryRef, LeadId},
    lead::{DELETED, Lead},
    money::MoneyError,
    notice::Heard,
    retry::RetryRule,
    time::later,
    words::bounded,
};

/// Seconds between attempts: some twelve tries over more than three days, which is as long as most wait for an answer.
const DELAYS_S: [u32; 12] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 86_400];
/// Attempts at one event.
pub const MAX_ATTEMPTS: usize = DELAYS_S.len() + 1;

/// Why a refusal is not told any more.
const OVERTAKEN: &str = "the return was asked for again meanwhile";

/// How far somebody has been told of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// The lead.
    #[serde(rename = "pk")]
    pub lead: LeadId,
    /// Who got it by this delivery; none: who sent it.
    #[serde(rename = "did", default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// Grows with every write.
    #[serde(rename = "v")]
    pub version: u64,
    /// Where it stands.
    #[serde(flatten)]
    pub state: TellingState,
    /// What was told last.
    #[serde(rename = "told", default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Word>,
    /// What that was answered: a word of the other side.
    #[serde(rename = "an", default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What the other side said of that for people.
    #[serde(rename = "de", default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When the present state began.
    #[serde(rename = "at", with = "crate::time")]
    pub since: Timestamp,
}

/// Where the telling of a lead stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "s", rename_all = "snake_case")]
pub enum TellingState {
    /// Nothing is under way.
    Idle,
    /// It may be on its way. Nobody else tells anything before the lease ends.
    Sending {
        /// What.
        #[serde(flatten)]
        open: Open,
        /// When its worker must be gone.
        #[serde(rename = "l", with = "crate::time")]
        lease_until: Timestamp,
    },
    /// To be told again.
    Retry {
        /// What.
        #[serde(flatten)]
        open: Open,
        /// When.
        #[serde(rename = "u", with = "crate::time")]
        due: Timestamp,
        /// What went wrong.
        #[serde(rename = "r")]
        reason: String,
    },
    /// It was not taken, and is not tried again; what happens next is told all the same.
    Failed {
        /// What.
        #[serde(flatten)]
        open: Open,
        /// What went wrong the last time.
        #[serde(rename = "r")]
        reason: String,
    },
}

/// An event that is not taken yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id, the same however often it is sent.
    #[serde(rename = "i")]
    pub id: AttemptId,
    /// What it says.
    #[serde(rename = "word")]
    pub word: Word,
    /// When it was first to be told.
    #[serde(rename = "f", with = "crate::time")]
    pub at: Timestamp,
    /// How often it was sent.
    #[serde(rename = "n")]
    pub attempts: u32,
}

/// What the other side made of an event that it has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// In its word.
    pub result: Option<String>,
    /// Why, for people.
    pub detail: Option<String>,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is to be written, and then sent.
    Send(Box<Telling>),
    /// This is to be written, and nothing sent: what was under way is no more to be told.
    Drop(Box<Telling>),
    /// Nothing, before this time or for ever.
    Nothing,
}

impl Made {
    /// What of it may be kept: of a lead that is deleted, or gone, no words of others.
    #[must_use]
    pub fn kept_of(&self, lead: Option<&Lead>) -> Self {
        let detail = self.detail.clone().filter(|_| lead.is_some_and(|lead| !lead.is_deleted()));
        Self { result: self.result.clone(), detail }
    }
}

impl Open {
    /// The event as it is sent, the same however often, of our lead, which who is told calls so.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn event(&self, lead: LeadId, lead_ref: &str) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.word.event(lead, lead_ref, self.at))
    }
}

impl TellingState {
    /// The word for it: `idle`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Sending { .. } => "sending",
            Self::Retry { .. } => "retry",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Telling {
    /// Nothing has been told yet to who got the lead by this delivery, or, without one, to who sent it.
    pub fn new(lead: LeadId, did: Option<DeliveryRef>, now: Timestamp) -> Self {
        let (told, answer, detail) = (None, None, None);
        Self { lead, did, version: 0, state: TellingState::Idle, told, answer, detail, since: now }
    }

    /// When something is to be done although nobody asks for it.
    pub fn due(&self) -> Option<Timestamp> {
        match &self.state {
            TellingState::Sending { lease_until: due, .. } | TellingState::Retry { due, .. } => Some(*due),
            TellingState::Idle | TellingState::Failed { .. } => None,
        }
    }

    /// What is under way.
    pub fn open(&self) -> Option<&Open> {
        match &self.state {
            TellingState::Sending { open, .. } | TellingState::Retry { open, .. } => Some(open),
            TellingState::Idle | TellingState::Failed { .. } => None,
        }
    }

    /// What is to be told of the lead as it is: what has been begun first. `new` is the id of an event, if there is a new one.
    ///
    /// # Errors
    /// When an amount cannot be held.
    pub fn next_step(
        &self,
        lead: &Lead,
        new: AttemptId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Step, MoneyError> {
        let sending = |open: Open| {
            let open = Open { attempts: open.attempts.saturating_add(1), ..open };
            Step::Send(Box::new(self.with(TellingState::Sending { open, lease_until }, now)))
        };
        Ok(match &self.state {
            TellingState::Sending { lease_until: due, .. } | TellingState::Retry { due, .. } if *due > now => {
                Step::Nothing
            }
            TellingState::Sending { open, .. } | TellingState::Retry { open, .. } => match &self.did {
                Some(did) if open.word.is_overtaken(lead, did) => {
                    let state = TellingState::Failed { open: open.clone(), reason: OVERTAKEN.to_owned() };
                    Step::Drop(Box::new(self.with(state, now)))
                }
                Some(_) | None => sending(open.clone()),
            },
            TellingState::Idle | TellingState::Failed { .. } => {
                // What was given up may have been taken all the same, and is what is put right.
                let tried = if let TellingState::Failed { open, .. } = &self.state { Some(&open.word) } else { None };
                let last = tried.or(self.told.as_ref());
                let word = match &self.did {
                    Some(did) => Word::of_return(lead, did, last),
                    None => Word::of(lead, last)?,
                };
                match word {
                    Some(word) => sending(Open { id: new, word, at: now, attempts: 0 }),
                    None => Step::Nothing,
                }
            }
        })
    }

    /// What was heard of an attempt at an event; none: it is no news, as that is over. `made` is what the other side made of it.
    pub fn on_heard(
        &self,
        id: AttemptId,
        heard: &Heard,
        made: Made,
        jitter_permille: u16,
        now: Timestamp,
    ) -> Option<Self> {
        let open = self.open().filter(|open| open.id == id)?.clone();
        let again = |reason: &str, after_s| {
            let (rule, reason) = (RetryRule { delays_s: DELAYS_S.to_vec() }, bounded(reason));
            if !rule.allows_more_after(open.attempts) {
                return TellingState::Failed { open: open.clone(), reason };
            }
            let due = later(now, rule.delay(open.attempts, jitter_permille, after_s));
            TellingState::Retry { open: open.clone(), due, reason }
        };
        let state = match heard {
            Heard::Taken => {
                let told = Some(open.word);
                let Made { result: answer, detail } = made;
                let detail = detail.map(|detail| plain(&detail)).filter(|detail| !detail.is_empty());
                return Some(Self { told, answer, detail, ..self.with(TellingState::Idle, now) });
            }
            Heard::NotYet { reason, retry_after_s } => again(reason, *retry_after_s),
            Heard::Silence { reason } => again(reason, None),
            Heard::Never { reason } => TellingState::Failed { open, reason: bounded(reason) },
        };
        Some(self.with(state, now))
    }

    /// The same, without why: its lead is deleted. Where something is under way it is another version in any case, so that who sends it has to
    /// look at the lead again before it writes down what it was answered.
    #[must_use]
    pub fn without_words(&self) -> Self {
        let silent = |open: &Open| Open { word: open.word.without_words(), ..open.clone() };
        let state = match &self.state {
            TellingState::Idle => TellingState::Idle,
            TellingState::Sending { open, lease_until } => {
                TellingState::Sending { open: silent(open), lease_until: *lease_until }
            }
            TellingState::Retry { open, due, .. } => {
                TellingState::Retry { open: silent(open), due: *due, reason: DELETED.to_owned() }
            }
            TellingState::Failed { open, .. } => {
                TellingState::Failed { open: silent(open), reason: DELETED.to_owned() }
            }
        };
        let told = self.told.as_ref().map(Word::without_words);
        let silent = Self { state, told, answer: None, detail: None, ..self.clone() };
        if silent == *self && self.open().is_none() { silent } else { Self { version: self.version + 1, ..silent } }
    }

    fn with(&self, state: TellingState, now: Timestamp) -> Self {
        Self { state, version: self.version + 1, since: now, ..self.clone() }
    }
}
