//! What the rows of a file come to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ImportOutcome;
use crate::csv_row;

/// What the rows of a file come to. Each row is ignored, or has one outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportTally {
    /// Rows below the header, those that are ignored among them.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub rows: u64,
    /// Rows that say nothing.
    #[serde(rename = "i", default, skip_serializing_if = "is_zero")]
    pub ignored: u64,
    /// How many rows came to each outcome.
    #[serde(rename = "o", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<ImportOutcome, u64>,
}

impl ImportTally {
    /// Counts a row that came to this outcome.
    pub fn add(&mut self, outcome: ImportOutcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
        self.rows += 1;
    }

    /// Counts a row that is ignored.
    pub fn add_ignored(&mut self) {
        self.rows += 1;
        self.ignored += 1;
    }
}

/// What stands below the rows of a result: an empty line, and what they come to.
pub fn totals(tally: &ImportTally) -> String {
    let count = |what: &str, count: u64| csv_row::line(["total", what, &count.to_string()]);
    let outcomes = tally.outcomes.iter().map(|(outcome, number)| count(outcome.word(), *number));
    let rows = [count("rows", tally.rows), count("ignored", tally.ignored)];
    "\r\n".to_owned() + &rows.into_iter().chain(outcomes).collect::<String>()
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
