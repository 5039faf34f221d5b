//! The pages: plain HTML that asks for nothing else, and does nothing by itself.

use std::borrow::Cow;

use axum::{
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{consent::MAX_TOLD_CHARS, lead::Channel};
use sha2::{Digest, Sha256};

use super::answer::{Answer, FIELD};

/// The only style that a browser takes, as its hash stands in the policy.
const STYLE: &str = include_str!("page.css");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// What a page is about.
#[derive(Clone, Debug)]
pub(super) struct About {
    /// How the messages come.
    pub(super) channel: Channel,
    /// Whose they are.
    pub(super) sender: Option<String>,
}

impl About {
    fn messages(&self) -> &'static str {
        match self.channel {
            Channel::Email => "e-mails",
            Channel::Sms => "text messages",
        }
    }

    /// `e-mails from Acme`
    fn whose(&self) -> String {
        let from = self.sender.as_deref().map_or_else(|| "us".to_owned(), str::to_owned);
        format!("{} from {from}", self.messages())
    }
}

/// What an answer means, as the page says it and as it is written down.
pub(super) fn sentence(answer: Answer, about: &About) -> String {
    let text = match answer {
        Answer::OneClick | Answer::Unsubscribe => format!("You will get no more {}.", about.whose()),
        Answer::Resubscribe => format!("You may get {} again.", about.whose()),
    };
    text.chars().take(MAX_TOLD_CHARS).collect()
}

/// What will happen, and the button for it.
pub(super) fn question(about: &About) -> Response {
    asked(StatusCode::OK, "", about)
}

/// The same to who has sent something else.
pub(super) fn question_again(about: &About) -> Response {
    asked(StatusCode::BAD_REQUEST, "Nothing has been changed yet. ", about)
}

fn asked(status: StatusCode, before: &str, about: &About) -> Response {
    let contact = match about.channel {
        Channel::Email => "the e-mail address that the message was sent to",
        Channel::Sms => "the number that the message was sent to",
    };
    let says = format!("{before}{} This is for {contact}.", sentence(Answer::Unsubscribe, about));
    page(status, &format!("Stop {}?", about.whose()), &[&says], Some((Answer::Unsubscribe, "Unsubscribe", true)))
}

/// It is done; one line for a mail program.
pub(super) fn done(answer: Answer, about: &About) -> Response {
    let says = sentence(answer, about);
    match answer {
        Answer::OneClick => (StatusCode::OK, "Unsubscribed.\n").into_response(),
        Answer::Unsubscribe => {
            let late = "One that is on its way already may still arrive.";
            let back = Some((Answer::Resubscribe, "Subscribe again", false));
            page(
                StatusCode::OK,
                "You are unsubscribed",
                &[&says, late, "Was it a mistake? You can take it back."],
                back,
            )
        }
        Answer::Resubscribe => page(
            StatusCode::OK,
            "You are subscribed again",
            &[&says],
            Some((Answer::Unsubscribe, "Unsubscribe", false)),
        ),
    }
}

/// The same whatever is wrong with the link.
pub(super) fn no_such_link() -> Response {
    let says = "It may have been cut off on its way. Copy the whole link from the message, or use its newest one.";
    let or = "You can also answer the message, and ask not to be written to any more.";
    page(StatusCode::NOT_FOUND, "This link does not work", &[says, or], None)
}

/// What was asked for may not be done.
pub(super) fn try_again(about: &About) -> Response {
    let says = format!("Something went wrong on our side, so you may still get {}.", about.whose());
    let or = "Go back and press the button again in a moment. Pressing it twice does no harm.";
    page(StatusCode::INTERNAL_SERVER_ERROR, "Please try again", &[&says, or], None)
}

/// A page with a heading, paragraphs, and a button that is the main thing on it, or is not.
fn page(status: StatusCode, title: &str, says: &[&str], button: Option<(Answer, &str, bool)>) -> Response {
    let title = escaped(title);
    let says: String = says.iter().map(|text| format!("<p>{}</p>\n", escaped(text))).collect();
    let form = button.map(|(answer, label, is_first)| {
        let class = if is_first { "" } else { " class=\"second\"" };
        let (value, label) = (answer.word(), escaped(label));
        format!("<form method=\"post\"><button{class} type=\"submit\" name=\"{FIELD}\" value=\"{value}\">{label}</button></form>\n")
    });
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{says}{}</main>\n</body>\n</html>\n",
        form.unwrap_or_default()
    );
    let headers = [
        (header::CONTENT_TYPE, Cow::Borrowed("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy().into()),
        (header::CACHE_CONTROL, "no-store".into()),
        // The link is the person's word: no other site is told of it.
        (header::REFERRER_POLICY, "no-referrer".into()),
        (ROBOTS, "noindex".into()),
    ]
    .map(|(name, value)| (name, value.into_owned()));
    (status, headers, html).into_response()
}

/// No script, nothing from elsewhere, in no frame; the style is the one in the page, the form goes back to where it came from.
fn policy() -> String {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            sign => html.push(sign),
        }
    }
    html
}
