//! `GET /v1/lead-imports`: files of leads, newest first.

use axum::{Json, extract::State};
use domain::id::SupplierRef;
use lambda::{
    Problem,
    auth::Caller,
    list::{Listing, bad_cursor},
    query::Asked,
};

use crate::{App, import_view::ImportView, sees_imports_of};

/// List files of leads
///
/// Newest first. The seller sees all, a supplier its own.
#[utoipa::path(
    get,
    path = "/v1/lead-imports",
    tag = "leads",
    params(
        ("sid" = Option<String>, Query, description = "The supplier."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Files of a page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before; without it, the first page."),
    ),
    responses((status = 200, body = Listing<ImportView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_imports(
    State(app): State<App>,
    caller: Caller,
    mut asked: Asked,
) -> Result<Json<Listing<ImportView>>, Problem> {
    let (paging, sid) = (asked.paging(), asked.reference::<SupplierRef>("sid"));
    let paging = asked.finish(paging)?;
    let sid = match sees_imports_of(&caller.principal)? {
        Some(own) if sid.as_ref().is_some_and(|sid| sid != own) => {
            return Err(Problem::forbidden("not_yours", "Leave sid out, or name your own: you see your own files."));
        }
        Some(own) => Some(own.clone()),
        None => sid,
    };
    let bound_to = format!("lead_imports {} {sid:?}", caller.principal.tag());
    let after = match &paging.cursor {
        Some(sealed) => Some(app.identity.unseal(&bound_to, sealed).ok_or_else(bad_cursor)?),
        None => None,
    };
    let page = app.store.lead_imports(sid.as_ref(), after.as_deref(), paging.limit.into()).await?;
    let sealed = page.last.and_then(|last| app.identity.seal(&bound_to, &last));
    let items = page.items.iter().map(ImportView::new).collect();
    let unreadable = page.unreadable.into_iter().map(|row| row.pk).collect();
    Ok(Json(Listing { unreadable, ..Listing::new(items, sealed) }))
}
