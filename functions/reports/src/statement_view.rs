//! Statements as they are answered: as JSON, or as rows of a CSV file.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{
    id::{BuyerRef, SupplierRef},
    journal::EntryKind,
    money::{Currency, Money},
    report::Period,
    statement::{Statement, StatementLine},
};
use lambda::sheet::{self, Format};
use serde::Serialize;
use store::Party;
use utoipa::ToSchema;

/// The columns of a CSV file. The first and the last row of each currency say what was owed before and what is owed then.
const COLUMNS: [&str; 6] = ["day", "kind", "entries", "amount", "balance", "currency"];

/// What a buyer owes, or a supplier is owed, from day to day of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statement)]
pub(crate) struct StatementView {
    /// The buyer whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// The supplier whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SupplierRef>,
    /// The first day, in the account's zone.
    #[schema(format = Date)]
    from: String,
    /// The last day.
    #[schema(format = Date)]
    to: String,
    /// One for each currency that there have been entries in.
    items: Vec<CurrencyStatement>,
}

/// A statement in one currency.
#[derive(Debug, Serialize, ToSchema)]
struct CurrencyStatement {
    currency: Currency,
    /// What was owed before the first day: by the buyer, below zero where it has paid in advance; or to the supplier.
    opening: Money,
    /// What was booked, by day and kind.
    lines: Vec<LineView>,
    /// What is owed after the last day.
    closing: Money,
}

/// Entries of one kind and day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementLine)]
struct LineView {
    /// The day on which they were booked.
    #[schema(format = Date)]
    day: String,
    /// What they are.
    kind: EntryKind,
    /// How many.
    entries: i64,
    /// By how much more is owed.
    amount: Money,
    /// What is owed after them.
    balance: Money,
}

/// The statements of a party over a period.
pub(crate) fn answer(party: Party, period: Period, statements: Vec<Statement>, format: Format) -> Response {
    match format {
        Format::Json => Json(StatementView::new(party, period, statements)).into_response(),
        Format::Csv => {
            let rows = statements.iter().flat_map(|statement| rows(period, statement));
            sheet::csv(&file_name(&party, period), &COLUMNS, rows)
        }
    }
}

impl StatementView {
    fn new(party: Party, period: Period, statements: Vec<Statement>) -> Self {
        let (bid, sid) = match party {
            Party::Buyer(bid) => (Some(bid), None),
            Party::Supplier(sid) => (None, Some(sid)),
        };
        let items = statements.into_iter().map(CurrencyStatement::from).collect();
        Self { bid, sid, from: period.from().to_string(), to: period.to().to_string(), items }
    }
}

impl From<Statement> for CurrencyStatement {
    fn from(Statement { opening, lines, closing }: Statement) -> Self {
        let lines = lines.into_iter().map(LineView::from).collect();
        Self { currency: opening.currency, opening, lines, closing }
    }
}

impl From<StatementLine> for LineView {
    fn from(StatementLine { day, kind, entries, amount, balance }: StatementLine) -> Self {
        Self { day: day.to_string(), kind, entries, amount, balance }
    }
}

fn rows(period: Period, Statement { opening, lines, closing }: &Statement) -> Vec<[String; 6]> {
    let currency = opening.currency.to_string();
    let end = |day: String, kind: &str, balance: &Money| {
        [day, kind.to_owned(), String::new(), String::new(), balance.amount(), currency.clone()]
    };
    let line = |line: &StatementLine| {
        let (kind, entries) = (line.kind.to_string(), line.entries.to_string());
        [line.day.to_string(), kind, entries, line.amount.amount(), line.balance.amount(), currency.clone()]
    };
    let first = end(period.from().to_string(), "opening", opening);
    let last = end(period.to().to_string(), "closing", closing);
    std::iter::once(first).chain(lines.iter().map(line)).chain([last]).collect()
}

fn file_name(party: &Party, period: Period) -> String {
    let of = match party {
        Party::Buyer(bid) => format!("buyer-{bid}"),
        Party::Supplier(sid) => format!("supplier-{sid}"),
    };
    format!("statement-{of}-{}-{}", period.from(), period.to())
}
