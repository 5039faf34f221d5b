//! What became of one request: answered, certainly not sent, or unknown; and how an error is told into these.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io;
use std::iter::successors;

use hyper::header::{HeaderMap, HeaderName, RETRY_AFTER};
use jiff::Timestamp;

use crate::connection::TooMuch;
use crate::resolver::Unresolved;
use domain::address::Blocked;

/// The longest header value kept of an answer, in characters.
const MAX_HEADER_CHARS: usize = 1_000;
/// The longest error text kept, in characters.
const MAX_DETAIL_CHARS: usize = 300;

/// What became of one request.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// The buyer answered, whatever the status.
    Answered(Answer),
    /// Certain: no byte of the request has left. It may be tried again without asking anyone.
    NotSent {
        /// How far it came.
        why: NotSent,
        /// For the attempt's record; holds no URL and no lead data.
        detail: String,
    },
    /// The request may have been seen, and no whole answer came: the outcome is *unknown*.
    NoAnswer {
        /// How the answer was lost.
        why: NoAnswer,
        /// The status, when the head of the answer arrived and only its body was lost.
        status: Option<u16>,
        /// For the attempt's record; holds no URL and no lead data.
        detail: String,
    },
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The URL or every address of its name is not allowed.
    Blocked,
    /// The name could not be resolved.
    Dns,
    /// No connection was made: refused, unreachable, or not in its share of the time.
    Connect,
    /// The connection stands, but TLS could not be agreed: certificate, protocol.
    Tls,
    /// The request itself is not one that can be sent.
    BadRequest,
}

impl NotSent {
    /// The stable code of this reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::Blocked => "address_blocked",
            Self::Dns => "dns_failed",
            Self::Connect => "connect_failed",
            Self::Tls => "tls_failed",
            Self::BadRequest => "bad_request",
        }
    }
}

/// Why there is no answer, although the request may have been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The deadline passed.
    TimedOut,
    /// The connection was reset.
    Reset,
    /// The connection was closed before the answer was whole, or what came is not HTTP or has no end.
    BrokenAnswer,
}

impl NoAnswer {
    /// The stable code of this reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Reset => "connection_reset",
            Self::BrokenAnswer => "broken_answer",
        }
    }
}

/// A whole answer of a buyer, or one that is whole up to the body cap.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` as sent: seconds or an HTTP date.
    pub retry_after: Option<String>,
    /// All headers by lower-case name, each as one value; those of one name are joined by commas (RFC 9110, 5.3).
    pub headers: BTreeMap<String, String>,
    /// The body as it came over the wire, at most [`crate::client::MAX_BODY_BYTES`].
    pub body_start: Vec<u8>,
    /// Whether the body went on beyond `body_start`; the delivery's rules read the start all the same.
    pub truncated: bool,
    /// From the call of `send` to the end of the read, in milliseconds.
    pub elapsed_ms: u64,
}

/// Buyers echo lead data in their answers, and this may be logged: the body shows as its length only.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body_start.len())
            .field("truncated", &self.truncated)
            .field("elapsed_ms", &self.elapsed_ms)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer whose head has arrived and whose body is still to be read.
    pub(crate) fn head(status: u16, headers: &HeaderMap) -> Self {
        let headers: BTreeMap<String, String> =
            headers.keys().map(|name| (name.as_str().to_owned(), joined(headers, name))).collect();
        let retry_after = headers.get(RETRY_AFTER.as_str()).cloned();
        Self { status, retry_after, headers, body_start: Vec::new(), truncated: false, elapsed_ms: 0 }
    }

    /// Seconds from now on that it asks to wait, if it does: seconds or an HTTP date (RFC 9110, 10.2.3).
    pub fn retry_after_s(&self, now: Timestamp) -> Option<u32> {
        retry_after_s(self.retry_after.as_deref()?, now)
    }
}

fn retry_after_s(asked: &str, now: Timestamp) -> Option<u32> {
    let asked = asked.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(seconds);
    }
    let date = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    u32::try_from(now.duration_until(date).as_secs().max(0)).ok()
}

/// All values of a name as one, bounded; there are at most [`crate::client::MAX_HEADERS`] of them.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    clip(&values.join(", "), MAX_HEADER_CHARS)
}

impl Sent {
    pub(crate) fn not_sent(why: NotSent, error: &(dyn Error + 'static)) -> Self {
        Self::NotSent { why, detail: explain(error) }
    }

    pub(crate) fn timed_out(status: Option<u16>) -> Self {
        Self::NoAnswer { why: NoAnswer::TimedOut, status, detail: "no whole answer before the deadline".to_owned() }
    }

    /// Tells why no connection stands. It is certain: nothing is written before one does.
    pub(crate) fn not_dialled(error: &(dyn Error + 'static)) -> Self {
        let why = if contains::<Blocked>(error) {
            NotSent::Blocked
        } else if contains::<Unresolved>(error) {
            NotSent::Dns
        } else if contains::<rustls::Error>(error) {
            NotSent::Tls
        } else {
            NotSent::Connect
        };
        Self::not_sent(why, error)
    }

    /// Tells an error on a connection that stood, whose request counts as seen: it cannot be known how much of it the
    /// other side had read. `status` when the answer's head had arrived.
    pub(crate) fn lost(error: &hyper::Error, status: Option<u16>) -> Self {
        let broken_off = chain(error).find_map(|cause| cause.downcast_ref::<io::Error>());
        let why = match broken_off.map(io::Error::kind) {
            Some(io::ErrorKind::TimedOut) => NoAnswer::TimedOut,
            Some(_) if !contains::<TooMuch>(error) => NoAnswer::Reset,
            Some(_) | None => NoAnswer::BrokenAnswer,
        };
        Self::NoAnswer { why, status, detail: explain(error) }
    }
}

/// The error and its causes. An `io::Error` hides the error it carries from `source`, so it is opened first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(carried) => Some(carried as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn contains<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| cause.is::<E>())
}

fn explain(error: &(dyn Error + 'static)) -> String {
    let mut causes = chain(error).map(ToString::to_string).collect::<Vec<_>>();
    causes.dedup();
    clip(&causes.join(": "), MAX_DETAIL_CHARS)
}

fn clip(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_says_when_to_come_again_in_seconds_or_by_date() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(retry_after_s(" 120 ", now), Some(120));
        assert_eq!(retry_after_s("Thu, 01 Jan 1970 00:02:00 GMT", now), Some(120));
        assert_eq!(retry_after_s("Wed, 31 Dec 1969 23:00:00 GMT", now), Some(0));
        assert_eq!(retry_after_s("soon", now), None);
    }
}
