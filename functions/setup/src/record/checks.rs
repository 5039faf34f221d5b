//! Everything that a record must pass before it is saved.

use domain::{
    buyer::Buyer,
    responder::Responder,
    setup::{Kind, Link},
    supplier::Supplier,
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda::{Problem, problem::FieldError};

use super::{Resource, Target};
use crate::App;

/// A campaign can point to 300 records; this many are read at once.
pub(super) const READS_AT_ONCE: usize = 10;

/// First what the record says by itself, then what it points to, then what it makes of a whole.
///
/// # Errors
/// 422 with all findings of the first kind that has any.
pub(super) async fn check<T: Resource>(app: &App, record: &T) -> Result<(), Problem> {
    let mut found: Vec<FieldError> = record.check().into_iter().map(FieldError::from).collect();
    found.extend(record.check_here(app.reach));
    if !found.is_empty() {
        return Err(Problem::invalid(found));
    }
    let findings: Vec<Vec<FieldError>> = stream::iter(record.links())
        .map(|link| check_link(app, record, link))
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let findings: Vec<FieldError> = findings.into_iter().flatten().collect();
    match findings.first().map(|first| first.code) {
        None => match record.check_together(app).await? {
            None => Ok(()),
            Some(found) => Err(Problem::invalid([found])),
        },
        Some(code) => {
            let detail = "Some references point to nothing, or to records that do not fit; see errors.";
            Err(Problem::unprocessable(code, detail).with_errors(findings))
        }
    }
}

async fn check_link<T: Resource>(app: &App, record: &T, link: Link) -> Result<Vec<FieldError>, Problem> {
    let (kind, reference) = (link.kind.word(), &link.reference);
    Ok(match target(app, &link).await {
        Err(store::Error::Unreadable(_)) => {
            let detail = format!("The {kind} {reference} cannot be read; replace it first.");
            vec![FieldError::new(link.field, "unreadable_reference", detail)]
        }
        found => match found? {
            Some(target) => record.disagreements(&link, &target),
            None => {
                let detail = format!("There is no {kind} {reference}; make it first.");
                vec![FieldError::new(link.field, "unknown_reference", detail)]
            }
        },
    })
}

async fn target(app: &App, link: &Link) -> Result<Option<Target>, store::Error> {
    let reference = &link.reference;
    Ok(match link.kind {
        Kind::Campaign => app.store.record(reference).await?.map(|found| Target::Campaign(Box::new(found.record))),
        Kind::Delivery => app.store.record(reference).await?.map(|found| Target::Delivery(Box::new(found.record))),
        Kind::Supplier => app.store.record::<Supplier>(reference).await?.map(|_| Target::Party),
        Kind::Responder => app.store.record::<Responder>(reference).await?.map(|_| Target::Party),
        Kind::Buyer => app.store.record::<Buyer>(reference).await?.map(|found| Target::Buyer(Box::new(found.record))),
    })
}
