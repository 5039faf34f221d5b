//! A step as a text message: one request to the gateway, made once.

use std::collections::BTreeMap;

use dispatch::gateway::{Carried, carry};
use domain::{
    answer::{Answer, Verdict},
    responder::{Heard, sms_text, sms_values},
};
use store::Exchange;

use crate::{
    App,
    mail::code_of,
    send::{AT_MOST, Parcel, never},
};

/// Makes the request, and says what was heard.
pub(crate) async fn hand_in(app: &App, parcel: &Parcel<'_>) -> Heard {
    let Some(gateway) = parcel.responder.sms.as_deref() else { return never("the responder has no gateway") };
    let Some(to) = parcel.lead.phone() else { return never("the lead has no phone") };
    let text = match sms_text(parcel.step, parcel.lead, parcel.unsubscribe_url) {
        Ok(text) => text,
        Err(error) => return never(&error.to_string()),
    };
    let number = parcel.enrolment.steps_done();
    let key = format!("{}-{}-{}-{number}", parcel.lead.id, parcel.enrolment.rid, parcel.enrolment.number);
    let carried = Carried {
        lead: parcel.lead,
        attempt: (parcel.attempt, u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1), parcel.at),
        key: &key,
        more: ("sms", sms_values(to.as_str(), &text)),
        at_most: AT_MOST,
    };
    let exchange = carry(&app.client, gateway, carried).await;
    heard_of(exchange, |status, headers, body| {
        let answer = Answer { status, headers, body: body.as_bytes() };
        gateway.answer.read(&answer, parcel.lead.terms.currency).verdict
    })
}

/// What a gateway says, by its rules. Its words may quote whom it writes to, so a reason has none of them.
fn heard_of(exchange: Exchange, read: impl Fn(u16, &BTreeMap<String, String>, &str) -> Verdict) -> Heard {
    match exchange {
        Exchange::Taken { .. } => Heard::Taken,
        Exchange::Answered { status, headers, body, retry_after_s, .. } => {
            let reason = |what: &str| format!("{what}: status {status}");
            match read(status, &headers, &body) {
                Verdict::Accepted { .. } | Verdict::Pending { .. } | Verdict::Duplicate { .. } => Heard::Taken,
                // Who says so himself has not sent it; nor who asks for fewer requests.
                Verdict::Retry { .. } if !(500..600).contains(&status) || status == 503 => {
                    Heard::NotYet { reason: reason("retry"), retry_after_s }
                }
                Verdict::Retry { .. } | Verdict::NoAnswer { .. } | Verdict::Unclear { .. } => {
                    Heard::Silence { reason: reason("no_answer") }
                }
                Verdict::Rejected { .. } => Heard::Never { reason: reason("rejected") },
                Verdict::Unrecognised { .. } => Heard::Never { reason: reason("unrecognised") },
            }
        }
        Exchange::NotSent { reason, worth_retrying: true } => {
            Heard::NotYet { reason: code_of(&reason), retry_after_s: None }
        }
        Exchange::NotSent { reason, worth_retrying: false } | Exchange::Refused { reason } => {
            Heard::Never { reason: code_of(&reason) }
        }
        Exchange::NoAnswer { reason } => Heard::Silence { reason: code_of(&reason) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(status: u16, verdict: Verdict) -> Heard {
        let (body, headers) = ("+447700900123 is odd".to_owned(), BTreeMap::new());
        let answered = Exchange::Answered { status, body, headers, retry_after_s: Some(7), cut: false };
        heard_of(answered, |_, _, _| verdict.clone())
    }

    #[test]
    fn only_what_was_certainly_not_sent_is_tried_again_and_no_reason_quotes_the_gateway() {
        let words = || "+447700900123 is odd".to_owned();
        let accepted = Verdict::Accepted { price: None, reference: None, redirect_url: None };
        assert_eq!(heard(200, accepted), Heard::Taken);
        for (status, again) in [(429, true), (503, true), (200, true), (500, false), (502, false)] {
            let heard = heard(status, Verdict::Retry { reason: words() });
            assert_eq!(matches!(heard, Heard::NotYet { retry_after_s: Some(7), .. }), again, "{status}: {heard:?}");
            assert!(again || matches!(heard, Heard::Silence { .. }), "{heard:?}");
            assert!(!format!("{heard:?}").contains("+44"), "{heard:?}");
        }
        let rejected = heard(400, Verdict::Rejected { reason: words() });
        assert_eq!(rejected, Heard::Never { reason: "rejected: status 400".to_owned() });
        let odd = heard(204, Verdict::Unrecognised { reason: words() });
        assert_eq!(odd, Heard::Never { reason: "unrecognised: status 204".to_owned() });
    }
}
