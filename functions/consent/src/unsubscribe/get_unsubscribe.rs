//! `GET /v1/unsubscribe/{token}`: what will happen, and the button for it.

use axum::{extract::State, response::Response};
use lambda::{Problem, http::Named};

use super::{
    page::{self, About},
    sender,
};
use crate::App;

/// Show the page of a link
///
/// The link stands in a message to a person. The page says what its button does; reading it changes nothing, as mail programs and their
/// guards read what links lead to. No key is asked for: whoever has the link may answer.
#[utoipa::path(
    get, path = "/v1/unsubscribe/{token}", tag = "consent",
    params(("token" = String, Path, description = "What the link ends with.")),
    responses(
        (status = 200, description = "The page", content_type = "text/html", body = String),
        (status = 404, description = "The link is none, or not whole: a page that says what to do", content_type = "text/html", body = String),
    )
)]
pub(crate) async fn get_unsubscribe(State(app): State<App>, token: Result<Named<String>, Problem>) -> Response {
    let token = token.ok().and_then(|Named(token)| app.identity.unsubscribe_of(&token));
    match token {
        Some(token) => page::question(&About { channel: token.channel, sender: sender(&app.store).await }),
        None => page::no_such_link(),
    }
}
