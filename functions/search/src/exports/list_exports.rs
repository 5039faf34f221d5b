//! `GET /v1/lead-exports`: exports, newest first.

use axum::{Json, extract::State};
use lambda::{
    Problem,
    auth::Caller,
    list::{Listing, Paging, bad_cursor},
};

use super::export_view::ExportView;
use crate::App;

/// List exports
///
/// The caller's own of the last eight days, newest first.
#[utoipa::path(
    get,
    path = "/v1/lead-exports",
    tag = "leads",
    params(Paging),
    responses((status = 200, body = Listing<ExportView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_exports(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    paging: Paging,
) -> Result<Json<Listing<ExportView>>, Problem> {
    let bound_to = format!("lead_exports {}", principal.tag());
    let after = match &paging.cursor {
        Some(sealed) => Some(app.identity.unseal(&bound_to, sealed).ok_or_else(bad_cursor)?),
        None => None,
    };
    let page = app.store.lead_exports(&principal, after.as_deref(), paging.limit.into()).await?;
    let sealed = page.last.and_then(|last| app.identity.seal(&bound_to, &last));
    let now = lambda::now();
    let items = page.items.iter().map(|export| ExportView::new(export, None, now)).collect();
    let unreadable = page.unreadable.into_iter().map(|row| row.pk).collect();
    Ok(Json(Listing { unreadable, ..Listing::new(items, sealed) }))
}
