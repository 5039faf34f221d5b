//! `GET /v1/bulk`: bulk jobs, newest first.

use axum::{Json, extract::State};
use lambda::{
    Problem,
    auth::Seller,
    list::{Listing, Paging},
};
use store::Page;

use crate::{App, job_view::JobView, shown};

/// The name of the list in its cursors.
const LIST: &str = "bulk_jobs";

/// List bulk jobs
///
/// Those of the last month, newest first.
#[utoipa::path(
    get,
    path = "/v1/bulk",
    tag = "bulk",
    params(Paging),
    responses((status = 200, body = Listing<JobView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_jobs(
    State(app): State<App>,
    _caller: Seller,
    paging: Paging,
) -> Result<Json<Listing<JobView>>, Problem> {
    let page = app.store.bulk_jobs(paging.after(LIST)?, paging.limit.into()).await?;
    let Page { items, unreadable, last } = page;
    let names = unreadable.into_iter().map(|row| row.pk).collect();
    let items = shown::all(&app.store, &items, lambda::now()).await?;
    let shown = Page { items, unreadable: Vec::new(), last };
    Ok(Json(Listing { unreadable: names, ..Listing::of(LIST, shown) }))
}
