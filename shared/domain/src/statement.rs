//! Statements: what a buyer owes, or a supplier is owed, from day to day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    journal::EntryKind,
    money::{Currency, Money, MoneyError},
};

#[cfg(test)]
mod tests;

/// What entries of one kind moved on a party's account on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The day on which they were booked, in the account's zone.
    pub day: Date,
    /// What they are.
    pub kind: EntryKind,
    /// A party has one account for each.
    pub currency: Currency,
    /// How many.
    pub entries: i64,
    /// By how much more, in minor units, a buyer owes, or a supplier is owed.
    pub minor: i64,
}

/// What happened on an account of one currency in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What was owed before.
    pub opening: Money,
    /// What was moved, by day and kind.
    pub lines: Vec<StatementLine>,
    /// What is owed then.
    pub closing: Money,
}

/// A line of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// The day of booking, in the account's zone.
    pub day: Date,
    /// What the entries are.
    pub kind: EntryKind,
    /// How many.
    pub entries: i64,
    /// What they move together.
    pub amount: Money,
    /// What is owed after them.
    pub balance: Money,
}

/// Entries and minor units by day and kind.
type Moved = BTreeMap<(Date, EntryKind), (i64, i64)>;

/// The statements of a party, one for each currency that it has had: what was owed before, and what was moved since. The
/// movements may come in parts and in any order.
///
/// # Errors
/// When an amount cannot be held.
pub fn statements(
    opening: &BTreeMap<Currency, i64>,
    movements: impl IntoIterator<Item = Movement>,
) -> Result<Vec<Statement>, MoneyError> {
    let mut lines: BTreeMap<Currency, Moved> = BTreeMap::new();
    for currency in opening.keys() {
        lines.entry(*currency).or_default();
    }
    for Movement { day, kind, currency, entries, minor } in movements {
        let line = lines.entry(currency).or_default().entry((day, kind)).or_default();
        *line = line.0.checked_add(entries).zip(line.1.checked_add(minor)).ok_or(MoneyError::Overflow)?;
    }
    let opened = |currency| Money { minor: opening.get(&currency).copied().unwrap_or_default(), currency };
    lines.into_iter().map(|(currency, lines)| statement(opened(currency), lines)).collect()
}

fn statement(opening: Money, moved: Moved) -> Result<Statement, MoneyError> {
    let (mut balance, mut lines) = (opening, Vec::with_capacity(moved.len()));
    for ((day, kind), (entries, minor)) in moved {
        let amount = Money { minor, ..opening };
        balance = balance.add(amount)?;
        lines.push(StatementLine { day, kind, entries, amount, balance });
    }
    Ok(Statement { opening, lines, closing: balance })
}
