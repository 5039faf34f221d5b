//! Who gets the message of a job: a person may have several leads, and is written to by way of one.

use domain::{
    consent::Contact,
    id::{BulkJobId, LeadId},
    lead::Lead,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ends, row};
use crate::{
    Error, Identity, Store,
    conditional::{Conditional, Written},
    item::{from_item, text},
    keys,
};

/// A person that is written to, for as long as its job is known.
#[derive(Serialize, Deserialize)]
struct Person {
    /// By way of which lead.
    l: LeadId,
}

impl Store {
    /// Notes that a person gets the message of a job by way of this lead. False: it gets it by way of another one, and nothing is written.
    ///
    /// The row is put before its lead is changed, so who finds the name of another lead in it looks whether that one has the message: where
    /// it cannot have it any more, as it was turned away or deleted meanwhile, this one takes its place.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is noted, and the same may be asked again. `Contended`: the other lead may be about to get it.
    pub(crate) async fn gets_it_by(
        &self,
        job: BulkJobId,
        contact: &Contact,
        lead: LeadId,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let key = keys::bulk_person(job, &identity.contact(contact));
        let item = row(&key, ends(now), &Person { l: lead })?;
        let put = self
            .db
            .put_item()
            .table_name(&self.tables.leads)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR l = :lead");
        let first = put.clone().expression_attribute_values(":lead", text(lead.to_string())).written().await?;
        let Written::Refused(there) = first else { return Ok(true) };
        let contended = || Error::Contended { what: "who gets the message of a bulk job" };
        let Person { l: other } = there.map(from_item).transpose()?.ok_or_else(contended)?;
        match self.lead(other).await? {
            Some(other) if other.was_changed_by(job) => return Ok(false),
            Some(other) if may_get_it(&other, job, contact, now) => return Err(contended()),
            Some(_) | None => {}
        }
        // Whoever else takes its place meanwhile is looked at by the next try.
        let put = put.expression_attribute_values(":lead", text(other.to_string()));
        if put.written().await?.is_done() { Ok(true) } else { Err(contended()) }
    }
}

/// Whether a lead as it is may still be given the message: if not, a write that is planned for what it was before fails.
fn may_get_it(lead: &Lead, job: BulkJobId, contact: &Contact, now: Timestamp) -> bool {
    lead.on_message(job, now).is_ok() && lead.contact(contact.channel()).as_ref() == Some(contact)
}
