//! `GET` and `PUT /v1/settings`: the account.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{settings::Settings, setup::Versioned};
use lambda::{Problem, auth::Seller, body::ApiJson, record::unreadable};
use store::Saved;

use crate::{
    App,
    if_match::{IfMatch, etag, stale},
    record::Stored,
    replacement::Replacement,
};

/// The account's settings; version 0 until they are first saved.
#[utoipa::path(
    get,
    path = "/v1/settings",
    tag = "settings",
    responses((status = 200, body = Stored<Settings>, headers(("ETag" = String))), Problem),
    security(("key" = []))
)]
pub(crate) async fn get_settings(State(app): State<App>, _: Seller) -> Result<Response, Problem> {
    Ok(reply(present(&app).await?))
}

/// Replaces the account's settings.
///
/// Safe to send again: `If-Match` lets it happen once, and a repeat is answered as the first one was. The body may be what `GET`
/// answered, with a change: a `version` in it must be the one that `If-Match` names.
#[utoipa::path(
    put,
    path = "/v1/settings",
    tag = "settings",
    params(("If-Match" = String, Header, description = "The ETag of the version that is replaced.")),
    request_body = Settings,
    responses((status = 200, body = Stored<Settings>, headers(("ETag" = String))), Problem),
    security(("key" = []))
)]
pub(crate) async fn put_settings(
    State(app): State<App>,
    _: Seller,
    if_match: IfMatch,
    ApiJson(replacement): ApiJson<Replacement<Settings>>,
) -> Result<Response, Problem> {
    let IfMatch(version) = if_match;
    let settings = replacement.of(if_match)?;
    let mut found = settings.check();
    found.extend(settings.notify.as_ref().and_then(|ways| ways.check_here(app.reach)));
    if !found.is_empty() {
        return Err(Problem::invalid(found));
    }
    let replaces = Some(version).filter(|version| *version > 0);
    let mut saved = app.store.save_settings(settings.clone(), replaces).await?;
    if version == 0 && saved == Saved::Stale {
        // 0 is the version of those, too, that are there and have none that can be read.
        saved = app.store.save_settings(settings.clone(), Some(0)).await?;
    }
    match saved {
        Saved::Done(saved) => Ok(reply(saved)),
        Saved::Stale => {
            let there = present(&app).await?;
            // Sent twice, by the caller or on the way to the table: it is done already (RFC 9110, 13.1.1).
            if there.version == version + 1 && there.record == settings {
                Ok(reply(there))
            } else {
                Err(stale(there.version))
            }
        }
    }
}

async fn present(app: &App) -> Result<Versioned<Settings>, Problem> {
    match app.store.settings().await {
        Err(store::Error::Unreadable(row)) => Err(unreadable("account's settings", &row)),
        saved => Ok(saved?.unwrap_or_else(|| Versioned { record: Settings::default(), version: 0 })),
    }
}

fn reply(settings: Versioned<Settings>) -> Response {
    ([etag(settings.version)], Json(Stored { record: settings.record, version: settings.version })).into_response()
}
