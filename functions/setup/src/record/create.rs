//! `POST`: makes a record.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::setup::{Record, Versioned};
use lambda::{Problem, record::present};
use store::Saved;

use super::{Resource, checks::check, reply};
use crate::App;

/// Makes a record. The reference is the caller's, so making the same one again finds it made: that is answered as it was the
/// first time, whether the caller or the network sent it twice.
pub(crate) async fn create<T: Resource>(app: &App, record: T) -> Result<Response, Problem> {
    check(app, &record).await?;
    match app.store.save(record.clone(), None).await? {
        Saved::Done(saved) => Ok(created(saved)),
        Saved::Stale => {
            let there = present::<T>(&app.store, record.reference()).await?;
            if there.version != 1 || there.record != record {
                return Err(exists(&record));
            }
            Ok(created(there))
        }
    }
}

fn created<T: Resource>(saved: Versioned<T>) -> Response {
    // References hold only characters that a path may hold.
    let location = HeaderValue::from_str(&format!("{}/{}", T::PATH, saved.record.reference()));
    let mut answer = (StatusCode::CREATED, reply(saved)).into_response();
    if let Ok(location) = location {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

fn exists<T: Record>(record: &T) -> Problem {
    let (kind, reference) = (T::KIND.word(), record.reference());
    Problem::conflict("exists", format!("There is a {kind} {reference} already. Read it, or choose another reference."))
}
