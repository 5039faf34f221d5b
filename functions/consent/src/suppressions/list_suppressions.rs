//! `GET /v1/suppressions`: everybody of whom something was said, page by page.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use domain::lead::Channel;
use lambda::{
    Problem,
    auth::Seller,
    list::{bad_cursor, cursor},
    query::Asked,
    sheet::{self, Format},
};
use serde::Serialize;
use store::{PersonConsent, Store};
use utoipa::ToSchema;

use super::person_view::Suppression;
use crate::App;

/// Where a CSV file goes on.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("next-cursor");

/// A page of people.
#[derive(Serialize, ToSchema)]
struct SuppressionPage {
    /// The people, in no order that says anything.
    items: Vec<Suppression>,
    /// Pass it as `cursor` for the next page; null: that was all.
    next_cursor: Option<String>,
    /// Hashes of people of this page whose rows cannot be read, and are left out; absent: there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
}

/// List people who said whether they may be written to
///
/// With what was said last of each, which holds for all leads with that contact. People who left a contact and of whom nothing was said
/// since are not on the list. As CSV the header `Next-Cursor` says where the next file goes on, so all of it is a loop; what comes of it
/// can be sent to `POST /v1/suppressions` elsewhere.
#[utoipa::path(
    get,
    path = "/v1/suppressions",
    tag = "consent",
    params(
        ("channel" = Option<Channel>, Query, description = "In which way they are written to; all without it."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "People of a page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same channel; without it, the first page."),
        ("format" = Option<String>, Query, description = "`json` or `csv`, if not as Accept says."),
    ),
    responses((status = 200, content((SuppressionPage = "application/json"), (String = "text/csv"))), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_suppressions(
    State(app): State<App>,
    _caller: Seller,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let (format, paging) = (asked.format(), asked.paging());
    let channel = asked.word("channel", &Channel::ALL.map(|channel| (channel.word(), channel)));
    let paging = asked.finish(paging)?;

    let bound_to = format!("suppressions {}", channel.map_or("all", Channel::word));
    let from = match paging.cursor {
        Some(sealed) => {
            let text = app.identity.unseal(&bound_to, &sealed);
            text.as_deref().and_then(Place::read).ok_or_else(bad_cursor)?
        }
        None => Place { channel: channel.unwrap_or(Channel::Email), after: None },
    };
    let found = page(&app.store, from, channel, paging.limit.into()).await?;

    let sealed = |place: Place| app.identity.seal(&bound_to, &place.text()).map(cursor).ok_or_else(Problem::internal);
    let next_cursor = found.next.map(sealed).transpose()?;
    let items = found.people.into_iter().filter_map(Suppression::new).collect();
    Ok(answer(format, SuppressionPage { items, next_cursor, unreadable: found.unreadable }))
}

/// A place in the list.
struct Place {
    channel: Channel,
    after: Option<String>,
}

impl Place {
    fn text(&self) -> String {
        format!("{}#{}", self.channel.word(), self.after.as_deref().unwrap_or_default())
    }

    fn read(text: &str) -> Option<Self> {
        let (word, after) = text.split_once('#')?;
        let channel = Channel::ALL.into_iter().find(|channel| channel.word() == word)?;
        Some(Self { channel, after: Some(after.to_owned()).filter(|after| !after.is_empty()) })
    }

    /// Where the list goes on from behind what was read of this channel; none: it ends there.
    fn following(&self, last: Option<String>, asked: Option<Channel>) -> Option<Self> {
        match (last, self.channel, asked) {
            (Some(last), channel, _) => Some(Self { channel, after: Some(last) }),
            (None, Channel::Email, None) => Some(Self { channel: Channel::Sms, after: None }),
            (None, ..) => None,
        }
    }
}

/// People, and where the next ones are.
struct Found {
    people: Vec<PersonConsent>,
    unreadable: Vec<String>,
    next: Option<Place>,
}

/// Goes on from a place until the page is full, or the list over.
async fn page(store: &Store, from: Place, channel: Option<Channel>, limit: usize) -> Result<Found, Problem> {
    let mut found = Found { people: Vec::new(), unreadable: Vec::new(), next: Some(from) };
    while let Some(place) = &found.next {
        let missing = limit.saturating_sub(found.people.len() + found.unreadable.len());
        if missing == 0 {
            break;
        }
        let page = store.consents(place.channel, place.after.as_deref(), missing).await?;
        found.next = place.following(page.last, channel);
        found.people.extend(page.items);
        found.unreadable.extend(page.unreadable.into_iter().map(|row| row.sk));
    }
    Ok(found)
}

fn answer(format: Format, page: SuppressionPage) -> Response {
    if format == Format::Json {
        return Json(page).into_response();
    }
    let mut answer = sheet::csv("suppressions", &Suppression::COLUMNS, page.items.iter().map(Suppression::row));
    if let Some(cursor) = page.next_cursor.and_then(|cursor| HeaderValue::try_from(cursor).ok()) {
        answer.headers_mut().insert(NEXT_CURSOR, cursor);
    }
    answer
}
