//! Places under caps that a worker has taken and not settled, because it died or could not reach the table.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    campaign::Campaign,
    delivery::Delivery,
    lead::{CountChange, WATCH_AFTER},
    setup::Record,
    supplier::Supplier,
    time::later,
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use store::{Error, OpenReservation, Scope, Store};

use crate::{CONCURRENCY, Sweep};

/// Who has caps is read again after this time.
const LISTED_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Records per read.
const PAGE: u16 = 100;

/// Who has caps, as far as this worker knows.
#[derive(Clone, Debug, Default)]
pub struct Capped(Arc<Mutex<Option<Listed>>>);

#[derive(Clone, Debug)]
struct Listed {
    at: Timestamp,
    scopes: Vec<Scope>,
}

impl Capped {
    fn get(&self, now: Timestamp) -> Option<Vec<Scope>> {
        let listed = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        (later(listed.at, LISTED_FOR) > now).then_some(listed.scopes)
    }

    fn set(&self, scopes: &[Scope], at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Listed { at, scopes: scopes.to_vec() });
    }
}

impl Sweep<'_> {
    /// Settles the reservations whose workers must be gone, and counts them. One that cannot be settled must not hide the
    /// others; the last failure is told.
    pub(crate) async fn settle_reservations(&self) -> Result<usize, Error> {
        let scopes = self.scopes().await?;
        if scopes.is_empty() {
            return Ok(0);
        }
        let open = self.app.store.open_reservations(&scopes).await?;
        let is_overdue = |one: &OpenReservation| later(one.lease_until, WATCH_AFTER) <= self.now;
        let overdue = open.into_iter().filter(is_overdue).map(|one| self.settle(one));
        let settled: Vec<_> = stream::iter(overdue).buffer_unordered(CONCURRENCY).collect().await;
        settled.into_iter().try_fold(0, |count, one| Ok(count + usize::from(one?)))
    }

    /// Whether it could be settled: a request of which nobody knows yet what became of it keeps its place.
    async fn settle(&self, one: OpenReservation) -> Result<bool, Error> {
        let OpenReservation { scope, id, counted, .. } = &one;
        let lead = self.app.store.lead(one.lead).await?;
        let change = match (scope, &lead) {
            (_, None) => Some(CountChange::Release),
            (Scope::Delivery(did), Some(lead)) => lead.leftover(did, id),
            (Scope::Campaign(_) | Scope::Supplier(_), Some(lead)) if lead.was_taken_in() => Some(CountChange::Confirm),
            (Scope::Campaign(_) | Scope::Supplier(_), Some(_)) => Some(CountChange::Release),
        };
        match change {
            Some(CountChange::Confirm) => self.app.store.confirm(scope, id).await?,
            Some(CountChange::Release) => self.app.store.release(scope, id, Some(counted)).await?,
            Some(CountChange::GiveBack) | None => return Ok(false),
        }
        let correlation_id = &self.correlation_id;
        tracing::info!(lead_id = %one.lead, ?scope, ?change, correlation_id, "a reservation was left behind");
        Ok(true)
    }

    async fn scopes(&self) -> Result<Vec<Scope>, Error> {
        if let Some(known) = self.app.capped.get(self.now) {
            return Ok(known);
        }
        let store = &self.app.store;
        let (mut scopes, campaigns, suppliers) = tokio::try_join!(
            all(store, |one: Delivery| (!one.caps.is_empty()).then_some(Scope::Delivery(one.did))),
            all(store, |one: Campaign| (!one.caps.is_empty()).then_some(Scope::Campaign(one.campid))),
            all(store, |one: Supplier| (!one.caps.is_empty()).then_some(Scope::Supplier(one.sid))),
        )?;
        scopes.extend(campaigns.into_iter().chain(suppliers));
        self.app.capped.set(&scopes, self.now);
        Ok(scopes)
    }
}

/// The scopes of all records of a kind that have caps; inactive ones may have been active when a place was taken.
async fn all<T: Record>(store: &Store, scope: impl Fn(T) -> Option<Scope>) -> Result<Vec<Scope>, Error> {
    let (mut scopes, mut after) = (Vec::new(), None);
    loop {
        let page = store.records::<T>(PAGE, after.as_deref()).await?;
        scopes.extend(page.items.into_iter().filter_map(|item| scope(item.record)));
        let Some(last) = page.last else { return Ok(scopes) };
        after = Some(last);
    }
}
