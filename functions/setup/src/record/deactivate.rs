//! `DELETE`: takes a record out of new business. What it did before stays readable.

use axum::response::Response;
use lambda::{Problem, record::present};
use store::Saved;

use super::{Resource, reply};
use crate::App;

/// Others may replace the record meanwhile; this often it is read again.
const TRIES: usize = 3;

/// Deactivates a record; doing so again changes nothing.
pub(crate) async fn deactivate<T: Resource>(app: &App, reference: &str) -> Result<Response, Problem> {
    for _ in 0..TRIES {
        let stored = present::<T>(&app.store, reference).await?;
        if !stored.record.is_active() {
            return Ok(reply(stored));
        }
        let mut record = stored.record;
        record.set_active(false);
        if let Saved::Done(saved) = app.store.save(record, Some(stored.version)).await? {
            return Ok(reply(saved));
        }
    }
    Err(store::Error::Contended { what: "deactivating a record" }.into())
}
