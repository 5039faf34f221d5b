//! What cannot be asked.

use crate::harness::start;

#[tokio::test]
async fn a_report_that_cannot_be_says_what_is_wrong_with_the_question() {
    let api = start().await;
    for (query, expected) in [
        ("campaign", "400 invalid_query from:required to:required"),
        ("campaign?from=2026-11-01", "400 invalid_query to:required"),
        ("campaign?from=2026-11-31&to=2026-12-01", "400 invalid_query from:invalid_day"),
        ("campaign?from=2026-11-02&to=2026-11-01", "400 invalid_query to:backwards"),
        ("day?from=2025-11-01&to=2026-11-02", "400 invalid_query to:too_long"),
        ("month?from=2016-11-01&to=2026-11-02", "400 invalid_query to:too_long"),
        ("day?from=2026-11-01&to=2026-11-02&time=paid", "400 invalid_query time:unknown_word"),
        ("day?from=2026-11-01&to=2026-11-02&format=xls", "400 invalid_query format:unknown_word"),
        ("day?from=2026-11-01&to=2026-11-02&campid=a%20b", "400 invalid_query campid:invalid"),
        ("day?from=2026-11-01&to=2026-11-02&source=google", "400 invalid_query source:unknown_parameter"),
        ("day?from=2026-11-01&to=2026-11-02&to=2026-11-02", "400 invalid_query to:repeated"),
        ("source?from=2026-11-01&to=2026-11-02", "404 not_found"),
    ] {
        assert_eq!(api.get(&format!("/v1/reports/{query}")).await.refusal(), expected, "{query}");
    }
    let told = api.get("/v1/reports/source").await;
    assert!(told.text.contains("reports are by campaign, supplier, buyer, delivery, day or month"), "{}", told.text);
}

#[tokio::test]
async fn a_journal_or_statement_that_cannot_be_says_what_is_wrong_with_the_question() {
    let api = start().await;
    for (path, expected) in [
        ("journal", "400 invalid_query from:required to:required"),
        ("journal?day=today", "400 invalid_query day:invalid_day"),
        ("journal?day=2026-11-01&from=2026-11-01", "400 invalid_query from:not_with_day"),
        ("journal?day=2026-11-01&limit=x", "400 invalid_query limit:range"),
        ("journal?day=2026-11-01&limit=201", "400 invalid_query limit:range"),
        ("journal?day=2026-11-01&cursor=!", "400 invalid_query cursor:invalid_cursor"),
        ("journal?from=2025-11-01&to=2026-11-02", "400 invalid_query to:too_long"),
        ("buyers/b1/statement", "400 invalid_query from:required to:required"),
        ("buyers/b1/statement?from=2025-11-01&to=2026-11-02", "400 invalid_query to:too_long"),
        ("suppliers/s1/statement?from=2026-11-01&to=2026-11-02&bid=b1", "400 invalid_query bid:unknown_parameter"),
        ("buyers/b9/statement?from=2026-11-01&to=2026-11-02", "404 not_found"),
        ("suppliers/s9/statement?from=2026-11-01&to=2026-11-02", "404 not_found"),
        ("suppliers/b1/statement?from=2026-11-01&to=2026-11-02", "404 not_found"),
    ] {
        assert_eq!(api.get(&format!("/v1/{path}")).await.refusal(), expected, "{path}");
    }
}
