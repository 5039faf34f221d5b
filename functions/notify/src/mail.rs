//! A notice as an e-mail: asked for once, as nobody could tell two of them apart.

use std::time::Duration;

use domain::{contact::Email, notice::Heard};
use store::{Exchange, Mail, OutgoingMail};
use tokio::time::timeout;

use crate::send::Parcel;

/// What is not done by then counts as not answered.
const AT_MOST: Duration = Duration::from_secs(20);

/// Sends the message, and says what was heard.
pub(crate) async fn send_letter(mail: &Mail, to: &[Email], parcel: &Parcel<'_>) -> Heard {
    let letter = parcel.notice.letter(&parcel.recipient.account, &parcel.recipient.zone, parcel.items);
    let message = OutgoingMail {
        to: to.iter().map(|address| address.as_str().to_owned()).collect(),
        subject: letter.subject,
        text: Some(letter.text),
        ..OutgoingMail::default()
    };
    match timeout(AT_MOST, mail.send(message)).await {
        Ok(exchange) => heard_of(exchange),
        Err(_) => Heard::Silence { reason: "timed_out: it took too long, and may be done or not".to_owned() },
    }
}

fn heard_of(exchange: Exchange) -> Heard {
    match exchange {
        Exchange::Taken { .. } | Exchange::Answered { .. } => Heard::Taken,
        Exchange::NotSent { reason, worth_retrying: true } => {
            Heard::NotYet { reason: code_of(&reason), retry_after_s: None }
        }
        Exchange::NotSent { reason, worth_retrying: false } | Exchange::Refused { reason } => {
            Heard::Never { reason: code_of(&reason) }
        }
        Exchange::NoAnswer { reason } => Heard::Silence { reason: code_of(&reason) },
    }
}

/// The code alone: the service's sentence behind it may quote addresses, and a reason is kept, listed and logged.
fn code_of(reason: &str) -> String {
    reason.split_once(": ").map_or(reason, |(code, _)| code).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_that_the_service_quotes_stands_in_a_reason() {
        let quoted = "MessageRejected: Email address is not verified: ann@example.com";
        for worth_retrying in [true, false] {
            let heard = format!("{:?}", heard_of(Exchange::NotSent { reason: quoted.to_owned(), worth_retrying }));
            assert!(heard.contains("\"MessageRejected\""), "{heard}");
        }
        let refused = heard_of(Exchange::Refused { reason: quoted.to_owned() });
        assert_eq!(refused, Heard::Never { reason: "MessageRejected".to_owned() });
        let lost = heard_of(Exchange::NoAnswer { reason: "connection_lost".to_owned() });
        assert_eq!(lost, Heard::Silence { reason: "connection_lost".to_owned() });
    }
}
