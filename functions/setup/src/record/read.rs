//! `GET`: one record, and a page of them.

use axum::{Json, response::Response};
use lambda::{
    Problem,
    list::{Listing, Paging},
};

use super::{Resource, Stored, reply, stored};
use crate::App;

/// One record as it is now.
pub(crate) async fn read<T: Resource>(app: &App, reference: &str) -> Result<Response, Problem> {
    Ok(reply(stored::<T>(app, reference).await?))
}

/// A page of records, by reference.
pub(crate) async fn list<T: Resource>(app: &App, paging: Paging) -> Result<Json<Listing<Stored<T>>>, Problem> {
    let page = app.store.records::<T>(paging.limit, paging.cursor.as_deref()).await?;
    Ok(Json(page.map(Stored::from).into()))
}
