//! Statements, and that they say what reports say.

use lambda::test_api::{Api, pounds};
use serde_json::{Value, json};

use crate::{books::fill, harness::start};

async fn api() -> Api {
    let api = start().await;
    fill(&api.store()).await;
    api
}

fn line(day: &str, kind: &str, entries: i64, amount: &str, balance: &str) -> Value {
    json!({ "day": day, "kind": kind, "entries": entries, "amount": pounds(amount), "balance": pounds(balance) })
}

#[tokio::test]
async fn a_buyers_statement_leads_from_what_it_owed_to_what_it_owes() {
    let api = api().await;
    let statement = api.get("/v1/buyers/b1/statement?from=2026-11-01&to=2026-11-30").await.ok();
    let lines = [line("2026-11-03", "sale", 1, "20.00", "32.50"), line("2026-11-10", "return", 1, "-12.50", "20.00")];
    let expected = json!({
        "bid": "b1", "from": "2026-11-01", "to": "2026-11-30",
        "items": [{ "currency": "GBP", "opening": pounds("12.50"), "lines": lines, "closing": pounds("20.00") }],
    });
    assert_eq!(statement, expected);
    assert_eq!(api.by("b1").get("/v1/buyers/b1/statement?from=2026-11-01&to=2026-11-30").await.ok(), expected);
}

#[tokio::test]
async fn a_suppliers_statement_leads_from_what_it_was_owed_to_what_it_is_owed() {
    let api = api().await;
    let statement = api.get("/v1/suppliers/s1/statement?from=2026-11-01&to=2026-11-30").await.ok();
    let lines =
        [line("2026-11-01", "sale", 1, "5.00", "10.00"), line("2026-11-10", "payout_reversal", 1, "-5.00", "5.00")];
    let expected = json!({
        "sid": "s1", "from": "2026-11-01", "to": "2026-11-30",
        "items": [{ "currency": "GBP", "opening": pounds("5.00"), "lines": lines, "closing": pounds("5.00") }],
    });
    assert_eq!(statement, expected);
    assert_eq!(api.by("s1").get("/v1/suppliers/s1/statement?from=2026-11-01&to=2026-11-30").await.ok(), expected);
}

/// An amount in minor units; where there is none, nothing.
fn minor(money: &Value) -> i64 {
    money["amount"].as_str().map_or(0, |amount| amount.replace('.', "").parse().unwrap())
}

#[tokio::test]
async fn what_is_owed_is_the_same_in_statements_and_in_reports_by_booking_time() {
    let api = api().await;
    for period in ["from=2026-10-01&to=2026-10-31", "from=2026-11-01&to=2026-11-30", "from=2026-10-25&to=2026-11-03"] {
        for (path, report, column) in [
            ("buyers/b1", "buyer?bid=b1", "revenue"),
            ("buyers/b2", "buyer?bid=b2", "revenue"),
            ("suppliers/s1", "supplier?sid=s1", "payout"),
            ("suppliers/s2", "supplier?sid=s2", "payout"),
        ] {
            let statement = api.get(&format!("/v1/{path}/statement?{period}")).await.ok();
            let report = api.get(&format!("/v1/reports/{report}&{period}&time=booked")).await.ok();
            let (lines, total) = (&statement["items"][0]["lines"], &report["totals"][0][column]);
            let moved: i64 = lines.as_array().into_iter().flatten().map(|line| minor(&line["amount"])).sum();
            assert_eq!(moved, minor(total), "{path} {period}");
        }
    }
}

#[tokio::test]
async fn a_statement_is_a_file_that_begins_and_ends_with_what_is_owed() {
    let file = api().await.get("/v1/buyers/b1/statement?from=2026-11-01&to=2026-11-30&format=csv").await;
    let expected = [
        "day,kind,entries,amount,balance,currency",
        "2026-11-01,opening,,,12.50,GBP",
        "2026-11-03,sale,1,20.00,32.50,GBP",
        "2026-11-10,return,1,-12.50,20.00,GBP",
        "2026-11-30,closing,,,20.00,GBP",
    ];
    assert_eq!(file.lines(), expected);
    let name = "attachment; filename=\"statement-buyer-b1-2026-11-01-2026-11-30.csv\"";
    assert_eq!(file.header("content-disposition"), name);
}

#[tokio::test]
async fn without_entries_there_is_nothing_to_state() {
    let statement = start().await.get("/v1/suppliers/s1/statement?from=2026-11-01&to=2026-11-30").await.ok();
    assert_eq!(statement["items"], json!([]));
}
