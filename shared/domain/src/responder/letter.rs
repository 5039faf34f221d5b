//! What a step says to a lead's person.

use serde_json::{Value, json};

use super::Step;
use crate::{
    delivery::EmailChannel,
    lead::Lead,
    template::{Escaping, TemplateError, ValueTemplate, lead_values, xml_text},
    words::shortened_line,
};

/// What templates of steps know besides what is known of a lead.
pub(super) const UNSUBSCRIBE_URL: &str = "unsubscribe_url";
/// Longer subjects are cut: no reader shows as much.
const MAX_SUBJECT_CHARS: usize = 200;
/// More than ten text messages in one.
const MAX_SMS_CHARS: usize = 1_530;

/// An e-mail, but for whom it is from and to.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: Option<String>,
    /// As HTML.
    pub html: Option<String>,
}

/// Why a step cannot be written for a lead. No sentence repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// A template does not fit it.
    #[error("the template of {name} cannot be filled in: {source}")]
    Template {
        /// Which.
        name: &'static str,
        /// Why.
        source: TemplateError,
    },
    /// It is longer than a text message may be.
    #[error("the text message would have more than {MAX_SMS_CHARS} characters")]
    TooLong,
    /// There is nothing in it.
    #[error("the message would be empty")]
    Empty,
}

/// The e-mail of a step. Where its text does not use the URL to unsubscribe, that is added at the end; so in HTML.
///
/// # Errors
/// [`LetterError`]; trying again does not help.
pub fn letter(step: &Step, lead: &Lead, unsubscribe_url: &str) -> Result<Letter, LetterError> {
    let values = values(lead, unsubscribe_url);
    let fill = |name, template: &Option<ValueTemplate>, escaping| {
        let filled = template.as_ref().map(|template| template.render_body(&values, escaping)).transpose();
        filled.map_err(|source| LetterError::Template { name, source })
    };
    let subject = fill("subject", &step.subject, Escaping::Plain)?.unwrap_or_default();
    let text = fill("text", &step.text, Escaping::Plain)?;
    let html = fill("html", &step.html, EmailChannel::HTML)?;
    Ok(Letter {
        subject: shortened_line(&subject, MAX_SUBJECT_CHARS),
        text: text.map(|text| with_url(text, unsubscribe_url)),
        html: html.map(|html| with_link(html, unsubscribe_url)),
    })
}

/// The text message of a step. Where it comes out without any way to get no more of them, the URL to unsubscribe is added at the end.
///
/// # Errors
/// [`LetterError`]; trying again does not help.
pub fn sms_text(step: &Step, lead: &Lead, unsubscribe_url: &str) -> Result<String, LetterError> {
    let values = values(lead, unsubscribe_url);
    let filled = step.text.as_ref().map(|template| template.render(&values)).transpose();
    let text = filled.map_err(|source| LetterError::Template { name: "text", source })?.unwrap_or_default();
    let text = match text.trim() {
        "" => return Err(LetterError::Empty),
        text if text.contains(unsubscribe_url) || says_stop(text) => text.to_owned(),
        text => format!("{text} {unsubscribe_url}"),
    };
    if text.chars().count() > MAX_SMS_CHARS { Err(LetterError::TooLong) } else { Ok(text) }
}

/// Whether the template of a text message has a way to get no more of them.
pub(super) fn names_way_out(template: &str) -> bool {
    template.contains(UNSUBSCRIBE_URL) || says_stop(template)
}

/// Whether people are told the word that carriers know: `Reply STOP`.
fn says_stop(text: &str) -> bool {
    text.split(|sign: char| !sign.is_alphanumeric()).any(|word| word == "STOP")
}

/// What the templates of the gateway's request know besides what those of deliveries do.
pub fn sms_values(to: &str, text: &str) -> Value {
    json!({ "to": to, "text": text })
}

fn values(lead: &Lead, unsubscribe_url: &str) -> Value {
    let mut values = lead_values(lead);
    values.insert(UNSUBSCRIBE_URL.to_owned(), unsubscribe_url.into());
    Value::Object(values)
}

fn with_url(text: String, url: &str) -> String {
    if text.contains(url) { text } else { format!("{}\n\n{url}\n", text.trim_end()) }
}

fn with_link(html: String, url: &str) -> String {
    // A URL of ours has nothing that HTML escapes; if it had, the link is the escaped one.
    let Some(url) = xml_text(url).filter(|url| !html.contains(url.as_str())) else { return html };
    let link = format!("<p><a href=\"{url}\">{url}</a></p>");
    match html.to_ascii_lowercase().rfind("</body>") {
        Some(at) => format!("{}{link}{}", &html[..at], &html[at..]),
        None => html + &link,
    }
}

/// It is a person's, which is nothing for a log.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter(…)")
    }
}
