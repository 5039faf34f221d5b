//! E-mails, through SES: each is asked for once, and never again by itself, as nothing would tell two of them apart.

use aws_sdk_sesv2::{
    Client,
    config::{Config, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{Error, Exchange};

const CHARSET: &str = "UTF-8";
/// Encoded, these are the 75 characters that a word may have.
const MAX_WORD_BYTES: usize = 45;

/// The way to the mail service.
#[derive(Clone, Debug)]
pub struct Mail {
    ses: Client,
    /// The sender of e-mails that name none.
    from: Option<String>,
}

/// An e-mail to be sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The sender; none: the installation's.
    pub from: Option<String>,
    /// What the sender is called.
    pub from_name: Option<String>,
    /// Who gets it.
    pub to: Vec<String>,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: Option<String>,
    /// As HTML.
    pub html: Option<String>,
    /// Headers of our own making, by name: ASCII on one line.
    pub headers: Vec<(&'static str, String)>,
}

impl Mail {
    /// The service, and the address that e-mails are from unless they say otherwise.
    pub fn new(ses: Client, from: Option<String>) -> Self {
        Self { ses, from }
    }

    /// Sends an e-mail. Its reference is the id that the service gives it.
    pub async fn send(&self, mail: OutgoingMail) -> Exchange {
        let Some(from) = mail.from.clone().or_else(|| self.from.clone()) else {
            let reason = "there is no sender: name one in the delivery, or set MailFrom of the installation".to_owned();
            return Exchange::NotSent { reason, worth_retrying: false };
        };
        let from = mail.from_name.as_deref().map_or(from.clone(), |name| named(name, &from));
        let (to, content) = match written(mail) {
            Ok(written) => written,
            Err(error) => return Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
        };
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let request = self.ses.send_email().from_email_address(from).destination(to).content(content);
        match request.customize().config_override(once).send().await {
            Ok(sent) => Exchange::Taken { reference: sent.message_id },
            Err(error) => not_sent(error),
        }
    }
}

fn written(mail: OutgoingMail) -> Result<(Destination, EmailContent), Error> {
    let content = |text: String| Content::builder().data(text).charset(CHARSET).build().map_err(Error::item);
    let (text, html) = (mail.text.map(content).transpose()?, mail.html.map(content).transpose()?);
    let body = Body::builder().set_text(text).set_html(html).build();
    let header = |(name, value)| MessageHeader::builder().name(name).value(value).build().map_err(Error::item);
    let headers: Vec<MessageHeader> = mail.headers.into_iter().map(header).collect::<Result<_, _>>()?;
    let headers = Some(headers).filter(|headers| !headers.is_empty());
    let message = Message::builder().subject(content(mail.subject)?).body(body).set_headers(headers).build();
    let to = Destination::builder().set_to_addresses(Some(mail.to)).build();
    Ok((to, EmailContent::builder().simple(message).build()))
}

/// A sender with its name. The service takes ASCII only, so the name is written as encoded words (RFC 2047), each of whole characters and no
/// longer than it may be.
fn named(name: &str, address: &str) -> String {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        match words.last_mut().filter(|word| word.len() + letter.len_utf8() <= MAX_WORD_BYTES) {
            Some(word) => word.push(letter),
            None => words.push(letter.to_string()),
        }
    }
    let words: Vec<String> =
        words.into_iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word))).collect();
    format!("{} <{address}>", words.join(" "))
}

/// What a failure means for the e-mail.
fn not_sent<R>(error: SdkError<SendEmailError, R>) -> Exchange {
    match error {
        SdkError::ConstructionFailure(_) => never("the e-mail cannot be written".to_owned()),
        SdkError::DispatchFailure(failure) => {
            let reached = failure.as_connector_error().is_none_or(|error| !never_connected(error));
            if reached { silence("connection_lost") } else { later("connect_failed".to_owned()) }
        }
        SdkError::ServiceError(answer) => {
            let error = answer.into_err();
            // What names no error is no answer of the service's, whatever its status.
            let Some(code) = error.code() else { return silence("broken_answer") };
            let reason = format!("{code}: {}", error.message().unwrap_or("without a message"));
            match code {
                "TooManyRequestsException" | "LimitExceededException" | "SendingPausedException" => later(reason),
                _ if code.contains("Throttl") || code.contains("ServiceUnavailable") => later(reason),
                _ if code.contains("Internal") => silence(code),
                _ => never(reason),
            }
        }
        // It was asked for, and nobody heard what became of it.
        SdkError::TimeoutError(_) => silence("timed_out"),
        SdkError::ResponseError(_) => silence("broken_answer"),
        _ => silence("unknown_error"),
    }
}

/// Whether the connection was never made, so that the service cannot have seen the e-mail.
fn never_connected(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| {
        cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

fn later(reason: String) -> Exchange {
    Exchange::NotSent { reason, worth_retrying: true }
}

fn never(reason: String) -> Exchange {
    Exchange::NotSent { reason, worth_retrying: false }
}

fn silence(reason: &str) -> Exchange {
    Exchange::NoAnswer { reason: reason.to_owned() }
}

/// It carries a person's data, which is nothing for a log.
impl std::fmt::Debug for OutgoingMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutgoingMail(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_sender_is_ascii_on_one_line_however_it_is_written() {
        assert_eq!(named("Ann", "a@b.example"), "=?UTF-8?B?QW5u?= <a@b.example>");
        let long = named(&"Ä\" <x@evil.example>, ".repeat(8), "a@b.example");
        assert!(long.is_ascii() && long.matches('<').count() == 1 && !long.contains('"'), "{long}");
        assert!(long.split(' ').all(|word| word.len() <= 75), "{long}");
    }
}
