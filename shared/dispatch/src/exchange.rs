//! What was heard of a request: in the form that is kept, and read back from it.

use domain::{answer::Answer, outcome::Heard};
use store::Exchange;

/// How much of an answer is kept, in bytes.
pub(crate) const MAX_KEPT_BYTES: usize = 8 * 1024;

/// What was heard, as the delivery's rules read it.
pub(crate) fn heard(exchange: &Exchange) -> Heard<'_> {
    match exchange {
        Exchange::Taken { reference } => Heard::Taken { reference: reference.clone() },
        Exchange::Refused { reason } => Heard::Refused { reason: reason.clone() },
        // Half an answer may say the opposite of the whole one.
        Exchange::Answered { cut: true, .. } => {
            Heard::NoAnswer { reason: "the answer was longer than what is kept of it".to_owned() }
        }
        Exchange::Answered { status, body, retry_after_s, cut: false, headers } => Heard::Answered {
            answer: Answer { status: *status, headers, body: body.as_bytes() },
            retry_after_s: *retry_after_s,
        },
        Exchange::NotSent { reason, worth_retrying } => {
            Heard::NotSent { reason: reason.clone(), worth_retrying: *worth_retrying }
        }
        Exchange::NoAnswer { reason } => Heard::NoAnswer { reason: reason.clone() },
    }
}

/// What is kept of an exchange: the start of the body, cut between characters.
pub(crate) fn kept(exchange: Exchange) -> Exchange {
    match exchange {
        Exchange::Answered { status, mut body, headers, retry_after_s, .. } if body.len() > MAX_KEPT_BYTES => {
            body.truncate(body.floor_char_boundary(MAX_KEPT_BYTES));
            Exchange::Answered { status, body, headers, retry_after_s, cut: true }
        }
        Exchange::Taken { .. }
        | Exchange::Refused { .. }
        | Exchange::Answered { .. }
        | Exchange::NotSent { .. }
        | Exchange::NoAnswer { .. } => exchange,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_long_answer_is_kept_in_part_and_then_not_read_as_if_it_were_whole() {
        let headers = BTreeMap::new();
        let body = "é".repeat(5_000);
        let long = Exchange::Answered { status: 200, body, headers: headers.clone(), retry_after_s: None, cut: false };
        let Exchange::Answered { body, cut, .. } = kept(long) else { unreachable!("an answer stays one") };
        assert_eq!((body.len(), cut), (MAX_KEPT_BYTES, true));
        let half = Exchange::Answered { status: 200, body, headers, retry_after_s: None, cut };
        assert!(matches!(heard(&half), Heard::NoAnswer { .. }));
    }
}
