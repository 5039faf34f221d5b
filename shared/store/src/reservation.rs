//! Reservations: what a row has set aside for a lead until it is known what becomes of it, an attribute (`o#id`) each.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    id::LeadId,
    lead::{CountChange, CreditChange, CreditMove, Lead, Recount, reservation_id},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Commit, Error, Scope, Store,
    conditional::Conditional,
    item::{Item, key_attributes, number},
    keys::Key,
};

/// Rows with reservations that one batch read takes.
pub(crate) const BATCH: usize = 100;
/// Ends what is common to the names of equal requests' reservations.
const OF_REQUEST: char = '.';
/// What their attributes begin with, and no others.
const OPEN: &str = "o#";

/// Something that is to be set aside: a place under caps, or some of a buyer's credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// What it is called from now on: the same for everybody who means the same.
    pub id: String,
    /// The lead that it is for.
    pub lead: LeadId,
    /// Who asks for it will have settled it by then, or is gone.
    pub lease_until: Timestamp,
}

/// An open reservation as it is kept: short, because a row is paid for by the KB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry<T> {
    #[serde(rename = "l")]
    pub(crate) lead: LeadId,
    /// Milliseconds since 1970.
    #[serde(rename = "u")]
    lease_until_ms: i64,
    /// What is set aside.
    #[serde(flatten)]
    pub(crate) what: T,
}

/// The reservations of a row that nobody has settled, by what they are called.
pub(crate) type Open<T> = BTreeMap<String, Entry<T>>;

/// The attribute of a reservation.
pub(crate) fn open(id: &str) -> String {
    format!("{OPEN}{id}")
}

/// Takes the reservations out of a row. One that cannot be read must not hide the others.
pub(crate) fn take_open<T: DeserializeOwned>(row: &mut Item) -> Open<T> {
    let mut found = Open::new();
    for (name, value) in row.extract_if(|name, _| name.starts_with(OPEN)) {
        let id = name.strip_prefix(OPEN).unwrap_or(&name);
        match serde_dynamo::from_attribute_value(value) {
            Ok(entry) => drop(found.insert(id.to_owned(), entry)),
            Err(_) => tracing::error!(id, "a reservation cannot be read"),
        }
    }
    found
}

/// What the reservation of a lead that comes in is called: by the request that brings it, if that has a name, and by itself.
pub(crate) fn of_lead(lead: LeadId, request: Option<&str>) -> String {
    let own = lead.ulid();
    request.map_or_else(|| own.to_string(), |request| format!("{request}{OF_REQUEST}{own}"))
}

impl Reservation {
    /// Whether one of another name may be its own: it is for the same lead, or for one that an equal request brings in.
    pub(crate) fn is_akin(&self, id: &str, lead: LeadId) -> bool {
        let own = self.id.split_once(OF_REQUEST).map(|(request, _)| request);
        lead == self.lead || own.is_some() && own == id.split_once(OF_REQUEST).map(|(request, _)| request)
    }

    /// As it is kept, with what is set aside.
    pub(crate) fn of<T: Serialize>(&self, what: T) -> Result<AttributeValue, Error> {
        let entry = Entry { lead: self.lead, lease_until_ms: self.lease_until.as_millisecond(), what };
        serde_dynamo::to_attribute_value(entry).map_err(Error::item)
    }
}

impl<T> Entry<T> {
    /// See [`Reservation::lease_until`].
    pub(crate) fn lease_until(&self) -> Timestamp {
        Timestamp::from_millisecond(self.lease_until_ms).unwrap_or(Timestamp::MIN)
    }
}

impl Store {
    /// Whether the reservation is still there, and now under this lease: nobody must clear it away as left behind.
    pub(crate) async fn renewed(&self, row: Key, reservation: &Reservation) -> Result<bool, Error> {
        let renewing = self
            .db
            .update_item()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(row)))
            .update_expression("SET #o.u = :u")
            .condition_expression("attribute_exists(#o)")
            .expression_attribute_names("#o", open(&reservation.id))
            .expression_attribute_values(":u", number(reservation.lease_until.as_millisecond()));
        Ok(renewing.written().await?.is_done())
    }

    /// Settles what a step of a lead, if it is written, changes of what was set aside: places under caps, and buyers' credit.
    pub(crate) async fn settle_reserved(&self, before: &Lead, commit: &Commit) {
        let after = match commit {
            Commit::Done(after) | Commit::Repeated(after) => after,
            Commit::Stale(_) => return,
        };
        for Recount { did, attempt, windows, change } in after.recounts(before) {
            let (scope, id) = (Scope::Delivery(did), reservation_id(attempt));
            left_to_the_sweeper(
                after,
                match change {
                    CountChange::Confirm => self.confirm(&scope, &id).await,
                    CountChange::Release => self.release(&scope, &id, Some(&windows)).await,
                    // Went with the write.
                    CountChange::GiveBack => Ok(()),
                },
            );
        }
        // The write would have failed of an amount that is too large.
        for CreditMove { bid, attempt, change } in after.credit_moves(before).unwrap_or_default() {
            if let CreditChange::Settle { reserved, owed } = change {
                let settled = self.settle_credit(&bid, &reservation_id(attempt), reserved, owed).await;
                left_to_the_sweeper(after, settled);
            }
        }
    }
}

fn left_to_the_sweeper(lead: &Lead, settled: Result<(), Error>) {
    if let Err(error) = settled {
        tracing::warn!(lead_id = %lead.id, %error, "what was set aside is left to the sweeper");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_be_ones_own_by_its_lead_or_by_an_equal_request_that_has_a_name() {
        let [ann, bob] = [7, 8].map(|number| LeadId::from_ulid(ulid::Ulid(number)));
        let of = |lead, request| {
            let lease_until = Timestamp::from_second(1).unwrap();
            Reservation { id: of_lead(lead, request), lead, lease_until }
        };
        let is_akin = |one: &Reservation, other: &Reservation| one.is_akin(&other.id, other.lead);
        assert!(is_akin(&of(ann, Some("a1")), &of(bob, Some("a1"))));
        assert!(!is_akin(&of(ann, Some("a1")), &of(bob, Some("b2"))));
        assert!(!is_akin(&of(ann, Some("a1")), &of(bob, None)) && !is_akin(&of(ann, None), &of(bob, None)));
        assert!(is_akin(&of(ann, None), &Reservation { id: "an attempt".to_owned(), ..of(ann, None) }));
    }
}
