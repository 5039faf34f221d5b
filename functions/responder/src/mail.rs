//! A step as an e-mail: asked for once, as nobody could tell two of them apart.

use domain::responder::{Heard, Letter, letter};
use store::{Exchange, OutgoingMail};
use tokio::time::timeout;

use crate::{
    App,
    send::{AT_MOST, Parcel, never},
};

/// Sends the message, and says what was heard.
pub(crate) async fn hand_in(app: &App, parcel: &Parcel<'_>) -> Heard {
    let Some(to) = parcel.lead.email() else { return never("the lead has no e-mail address") };
    let letter = match letter(parcel.step, parcel.lead, parcel.unsubscribe_url) {
        Ok(letter) => letter,
        Err(error) => return never(&error.to_string()),
    };
    let mail = written(letter, to.as_str(), parcel);
    match timeout(AT_MOST, app.mail.send(mail)).await {
        Ok(exchange) => heard_of(exchange),
        Err(_) => Heard::Silence { reason: "timed_out".to_owned() },
    }
}

/// With one click, the person's own mail program unsubscribes it (RFC 8058).
fn written(letter: Letter, to: &str, parcel: &Parcel<'_>) -> OutgoingMail {
    let Letter { subject, text, html } = letter;
    OutgoingMail {
        from_name: parcel.responder.from_name.clone(),
        to: vec![to.to_owned()],
        subject,
        text,
        html,
        headers: vec![
            ("List-Unsubscribe", format!("<{}>", parcel.unsubscribe_url)),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ],
        ..OutgoingMail::default()
    }
}

/// Whether the service says that it takes no more at the moment: too many in a second or a day, or the account is paused.
fn is_service_full(code: &str) -> bool {
    matches!(code, "TooManyRequestsException" | "LimitExceededException" | "SendingPausedException")
        || code.contains("Throttl")
}

fn heard_of(exchange: Exchange) -> Heard {
    match exchange {
        Exchange::Taken { .. } | Exchange::Answered { .. } => Heard::Taken,
        // The service's own limits and pauses are no fault of the message; it may have ten thousand more of them to send.
        Exchange::NotSent { reason, worth_retrying: true } if is_service_full(&code_of(&reason)) => {
            Heard::Later { reason: code_of(&reason) }
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

/// The code alone: the service's sentence behind it may quote addresses, and a reason is kept and shown.
pub(crate) fn code_of(reason: &str) -> String {
    reason.split_once(": ").map_or(reason, |(code, _)| code).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_takes_no_more_at_the_moment_costs_no_try() {
        let heard = |code: &str| heard_of(Exchange::NotSent { reason: format!("{code}: x"), worth_retrying: true });
        for code in
            ["TooManyRequestsException", "LimitExceededException", "SendingPausedException", "ThrottlingException"]
        {
            assert_eq!(heard(code), Heard::Later { reason: code.to_owned() });
        }
        assert!(matches!(heard("ServiceUnavailable"), Heard::NotYet { .. }));
    }

    #[test]
    fn no_address_that_the_service_quotes_stands_in_a_reason() {
        let quoted = "MessageRejected: Email address is not verified: ann@example.com";
        for worth_retrying in [true, false] {
            let heard = format!("{:?}", heard_of(Exchange::NotSent { reason: quoted.to_owned(), worth_retrying }));
            assert!(heard.contains("\"MessageRejected\""), "{heard}");
        }
    }
}
