//! Files of returns: announced, looked at, and decided as a whole. They are read by the function `return-file`.

mod decide_file;
mod file_view;
mod get_file;
mod list_files;
mod post_file;

use domain::{
    access::Principal,
    id::{BuyerRef, ReturnFileId},
};
use lambda::Problem;
use store::{ReturnFile, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

/// The routes of files.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_files::list_files, post_file::post_file))
        .routes(routes!(get_file::get_file))
        .routes(routes!(decide_file::approve_file))
        .routes(routes!(decide_file::undo_file))
}

/// Whose files a caller sees; none: everybody's.
///
/// # Errors
/// 403 for a supplier: files are between the seller and its buyers.
fn sees_files_of(caller: &Principal) -> Result<Option<&BuyerRef>, Problem> {
    match caller {
        Principal::Seller => Ok(None),
        Principal::Buyer { bid } => Ok(Some(bid)),
        Principal::Supplier { .. } => {
            let detail =
                "Files of returns are sent by buyers; your leads that came back are listed by GET /v1/returns.";
            Err(Problem::forbidden("not_yours", detail))
        }
    }
}

/// The file, if there is one that the caller sees.
async fn file_of(store: &Store, caller: &Principal, id: ReturnFileId) -> Result<ReturnFile, Problem> {
    let own = sees_files_of(caller)?;
    let file = store.return_file(id).await?.filter(|file| own.is_none_or(|bid| file.bid == *bid));
    file.ok_or_else(|| Problem::not_found("return file"))
}
