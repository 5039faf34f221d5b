//! Places that a file sets aside: whatever happens to its workers, the share counts what there is in the end, and never too little.

use std::collections::BTreeMap;

use domain::id::ReturnFileId;
use futures::future::join_all;
use jiff::tz::TimeZone;

use super::{
    share::{books, share, standing, taken},
    *,
};
use crate::{Places, ShareChunks, Standing, keys, row_order, test_tables::TestTables};

/// A file whose row `n` is about the lead that stands there.
struct File {
    id: ReturnFileId,
    leads: Vec<u128>,
    /// Rows that nobody has to look at any more.
    checkpoint: usize,
}

impl File {
    fn new(number: u128, leads: Vec<u128>) -> Self {
        Self { id: ReturnFileId::from_ulid(Ulid(number)), leads, checkpoint: 0 }
    }

    /// A batch up to this row: its rows are begun, and those of them are done that it `lives` for.
    async fn batch(
        &self,
        store: &Store,
        chunks: &ShareChunks,
        (first, last): (usize, usize),
        lives: impl Fn(usize) -> bool,
    ) -> BTreeMap<usize, ReturnOutcome> {
        let rows = first + 1..=last;
        let ids: Vec<LeadId> = rows.clone().map(|row| id(self.leads[row - 1])).collect();
        let found = store.leads_at_once(&ids).await.unwrap();
        let lead = |row: usize| found[&id(self.leads[row - 1])].as_ref().unwrap();
        let seen: Vec<(u64, &Lead)> = rows.clone().map(|row| (row as u64, lead(row))).collect();
        chunks.begin_rows(first as u64 + 1..=last as u64, &seen).await;
        let done = rows.filter(|row| lives(*row)).map(async |row| {
            let claimed = self.row(store, chunks, row, lead(row).clone()).await.unwrap();
            (row, claimed.outcome)
        });
        join_all(done).await.into_iter().collect()
    }

    async fn row(&self, store: &Store, chunks: &ShareChunks, row: usize, lead: Lead) -> Result<Claimed, LineUpError> {
        let (queue, _messages) = queue();
        let (order, b1) = (row_order(self.id, row as u64), bid("b1"));
        let standing = Standing { zone: &TimeZone::UTC, reasons: &["DUPE".to_owned()], came: at(100), now: at(100) };
        let wish = Claim {
            by: Claimant::Buyer(&b1),
            order: Some(&order),
            bid: None,
            did: None,
            reason: "DUPE",
            comment: None,
            reverse_payout: None,
        };
        let places = Places::Chunks { chunks, row: row as u64 };
        returning(store, &queue).claim_on(lead, &wish, &standing, places).await
    }

    /// Works on the file from its last checkpoint on until it ends, or the worker dies; whether it ended.
    async fn work(&mut self, store: &Store, dice: &mut Dice) -> bool {
        let chunks = store.share_chunks(&bid("b1"), self.id).await.unwrap();
        let mut row = self.checkpoint;
        while row < self.leads.len() {
            let last = (row + dice.up_to(6)).min(self.leads.len());
            let dies = dice.one_in(5);
            let lost = dice.up_to(1 << 20);
            self.batch(store, &chunks, (row, last), |row| !dies || lost >> (row % 20) & 1 == 1).await;
            if dies {
                return false;
            }
            row = last;
            if dice.one_in(3) {
                chunks.give_back().await.unwrap();
                if dice.one_in(4) {
                    return false;
                }
                self.checkpoint = row;
            }
        }
        chunks.give_back().await.unwrap();
        if dice.one_in(4) {
            return false;
        }
        self.checkpoint = row;
        true
    }
}

/// Numbers that look drawn, and are the same each time.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most + 1).unwrap()
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.up_to(many) == 1
    }
}

/// How many places files still have set aside.
async fn set_aside(tables: &TestTables) -> usize {
    let keys::Key { pk, sk } = keys::share_taken(&bid("b1"), "2027-01-01".parse().unwrap());
    let key = [("pk", pk), ("sk", sk)].map(|(name, part)| (name.to_owned(), crate::item::text(part))).into();
    let got = tables.client().get_item().table_name(tables.tables().setup).set_key(Some(key)).send().await.unwrap();
    got.item.unwrap_or_default().keys().filter(|name| name.starts_with("h#")).count()
}

fn done(outcomes: &BTreeMap<usize, ReturnOutcome>) -> usize {
    outcomes.values().filter(|outcome| outcome.is_done()).count()
}

#[tokio::test]
async fn of_a_file_exactly_as_many_rows_come_back_as_may_and_nothing_stays_set_aside() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 40, &share(25)).await;
    let file = File::new(900, (1..=40).collect());
    let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    let first = file.batch(&store, &chunks, (0, 8), |_| true).await;
    assert_eq!((done(&first), standing(&store, 40).await), (8, 8));
    assert!(taken(&store).await >= 8);
    let rest = file.batch(&store, &chunks, (8, 40), |_| true).await;
    assert_eq!(done(&rest), 2);
    assert!(rest.values().all(|outcome| outcome.is_done() || *outcome == ReturnOutcome::OverCap));
    for _ in 0..2 {
        chunks.give_back().await.unwrap();
        assert_eq!((taken(&store).await, standing(&store, 40).await, set_aside(&tables).await), (10, 10, 0));
    }
}

#[tokio::test]
async fn a_row_that_comes_again_is_answered_as_it_was_and_takes_no_second_place() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 8, &share(50)).await;
    let file = File::new(900, vec![1, 1, 2]);
    for _ in 0..3 {
        let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
        let outcomes: Vec<ReturnOutcome> = file.batch(&store, &chunks, (0, 1), |_| true).await.into_values().collect();
        let others: Vec<ReturnOutcome> = file.batch(&store, &chunks, (1, 3), |_| true).await.into_values().collect();
        assert_eq!(outcomes, [ReturnOutcome::Returned]);
        assert_eq!(others, [ReturnOutcome::AlreadyReturned, ReturnOutcome::Returned]);
    }
    store.share_chunks(&bid("b1"), file.id).await.unwrap().give_back().await.unwrap();
    let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    file.batch(&store, &chunks, (0, 3), |_| true).await;
    chunks.give_back().await.unwrap();
    assert_eq!((taken(&store).await, standing(&store, 8).await, set_aside(&tables).await), (2, 2, 0));
}

#[tokio::test]
async fn places_that_a_dead_worker_has_set_aside_are_there_for_the_rows_that_it_left() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 8, &share(100)).await;
    let file = File::new(900, (1..=8).collect());
    let dead = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    file.batch(&store, &dead, (0, 8), |row| row % 2 == 0).await;
    let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    let outcomes = file.batch(&store, &chunks, (0, 8), |_| true).await;
    assert_eq!(done(&outcomes), 8, "{outcomes:?}");
    chunks.give_back().await.unwrap();
    assert_eq!((taken(&store).await, set_aside(&tables).await), (8, 0));
}

#[tokio::test]
async fn a_row_before_a_dead_workers_places_takes_its_own() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 8, &share(25)).await;
    let file = File::new(900, vec![1, 2, 3]);
    assert_eq!(by_b1(&store, 8).await, ReturnOutcome::Returned);
    let dead = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    assert_eq!(done(&file.batch(&store, &dead, (0, 2), |_| true).await), 1);
    decide(&store, &name(8, 1), UNDONE).await.unwrap();
    assert_eq!(done(&file.batch(&store, &dead, (2, 3), |_| true).await), 1);
    // Which of the two had the last place is anybody's guess; its return is undone, so there is one for the other.
    let first = if lead(&store, 1).await.sale(&did("d1")).unwrap().stands() { 2 } else { 1 };
    decide(&store, &name(first, 1), UNDONE).await.unwrap();
    for _ in 0..2 {
        let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
        assert_eq!(done(&file.batch(&store, &chunks, (0, 2), |_| true).await), 2);
    }
    let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    for rows in [(0, 2), (2, 3)] {
        file.batch(&store, &chunks, rows, |_| true).await;
    }
    chunks.give_back().await.unwrap();
    assert_eq!((taken(&store).await, standing(&store, 8).await, set_aside(&tables).await), (2, 2, 0));
}

#[tokio::test]
async fn whatever_becomes_of_workers_the_share_counts_what_there_is_and_is_never_exceeded() {
    for seed in 0..24 {
        let tables = TestTables::start().await;
        let store = tables.store();
        books(&store, 24, &share(50)).await;
        let mut dice = Dice(seed);
        let mut files = [File::new(900, (1..=16).collect()), File::new(901, (9..=24).rev().collect())];
        let mut open = vec![0, 1];
        while !open.is_empty() {
            let next = open[dice.up_to(open.len() as u64) - 1];
            if files[next].work(&store, &mut dice).await {
                open.retain(|file| *file != next);
            }
            let lead = 1 + dice.up_to(23) as u128;
            if dice.one_in(2) {
                by_b1(&store, lead).await;
            } else {
                drop(decide(&store, &name(lead, 1), UNDONE).await);
            }
            let (taken, standing) = (taken(&store).await as usize, standing(&store, 24).await);
            assert!(standing <= taken && taken <= 12, "seed {seed}: {standing} returns, {taken} places");
        }
        let ends = (taken(&store).await as usize, set_aside(&tables).await);
        assert_eq!(ends, (standing(&store, 24).await, 0), "seed {seed}");
    }
}

#[tokio::test]
async fn two_files_and_single_returns_at_once_take_as_many_places_as_there_are() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 30, &share(50)).await;
    let run = async |file: File| {
        let own = tables.store();
        let chunks = own.share_chunks(&bid("b1"), file.id).await.unwrap();
        for first in (0..10).step_by(5) {
            file.batch(&own, &chunks, (first, first + 5), |_| true).await;
        }
        chunks.give_back().await.unwrap();
    };
    let single = async {
        for lead in 21..=30 {
            let own = tables.store();
            drop(claim(&own, lead, Claimant::Buyer(&bid("b1")), at(100)).await);
        }
    };
    tokio::join!(run(File::new(900, (1..=10).collect())), run(File::new(901, (11..=20).collect())), single);
    let (places, returns) = (taken(&store).await as usize, standing(&store, 30).await);
    assert_eq!((places, set_aside(&tables).await), (returns, 0));
    assert!(returns <= 15, "{returns}");
}

#[tokio::test]
async fn a_row_with_a_place_is_one_write_and_moves_no_share() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 8, &share(100)).await;
    let file = File::new(900, (1..=8).collect());
    let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    file.batch(&store, &chunks, (0, 1), |_| true).await;
    let before = taken(&store).await;
    assert_eq!(before, 2, "a quarter of what is left is set aside");
    file.batch(&store, &chunks, (1, 2), |_| true).await;
    assert_eq!((taken(&store).await, standing(&store, 8).await), (before, 2));
}

#[tokio::test]
async fn a_file_without_a_share_sets_nothing_aside() {
    let tables = TestTables::start().await;
    let store = tables.store();
    books(&store, 3, &json!({ "window_days": 30 })).await;
    let file = File::new(900, (1..=3).collect());
    let chunks = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    let outcomes = file.batch(&store, &chunks, (0, 3), |_| true).await;
    chunks.give_back().await.unwrap();
    assert_eq!((done(&outcomes), taken(&store).await, set_aside(&tables).await), (3, 0, 0));
}

#[tokio::test]
async fn of_another_worker_of_the_same_file_a_worker_learns_before_it_takes_more() {
    let store = TestTables::start().await.store();
    books(&store, 8, &share(100)).await;
    let file = File::new(900, (1..=8).collect());
    let one = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    let other = store.share_chunks(&bid("b1"), file.id).await.unwrap();
    file.batch(&store, &one, (0, 1), |_| true).await;
    other.begin_rows(2..=2, &[]).await;
    let claimed = file.row(&store, &other, 2, lead(&store, 2).await).await;
    assert!(matches!(claimed, Err(LineUpError::Store(Error::Contended { .. }))), "{claimed:?}");
}
