//! Pages of lists: `?limit=` and `?cursor=`, answered with `items` and `next_cursor`.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;

/// Items of a page, unless asked for otherwise.
const DEFAULT_LIMIT: u16 = 50;
/// Most items of a page.
const MAX_LIMIT: u16 = 200;
/// Longer cursors are none of ours.
const MAX_CURSOR_CHARS: usize = 1_000;

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Items of the page, 1 to 200.
    pub limit: u16,
    /// What the cursor points to: the last reference of the page before. None: the first page.
    pub cursor: Option<String>,
}

/// Which page of a list, as it stands in the query; for `params(PagingQuery)` in OpenAPI.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PagingQuery {
    /// Items of the page, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before; without it, the first page.
    cursor: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; null: that was all.
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// A page that ends at the reference `last`, if there is more behind it.
    pub fn new(items: Vec<T>, last: Option<String>) -> Self {
        Self { items, next_cursor: last.map(|last| BASE64_URL_SAFE_NO_PAD.encode(last)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::<PagingQuery>::from_request_parts(parts, state).await;
        let Query(asked) = asked.map_err(|_| {
            let detail = "This list takes limit, a number from 1 to 200, and cursor, each at most once.";
            Problem::bad_request("invalid_query", detail)
        })?;
        Self::new(asked.limit, asked.cursor.as_deref())
    }
}

impl Paging {
    /// As asked for, where a query has other parameters beside these.
    ///
    /// # Errors
    /// 400 `invalid_limit` or `invalid_cursor`.
    pub fn new(limit: Option<u16>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::bad_request("invalid_limit", format!("Use a limit from 1 to {MAX_LIMIT}.")));
        }
        let cursor = cursor.map(|cursor| read_cursor(cursor).ok_or_else(bad_cursor)).transpose()?;
        Ok(Self { limit, cursor })
    }
}

fn read_cursor(text: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|_| text.len() <= MAX_CURSOR_CHARS)?;
    String::from_utf8(bytes).ok().filter(|last| !last.is_empty())
}

/// 400: the cursor is none that the list has given.
pub fn bad_cursor() -> Problem {
    Problem::bad_request(
        "invalid_cursor",
        "Use the next_cursor of an earlier page, unchanged; or leave it out to start again.",
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn page(query: &str) -> Result<Paging, &'static str> {
        let (mut parts, ()) = Request::builder().uri(format!("/x{query}")).body(()).unwrap().into_parts();
        Paging::from_request_parts(&mut parts, &()).await.map_err(|problem| problem.code)
    }

    #[tokio::test]
    async fn a_page_holds_fifty_items_unless_asked_for_otherwise() {
        assert_eq!(page("").await, Ok(Paging { limit: 50, cursor: None }));
        assert_eq!(page("?limit=200").await.map(|page| page.limit), Ok(200));
        for query in ["?limit=0", "?limit=201"] {
            assert_eq!(page(query).await, Err("invalid_limit"), "{query}");
        }
        for query in ["?limit=x", "?limit=-1", "?limit=70000", "?limti=5", "?limit=5&limit=6"] {
            assert_eq!(page(query).await, Err("invalid_query"), "{query}");
        }
    }

    #[tokio::test]
    async fn a_cursor_comes_back_as_the_reference_it_was_made_of() {
        let listing = Listing::new(vec![1], Some("SOLAR-UK".to_owned()));
        let query = format!("?cursor={}", listing.next_cursor.unwrap());
        assert!(!query.contains("SOLAR"));
        assert_eq!(page(&query).await.unwrap().cursor.as_deref(), Some("SOLAR-UK"));
        for query in ["?cursor=", "?cursor=a", "?cursor=*", "?cursor=_w"] {
            assert_eq!(page(query).await, Err("invalid_cursor"), "{query}");
        }
    }
}
