//! Who gets the message of a job: a person may have several leads, and is written to by way of one.

use domain::{
    consent::Contact,
    id::{BulkJobId, LeadId},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{ends, row};
use crate::{Error, Identity, Store, conditional::Conditional, item::text, keys};

/// A person that is written to, for as long as its job is known.
#[derive(Serialize)]
struct Person {
    /// By way of which lead.
    l: LeadId,
}

impl Store {
    /// Notes that a person gets the message of a job by way of this lead. False: it gets it by way of another one, and nothing is written.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is noted, and the same may be asked again.
    pub(crate) async fn gets_it_by(
        &self,
        job: BulkJobId,
        contact: &Contact,
        lead: LeadId,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let item = row(&keys::bulk_person(job, &identity.contact(contact)), ends(now), &Person { l: lead })?;
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR l = :lead")
            .expression_attribute_values(":lead", text(lead.to_string()));
        Ok(put.written().await?.is_done())
    }
}
