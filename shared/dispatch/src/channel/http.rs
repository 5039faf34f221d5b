//! The kind `http`: one request, and what came back.

use domain::delivery::HttpChannel;
use jiff::Timestamp;
use store::Exchange;

use super::HandOver;
use crate::{
    client::Client,
    render::render,
    sent::{NotSent, Sent},
};

/// Makes the request.
pub(super) async fn hand_over(client: &Client, http: &HttpChannel, task: &HandOver<'_>) -> Exchange {
    let mut request = match render(&http.request, &task.delivery.did, task.lead, task.attempt) {
        Ok(request) => request,
        Err(error) => return Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
    };
    request.timeout = request.timeout.min(task.at_most);
    exchange(client.send(request).await, http, task.clock.now())
}

/// What became of a request, in the form that is kept.
pub(crate) fn exchange(sent: Sent, http: &HttpChannel, now: Timestamp) -> Exchange {
    match sent {
        // Of an answer beyond the client's cap, the rules read the first 64 KB as if they were all of it.
        Sent::Answered(answer) => Exchange::Answered {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body_start).into_owned(),
            headers: http.answer.headers_of(&answer.headers),
            cut: false,
            retry_after_s: answer.retry_after.as_deref().and_then(|asked| retry_after_s(asked, now)),
        },
        Sent::NotSent { why, detail } => {
            Exchange::NotSent { reason: format!("{}: {detail}", why.code()), worth_retrying: is_passing(why) }
        }
        Sent::NoAnswer { why, detail, .. } => Exchange::NoAnswer { reason: format!("{}: {detail}", why.code()) },
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
mod tests {
    use domain::{answer::Verdict, outcome::Heard};
    use serde_json::json;

    use super::*;
    use crate::{
        exchange::{heard, kept},
        sent::Answer,
    };

    #[test]
    fn a_kept_answer_reads_as_it_did_when_it_came() {
        let http: HttpChannel = serde_json::from_value(json!({
            "request": { "url": "https://buyer.example/" },
            "answer": {
                "rules": [{ "then": "accepted", "header": { "name": "X-Result", "equals": "yes" } }],
                "reference": { "header": "X-Id" }, "redirect_url": { "header": "Location" },
            },
        }))
        .unwrap();
        let headers = [("x-result", "yes"), ("x-id", "B-1"), ("location", "https://b.example/"), ("set-cookie", "a=b")];
        let answer = Answer {
            status: 200,
            retry_after: None,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body_start: b"whatever".to_vec(),
            truncated: false,
            elapsed_ms: 1,
        };
        let stored =
            serde_json::to_value(kept(exchange(Sent::Answered(answer), &http, Timestamp::UNIX_EPOCH))).unwrap();
        assert!(!stored.to_string().contains("set-cookie"), "{stored}");
        let again: Exchange = serde_json::from_value(stored).unwrap();
        let Heard::Answered { answer, .. } = heard(&again) else { unreachable!("an answer stays one") };
        assert_eq!(
            http.answer.read(&answer, "GBP".parse().unwrap()).verdict,
            Verdict::Accepted {
                price: None,
                reference: Some("B-1".to_owned()),
                redirect_url: Some("https://b.example/".to_owned()),
            }
        );
    }

    #[test]
    fn a_buyer_says_when_to_come_again_in_seconds_or_by_date() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(retry_after_s(" 120 ", now), Some(120));
        assert_eq!(retry_after_s("Thu, 01 Jan 1970 00:02:00 GMT", now), Some(120));
        assert_eq!(retry_after_s("Wed, 31 Dec 1969 23:00:00 GMT", now), Some(0));
        assert_eq!(retry_after_s("soon", now), None);
    }
}
