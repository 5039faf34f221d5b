//! Places under caps, and buyers' credit, that a worker has set aside and not settled, because it died or could not reach the
//! table.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    id::BuyerRef,
    lead::{CountChange, WATCH_AFTER},
    money::Money,
    setup::Record,
    supplier::Supplier,
    time::later,
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use store::{Error, OpenCredit, OpenReservation, Scope, Store, Unreadable};

use crate::{CONCURRENCY, Sweep, Swept};

/// Who has caps, and who buys on credit, is read again after this time.
const LISTED_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Records per read.
const PAGE: u16 = 100;

/// Who has caps, and who buys on credit, as far as this worker knows.
#[derive(Clone, Debug, Default)]
pub struct Capped(Arc<Mutex<Option<(Timestamp, Listed)>>>);

#[derive(Clone, Debug)]
struct Listed {
    scopes: Vec<Scope>,
    on_credit: Vec<BuyerRef>,
    /// Whose records cannot be read. They are taken for such that have caps and credit.
    unreadable: Vec<Unreadable>,
}

impl Capped {
    fn get(&self, now: Timestamp) -> Option<Listed> {
        let (at, listed) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        (later(at, LISTED_FOR) > now).then_some(listed)
    }

    fn set(&self, listed: Listed, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, listed));
    }
}

impl Sweep<'_> {
    /// Settles the reservations whose workers must be gone, and counts them. One that cannot be settled must not hide the
    /// others, nor must a record that cannot be read; the last failure is told.
    pub(crate) async fn settle_reservations(&self, swept: &mut Swept) -> Result<(), Error> {
        let Listed { scopes, on_credit, unreadable } = self.listed().await?;
        let store = &self.app.store;
        let is_overdue = |lease_until| later(lease_until, WATCH_AFTER) <= self.now;
        let (places, credit) = tokio::join!(
            async {
                let open = store.open_reservations(&scopes).await?.into_iter();
                settled(open.filter(|one| is_overdue(one.lease_until)).map(|one| self.settle(one))).await
            },
            async {
                let open = store.open_credit(&on_credit).await?.into_iter();
                settled(open.filter(|one| is_overdue(one.lease_until)).map(|one| self.settle_credit(one))).await
            },
        );
        swept.settled = places? + credit?;
        unreadable.into_iter().next().map_or(Ok(()), |row| Err(row.into()))
    }

    /// Whether it could be settled: a request of which nobody knows yet what became of it keeps its place. Should its worker be
    /// held up before it has written the request down, it must not do so any more.
    async fn settle(&self, one: OpenReservation) -> Result<bool, Error> {
        let OpenReservation { scope, id, counted, .. } = &one;
        let lead = self.app.store.lead(one.lead).await?;
        let change = match (scope, &lead) {
            (_, None) => Some(CountChange::Release),
            (Scope::Delivery(did), Some(lead)) => lead.leftover(did, id),
            (Scope::Campaign(_) | Scope::Supplier(_), Some(lead)) if lead.was_taken_in() => Some(CountChange::Confirm),
            (Scope::Campaign(_) | Scope::Supplier(_), Some(_)) => Some(CountChange::Release),
        };
        if change == Some(CountChange::Release)
            && let (Scope::Delivery(_), Some(lead)) = (scope, &lead)
            && !self.app.store.fence(lead).await?
        {
            return Ok(false);
        }
        match change {
            Some(CountChange::Confirm) => self.app.store.confirm(scope, id).await?,
            Some(CountChange::Release) => self.app.store.release(scope, id, Some(counted)).await?,
            Some(CountChange::GiveBack) | None => return Ok(false),
        }
        let correlation_id = &self.correlation_id;
        tracing::info!(lead_id = %one.lead, ?scope, ?change, correlation_id, "a reservation was left behind");
        Ok(true)
    }

    /// The same for what is set aside of a buyer's credit.
    async fn settle_credit(&self, one: OpenCredit) -> Result<bool, Error> {
        let OpenCredit { bid, id, amount, .. } = &one;
        let lead = self.app.store.lead(one.lead).await?;
        let owed = match &lead {
            Some(lead) => lead.credit_leftover(bid, id, *amount),
            None => Some(Money::zero(amount.currency)),
        };
        let Some(owed) = owed else { return Ok(false) };
        if let Some(lead) = lead.filter(|_| owed.minor == 0)
            && !self.app.store.fence(&lead).await?
        {
            return Ok(false);
        }
        self.app.store.settle_credit(bid, id, *amount, owed).await?;
        let correlation_id = &self.correlation_id;
        tracing::info!(lead_id = %one.lead, %bid, reserved = %amount, %owed, correlation_id, "credit was left set aside");
        Ok(true)
    }

    async fn listed(&self) -> Result<Listed, Error> {
        if let Some(known) = self.app.capped.get(self.now) {
            return Ok(known);
        }
        let store = &self.app.store;
        let (deliveries, campaigns, suppliers, buyers) = tokio::try_join!(
            all(store, |one: Delivery| (!one.caps.is_empty()).then_some(one.did), |did| did.parse().ok()),
            all(store, |one: Campaign| (!one.caps.is_empty()).then_some(one.campid), |campid| campid.parse().ok()),
            all(store, |one: Supplier| (!one.caps.is_empty()).then_some(one.sid), |sid| sid.parse().ok()),
            all(store, |one: Buyer| Some((one.credit.is_some(), one.bid)), |bid| Some((true, bid.parse().ok()?))),
        )?;
        let scopes = deliveries.0.into_iter().map(Scope::Delivery);
        let scopes = scopes.chain(campaigns.0.into_iter().map(Scope::Campaign));
        let scopes = scopes.chain(suppliers.0.into_iter().map(Scope::Supplier)).collect();
        let on_credit = self.with_credit(buyers.0).await?;
        let unreadable = [deliveries.1, campaigns.1, suppliers.1, buyers.1].concat();
        let listed = Listed { scopes, on_credit, unreadable };
        self.app.capped.set(listed.clone(), self.now);
        Ok(listed)
    }

    /// Those who have a credit rule, or whose rule was taken away while something was set aside.
    async fn with_credit(&self, buyers: Vec<(bool, BuyerRef)>) -> Result<Vec<BuyerRef>, Error> {
        let (with_rule, without): (Vec<_>, Vec<_>) = buyers.into_iter().partition(|(has_rule, _)| *has_rule);
        let without: Vec<BuyerRef> = without.into_iter().map(|(_, bid)| bid).collect();
        let left = self.app.store.open_credit(&without).await?.into_iter().map(|open| open.bid);
        let all: BTreeSet<BuyerRef> = with_rule.into_iter().map(|(_, bid)| bid).chain(left).collect();
        Ok(all.into_iter().collect())
    }
}

/// How many could be settled.
async fn settled(settling: impl Iterator<Item = impl Future<Output = Result<bool, Error>>>) -> Result<usize, Error> {
    let settled: Vec<_> = stream::iter(settling).buffer_unordered(CONCURRENCY).collect().await;
    settled.into_iter().try_fold(0, |count, one| Ok(count + usize::from(one?)))
}

/// What is wanted of all records of a kind, or of the reference alone where one cannot be read; inactive ones may have been
/// active when something was set aside.
async fn all<T: Record, W>(
    store: &Store,
    wanted: impl Fn(T) -> Option<W>,
    unread: impl Fn(&str) -> Option<W>,
) -> Result<(Vec<W>, Vec<Unreadable>), Error> {
    let (mut all, mut unreadable, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = store.records::<T>(PAGE, after.as_deref()).await?;
        all.extend(page.items.into_iter().filter_map(|item| wanted(item.record)));
        all.extend(page.unreadable.iter().filter_map(|row| unread(&row.sk)));
        unreadable.extend(page.unreadable);
        let Some(last) = page.last else { return Ok((all, unreadable)) };
        after = Some(last);
    }
}
