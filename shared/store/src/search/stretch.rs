//! A month of a way, or all time: its sources, and what was read of them and not handed out yet.

use std::collections::BTreeMap;

use domain::query::Entry;
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    Examined,
    sources::{Batch, Reached, Source},
};
use crate::{Error, Store};

/// Sources that are read at the same time.
const CONCURRENCY: usize = 16;
/// Entries that are read of a source at least: fewer cost as much, half a unit.
const FEWEST: usize = 25;
/// And at most.
const MOST: usize = 500;
/// Rows of a list that are read first; each is up to a hundred leads.
const FEWEST_ROWS: usize = 4;

/// A month of a way, or all time.
#[derive(Debug)]
pub(super) struct Stretch {
    begins: String,
    sources: Sources,
    /// By sort key: what several sources name stands here once.
    pool: BTreeMap<String, Entry>,
    /// Nothing above it is left out, nor what has it; none: nothing is.
    floor: Option<String>,
}

#[derive(Debug)]
enum Sources {
    /// Nothing moves between them, so each is read once.
    Still(Vec<Still>),
    /// Leads move from earlier ones to later ones. Each round reads all of them anew, one rank behind the other: whatever leaves a
    /// rank before it is read is in a later one when that is read.
    Moving(Vec<Vec<Source>>),
}

#[derive(Debug)]
struct Still {
    source: Source,
    state: State,
    /// How many rows of a list are read next.
    rows: usize,
}

#[derive(Debug)]
enum State {
    Unread,
    Reached(Reached),
    Exhausted,
}

impl Stretch {
    /// Of sources between which nothing moves, with what is known already.
    pub(super) fn still(begins: String, sources: Vec<Source>, known: Vec<(String, Entry)>) -> Self {
        let still = |source| Still { source, state: State::Unread, rows: FEWEST_ROWS };
        let sources = Sources::Still(sources.into_iter().map(still).collect());
        Self { begins, sources, pool: known.into_iter().collect(), floor: None }
    }

    /// Of ranks of sources, in the order in which leads pass through them.
    pub(super) fn moving(begins: String, ranks: Vec<Vec<Source>>) -> Self {
        Self { begins, sources: Sources::Moving(ranks), pool: BTreeMap::new(), floor: None }
    }

    /// Before everything of it.
    pub(super) fn begins(&self) -> &str {
        &self.begins
    }

    /// How far down everything has been read; none: to its beginning.
    pub(super) fn floor(&self) -> Option<&str> {
        self.floor.as_deref()
    }

    /// Reads more of it, from a position down to `low`, where about so many entries are wanted.
    pub(super) async fn read(
        &mut self,
        store: &Store,
        (low, position): (&str, &str),
        wanted: usize,
    ) -> Result<Examined, Error> {
        let (batches, floor) = match &mut self.sources {
            Sources::Still(sources) => read_still(sources, store, (low, position), wanted).await?,
            Sources::Moving(ranks) => read_moving(ranks, store, (low, position), wanted).await?,
        };
        self.floor = floor;
        let mut examined = Examined::default();
        for batch in batches {
            examined = examined.and(batch.examined);
            self.pool.extend(batch.entries.into_iter().filter(|(sk, _)| sk.as_str() >= low && sk.as_str() < position));
        }
        Ok(examined)
    }

    /// What is certain to be next, newest first.
    pub(super) fn hand_out(&mut self) -> Vec<(String, Entry)> {
        let certain = match &self.floor {
            Some(floor) => self.pool.split_off(floor),
            None => std::mem::take(&mut self.pool),
        };
        certain.into_iter().rev().collect()
    }
}

/// Reads those on of which nothing is left, and says how far all of them have been read.
async fn read_still(
    sources: &mut [Still],
    store: &Store,
    (low, position): (&str, &str),
    wanted: usize,
) -> Result<(Vec<Batch>, Option<String>), Error> {
    let live = sources.iter().filter(|one| !matches!(one.state, State::Exhausted)).count();
    let limit = limit(wanted, live);
    let due = sources.iter_mut().filter_map(|one| Some((one.due(position)?, one)));
    let reads = due.map(|(high, one)| async move {
        let limit = if one.source.is_packed() { one.rows } else { limit };
        let batch = one.source.batch(store, low, &high, limit).await?;
        one.rows = (one.rows * 2).min(MOST);
        one.state = batch.reached.clone().map_or(State::Exhausted, State::Reached);
        Ok::<_, Error>(batch)
    });
    // Collected, as a stream of what borrows them cannot be handed on.
    let reads: Vec<_> = reads.collect();
    let batches = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
    let floor = sources.iter().filter_map(|one| match &one.state {
        State::Reached(reached) => Some(reached.complete_to.as_str()),
        State::Unread | State::Exhausted => None,
    });
    Ok((batches, floor.max().map(str::to_owned)))
}

impl Still {
    /// Where it has to be read on from, if it has.
    fn due(&self, position: &str) -> Option<String> {
        match &self.state {
            State::Unread => Some(self.source.begin(position)),
            State::Reached(reached) => (reached.complete_to.as_str() >= position).then(|| reached.resume.clone()),
            State::Exhausted => None,
        }
    }
}

/// Reads all of them from a position on.
async fn read_moving(
    ranks: &[Vec<Source>],
    store: &Store,
    (low, position): (&str, &str),
    wanted: usize,
) -> Result<(Vec<Batch>, Option<String>), Error> {
    let count = ranks.iter().map(Vec::len).sum();
    let (mut batches, mut floor, mut found) = (Vec::<Batch>::new(), None::<String>, 0);
    for rank in ranks {
        // As long as there is little, the next rank may have it all.
        let limit = match &floor {
            None => limit(wanted.saturating_sub(found), rank.len()).max(limit(wanted, count)),
            Some(_) => limit(wanted, count),
        };
        let reads: Vec<_> = rank.iter().map(|source| source.batch(store, low, position, limit)).collect();
        let read: Vec<Batch> = stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await?;
        found += read.iter().map(|batch| batch.entries.len()).sum::<usize>();
        let reached = read.iter().filter_map(|batch| Some(&batch.reached.as_ref()?.complete_to)).max().cloned();
        floor = floor.max(reached);
        batches.extend(read);
    }
    Ok((batches, floor))
}

/// How many entries are read of each of so many sources. Some more than the share of one, as they are not equally rich.
fn limit(wanted: usize, sources: usize) -> usize {
    let share = (wanted * 7).div_ceil(sources.max(1) * 5);
    share.clamp(FEWEST.min(wanted + 1), (wanted + 1).max(1)).min(MOST)
}
