//! Accounts: what the entries of a day come to, for each supplier and buyer, and kind by kind.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use domain::{
    buyer::Buyer,
    journal::EntryKind,
    money::{Currency, MoneyError},
    setup::Record,
    supplier::Supplier,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use store::{AccountRow, BookedEvent, Error, Party};

use super::{
    Findings,
    differences::{Differences, confirmed, differences},
    run::{PAGE, Run, Stop},
};
use crate::tally;

/// Accounts that are read at the same time.
const CONCURRENCY: usize = 16;
/// Entries of the journal that are read together.
const ENTRIES: u16 = 1_000;

/// What entries are added up by.
type By = (Party, EntryKind, Currency);
/// How many they are, and what they move, in minor units.
type Moved = (i64, i64);

/// Entries of a day.
#[derive(Debug, Default)]
struct Entries {
    sums: BTreeMap<By, Moved>,
    /// What may have been moved since the accounts were read. It is left to the next time.
    moving: BTreeSet<By>,
}

impl Entries {
    fn and(&mut self, event: &BookedEvent, is_moving: bool) -> Result<(), Error> {
        let Some(entry) = event.happened.entry() else { return Ok(()) };
        for (party, minor) in Party::moved_by(entry) {
            let by = (party, entry.kind, event.happened.currency());
            is_moving.then(|| self.moving.insert(by.clone()));
            add(self.sums.entry(by).or_default(), (1, minor))?;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Compares the journal of a day that is over with the accounts, and makes these what it comes to.
    pub(super) async fn accounts(&self, day: Date, found: &mut Findings) -> Result<(), Stop> {
        if self.today() <= day {
            return Ok(());
        }
        let begun = self.now();
        let differing = confirmed(async || self.account_day(day).await).await?;
        if differing.is_empty() {
            return Ok(());
        }
        // The journal may have been read as it was a moment ago; what is put right follows from what is there now.
        let mut counted = Entries::default();
        self.counted_on(day, begun, |event, is_moving| counted.and(event, is_moving)).await?;
        for (by, (entries, account)) in differing {
            let (party, kind, currency) = &by;
            found.differing += 1;
            tally::account_differs(day, party, *kind, *currency, entries, account);
            let to = counted.sums.get(&by).copied().unwrap_or_default();
            if !counted.moving.contains(&by) {
                let (of, what) = ((party, day), (*kind, *currency));
                found.repaired += usize::from(self.app.store.put_account_right(of, what, account, to).await?);
            }
        }
        Ok(())
    }

    async fn account_day(&self, day: Date) -> Result<Differences<By, Moved>, Stop> {
        let mut entries = Entries::default();
        let mut after = None;
        loop {
            self.goes_on()?;
            let page = self.app.store.journal(day, after.as_deref(), ENTRIES).await?;
            for event in &page.items {
                entries.and(event, false)?;
            }
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        let mut parties: BTreeSet<&Party> = self.parties().await?.iter().collect();
        parties.extend(entries.sums.keys().map(|(party, ..)| party));
        let reads = parties.into_iter().map(async |party| {
            let rows = self.app.store.account_day(party, day).await?;
            Ok::<_, Error>(rows.into_iter().map(move |row| of_row(party, row)))
        });
        let rows: Vec<_> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
        let accounts = rows.into_iter().flatten().collect();
        Ok(differences(&entries.sums, &accounts))
    }

    /// All that are set up; the journal may know more.
    async fn parties(&self) -> Result<&Vec<Party>, Error> {
        self.parties
            .get_or_try_init(async || {
                let mut parties = self.references::<Supplier, _>(Party::Supplier).await?;
                parties.extend(self.references::<Buyer, _>(Party::Buyer).await?);
                Ok(parties)
            })
            .await
    }

    /// Of records that cannot be read as well.
    async fn references<T: Record, R: FromStr>(&self, party: impl Fn(R) -> Party) -> Result<Vec<Party>, Error> {
        let (mut parties, mut after) = (Vec::new(), None);
        loop {
            let page = self.app.store.records::<T>(PAGE, after.as_deref()).await?;
            let readable = page.items.iter().map(|item| item.record.reference());
            let all = readable.chain(page.unreadable.iter().map(|row| row.sk.as_str()));
            parties.extend(all.filter_map(|reference| reference.parse().ok()).map(&party));
            after = page.last;
            if after.is_none() {
                return Ok(parties);
            }
        }
    }
}

fn of_row(party: &Party, AccountRow { kind, currency, entries, minor, .. }: AccountRow) -> (By, Moved) {
    ((party.clone(), kind, currency), (entries, minor))
}

fn add(sum: &mut Moved, (entries, minor): Moved) -> Result<(), Error> {
    let added = sum.0.checked_add(entries).zip(sum.1.checked_add(minor));
    *sum = added.ok_or_else(|| Error::Item(Box::new(MoneyError::Overflow)))?;
    Ok(())
}
