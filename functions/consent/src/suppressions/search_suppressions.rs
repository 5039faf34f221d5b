//! `POST /v1/suppressions/search`: all that was said of one person.

use axum::{Json, extract::State};
use domain::{lead::Channel, suppression::SuppressionEntry};
use lambda::{Problem, auth::Seller, body::ApiJson};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::person_view::Said;
use crate::App;

/// Whom it is about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressionSearch {
    /// The person's e-mail address.
    #[serde(default)]
    email: Option<String>,
    /// The person's phone: international, or as it is dialled within `country`.
    #[serde(default)]
    phone: Option<String>,
    /// The country of a phone that is not international, as two letters.
    #[serde(default)]
    country: Option<String>,
}

/// What is known of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuppressionsOfPerson {
    /// By each contact that was named.
    items: Vec<SuppressionHistory>,
}

/// What was said of a person by one contact.
#[derive(Serialize, ToSchema)]
struct SuppressionHistory {
    channel: Channel,
    /// The contact in the form that it is known by.
    contact: String,
    /// What the person is known by: a keyed hash of the contact.
    hash: String,
    /// What was said, the earliest first; the last holds. Empty: nothing was said.
    words: Vec<Said>,
}

/// Read what was said of a person
///
/// On whether it may be written to: when, by whom, by what way, and what it was told. The person is named in the body, as addresses of
/// requests are written down in many places.
#[utoipa::path(
    post,
    path = "/v1/suppressions/search",
    tag = "consent",
    request_body = SuppressionSearch,
    responses((status = 200, body = SuppressionsOfPerson), Problem),
    security(("key" = []))
)]
pub(crate) async fn search_suppressions(
    State(app): State<App>,
    _caller: Seller,
    ApiJson(asked): ApiJson<SuppressionSearch>,
) -> Result<Json<SuppressionsOfPerson>, Problem> {
    let SuppressionSearch { email, phone, country } = asked;
    let entry = SuppressionEntry { email, phone, country, ..SuppressionEntry::default() };
    let contacts = entry.contacts(None).map_err(|wrong| Problem::invalid([wrong]))?;
    let mut items = Vec::new();
    for contact in contacts {
        let found = app.store.person_consent(&contact, &app.identity).await?;
        let words = found.iter().flat_map(|person| person.words.iter()).map(Said::from).collect();
        let (channel, hash) = (contact.channel(), app.identity.contact(&contact));
        items.push(SuppressionHistory { channel, contact: contact.as_str().to_owned(), hash, words });
    }
    Ok(Json(SuppressionsOfPerson { items }))
}
