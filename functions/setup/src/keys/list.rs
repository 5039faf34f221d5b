//! `GET /v1/keys`: lists keys.

use axum::{Json, extract::State};
use lambda::{
    Problem,
    auth::Seller,
    list::{Listing, Paging},
};

use super::view::KeyView;
use crate::App;

/// By this its cursors are told from those of other lists.
const LIST: &str = "key";

/// Lists the keys, revoked ones too; never their secrets.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "keys",
    params(Paging),
    responses((status = 200, body = Listing<KeyView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_keys(
    State(app): State<App>,
    _: Seller,
    paging: Paging,
) -> Result<Json<Listing<KeyView>>, Problem> {
    let page = app.store.api_keys(paging.limit, paging.after(LIST)?).await?;
    Ok(Json(Listing::of(LIST, page.map(KeyView::from))))
}
