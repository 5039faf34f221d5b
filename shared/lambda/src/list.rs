//! Pages of lists: `?limit=` and `?cursor=`, answered with `items` and `next_cursor`.

use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use store::Page;
use utoipa::{IntoParams, ToSchema};

use crate::{Problem, problem::FieldError, query::Asked};

/// Items of a page, unless asked for otherwise.
const DEFAULT_LIMIT: u16 = 50;
/// Most items of a page.
const MAX_LIMIT: u16 = 200;
/// Longer cursors are none of ours.
const MAX_CURSOR_CHARS: usize = 1_000;
/// Between the name of a list and a reference of it.
const BEHIND_NAME: char = '#';
/// What is said of cursors that are none of ours.
const NOT_OURS: &str = "Use the next_cursor of an earlier page, unchanged; or leave it out to start again.";

/// Which page of a list. As an extractor it is for lists that take no other parameters.
#[derive(Clone, Debug, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Items of the page, 1 to 200; 50 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    pub limit: u16,
    /// `next_cursor` of the page before; without it, the first page.
    // To handlers it is what it stands for: the last reference of the page before, behind the name of its list if it has one.
    pub cursor: Option<String>,
}

impl Paging {
    /// The last reference of the page before, if this list has given the cursor; see [`Listing::of`].
    ///
    /// # Errors
    /// 400: it is another list's, in which the reference would stand anywhere.
    pub fn after(&self, list: &str) -> Result<Option<&str>, Problem> {
        let Some(cursor) = self.cursor.as_deref() else { return Ok(None) };
        let after = cursor.strip_prefix(list).and_then(|rest| rest.strip_prefix(BEHIND_NAME));
        after.filter(|after| !after.is_empty()).map(Some).ok_or_else(bad_cursor)
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; null: that was all.
    pub next_cursor: Option<String>,
    /// References of items of this page that cannot be read, and are left out; absent: there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

impl<T> Listing<T> {
    /// A page that ends at the reference `last`, if there is more behind it.
    pub fn new(items: Vec<T>, last: Option<String>) -> Self {
        let next_cursor = last.map(cursor);
        Self { items, next_cursor, unreadable: Vec::new() }
    }

    /// A page of the list of this name, which its cursors carry: references of one kind of record may be another's, too.
    pub fn of(list: &str, page: Page<T>) -> Self {
        let last = page.last.map(|last| format!("{list}{BEHIND_NAME}{last}"));
        Page { last, ..page }.into()
    }
}

impl<T> From<Page<T>> for Listing<T> {
    fn from(page: Page<T>) -> Self {
        let unreadable = page.unreadable.into_iter().map(|row| row.sk).collect();
        Self { unreadable, ..Self::new(page.items, page.last) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut asked = Asked::from_request_parts(parts, state).await?;
        let paging = asked.paging();
        asked.finish(paging)
    }
}

impl Asked {
    /// Which page of a list.
    pub fn paging(&mut self) -> Option<Paging> {
        let limit = self.one("limit").map_or(Ok(DEFAULT_LIMIT), |limit| limit.parse());
        let limit = limit.ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        if limit.is_none() {
            self.finding("limit", "range", format!("Use a number from 1 to {MAX_LIMIT}."));
        }
        let cursor = self.one("cursor").map(|cursor| read_cursor(&cursor));
        if cursor == Some(None) {
            self.finding("cursor", "invalid_cursor", NOT_OURS);
        }
        Some(Paging { limit: limit?, cursor: cursor.flatten() })
    }
}

/// The cursor that stands for a reference.
pub fn cursor(last: String) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(last)
}

fn read_cursor(text: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|_| text.len() <= MAX_CURSOR_CHARS)?;
    String::from_utf8(bytes).ok().filter(|last| !last.is_empty())
}

/// 400: the cursor is none that the list has given.
pub fn bad_cursor() -> Problem {
    Problem::invalid_query(vec![FieldError::new("cursor", "invalid_cursor", NOT_OURS)])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::http::{Request, StatusCode};

    use super::*;

    async fn page(query: &str) -> Result<Paging, String> {
        let (mut parts, ()) = Request::builder().uri(format!("/x{query}")).body(()).unwrap().into_parts();
        let told = |problem: Problem| {
            assert_eq!((problem.status, problem.code), (StatusCode::BAD_REQUEST, "invalid_query"));
            let errors = problem.errors.iter().map(|error| format!("{}:{}", error.field, error.code));
            errors.collect::<Vec<_>>().join(" ")
        };
        Paging::from_request_parts(&mut parts, &()).await.map_err(told)
    }

    #[tokio::test]
    async fn a_page_holds_fifty_items_unless_asked_for_otherwise() {
        assert_eq!(page("").await, Ok(Paging { limit: 50, cursor: None }));
        assert_eq!(page("?limit=200").await.map(|page| page.limit), Ok(200));
        for query in ["?limit=0", "?limit=201", "?limit=x", "?limit=-1", "?limit=70000"] {
            assert_eq!(page(query).await.unwrap_err(), "limit:range", "{query}");
        }
        assert_eq!(page("?limti=5").await.unwrap_err(), "limti:unknown_parameter");
        assert_eq!(page("?limit=5&limit=6&cursor=*").await.unwrap_err(), "limit:repeated cursor:invalid_cursor");
    }

    #[tokio::test]
    async fn a_cursor_comes_back_as_the_reference_it_was_made_of() {
        let listing = Listing::new(vec![1], Some("SOLAR-UK".to_owned()));
        let query = format!("?cursor={}", listing.next_cursor.unwrap());
        assert!(!query.contains("SOLAR"));
        assert_eq!(page(&query).await.unwrap().cursor.as_deref(), Some("SOLAR-UK"));
        for query in ["?cursor=", "?cursor=a", "?cursor=*", "?cursor=_w"] {
            assert_eq!(page(query).await.unwrap_err(), "cursor:invalid_cursor", "{query}");
        }
    }

    #[tokio::test]
    async fn a_list_with_a_name_takes_no_cursors_but_its_own() {
        let last = |last: &str| Page { items: vec![1], unreadable: Vec::new(), last: Some(last.to_owned()) };
        let asked =
            async |listing: Listing<i32>| page(&format!("?cursor={}", listing.next_cursor.unwrap())).await.unwrap();
        let own = asked(Listing::of("campaign", last("a#b"))).await;
        assert_eq!(own.after("campaign"), Ok(Some("a#b")));
        for (other, list) in [(own, "camp"), (asked(Listing::of("campaign", last(""))).await, "campaign")] {
            assert_eq!(other.after(list), Err(bad_cursor()), "{other:?}");
        }
        assert_eq!(
            asked(Listing::new(vec![1], Some("campaign".to_owned()))).await.after("campaign"),
            Err(bad_cursor())
        );
        assert_eq!(page("").await.unwrap().after("campaign"), Ok(None));
    }
}
