//! The demonstration's leads as a table: who sent each, who bought it, and what happened on the way.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use domain::lead::{Method, PayoutState};
use domain::money::Money;

use super::leads::Receipt;
use super::outcome::{Delivery, Outcome};

/// Where there is no terminal to ask.
const WIDTH: u16 = 120;
/// An answer that took longer is worth a word.
const SLOW_MS: u64 = 1_000;

/// The table and the money below it.
pub(super) fn report(leads: &[(Receipt, Outcome)]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(WIDTH);
    }
    table.set_header(["lead", "from", "status", "buyer", "price", "payout", "what happened"]);
    for (receipt, outcome) in leads {
        table.add_row(row(receipt, outcome));
    }
    for column in [4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n{}\n", table.trim_fmt(), totals(leads))
}

fn row(receipt: &Receipt, outcome: &Outcome) -> [String; 7] {
    let field = |name: &str| outcome.fields.get(name).map_or("", String::as_str);
    let sale = outcome.deliveries.iter().find_map(|delivery| Some((&delivery.did, delivery.sale.as_ref()?)));
    [
        format!("{} {}\n{}", field("firstname"), field("lastname"), outcome.lead_id),
        format!("{}{}", outcome.sid, if outcome.method == Method::Form { "\n(form post)" } else { "" }),
        outcome.sold_status.word().to_owned(),
        sale.map_or_else(String::new, |(did, _)| did.clone()),
        sale.map_or_else(String::new, |(_, sale)| sale.price.amount()),
        if is_earned(outcome) { outcome.financials.payout.amount() } else { String::new() },
        story(receipt, outcome),
    ]
}

/// What happened, a line for each step.
fn story(receipt: &Receipt, outcome: &Outcome) -> String {
    let refused = outcome.approval.code.map(|code| {
        let reason = outcome.approval.reason.as_deref().unwrap_or_default();
        format!("not taken, code {code}: {reason}")
    });
    let fields = receipt.errors.iter().map(|error| format!("{}: {}", error.field, error.detail));
    let deliveries = outcome.deliveries.iter().map(step);
    refused.into_iter().chain(fields).chain(deliveries).collect::<Vec<_>>().join("\n")
}

/// `helios: 503, then accepted`
fn step(delivery: &Delivery) -> String {
    let Delivery { did, state, reason, attempts, .. } = delivery;
    let answered = |attempt: &super::outcome::Attempt| {
        attempt.http_status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
    };
    let earlier: String = attempts.iter().rev().skip(1).rev().map(|attempt| answered(attempt) + ", then ").collect();
    let slow = attempts.last().map(|last| last.elapsed_ms).filter(|elapsed_ms| *elapsed_ms >= SLOW_MS);
    let slow = slow.map_or_else(String::new, |ms| format!(" after {}.{} s", ms / 1_000, ms % 1_000 / 100));
    let last = attempts.last().filter(|_| state == "failed").map_or_else(String::new, |last| answered(last) + ": ");
    let reason = reason.as_ref().map_or_else(String::new, |reason| format!(", {reason}"));
    format!("{did}: {earlier}{last}{state}{slow}{reason}")
}

fn is_earned(outcome: &Outcome) -> bool {
    outcome.financials.payout_status == PayoutState::Earned
}

fn totals(leads: &[(Receipt, Outcome)]) -> String {
    let outcomes = || leads.iter().map(|(_, outcome)| outcome);
    let revenue = sum(outcomes().map(|outcome| outcome.financials.revenue));
    let payout = sum(outcomes().filter(|outcome| is_earned(outcome)).map(|outcome| outcome.financials.payout));
    let profit = sum(outcomes().map(|outcome| outcome.financials.profit));
    format!("revenue {revenue}, payout {payout}, profit {profit}")
}

fn sum(amounts: impl Iterator<Item = Money>) -> String {
    let total = amounts.map(Ok).reduce(|sum, amount| sum?.add(amount?));
    total.map_or_else(|| "0".to_owned(), |sum| sum.map_or_else(|error| error.to_string(), |sum| sum.to_string()))
}
