//! `POST /v1/unsubscribe/{token}`: what the person says.

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::{
    consent::{Contact, How, Speaker, Word},
    lead::Lead,
};
use jiff::Timestamp;
use lambda::{Problem, http::Named};
use store::{Error, UnsubscribeToken};

use super::{
    answer::{self, Answer},
    page::{self, About},
    sender,
};
use crate::App;

/// Unsubscribe
///
/// For the button of the page, and for those of mail programs, which send `List-Unsubscribe=One-Click` (RFC 8058), as a form of either
/// kind. The person is not written to any more in this way, whichever of its leads it came with. Said again it changes nothing. No key is
/// asked for: whoever has the link may answer.
#[utoipa::path(
    post, path = "/v1/unsubscribe/{token}", tag = "consent",
    params(("token" = String, Path, description = "What the link ends with.")),
    request_body(
        description = "`List-Unsubscribe=One-Click`; or `answer=unsubscribe` or `answer=resubscribe` from the page. At most 16 KB.",
        content((String = "application/x-www-form-urlencoded"), (String = "multipart/form-data")),
    ),
    responses(
        (status = 200, description = "It is done: one line for a mail program, else a page", content((String = "text/plain"), (String = "text/html"))),
        (status = 400, description = "The form says neither: the page, to try again with", content_type = "text/html", body = String),
        (status = 404, description = "The link is none, or not whole: a page that says what to do", content_type = "text/html", body = String),
        (status = 500, description = "It may not be done: a page that says to try again", content_type = "text/html", body = String),
    )
)]
pub(crate) async fn post_unsubscribe(
    State(app): State<App>,
    token: Result<Named<String>, Problem>,
    request: Request,
) -> Response {
    let token = token.ok().and_then(|Named(token)| app.identity.unsubscribe_of(&token));
    let Some(token) = token else { return page::no_such_link() };
    let about = About { channel: token.channel, sender: sender(&app.store).await };
    let Some(answer) = answer::read(request).await else { return page::question_again(&about) };

    let word = Word {
        yes: answer == Answer::Resubscribe,
        at: lambda::now(),
        by: Speaker::Person,
        how: if answer == Answer::OneClick { How::OneClick } else { How::Page },
        told: answer.told(&about),
    };
    match say(&app, &token, &word).await {
        Ok(()) => page::done(answer, &about),
        Err(error) => {
            // Logs it; what it would answer is for programs.
            drop(Problem::from(error));
            page::try_again(&about)
        }
    }
}

/// The person's own row comes first: it is what holds, for all leads. What its lead says is for the history.
async fn say(app: &App, token: &UnsubscribeToken, word: &Word) -> Result<(), Error> {
    let read = app.store.lead(token.lead).await;
    let lead: Option<&Lead> = read.as_ref().ok().and_then(Option::as_ref);
    let contact = lead.and_then(|lead| token.contact(lead, &app.identity));
    let known = contact.as_ref().map(|contact| contact.as_str());
    let (words, is_news) = app.store.say_if(token.channel, &token.hash, known, |words| words.with_answer(word)).await?;
    tracing::info!(lead_id = %token.lead, channel = token.channel.word(), yes = word.yes, is_news, "a person said whether it may be written to");
    // Whoever died here before left the lead without it. It says when the person did.
    let at = words.last().map_or(word.at, |last| last.at);
    let has_data = match say_in_lead(app, token, read, contact, (word.yes, at)).await {
        // What holds is written; pressing the button again would not mend what is wrong with the lead, or who else writes it.
        Err(error @ (Error::Unreadable(_) | Error::Item(_) | Error::Contended { .. })) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(lead_id = %token.lead, error, "what its person said holds, and is not in the lead");
            return Ok(());
        }
        said => said?,
    };
    if !has_data {
        // It was deleted meanwhile, and its person forgotten before its address was written down here; or whoever was to forget it has failed.
        app.store.forget_contact_of(token.channel, &token.hash).await?;
    }
    Ok(())
}

/// Whether the lead has its data by then, as far as that is known.
async fn say_in_lead(
    app: &App,
    token: &UnsubscribeToken,
    read: Result<Option<Lead>, Error>,
    contact: Option<Contact>,
    (yes, at): (bool, Timestamp),
) -> Result<bool, Error> {
    let Some(lead) = read? else { return Ok(true) };
    if contact.is_none() {
        return Ok(!lead.is_tombstone());
    }
    app.store.say_in_lead(lead, token.channel, yes, at).await
}
