//! Feedback: what two installations tell each other of a lead that one of them has got from the other.
//!
//! `upstream` is where such a lead comes from, `word` what is told there, and to who got it, `telling` how far that is; `event` is what is
//! said on the wire, and `heard` what it makes of a lead here.

mod event;
mod heard;
mod telling;
mod upstream;
mod word;

#[cfg(test)]
pub(crate) mod tests;

pub use self::{
    event::{Event, EventKind, InvalidEvent, MAX_TEXT},
    heard::{Codes, OTHER_ROUND, TOO_EARLY, check_round, judge, judge_refusal},
    telling::{MAX_ATTEMPTS, Made, Open, Step, Telling, TellingState},
    upstream::{FEEDBACK_REF, FEEDBACK_URL, FEEDBACK_VIA, MAX_HOPS, Upstream, hops},
    word::{Word, event_order},
};

/// What the text of a secret for signatures begins with.
const SECRET_PREFIX: &str = "whsec_";

/// Names of a posted lead that an installation sets by itself when it sends one on.
const OURS: [&str; 6] = ["campid", "sid", "test", FEEDBACK_URL, FEEDBACK_REF, FEEDBACK_VIA];

/// Whether a posted lead says by this name something that an installation says by itself.
pub(crate) fn is_ours(name: &str) -> bool {
    OURS.contains(&name)
}

/// Whether a text can be a secret of Standard Webhooks: `whsec_` and base64.
pub(crate) fn is_secret(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let fits = |key: &str| key.len() >= 32 && key.len().is_multiple_of(4) && key.bytes().all(is_base64);
    text.strip_prefix(SECRET_PREFIX).is_some_and(fits)
}
