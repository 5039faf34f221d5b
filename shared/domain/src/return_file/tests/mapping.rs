//! What a buyer may say of its files.

use serde_json::{Value, json};

use crate::{buyer::Buyer, setup::Record};

/// What is wrong with a buyer of this mapping, as `field:code`.
fn findings(return_file: &Value) -> Vec<String> {
    let buyer = json!({ "bid": "b1", "name": "Bright Solar", "return_file": return_file });
    let buyer: Buyer = serde_json::from_value(buyer).unwrap();
    buyer.check().into_iter().map(|finding| format!("{}:{}", finding.field, finding.code)).collect()
}

#[test]
fn headers_are_words_on_one_line_or_numbers_of_columns() {
    for name in ["Lead-Nr.", "#1", "#200", &"é".repeat(60)] {
        assert_eq!(findings(&json!({ "columns": { "lead_id": name } })), [""; 0], "{name}");
    }
    for name in ["", " ", "two\nlines", &"é".repeat(61)] {
        assert_eq!(findings(&json!({ "columns": { "email": name } })), ["return_file.columns.email:length"], "{name}");
    }
    for name in ["#", "#0", "#201", "#x"] {
        let found = findings(&json!({ "columns": { "phone": name } }));
        assert_eq!(found, ["return_file.columns.phone:column_number"], "{name}");
    }
    let twice = json!({ "columns": { "phone": "Tel.", "lead_id": "TEL" } });
    assert_eq!(findings(&twice), ["return_file.columns.phone:repeated"]);
}

#[test]
fn words_stand_for_codes() {
    let many = |count: u8| {
        let words: serde_json::Map<String, Value> = (0..count).map(|at| (format!("w{at:02}"), json!("DUPE"))).collect();
        findings(&json!({ "reasons": words }))
    };
    assert_eq!((many(50), many(51)), (vec![], vec!["return_file.reasons:length".to_owned()]));
    let wrong = json!({ "reasons": { "a": "dupe", "": "DUPE", "c": "DUPE" }, "default_reason": "no" });
    let expected =
        ["return_file.reasons.0:length", "return_file.reasons.1:reason_code", "return_file.default_reason:reason_code"];
    assert_eq!(findings(&wrong), expected);
    let twice = json!({ "reasons": { "Wrong number": "DUPE", "wrong-number": "OTHER" } });
    assert_eq!(findings(&twice), ["return_file.reasons.1:repeated"]);
}

#[test]
fn a_mapping_says_nothing_that_is_not_known() {
    for unknown in [json!({ "column": {} }), json!({ "columns": { "name": "x" } }), json!({ "date_order": "myd" })] {
        let buyer = json!({ "bid": "b1", "name": "Bright Solar", "return_file": unknown });
        assert!(serde_json::from_value::<Buyer>(buyer).is_err(), "{unknown}");
    }
    let whole = json!({
        "columns": { "lead_id": "Nr" }, "reasons": { "x": "DUPE" }, "default_reason": "OTHER", "country": "DE",
        "date_order": "dmy",
    });
    assert_eq!(findings(&whole), [""; 0]);
}
