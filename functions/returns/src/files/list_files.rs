//! `GET /v1/return-files`: files, newest first.

use axum::{Json, extract::State};
use domain::id::BuyerRef;
use lambda::{
    Problem,
    auth::Caller,
    list::{Listing, bad_cursor},
    query::Asked,
};

use super::{file_view::FileView, sees_files_of};
use crate::App;

/// List files of returns
///
/// Newest first. The seller sees all, a buyer its own.
#[utoipa::path(
    get,
    path = "/v1/return-files",
    tag = "returns",
    params(
        ("bid" = Option<String>, Query, description = "The buyer."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Files of a page; 50 without it."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before; without it, the first page."),
    ),
    responses((status = 200, body = Listing<FileView>), Problem),
    security(("key" = []))
)]
pub(crate) async fn list_files(
    State(app): State<App>,
    caller: Caller,
    mut asked: Asked,
) -> Result<Json<Listing<FileView>>, Problem> {
    let (paging, bid) = (asked.paging(), asked.reference::<BuyerRef>("bid"));
    let paging = asked.finish(paging)?;
    let bid = match sees_files_of(&caller.principal)? {
        Some(own) if bid.as_ref().is_some_and(|bid| bid != own) => {
            return Err(Problem::forbidden("not_yours", "Leave bid out, or name your own: you see your own files."));
        }
        Some(own) => Some(own.clone()),
        None => bid,
    };
    let bound_to = format!("return_files {} {bid:?}", caller.principal.tag());
    let after = match &paging.cursor {
        Some(sealed) => Some(app.identity.unseal(&bound_to, sealed).ok_or_else(bad_cursor)?),
        None => None,
    };
    let page = app.store.return_files(bid.as_ref(), lambda::now(), after.as_deref(), paging.limit.into()).await?;
    let sealed = page.last.and_then(|last| app.identity.seal(&bound_to, &last));
    let items = page.items.iter().map(|file| FileView::new(file, &caller.principal)).collect();
    let unreadable = page.unreadable.into_iter().map(|row| row.pk).collect();
    Ok(Json(Listing { unreadable, ..Listing::new(items, sealed) }))
}
