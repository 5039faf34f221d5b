//! One exchange with a buyer: made, put into the form that is kept, and read back from it.

use std::time::Duration;

use domain::{answer::Answer, delivery::Delivery, lead::Lead, outcome::Heard};
use jiff::Timestamp;
use store::Exchange;

use crate::{
    client::Client,
    clock::Clock,
    render::{AttemptName, render},
    sent::{NotSent, Sent},
};

/// How much of an answer is kept, in bytes.
const MAX_KEPT_BYTES: usize = 8 * 1024;

/// Makes the request, within `at_most`.
pub(crate) async fn make(
    client: &Client,
    delivery: &Delivery,
    lead: &Lead,
    attempt: AttemptName,
    at_most: Duration,
    clock: Clock,
) -> Exchange {
    let mut request = match render(delivery, lead, attempt) {
        Ok(request) => request,
        Err(error) => return Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
    };
    request.timeout = request.timeout.min(at_most);
    match client.send(request).await {
        // Of an answer beyond the client's cap, the rules read the first 64 KB as if they were all of it.
        Sent::Answered(answer) => Exchange::Answered {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body_start).into_owned(),
            cut: false,
            retry_after_s: answer.retry_after.as_deref().and_then(|asked| retry_after_s(asked, clock.now())),
        },
        Sent::NotSent { why, detail } => {
            Exchange::NotSent { reason: format!("{}: {detail}", why.code()), worth_retrying: is_passing(why) }
        }
        Sent::NoAnswer { why, detail, .. } => Exchange::NoAnswer { reason: format!("{}: {detail}", why.code()) },
    }
}

/// What was heard, as the delivery's rules read it.
pub(crate) fn heard(exchange: &Exchange) -> Heard<'_> {
    match exchange {
        // Half an answer may say the opposite of the whole one.
        Exchange::Answered { cut: true, .. } => {
            Heard::NoAnswer { reason: "the answer was longer than what is kept of it".to_owned() }
        }
        Exchange::Answered { status, body, retry_after_s, cut: false } => {
            Heard::Answered { answer: Answer { status: *status, body: body.as_bytes() }, retry_after_s: *retry_after_s }
        }
        Exchange::NotSent { reason, worth_retrying } => {
            Heard::NotSent { reason: reason.clone(), worth_retrying: *worth_retrying }
        }
        Exchange::NoAnswer { reason } => Heard::NoAnswer { reason: reason.clone() },
    }
}

/// `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after_s(asked: &str, now: Timestamp) -> Option<u32> {
    let asked = asked.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(seconds);
    }
    let date = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    u32::try_from(now.duration_until(date).as_secs().max(0)).ok()
}

/// Whether what kept a request from being sent may be over soon.
fn is_passing(why: NotSent) -> bool {
    match why {
        NotSent::Dns | NotSent::Connect | NotSent::Tls => true,
        NotSent::Blocked | NotSent::BadRequest => false,
    }
}

/// What is kept of an exchange: the start of the body, cut between characters.
pub(crate) fn kept(exchange: Exchange) -> Exchange {
    match exchange {
        Exchange::Answered { status, mut body, retry_after_s, .. } if body.len() > MAX_KEPT_BYTES => {
            body.truncate(body.floor_char_boundary(MAX_KEPT_BYTES));
            Exchange::Answered { status, body, retry_after_s, cut: true }
        }
        Exchange::Answered { .. } | Exchange::NotSent { .. } | Exchange::NoAnswer { .. } => exchange,
    }
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

    #[test]
    fn a_long_answer_is_kept_in_part_and_then_not_read_as_if_it_were_whole() {
        let long = Exchange::Answered { status: 200, body: "é".repeat(5_000), retry_after_s: None, cut: false };
        let Exchange::Answered { body, cut, .. } = kept(long) else { unreachable!("an answer stays one") };
        assert_eq!((body.len(), cut), (MAX_KEPT_BYTES, true));
        let half = Exchange::Answered { status: 200, body, retry_after_s: None, cut };
        assert!(matches!(heard(&half), Heard::NoAnswer { .. }));
    }
}
