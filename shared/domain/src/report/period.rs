//! Periods of whole days, and which parts of the books they are read from.

use jiff::{ToSpan, civil::Date};

use super::Dimension;

/// Most days of a report with a row for each.
pub const MAX_DAYS: i32 = 366;
/// Most days of all others: ten years.
pub const MAX_DAYS_BY_MONTH: i32 = 3_653;

/// Days of the account's zone, the first and the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: Date,
    to: Date,
}

/// Why days make no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPeriod {
    /// It ends before it begins.
    #[error("The period ends before it begins; from is its first day, and to its last one.")]
    Backwards,
    /// It has more days than one report may cover.
    #[error("The period has more than {max_days} days; ask for less at a time.")]
    TooLong {
        /// How many days it may have.
        max_days: i32,
    },
}

impl InvalidPeriod {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Backwards => "backwards",
            Self::TooLong { .. } => "too_long",
        }
    }
}

/// A part of the books that is read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    /// These days of one month, both included, day by day.
    Days {
        /// The first.
        from: Date,
        /// The last.
        to: Date,
    },
    /// These whole months of one year, both included, each as its first day.
    Months {
        /// The first.
        from: Date,
        /// The last.
        to: Date,
    },
}

impl Period {
    /// From the first day to the last.
    ///
    /// # Errors
    /// It ends before it begins, or is longer than `max_days`.
    pub fn new(from: Date, to: Date, max_days: i32) -> Result<Self, InvalidPeriod> {
        if to < from {
            return Err(InvalidPeriod::Backwards);
        }
        let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
        if days >= max_days {
            return Err(InvalidPeriod::TooLong { max_days });
        }
        Ok(Self { from, to })
    }

    /// For a report by `dimension`: a year if it has a row for each day, else ten.
    ///
    /// # Errors
    /// As for [`Period::new`].
    pub fn for_report(from: Date, to: Date, dimension: Dimension) -> Result<Self, InvalidPeriod> {
        Self::new(from, to, if dimension == Dimension::Day { MAX_DAYS } else { MAX_DAYS_BY_MONTH })
    }

    /// The first day.
    pub fn from(self) -> Date {
        self.from
    }

    /// The last day.
    pub fn to(self) -> Date {
        self.to
    }

    /// What a report by `dimension` reads: whole months as such, unless it has to know the days, and the days before and
    /// after them one by one. In order, and each day once.
    pub fn slices(self, dimension: Dimension) -> Vec<Slice> {
        let mut slices: Vec<Slice> = Vec::new();
        let mut next = Some(self.from);
        while let Some(from) = next.filter(|from| *from <= self.to) {
            let end = from.last_of_month();
            let is_whole = from.day() == 1 && end <= self.to && dimension != Dimension::Day;
            match (slices.last_mut(), is_whole) {
                (Some(Slice::Months { to, .. }), true) if to.year() == from.year() => *to = from,
                (_, true) => slices.push(Slice::Months { from, to: from }),
                (_, false) => slices.push(Slice::Days { from, to: end.min(self.to) }),
            }
            next = end.checked_add(1.day()).ok();
        }
        slices
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// What is read for a period: `d` for days and `m` for months.
    fn read(from: &str, to: &str, dimension: Dimension) -> Vec<String> {
        let period = Period::for_report(day(from), day(to), dimension).unwrap();
        let told = |slice| match slice {
            Slice::Days { from, to } => format!("d {from} {to}"),
            Slice::Months { from, to } => format!("m {} {}", from.strftime("%Y-%m"), to.strftime("%Y-%m")),
        };
        period.slices(dimension).into_iter().map(told).collect()
    }

    #[test]
    fn whole_months_are_read_as_months_and_the_days_around_them_one_by_one() {
        let by = Dimension::Campaign;
        assert_eq!(read("2026-01-01", "2026-12-31", by), ["m 2026-01 2026-12"]);
        assert_eq!(read("2026-02-01", "2026-02-28", by), ["m 2026-02 2026-02"]);
        assert_eq!(read("2026-02-01", "2026-02-27", by), ["d 2026-02-01 2026-02-27"]);
        assert_eq!(read("2028-02-01", "2028-02-28", by), ["d 2028-02-01 2028-02-28"], "2028 is a leap year");
        assert_eq!(
            read("2025-11-30", "2026-03-02", by),
            ["d 2025-11-30 2025-11-30", "m 2025-12 2025-12", "m 2026-01 2026-02", "d 2026-03-01 2026-03-02"]
        );
        assert_eq!(read("2026-10-30", "2026-11-02", by), ["d 2026-10-30 2026-10-31", "d 2026-11-01 2026-11-02"]);
        assert_eq!(read("2026-10-05", "2026-10-05", by), ["d 2026-10-05 2026-10-05"]);
    }

    #[test]
    fn a_report_by_day_reads_days_alone_and_one_by_month_months() {
        assert_eq!(
            read("2026-10-01", "2026-11-30", Dimension::Day),
            ["d 2026-10-01 2026-10-31", "d 2026-11-01 2026-11-30"]
        );
        assert_eq!(read("2026-10-01", "2026-11-30", Dimension::Month), ["m 2026-10 2026-11"]);
    }

    #[test]
    fn every_day_is_read_exactly_once() {
        for (from, to) in [("2023-12-31", "2024-03-01"), ("2024-02-29", "2024-12-31"), ("2024-01-01", "2026-01-01")] {
            let period = Period::for_report(day(from), day(to), Dimension::Supplier).unwrap();
            let mut next = period.from();
            for slice in period.slices(Dimension::Supplier) {
                let (first, last) = match slice {
                    Slice::Days { from, to } => (from, to),
                    Slice::Months { from, to } => (from, to.last_of_month()),
                };
                assert_eq!((first, first.year()), (next, last.year()));
                next = last.tomorrow().unwrap();
            }
            assert_eq!(next, period.to().tomorrow().unwrap());
        }
    }

    #[test]
    fn a_period_has_an_order_and_a_limit() {
        let code = |from, to, by| Period::for_report(day(from), day(to), by).map_err(InvalidPeriod::code).err();
        assert_eq!(code("2026-10-02", "2026-10-01", Dimension::Day), Some("backwards"));
        assert_eq!(code("2024-01-01", "2024-12-31", Dimension::Day), None, "366 days");
        assert_eq!(code("2024-01-01", "2025-01-01", Dimension::Day), Some("too_long"));
        assert_eq!(code("2016-01-01", "2025-12-31", Dimension::Month), None, "ten years");
        assert_eq!(code("2016-01-01", "2026-01-01", Dimension::Month), Some("too_long"));
        assert_eq!(code("-009999-01-01", "9999-12-31", Dimension::Month), Some("too_long"));
        assert_eq!(Period::new(day("9999-12-31"), day("9999-12-31"), 1).unwrap().slices(Dimension::Day).len(), 1);
    }
}
