//! The kind `email`: a message to the buyer's addresses. One that may be on its way is not sent again, as nobody would know
//! the second one for the same.

use domain::{
    delivery::EmailChannel,
    template::{Escaping, TemplateError, ValueTemplate},
};
use store::{Exchange, Mail, OutgoingMail};

use super::HandOver;
use crate::render::values;

/// Longer subjects are cut: no reader shows as much.
const MAX_SUBJECT_CHARS: usize = 200;

/// Sends the message.
pub(super) async fn hand_over(mail: &Mail, email: &EmailChannel, task: &HandOver<'_>) -> Exchange {
    match written(email, task) {
        Ok(message) => mail.send(message).await,
        Err(error) => Exchange::NotSent { reason: error.to_string(), worth_retrying: false },
    }
}

fn written(email: &EmailChannel, task: &HandOver<'_>) -> Result<OutgoingMail, TemplateError> {
    let values = values(task.lead, task.attempt);
    let body = |template: &Option<ValueTemplate>, escaping: Escaping| {
        template.as_ref().map(|template| template.render_body(&values, escaping)).transpose()
    };
    Ok(OutgoingMail {
        from: email.from.as_ref().map(|from| from.as_str().to_owned()),
        to: email.to.iter().map(|to| to.as_str().to_owned()).collect(),
        subject: one_line(&email.subject.render(&values)?),
        text: body(&email.text, Escaping::Plain)?,
        html: body(&email.html, EmailChannel::HTML)?,
    })
}

/// A header ends where its line does, so nothing in it may end one.
fn one_line(text: &str) -> String {
    let is_blank = |sign: char| sign.is_whitespace() || sign.is_control();
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MAX_SUBJECT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_whatever_a_lead_brings() {
        let evil = "New lead\r\nBcc: all@example.com\u{2028}x\u{85}y\u{0}z\u{b} ";
        assert_eq!(one_line(evil), "New lead Bcc: all@example.com x y z");
        assert_eq!(one_line(&"é ".repeat(500)).chars().count(), MAX_SUBJECT_CHARS);
    }
}
