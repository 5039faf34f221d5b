//! What is known of leads before they are looked for: how many there are of each place, and how they are spread.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    query::{Known, LeadQuery, Numbers, Span},
    report::{Counts, Place, View},
    time::utc_day,
};
use jiff::{Timestamp, civil::Date};

use super::{Examined, sources::Spread};
use crate::{Error, Grain, Part, Span as Months, Store};

/// Cells that are read at most: some 250 units, more than any way of leads would save by them.
const MAX_CELLS: usize = 10_000;
/// Months that are counted: each year is read as such.
const MAX_MONTHS: i32 = 24;

impl Store {
    /// What is known of the leads that there are, for a plan of a query: its campaigns as they are set up, and where it has
    /// a choice of ways, how many leads there were of each place as reports count them. Numbers are kept for ten minutes.
    ///
    /// # Errors
    /// The tables'.
    pub async fn known_leads(&self, query: &LeadQuery, now: Timestamp) -> Result<(Known, Examined), Error> {
        let (first, last) = days(query.received, now);
        let mut campaigns = BTreeMap::new();
        for campid in &query.campaigns {
            campaigns.insert(campid.clone(), most(&self.spread(campid).await?, first, last));
        }
        let (mut numbers, mut examined) = (None, Examined::default());
        if query.has_choice() {
            let (counted, took) = self.lead_numbers(first.first_of_month(), last.first_of_month()).await?;
            examined = took;
            numbers = counted.map(|counted| counted.to_vec());
        }
        Ok((Known { campaigns, numbers }, examined))
    }

    /// How many leads there were of each place in these months; none: it would be too much to read.
    async fn lead_numbers(&self, first: Date, last: Date) -> Result<(Option<Arc<Vec<Numbers>>>, Examined), Error> {
        if let Some(known) = self.cache.lead_numbers.get(&(first, last)).await {
            return Ok((known, Examined::default()));
        }
        if months_between(first, last) > MAX_MONTHS {
            return Ok((None, Examined::default()));
        }
        let part = Part { span: Months { grain: Grain::Month, from: first, to: last }, campid: None };
        let mut places = BTreeMap::<Place, Counts>::new();
        let (read, took) = self
            .cells_up_to(MAX_CELLS, View::Received, &[part], |cell| {
                let sum = places.entry(cell.id.place).or_default();
                *sum = sum.checked_add(cell.counts).unwrap_or(*sum);
            })
            .await;
        let counted = match read {
            Ok(()) => Some(Arc::new(places.into_iter().map(numbers).collect())),
            Err(Error::TooMuchToRead { .. }) => None,
            Err(other) => return Err(other),
        };
        self.cache.lead_numbers.insert((first, last), counted.clone()).await;
        Ok((counted, took))
    }
}

fn numbers((place, counts): (Place, Counts)) -> Numbers {
    let Place { campid, sid, did, bid, currency: _ } = place;
    // What is taken back of another day may be more than what is there.
    let [leads, sold, returns] =
        [counts.leads, counts.sold, counts.returns].map(|count| u64::try_from(count).unwrap_or(0));
    Numbers { campid, sid, did, bid, leads, sold, returns }
}

/// The first and the last day, of which there is anything yet.
fn days(received: Span, now: Timestamp) -> (Date, Date) {
    let last = utc_day(received.until.min(now));
    (utc_day(received.from).min(last), last)
}

/// The most parts within a month that has some of these days.
fn most(spread: &Spread, first: Date, last: Date) -> u8 {
    spread.most(first.first_of_month(), last.last_of_month())
}

fn months_between(first: Date, last: Date) -> i32 {
    let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
    months(last) - months(first)
}
