//! Rows read, and leads chosen for them, without any table: what a row costs before anything is asked.

use std::time::{Duration, Instant};

use comfy_table::Table;
use domain::{
    id::{BuyerRef, LeadId},
    lead::Lead,
    return_file::{Columns, Match, ReadRow, Reading, Sought},
};
use jiff::tz::TimeZone;
use spreadsheet::{Dialect, Position, Rows};

use super::people;
use crate::figures::{Series, table};

/// Rows of a file.
const ROWS: usize = 1_000_000;
/// How often a file is read.
const ROUNDS: usize = 3;
/// As the worker is given them.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// Reads files whose rows name leads in different ways, on one core.
pub(crate) fn measure() -> Table {
    let mut table = table(&["1,000,000 rows on one core", "rows per second"]);
    let leads = people::leads();
    for (what, by) in people::WAYS {
        let file = people::file(ROWS, by);
        let rates = (0..ROUNDS).map(|_| {
            let (before, started) = (on_core(), Instant::now());
            assert_eq!(chosen(&file, &leads), ROWS, "every row means a lead");
            let took = on_core().zip(before).map_or_else(|| started.elapsed(), |(after, before)| after - before);
            per_second(ROWS, took)
        });
        table.add_row([what.to_owned(), Series::new(rates).as_counted()]);
    }
    table
}

/// How long this thread has had a core, where the system tells: whatever else runs takes none of that.
fn on_core() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// How many were done in a second.
pub(crate) fn per_second(count: usize, took: Duration) -> u64 {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    u64::try_from(count).unwrap_or(0) * 1_000_000 / micros.max(1)
}

/// How many rows of a file mean a lead of these.
fn chosen(file: &[u8], leads: &[Lead]) -> usize {
    let bid: BuyerRef = people::BUYER.parse().unwrap();
    let (reasons, countries) = (people::reasons(), ["GB".parse().unwrap()]);
    let about = Reading { mapping: None, reasons: &reasons, countries: &countries };
    let mut rows = Rows::new(&Dialect::default(), Position::default());
    let (mut columns, mut chosen) = (None, 0);
    for block in file.chunks(BLOCK_BYTES) {
        rows.push(block);
        while let Some(row) = rows.next_row() {
            let Some(columns) = &columns else {
                let header: Vec<String> = row.cells.iter().map(str::to_owned).collect();
                columns = Some(Columns::find(&[header], None, &reasons).unwrap().0);
                continue;
            };
            let ReadRow::Sought(sought) = columns.read(|at| row.cells.get(at), &about) else { continue };
            // The header is row 1.
            let lead = people::of_row(row.number - 2, leads);
            chosen += usize::from(found(&sought, lead, &bid) == Some(lead.id));
        }
    }
    chosen
}

/// Whom a row means when each lookup finds this lead.
fn found(sought: &Sought, lead: &Lead, bid: &BuyerRef) -> Option<LeadId> {
    let mut lookups = sought.lookups().into_iter();
    match lookups.find_map(|lookup| sought.choose(&lookup, &[lead], bid, &TimeZone::UTC))? {
        Match::Found { lead, .. } => Some(lead),
        Match::Ambiguous { .. } | Match::NotFound { .. } => None,
    }
}
