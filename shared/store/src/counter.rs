//! Counters: how much of its caps a delivery, a campaign or a supplier has used up, and by what that is not certain yet.
//!
//! One row a scope. An attribute per window holds its count (`d20261121`), an attribute per open reservation what it was
//! counted in (`o#id`). Every change is one conditional write: two workers can never take the same last place, and a
//! change that is made again changes nothing. What was confirmed must not be reserved again: it would count twice.

mod row;
mod write;

use aws_sdk_dynamodb::types::Update;
use domain::{
    cap::{CapPer, Counted, Windows},
    id::{CampaignRef, DeliveryRef, LeadId, SupplierRef},
};
use jiff::Timestamp;

use self::row::Row;
use crate::{
    Error, Reservation, Store,
    conditional::{Conditional, Written},
    item::key_attributes,
    keys,
};

/// How often a reservation that others settle meanwhile is asked for.
const TRIES: usize = 3;

/// Whose caps are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A delivery's.
    Delivery(DeliveryRef),
    /// A campaign's.
    Campaign(CampaignRef),
    /// A supplier's.
    Supplier(SupplierRef),
}

/// What became of a place that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is counted in these windows.
    Done(Counted),
    /// It was before, in these windows, which may be earlier ones.
    Already(Counted),
    /// It is not, because this cap is used up; of several the one with the longest period.
    Full {
        /// The period.
        per: CapPer,
    },
    /// It is not, because a cap is used up; but a place was taken under another name for the same lead, or for one that an
    /// equal request brings in, and is not settled. Whoever took it may be gone.
    Held(Box<OpenReservation>),
}

/// A reservation that nobody has settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReservation {
    /// Whose caps.
    pub scope: Scope,
    /// What it is called.
    pub id: String,
    /// The lead that it is for.
    pub lead: LeadId,
    /// See [`Reservation::lease_until`].
    pub lease_until: Timestamp,
    /// Where it is counted.
    pub counted: Counted,
}

/// What became of a release.
enum Released {
    /// There is no such reservation any more.
    Settled,
    /// There is, but it is counted in these windows.
    CountedIn(Counted),
}

impl Store {
    /// Counts one in each of the windows, if none of them is full. Windows that are long past are forgotten on the way.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is counted, and the same may be asked again.
    pub async fn reserve(
        &self,
        scope: &Scope,
        windows: &Windows,
        reservation: &Reservation,
    ) -> Result<Reserved, Error> {
        if windows.is_empty() {
            return Ok(Reserved::Done(windows.counted()));
        }
        for _ in 0..TRIES {
            let row = match self.reserving(scope, windows, reservation)?.written().await? {
                Written::Done(row) => {
                    let row = Row::read(row.unwrap_or_default());
                    self.forget_past(scope, &row.past(&windows.counted())).await;
                    return Ok(Reserved::Done(windows.counted()));
                }
                Written::Refused(row) => Row::read(row.unwrap_or_default()),
            };
            match row.counted(&reservation.id) {
                Some(counted) if self.renewed(keys::counter(scope), reservation).await? => {
                    return Ok(Reserved::Already(counted.clone()));
                }
                // Settled in this very moment, so it may be asked for anew.
                Some(_) => {}
                None => {
                    let full = row.full(windows).ok_or(Error::Contended { what: "a counter" })?;
                    let held = row.open_in(scope).find(|open| reservation.is_akin(&open.id, open.lead));
                    return Ok(held.map_or(Reserved::Full { per: full }, |held| Reserved::Held(Box::new(held))));
                }
            }
        }
        Err(Error::Contended { what: "a counter" })
    }

    /// Lets the count stand for good. One that is not open is left as it is.
    ///
    /// # Errors
    /// The table's.
    pub async fn confirm(&self, scope: &Scope, id: &str) -> Result<(), Error> {
        self.confirming(scope, id).written().await?;
        Ok(())
    }

    /// Takes the count back from the windows that it was counted in. One that is not open is left as it is. Whoever knows
    /// these windows spares a read; should they be others, those that the reservation remembers are meant.
    ///
    /// # Errors
    /// The table's; `Contended` when the reservation keeps changing.
    pub async fn release(&self, scope: &Scope, id: &str, counted: Option<&Counted>) -> Result<(), Error> {
        let mut counted = match counted {
            Some(counted) => counted.clone(),
            None => match self.counter_row(scope).await?.counted(id) {
                Some(counted) => counted.clone(),
                None => return Ok(()),
            },
        };
        for _ in 0..2 {
            match self.release_from(scope, id, &counted).await? {
                Released::Settled => return Ok(()),
                Released::CountedIn(others) => counted = others,
            }
        }
        Err(Error::Contended { what: "a counter" })
    }

    async fn release_from(&self, scope: &Scope, id: &str, counted: &Counted) -> Result<Released, Error> {
        match self.releasing(scope, id, counted).written().await? {
            Written::Done(_) => Ok(Released::Settled),
            Written::Refused(row) => {
                let row = Row::read(row.unwrap_or_default());
                Ok(row.counted(id).cloned().map_or(Released::Settled, Released::CountedIn))
            }
        }
    }

    /// The part of a transaction that takes one from each of these windows, and with it the reservation, should it be open
    /// still. It has no condition of its own: what it goes with must see to it that it happens once.
    ///
    /// # Errors
    /// None, as long as it names a table and a key.
    pub(crate) fn give_back(&self, scope: &Scope, counted: &Counted, id: &str) -> Result<Update, Error> {
        write::take_back(counted, id)
            .into_update()
            .table_name(&self.tables.setup)
            .set_key(Some(key_attributes(keys::counter(scope))))
            .build()
            .map_err(Error::item)
    }

    /// Windows that are long past are of no use to anybody; that they are still there does no harm either.
    async fn forget_past(&self, scope: &Scope, names: &[String]) {
        if names.is_empty() {
            return;
        }
        if let Err(error) = self.forgetting(scope, names).send().await {
            let error = Error::service("UpdateItem")(error);
            tracing::warn!(?scope, %error, "past windows of a counter are left to the next one");
        }
    }
}

impl Scope {
    /// The word for it in keys.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Delivery(_) => "delivery",
            Self::Campaign(_) => "campaign",
            Self::Supplier(_) => "supplier",
        }
    }

    /// The reference of whose caps are meant.
    pub(crate) fn reference(&self) -> &str {
        match self {
            Self::Delivery(did) => did.as_str(),
            Self::Campaign(campid) => campid.as_str(),
            Self::Supplier(sid) => sid.as_str(),
        }
    }
}
