//! A report: cells of the books added up to rows, and to one total for each currency.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Columns, Counts, Coverage, Dimension, Only, Place, RowName};
use crate::{access::Principal, money::Currency};

/// Most rows of a report.
pub const MAX_ROWS: usize = 9_000;

/// Why a report cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It has too many rows.
    #[error(
        "The report has more than {MAX_ROWS} rows. Narrow it: a shorter period, or only some campaigns or suppliers."
    )]
    TooManyRows,
    /// A number is too large.
    #[error("a number of the report does not fit into 64 bits")]
    Overflow,
}

impl ReportError {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooManyRows => "too_many_rows",
            Self::Overflow => "overflow",
        }
    }
}

/// A report that is being added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    by: Dimension,
    only: Only,
    rows: BTreeMap<(RowName, Currency), Counts>,
}

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about; none: the total of its currency.
    pub name: Option<RowName>,
    /// The currency of its money. What is counted in leads is split by it too.
    pub currency: Currency,
    /// Its numbers.
    pub columns: Columns,
}

impl Report {
    /// With a row for each of `by`, and nothing counted yet.
    pub fn new(by: Dimension, only: Only) -> Self {
        Self { by, only, rows: BTreeMap::new() }
    }

    /// Adds what was counted at a place on a day; for what was counted in a whole month, `day` is its first. What the report
    /// is not about is left out.
    ///
    /// # Errors
    /// When the report grows too large.
    pub fn add(&mut self, day: Date, place: &Place, counts: Counts) -> Result<(), ReportError> {
        if !self.only.lets_through(place) || counts.is_nothing() {
            return Ok(());
        }
        let sum = self.rows.entry((self.by.row(day, place), place.currency)).or_default();
        *sum = sum.checked_add(counts).ok_or(ReportError::Overflow)?;
        if self.rows.len() > MAX_ROWS { Err(ReportError::TooManyRows) } else { Ok(()) }
    }

    /// Its rows as `viewer` sees them: by name and currency, those of no sale last.
    pub fn rows(&self, viewer: &Principal) -> Vec<Row> {
        let shown = |((name, currency), counts): (&(RowName, Currency), &Counts)| {
            let columns = Columns::new(counts, *currency, self.coverage_of(name), viewer);
            Row { name: Some(name.clone()), currency: *currency, columns }
        };
        self.rows.iter().map(shown).collect()
    }

    /// What they add up to, for each currency. It is the same whatever the report has rows for.
    ///
    /// # Errors
    /// When a sum grows too large.
    pub fn totals(&self, viewer: &Principal) -> Result<Vec<Row>, ReportError> {
        let mut sums: BTreeMap<Currency, Counts> = BTreeMap::new();
        for ((_, currency), counts) in &self.rows {
            let sum = sums.entry(*currency).or_default();
            *sum = sum.checked_add(*counts).ok_or(ReportError::Overflow)?;
        }
        let coverage = self.coverage();
        let total = |(currency, counts)| Row {
            name: None,
            currency,
            columns: Columns::new(&counts, currency, coverage, viewer),
        };
        Ok(sums.into_iter().map(total).collect())
    }

    fn coverage(&self) -> Coverage {
        if self.only.is_of_sales() { Coverage::Sales } else { Coverage::All }
    }

    fn coverage_of(&self, name: &RowName) -> Coverage {
        match (self.by, name) {
            (Dimension::Buyer | Dimension::Delivery, RowName::Named(_)) => Coverage::Sales,
            (_, RowName::NoSale) => Coverage::NoSale,
            (Dimension::Campaign | Dimension::Supplier | Dimension::Day | Dimension::Month, RowName::Named(_)) => {
                self.coverage()
            }
        }
    }
}
