//! The kind `http`: one request, and what came back.

use domain::{answer::AnswerRules, delivery::HttpChannel};
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
    exchange(client.send(request).await, Some(&http.answer), task.clock.now())
}

/// What became of a request, in the form that is kept.
pub(crate) fn exchange(sent: Sent, rules: Option<&AnswerRules>, now: Timestamp) -> Exchange {
    match sent {
        // Of an answer beyond the client's cap, the rules read the first 64 KB as if they were all of it.
        Sent::Answered(answer) => Exchange::Answered {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body_start).into_owned(),
            headers: rules.map(|rules| rules.headers_of(&answer.headers)).unwrap_or_default(),
            cut: false,
            retry_after_s: answer.retry_after_s(now),
        },
        Sent::NotSent { why, detail } => {
            Exchange::NotSent { reason: format!("{}: {detail}", why.code()), worth_retrying: is_passing(why) }
        }
        Sent::NoAnswer { why, detail, .. } => Exchange::NoAnswer { reason: format!("{}: {detail}", why.code()) },
    }
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
            serde_json::to_value(kept(exchange(Sent::Answered(answer), Some(&http.answer), Timestamp::UNIX_EPOCH)))
                .unwrap();
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
}
