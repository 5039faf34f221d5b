//! One exchange with a buyer: made, put into the form that is kept, and read back from it.

use domain::{answer::Answer, delivery::Delivery, lead::Lead, outcome::Heard};
use store::Exchange;

use crate::{
    client::Client,
    render::{AttemptName, render},
    sent::{NotSent, Sent},
};

/// How much of an answer is kept, in bytes.
const MAX_KEPT_BYTES: usize = 8 * 1024;

/// Makes the request.
pub(crate) async fn make(client: &Client, delivery: &Delivery, lead: &Lead, attempt: AttemptName) -> Exchange {
    let request = match render(delivery, lead, attempt) {
        Ok(request) => request,
        Err(error) => return Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
    };
    match client.send(request).await {
        Sent::Answered(answer) => Exchange::Answered {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body_start).into_owned(),
            cut: false,
            retry_after_s: answer.retry_after.as_deref().and_then(|text| text.trim().parse().ok()),
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
