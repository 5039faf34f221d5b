//! Rows returned by the second, against bare conditional writes of the same shape at the same concurrency, and against these with a bare read
//! of each lead before.

use std::time::Instant;

use aws_sdk_dynamodb::Client;
use comfy_table::Table;
use domain::{id::LeadId, returned::ReturnOutcome};
use futures::{StreamExt, stream};
use return_file::Pace;
use store::{Identity, Store, test_tables::TestTables};
use tests::furnished::furnish;
use ulid::Ulid;

use super::{came_to, dropped, people, rows::per_second};
use crate::{
    aws::Aws,
    bare::{self, CONCURRENCY, Seen},
    figures::{Series, table},
    tables,
};

/// Leads of each kind in one round; fewer for a quick look.
const EACH: usize = if cfg!(debug_assertions) { 300 } else { 1_000 };
/// Rounds of each kind, by turns.
const ROUNDS: usize = 5;

/// Measures both, by turns.
pub(crate) async fn measure(aws: &Aws) -> Table {
    let bench = Bench::new(aws).await;
    // Warms the caches, and shows what a write looks like.
    let first = bench.sold(EACH, 0).await;
    bench.returned(aws, &first, 0).await;
    let shape = bench.seen.first().expect("a lead is returned by one conditional write");
    let (mut bare, mut read, mut whole) = (Kind::default(), Kind::default(), Kind::default());
    for round in 1..=ROUNDS {
        let mut leads = Vec::new();
        for kind in 0..3 {
            leads.push(bench.sold(EACH, 3 * round + kind).await);
        }
        let began = on_cores();
        let writes = (bare::written(&bench.tables, &shape, &leads[0], false).await, on_cores());
        let reads = (bare::written(&bench.tables, &shape, &leads[1], true).await, on_cores());
        let rows = (bench.returned(aws, &leads[2], round).await, on_cores());
        // Of neighbours in time, as what else the machine does comes and goes.
        let of_bare = (writes.0, writes.1 - began);
        bare.add(of_bare, of_bare);
        read.add((reads.0, reads.1 - writes.1), of_bare);
        whole.add((rows.0, rows.1 - reads.1), of_bare);
    }
    let mut table = table(&["at concurrency 64", "per second", "× round by round", "× by core time"]);
    for (what, kind) in
        [("bare conditional writes", bare), ("the same, each lead read before", read), ("rows returned", whole)]
    {
        let [ratios, by_core] = [kind.ratios, kind.by_core].map(|of| Series::new(of).in_thousands());
        table.add_row([what.to_owned(), Series::new(kind.per_second).as_counted(), ratios, by_core]);
    }
    table
}

/// What was measured of one kind, and how that compares with the bare writes of the same round.
#[derive(Default)]
struct Kind {
    per_second: Vec<u64>,
    ratios: Vec<u64>,
    by_core: Vec<u64>,
}

impl Kind {
    /// Takes a round: how many by the second, and how long on cores.
    fn add(&mut self, (per_second, on_cores): (u64, u64), bare: (u64, u64)) {
        self.per_second.push(per_second);
        self.ratios.push(per_second * 1000 / bare.0.max(1));
        self.by_core.push(bare.1 * 1000 / on_cores.max(1));
    }
}

/// How long this process has had cores, in the system's ticks: for its own work and the tables', which are part of it. Whatever else
/// runs takes none of that. Zero where the system does not tell.
fn on_cores() -> u64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may have blanks in it, utime and stime are the twelfth and thirteenth.
    let ticks = told.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// Tables of its own, and a worker on them.
struct Bench {
    tables: TestTables,
    app: return_file::App,
    seen: Seen,
}

impl Bench {
    async fn new(aws: &Aws) -> Self {
        let tables = tables::unstreamed().await;
        furnish(&tables.store(), &["http://127.0.0.1:9/"], false).await;
        let seen = Seen::default();
        let db = tables.client().config().to_builder().interceptor(seen.clone()).build();
        let app = return_file::App {
            store: Store::new(Client::from_conf(db), tables.tables()),
            identity: Identity::new("a secret of the benchmark".to_owned().into()),
            queue: aws.queue(),
            return_bucket: aws.return_bucket(),
            return_files_queue: aws.return_files_queue(),
        };
        Self { tables, app, seen }
    }

    /// New leads that are sold, of a millisecond of their own.
    async fn sold(&self, count: usize, millisecond: usize) -> Vec<LeadId> {
        let (store, now) = (self.tables.store(), lambda::now());
        let at = 1_793_000_000_000 + millisecond as u64;
        let ids: Vec<LeadId> = (0..count).map(|lead| LeadId::from_ulid(Ulid::from_parts(at, lead as u128))).collect();
        let put = ids.iter().enumerate().map(|(person, id)| {
            let (lead, store) = (people::sold(*id, person, now), &store);
            async move { store.put_lead(&lead, 0, &self.app.identity).await.unwrap() }
        });
        stream::iter(put).buffer_unordered(CONCURRENCY).collect::<()>().await;
        ids
    }

    /// How many rows a file of these leads has in a second, by the whole of the worker but Lambda's own part.
    async fn returned(&self, aws: &Aws, leads: &[LeadId], round: usize) -> u64 {
        let rows = leads.iter().map(|lead| format!("{lead},INVALID_PHONE\n"));
        let file = std::iter::once("lead_id,reason\n".to_owned()).chain(rows).collect::<String>().into_bytes();
        let path = format!("returns/{}/round-{round}.csv", people::BUYER);
        let event = serde_json::from_value(dropped(&path, file.len())).unwrap();
        aws.bucket.lay(&path, file);
        let started = Instant::now();
        return_file::take(&self.app, event, lambda::now(), Pace::default()).await.unwrap();
        let took = started.elapsed();
        assert_eq!(came_to(&self.app.store, ReturnOutcome::Returned).await, leads.len() as u64);
        per_second(leads.len(), took)
    }
}
