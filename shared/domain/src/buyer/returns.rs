//! On which terms a buyer may return what it has bought.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::setup::Invalid;

/// A sale may be returned this many days after it at the latest: what is older is settled.
const MAX_WINDOW_DAYS: u16 = 365;
/// Most reasons of one buyer.
const MAX_REASONS: usize = 20;
/// Most characters of a reason's code.
const MAX_REASON_CHARS: usize = 40;

/// On which terms a buyer may return what it has bought. They are pinned to each sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnTerms {
    /// Days after the sale within which it may be returned, 1 to 365.
    pub window_days: u16,
    /// Whether the seller decides on each return; otherwise it takes effect at once.
    #[serde(default)]
    pub approval: bool,
    /// Whether what the supplier earned is taken back with the sale, unless the seller says otherwise.
    #[serde(default = "reverses_payout")]
    pub reverse_payout: bool,
    /// The reason codes it may give, such as `INVALID_PHONE`: at most 20, of 1 to 40 of `A-Z`, `0-9` and `_`; none: all that
    /// there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

fn reverses_payout() -> bool {
    true
}

impl ReturnTerms {
    pub(super) fn check(&self, found: &mut Vec<Invalid>) {
        if !(1..=MAX_WINDOW_DAYS).contains(&self.window_days) {
            found.push(Invalid::new("returns.window_days", "range", format!("Use 1 to {MAX_WINDOW_DAYS} days.")));
        }
        if self.reasons.len() > MAX_REASONS {
            found.push(Invalid::new("returns.reasons", "length", format!("Use at most {MAX_REASONS} reasons.")));
        }
        for (at, reason) in self.reasons.iter().enumerate().take(MAX_REASONS) {
            let place = format!("returns.reasons.{at}");
            if !is_code(reason) {
                let detail =
                    format!("Use 1 to {MAX_REASON_CHARS} of A to Z, 0 to 9 and _ for a code, such as INVALID_PHONE.");
                found.push(Invalid::new(place, "reason_code", detail));
            } else if self.reasons[..at].contains(reason) {
                let detail = format!("{reason} is in the list twice; leave it there once.");
                found.push(Invalid::new(place, "repeated", detail));
            }
        }
    }
}

fn is_code(reason: &str) -> bool {
    let is_sign = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
    (1..=MAX_REASON_CHARS).contains(&reason.len()) && reason.bytes().all(is_sign)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use serde_json::{Value, json};

    use crate::{buyer::Buyer, setup::Record};

    /// What is wrong with a buyer of these terms, as `field:code`.
    fn findings(returns: &Value) -> Vec<String> {
        let buyer = json!({ "bid": "b1", "name": "Bright Solar", "returns": returns });
        let buyer: Buyer = serde_json::from_value(buyer).unwrap();
        buyer.check().into_iter().map(|finding| format!("{}:{}", finding.field, finding.code)).collect()
    }

    #[test]
    fn a_window_is_one_day_to_a_year() {
        for (days, found) in
            [(0, &["returns.window_days:range"][..]), (1, &[]), (365, &[]), (366, &["returns.window_days:range"])]
        {
            assert_eq!(findings(&json!({ "window_days": days })), found, "{days}");
        }
    }

    #[test]
    fn reasons_are_codes_in_capitals_each_once() {
        let reasons = |reasons: Vec<String>| findings(&json!({ "window_days": 30, "reasons": reasons }));
        let usual = [
            "DNCC",
            "DUPE",
            "INVALID_PHONE",
            "INVALID_EMAIL",
            "WRONG_PERSON",
            "NOT_INTERESTED",
            "OUT_OF_AREA",
            "OTHER",
        ];
        assert_eq!(reasons(usual.map(str::to_owned).to_vec()), [""; 0]);
        assert_eq!(reasons(vec!["9".to_owned(), "_".repeat(40)]), [""; 0]);
        for wrong in [String::new(), "dupe".to_owned(), "WRONG PERSON".to_owned(), "Ä".to_owned(), "A".repeat(41)] {
            assert_eq!(reasons(vec![wrong.clone()]), ["returns.reasons.0:reason_code"], "{wrong}");
        }
        let twice = ["DUPE", "OTHER", "DUPE"].map(str::to_owned).to_vec();
        assert_eq!(reasons(twice), ["returns.reasons.2:repeated"]);
        let many = |count: u8| (0..count).map(|at| format!("R{at}")).collect();
        assert_eq!((reasons(many(20)), reasons(many(21))), (vec![], vec!["returns.reasons:length".to_owned()]));
    }

    #[test]
    fn returns_take_effect_at_once_and_take_the_payout_back_unless_the_terms_say_otherwise() {
        let buyer = json!({ "bid": "b1", "name": "Bright Solar", "returns": { "window_days": 30 } });
        let terms = serde_json::from_value::<Buyer>(buyer).unwrap().returns.unwrap();
        assert_eq!((terms.approval, terms.reverse_payout, terms.reasons.len()), (false, true, 0));
    }
}
