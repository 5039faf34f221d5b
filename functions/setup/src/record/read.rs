//! `GET`: one record, and a page of them.

use axum::{Json, response::Response};
use lambda::{
    Problem,
    list::{Listing, Paging},
    record::present,
};

use super::{Resource, Stored, reply};
use crate::App;

/// One record as it is now.
pub(crate) async fn read<T: Resource>(app: &App, reference: &str) -> Result<Response, Problem> {
    Ok(reply(present::<T>(&app.store, reference).await?))
}

/// A page of records, by reference.
pub(crate) async fn list<T: Resource>(app: &App, paging: Paging) -> Result<Json<Listing<Stored<T>>>, Problem> {
    let list = T::KIND.word();
    let page = app.store.records::<T>(paging.limit, paging.after(list)?).await?;
    Ok(Json(Listing::of(list, page.map(Stored::from))))
}
