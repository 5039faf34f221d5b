//! The kind `email`: a message to the buyer's addresses. One that may be on its way is not sent again, as nobody would know
//! the second one for the same.

use domain::{
    delivery::EmailChannel,
    template::{Escaping, TemplateError, ValueTemplate},
    words::shortened_line,
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
        subject: shortened_line(&email.subject.render(&values)?, MAX_SUBJECT_CHARS),
        text: body(&email.text, Escaping::Plain)?,
        html: body(&email.html, EmailChannel::HTML)?,
        ..OutgoingMail::default()
    })
}
