//! Suppliers and buyers see their own numbers and nobody else's (I12).

use lambda::test_api::{Api, pounds};
use serde_json::{Value, json};

use crate::{books::fill, harness::start};

const PERIOD: &str = "from=2026-10-01&to=2026-11-30";

async fn api() -> Api {
    let api = start().await;
    fill(&api.store()).await;
    api
}

#[tokio::test]
async fn a_supplier_sees_its_leads_and_payouts_and_no_money_of_buyers() {
    let api = api().await.by("s1");
    let report = api.get(&format!("/v1/reports/campaign?{PERIOD}")).await.ok();
    let row = json!({
        "currency": "GBP", "leads": 2, "valid": 2, "invalid": 0, "pending": 0, "approved": 2, "rejected": 0, "sold": 2,
        "returns": 1, "return_pct": "50.00", "payable": 1, "payout": pounds("5.00"), "cpl": pounds("2.50"),
    });
    let mut named = row.clone();
    named["campid"] = json!("solar");
    assert_eq!((&report["items"], &report["totals"]), (&json!([named]), &json!([row])));
    let file = api.get(&format!("/v1/reports/month?{PERIOD}&format=csv")).await;
    assert_eq!(
        file.lines()[0],
        "month,currency,leads,valid,invalid,pending,approved,rejected,sold,returns,return_pct,payable,payout,cpl"
    );
}

#[tokio::test]
async fn a_buyer_sees_what_it_bought_and_nothing_of_suppliers() {
    let api = api().await.by("b1");
    let report = api.get(&format!("/v1/reports/delivery?{PERIOD}")).await.ok();
    let row = |did: &str, returns: i64, pct: &str, revenue: &str| json!({ "did": did, "currency": "GBP", "sold": 1, "returns": returns, "return_pct": pct, "contacted": 0, "not_reached": 0, "converted": 0, "converted_value": pounds("0.00"), "revenue": pounds(revenue) });
    assert_eq!(report["items"], json!([row("d1", 1, "100.00", "0.00"), row("d3", 0, "0.00", "20.00")]));
    let total = json!({ "currency": "GBP", "sold": 2, "returns": 1, "return_pct": "50.00", "contacted": 0, "not_reached": 0, "converted": 0, "converted_value": pounds("0.00"), "revenue": pounds("20.00") });
    assert_eq!(report["totals"], json!([total]));
    let file = api.get(&format!("/v1/reports/day?{PERIOD}&format=csv")).await;
    assert_eq!(
        file.lines()[0],
        "day,currency,sold,returns,return_pct,contacted,not_reached,converted,converted_value,revenue"
    );
}

#[tokio::test]
async fn nothing_that_they_may_ask_for_tells_of_others() {
    let api = api().await;
    for (caller, own, others) in [
        ("s1", "supplier", ["b1", "b2", "s2", "d1", "d2", "heat"]),
        ("b2", "buyer", ["s1", "s2", "b1", "d1", "d3", "5.00"]),
    ] {
        for by in ["campaign", "month", "day", own] {
            for time in ["received", "sold", "booked"] {
                for format in ["json", "csv"] {
                    let path = format!("/v1/reports/{by}?{PERIOD}&time={time}&format={format}");
                    let answer = api.by(caller).get(&path).await;
                    assert_eq!(answer.status, 200, "{caller} {path}");
                    // £15.00 is what b2 pays; £5.00 what a supplier earns.
                    let text = answer.text.replace("15.00", "");
                    for other in others {
                        assert!(!text.contains(other), "{caller} {path} tells of {other}: {text}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn what_shows_others_is_refused_and_says_what_to_ask_instead() {
    let api = api().await;
    for (caller, path) in [
        ("s1", "reports/buyer?"),
        ("s1", "reports/delivery?"),
        ("s1", "reports/campaign?sid=s2&"),
        ("s1", "reports/campaign?sid=s1&sid=s2&"),
        ("s1", "reports/campaign?bid=b1&"),
        ("s1", "reports/campaign?did=d1&"),
        ("b1", "reports/supplier?"),
        ("b1", "reports/campaign?sid=s1&"),
        ("b1", "reports/campaign?bid=b2&"),
        ("s1", "suppliers/s2/statement?"),
        ("s1", "suppliers/nobody/statement?"),
        ("s1", "buyers/b1/statement?"),
        ("s1", "buyers/s1/statement?"),
        ("b1", "buyers/b2/statement?"),
        ("b1", "suppliers/s1/statement?"),
    ] {
        let answer = api.by(caller).get(&format!("/v1/{path}{PERIOD}")).await;
        assert_eq!(answer.refusal(), "403 not_yours", "{caller} {path}");
        assert!(answer.json["detail"].as_str().unwrap().len() > 30, "{}", answer.text);
    }
    assert_eq!(api.by("b1").get("/v1/buyers/b2/credit").await.refusal(), "403 not_yours");
    assert_eq!(api.by("s1").get("/v1/buyers/b1/credit").await.refusal(), "403 not_yours");
}

#[tokio::test]
async fn only_the_seller_moves_money_and_reads_the_journal() {
    let api = start().await;
    let paths =
        [("GET", "/v1/journal?day=2026-11-03"), ("POST", "/v1/buyers/b1/credit"), ("POST", "/v1/financial-edits")];
    for caller in ["s1", "b1"] {
        for (method, path) in paths {
            let answer = api.by(caller).ask(method, path, &[("Idempotency-Key", "k")], Some(&json!({}))).await;
            assert_eq!(answer.refusal(), "403 seller_only", "{caller} {path}");
        }
    }
    let reports = [
        ("GET", "/v1/reports/day?from=2026-11-01&to=2026-11-02"),
        ("GET", "/v1/buyers/b1/statement"),
        ("GET", "/v1/suppliers/s1/statement"),
        ("GET", "/v1/buyers/b1/credit"),
    ];
    for (method, path) in paths.into_iter().chain(reports) {
        let answer = api.by("").ask(method, path, &[], None::<&Value>).await;
        assert_eq!(answer.refusal(), "401 unauthorised", "{path}");
    }
}
