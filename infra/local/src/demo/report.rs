//! The demonstration's leads as a table: who sent each, who bought it, and what happened on the way.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use domain::lead::Method;
use domain::money::Money;

use super::leads::Receipt;
use super::outcome::{Attempt, Delivery, Outcome};

/// Where there is no terminal to ask.
const WIDTH: u16 = 120;
/// An answer that took longer is worth a word.
const SLOW_MS: u64 = 1_000;

/// The table and the money below it.
pub(super) fn report(leads: &[(Receipt, Outcome)]) -> String {
    if leads.is_empty() {
        // Posted by keys that nobody remembers, and another principal's post would not be known for the same.
        return "The demonstration's leads are there already, but demo.json, which names them, is gone.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(WIDTH);
    }
    table.set_header(["lead, from", "status", "sold to", "payout", "what happened"]);
    for (receipt, outcome) in leads {
        table.add_row(row(receipt, outcome));
    }
    if let Some(payout) = table.column_mut(3) {
        payout.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n{}\n", table.trim_fmt(), totals(leads.iter().map(|(_, outcome)| outcome)))
}

/// Narrow enough for the id of the lead, which a person may want to copy, to stay in one piece in 80 columns.
fn row(receipt: &Receipt, outcome: &Outcome) -> [String; 5] {
    let field = |name: &str| outcome.fields.get(name).map_or("", String::as_str);
    let form = if outcome.method == Method::Form { "\nby form" } else { "" };
    let sale = outcome.deliveries.iter().find_map(|delivery| Some((&delivery.did, delivery.sale.as_ref()?)));
    [
        format!("{} {}\n{}{form}", field("firstname"), field("lastname"), outcome.sid),
        outcome.sold_status.word().to_owned(),
        sale.map_or_else(String::new, |(did, sale)| format!("{did}\n{}", sale.price)),
        outcome.financials.earned().map_or_else(String::new, |payout| payout.amount()),
        story(receipt, outcome),
    ]
}

/// What happened, a line for each step, and the lead's id.
fn story(receipt: &Receipt, outcome: &Outcome) -> String {
    let refused = outcome.approval.code.map(|code| {
        let reason = outcome.approval.reason.as_deref().unwrap_or_default();
        format!("not taken, code {code}: {reason}")
    });
    let fields = receipt.errors.iter().map(|error| format!("{}: {}", error.field, error.detail));
    let deliveries = outcome.deliveries.iter().map(step);
    let id = outcome.lead_id.clone();
    refused.into_iter().chain(fields).chain(deliveries).chain([id]).collect::<Vec<_>>().join("\n")
}

/// `helios: 503, then accepted`
fn step(delivery: &Delivery) -> String {
    let Delivery { did, state, reason, attempts, .. } = delivery;
    let answers: Vec<String> = attempts.iter().map(answer).collect();
    let passage = match (state.as_str(), answers.split_last()) {
        ("failed", Some(_)) => format!("failed after {}", answers.join(", ")),
        (state, Some((_, earlier))) if !earlier.is_empty() => format!("{}, then {state}", earlier.join(", ")),
        (state, _) => state.to_owned(),
    };
    let slow = attempts.last().and_then(|last| last.elapsed_ms).filter(|elapsed_ms| *elapsed_ms >= SLOW_MS);
    let slow = slow.map_or_else(String::new, |ms| format!(" after {}.{} s", ms / 1_000, ms % 1_000 / 100));
    let reason = reason.as_ref().map_or_else(String::new, |reason| format!(", {reason}"));
    format!("{did}: {passage}{slow}{reason}")
}

fn answer(attempt: &Attempt) -> String {
    attempt.http_status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
}

/// What leads come to.
pub(super) fn totals<'a>(outcomes: impl Iterator<Item = &'a Outcome> + Clone) -> String {
    let revenue = sum(outcomes.clone().map(|outcome| outcome.financials.revenue));
    let payout = sum(outcomes.clone().filter_map(|outcome| outcome.financials.earned()));
    let profit = sum(outcomes.map(|outcome| outcome.financials.profit));
    format!("revenue {revenue}, payout {payout}, profit {profit}")
}

fn sum(amounts: impl Iterator<Item = Money>) -> String {
    let total = amounts.map(Ok).reduce(|sum, amount| sum?.add(amount?));
    total.map_or_else(|| "0".to_owned(), |sum| sum.map_or_else(|error| error.to_string(), |sum| sum.to_string()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(state: &str, reason: Option<&str>, attempts: &[(Option<u16>, u64)]) -> String {
        let attempts: Vec<Value> = attempts
            .iter()
            .map(|(status, elapsed_ms)| json!({ "http_status": status, "elapsed_ms": elapsed_ms }))
            .collect();
        let delivery = json!({ "did": "d", "state": state, "reason": reason, "attempts": attempts });
        step(&serde_json::from_value(delivery).unwrap())
    }

    #[test]
    fn a_step_tells_every_answer_and_the_reason() {
        assert_eq!(told("accepted", None, &[(Some(200), 12)]), "d: accepted");
        assert_eq!(told("accepted", None, &[(Some(503), 5), (Some(200), 1_540)]), "d: 503, then accepted after 1.5 s");
        assert_eq!(told("rejected", Some("too old"), &[(Some(200), 5)]), "d: rejected, too old");
        assert_eq!(
            told("failed", Some("broken"), &[(Some(500), 5), (None, 5)]),
            "d: failed after 500, no answer, broken"
        );
        assert_eq!(told("skipped", Some("it is switched off"), &[]), "d: skipped, it is switched off");
    }

    #[test]
    fn amounts_are_added_to_the_penny() {
        let pence = |minor| Money { minor, currency: "GBP".parse().unwrap() };
        assert_eq!(sum([pence(2_800), pence(-1), pence(2_450)].into_iter()), "52.49 GBP");
        assert_eq!(sum(std::iter::empty()), "0");
    }
}
