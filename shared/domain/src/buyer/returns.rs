//! On which terms a buyer may return what it has bought.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::setup::Invalid;

/// A sale may be returned this many days after it at the latest: what is older is settled.
const MAX_WINDOW_DAYS: u16 = 365;
/// A request that nobody decides within a month is not going to be decided.
const MAX_APPROVED_AFTER_HOURS: u16 = 24 * 30;
/// Most reasons of one list.
const MAX_REASONS: usize = 20;
/// Most characters of a reason's code.
pub(crate) const MAX_REASON_CHARS: usize = 40;

/// On which terms a buyer may return what it has bought. They are pinned to each sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnTerms {
    /// Days after the day of the sale within which it may be returned, in the account's zone, 1 to 365.
    pub window_days: u16,
    /// Whether the seller decides on each return; otherwise it takes effect at once.
    #[serde(default)]
    pub approval: bool,
    /// Where the seller decides: a request that is undecided after so many hours takes effect by itself, 1 to 720; none: it
    /// waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_after_hours: Option<u16>,
    /// Where the seller decides: returns for these reasons take effect at once all the same. At most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_reasons: Vec<String>,
    /// Whether what the supplier earned is taken back with the sale, unless the seller says otherwise.
    #[serde(default = "reverses_payout")]
    pub reverse_payout: bool,
    /// The reason codes it may give, such as `INVALID_PHONE`: at most 20, of 1 to 40 of `A-Z`, `0-9` and `_`; none: all that
    /// the account's settings name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// How many of the sales of a calendar month it may return at most, in percent of them, 1 to 100; none: all. Requests count
    /// until they are refused, and what is undone counts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_share_percent: Option<u8>,
}

fn reverses_payout() -> bool {
    true
}

impl ReturnTerms {
    /// Whether a return for this reason takes effect without the seller.
    pub fn takes_effect_at_once(&self, reason: &str) -> bool {
        !self.approval || self.approved_reasons.iter().any(|own| own == reason)
    }

    /// How long a request waits for the seller before it takes effect by itself; none: for as long as it takes.
    pub fn patience(&self) -> Option<SignedDuration> {
        self.approved_after_hours.map(|hours| SignedDuration::from_hours(hours.into()))
    }

    pub(super) fn check(&self, found: &mut Vec<Invalid>) {
        let range = |name: &str, detail: String| Invalid::new(format!("returns.{name}"), "range", detail);
        if !(1..=MAX_WINDOW_DAYS).contains(&self.window_days) {
            found.push(range("window_days", format!("Use 1 to {MAX_WINDOW_DAYS} days.")));
        }
        if self.approved_after_hours.is_some_and(|hours| !(1..=MAX_APPROVED_AFTER_HOURS).contains(&hours)) {
            found.push(range("approved_after_hours", format!("Use 1 to {MAX_APPROVED_AFTER_HOURS} hours.")));
        }
        if self.max_share_percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
            found.push(range("max_share_percent", "Use 1 to 100 percent.".to_owned()));
        }
        let unasked = [
            ("approved_after_hours", self.approved_after_hours.is_some()),
            ("approved_reasons", !self.approved_reasons.is_empty()),
        ];
        for (name, _) in unasked.iter().filter(|(_, is_named)| *is_named && !self.approval) {
            let detail = "Only where you decide on returns; set approval to true, or leave it out.";
            found.push(Invalid::new(format!("returns.{name}"), "needs_approval", detail));
        }
        check_reasons("returns.reasons", &self.reasons, found);
        check_reasons("returns.approved_reasons", &self.approved_reasons, found);
    }
}

/// What is wrong with a list of reason codes.
pub(crate) fn check_reasons(list: &str, reasons: &[String], found: &mut Vec<Invalid>) {
    if reasons.len() > MAX_REASONS {
        found.push(Invalid::new(list, "length", format!("Use at most {MAX_REASONS} reasons.")));
    }
    for (at, reason) in reasons.iter().enumerate().take(MAX_REASONS) {
        let place = format!("{list}.{at}");
        if !is_code(reason) {
            let detail =
                format!("Use 1 to {MAX_REASON_CHARS} of A to Z, 0 to 9 and _ for a code, such as INVALID_PHONE.");
            found.push(Invalid::new(place, "reason_code", detail));
        } else if reasons[..at].contains(reason) {
            let detail = format!("{reason} is in the list twice; leave it there once.");
            found.push(Invalid::new(place, "repeated", detail));
        }
    }
}

/// Whether it may be a reason code.
pub(crate) fn is_code(reason: &str) -> bool {
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

    #[test]
    fn patience_and_reasons_that_need_no_approval_are_for_those_who_ask_for_approval() {
        let after = |hours: u16| json!({ "window_days": 30, "approval": true, "approved_after_hours": hours });
        assert_eq!((findings(&after(1)), findings(&after(720))), (vec![], vec![]));
        for hours in [0, 721] {
            assert_eq!(findings(&after(hours)), ["returns.approved_after_hours:range"]);
        }
        let at_once = json!({ "window_days": 30, "approved_after_hours": 24, "approved_reasons": ["DUPE"] });
        let expected = ["returns.approved_after_hours:needs_approval", "returns.approved_reasons:needs_approval"];
        assert_eq!(findings(&at_once), expected);
        let wrong = json!({ "window_days": 30, "approval": true, "approved_reasons": ["DUPE", "dupe"] });
        assert_eq!(findings(&wrong), ["returns.approved_reasons.1:reason_code"]);
    }

    #[test]
    fn a_share_is_one_to_a_hundred_percent() {
        for (percent, found) in [(0, &["returns.max_share_percent:range"][..]), (1, &[]), (100, &[])] {
            assert_eq!(findings(&json!({ "window_days": 30, "max_share_percent": percent })), found, "{percent}");
        }
    }
}
