//! What reports say of the small agency.

use lambda::test_api::{Api, pounds};
use serde_json::{Value, json};

use crate::{books::fill, harness::start};

const ALL: &str = "from=2026-01-01&to=2026-12-31";

async fn api() -> Api {
    let api = start().await;
    fill(&api.store()).await;
    api
}

/// Some fields of each item.
fn told(report: &Value, fields: &[&str]) -> Vec<String> {
    let cell = |item: &Value, field: &&str| match &item[*field] {
        Value::Null => "-".to_owned(),
        Value::Object(money) => money["amount"].as_str().unwrap().to_owned(),
        Value::String(text) => text.clone(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_)) => other.to_string(),
    };
    let line = |item: &Value| fields.iter().map(|field| cell(item, field)).collect::<Vec<_>>().join(" ");
    report["items"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn a_report_by_campaign_says_what_came_of_its_leads() {
    let report = api().await.get(&format!("/v1/reports/campaign?{ALL}")).await.ok();
    let heat = json!({
        "campid": "heat", "currency": "GBP", "leads": 1, "valid": 1, "invalid": 0, "pending": 0, "approved": 1,
        "rejected": 0, "sold": 2, "returns": 0, "return_pct": "0.00", "contacted": 0, "not_reached": 0, "converted": 0, "converted_value": pounds("0.00"), "payable": 1, "payout": pounds("5.00"),
        "revenue": pounds("35.00"), "profit": pounds("30.00"), "cpl": pounds("5.00"), "rpl": pounds("35.00"),
    });
    let solar = json!({
        "campid": "solar", "currency": "GBP", "leads": 4, "valid": 4, "invalid": 0, "pending": 1, "approved": 2,
        "rejected": 1, "sold": 2, "returns": 1, "return_pct": "50.00", "contacted": 0, "not_reached": 0, "converted": 0, "converted_value": pounds("0.00"), "payable": 1, "payout": pounds("5.00"),
        "revenue": pounds("9.00"), "profit": pounds("4.00"), "cpl": pounds("1.25"), "rpl": pounds("2.25"),
    });
    let total = json!({
        "currency": "GBP", "leads": 5, "valid": 5, "invalid": 0, "pending": 1, "approved": 3, "rejected": 1, "sold": 4,
        "returns": 1, "return_pct": "25.00", "contacted": 0, "not_reached": 0, "converted": 0, "converted_value": pounds("0.00"), "payable": 2, "payout": pounds("10.00"), "revenue": pounds("44.00"),
        "profit": pounds("34.00"), "cpl": pounds("2.00"), "rpl": pounds("8.80"),
    });
    let expected = json!({
        "by": "campaign", "time": "received", "from": "2026-01-01", "to": "2026-12-31",
        "items": [heat, solar], "totals": [total],
    });
    assert_eq!(report, expected);
}

#[tokio::test]
async fn days_begin_at_midnight_in_the_accounts_zone_in_summer_and_in_winter() {
    let api = api().await;
    let report = api.get("/v1/reports/day?from=2026-10-01&to=2026-11-30").await.ok();
    // 23:30 UTC is half past midnight until the clocks go back, and half an hour before it afterwards.
    let days = ["2026-10-25 1 1 1 0.00", "2026-10-31 1 1 0 9.00", "2026-11-02 1 0 0 0.00", "2026-11-03 2 2 0 35.00"];
    assert_eq!(told(&report, &["day", "leads", "sold", "returns", "revenue"]), days);
    let report = api.get("/v1/reports/day?from=2026-10-01&to=2026-11-30&time=sold").await.ok();
    let days = [
        "2026-10-25 1 1 0.00",
        "2026-10-31 1 0 0.00",
        "2026-11-01 0 1 9.00",
        "2026-11-02 1 0 0.00",
        "2026-11-03 2 2 35.00",
    ];
    assert_eq!(told(&report, &["day", "leads", "sold", "revenue"]), days);
    let report = api.get("/v1/reports/day?from=2026-10-01&to=2026-11-30&time=booked").await.ok();
    let days = [
        "2026-10-25 1 12.50",
        "2026-10-31 0 0.00",
        "2026-11-01 1 9.00",
        "2026-11-02 0 0.00",
        "2026-11-03 2 35.00",
        "2026-11-10 0 -12.50",
    ];
    assert_eq!(told(&report, &["day", "sold", "revenue"]), days);
}

#[tokio::test]
async fn months_are_told_by_each_time_and_add_up_to_the_same() {
    let api = api().await;
    for (time, october, november) in [
        ("received", "2026-10 2 9.00 5.00", "2026-11 3 35.00 5.00"),
        ("sold", "2026-10 2 0.00 0.00", "2026-11 3 44.00 10.00"),
        ("booked", "2026-10 2 12.50 5.00", "2026-11 3 31.50 5.00"),
    ] {
        let report = api.get(&format!("/v1/reports/month?{ALL}&time={time}")).await.ok();
        assert_eq!(told(&report, &["month", "leads", "revenue", "payout"]), [october, november], "{time}");
    }
}

#[tokio::test]
async fn the_total_is_the_same_by_whatever_and_by_whichever_time() {
    let api = api().await;
    let totals = api.get(&format!("/v1/reports/campaign?{ALL}")).await.ok()["totals"].clone();
    for by in ["campaign", "supplier", "buyer", "delivery", "day", "month"] {
        for time in ["received", "sold", "booked"] {
            let report = api.get(&format!("/v1/reports/{by}?{ALL}&time={time}")).await.ok();
            assert_eq!(report["totals"], totals, "{by} {time}");
        }
    }
}

#[tokio::test]
async fn a_period_may_begin_and_end_within_a_month() {
    let api = api().await;
    let sold = async |period: &str| {
        let report = api.get(&format!("/v1/reports/supplier?{period}")).await.ok();
        told(&report, &["sid", "leads", "sold"]).join(", ")
    };
    assert_eq!(sold("from=2026-10-25&to=2026-10-25").await, "s1 1 1");
    assert_eq!(sold("from=2026-10-26&to=2026-11-02").await, "s1 1 1, s2 1 0");
    assert_eq!(sold("from=2026-09-15&to=2026-11-03").await, "s1 2 2, s2 3 2");
    assert_eq!(sold("from=2026-10-26&to=2027-01-15").await, "s1 1 1, s2 3 2");
    assert_eq!(sold("from=2026-11-04&to=2027-01-15").await, "");
}

#[tokio::test]
async fn what_belongs_to_no_sale_stands_in_a_row_without_a_buyer() {
    let api = api().await;
    let report = api.get(&format!("/v1/reports/buyer?{ALL}")).await.ok();
    let fields = ["bid", "leads", "sold", "returns", "revenue", "payout", "profit"];
    assert_eq!(
        told(&report, &fields),
        ["b1 - 2 1 20.00 5.00 15.00", "b2 - 2 0 24.00 5.00 19.00", "- 5 - - - 0.00 0.00"]
    );
    let report = api.get(&format!("/v1/reports/delivery?{ALL}")).await.ok();
    assert_eq!(told(&report, &["did", "sold"]), ["d1 1", "d2 1", "d3 1", "d4 1", "- -"]);
}

#[tokio::test]
async fn filters_narrow_a_report_and_may_be_repeated() {
    let api = api().await;
    let rows = async |query: &str| {
        let report = api.get(&format!("/v1/reports/supplier?{ALL}&{query}")).await.ok();
        told(&report, &["sid", "leads", "sold", "revenue"]).join(", ")
    };
    assert_eq!(rows("campid=solar").await, "s1 2 2 9.00, s2 2 0 0.00");
    assert_eq!(rows("campid=solar&campid=heat").await, "s1 2 2 9.00, s2 3 2 35.00");
    assert_eq!(rows("campid=none").await, "");
    assert_eq!(rows("sid=s2").await, "s2 3 2 35.00");
    assert_eq!(rows("bid=b1").await, "s1 - 1 0.00, s2 - 1 20.00");
    assert_eq!(rows("bid=b1&did=d3&did=d4").await, "s2 - 1 20.00");
    let many = "campid=a&campid=b&campid=c&campid=d&campid=e&campid=heat";
    assert_eq!(rows(many).await, "s2 1 2 35.00", "more than are read one by one");
}

#[tokio::test]
async fn a_report_is_a_file_with_its_totals_last() {
    let api = api().await;
    let path = format!("/v1/reports/buyer?{ALL}");
    let file = api.ask("GET", &path, &[("Accept", "text/csv")], None).await;
    let expected = [
        "bid,currency,leads,valid,invalid,pending,approved,rejected,sold,returns,return_pct,contacted,not_reached,converted,converted_value,payable,payout,revenue,profit,cpl,rpl",
        "b1,GBP,,,,,,,2,1,50.00,0,0,0,0.00,,5.00,20.00,15.00,,",
        "b2,GBP,,,,,,,2,0,0.00,0,0,0,0.00,,5.00,24.00,19.00,,",
        "(no sale),GBP,5,5,0,,,,,,,,,,,,0.00,,0.00,,",
        "(total),GBP,5,5,0,1,3,1,4,1,25.00,0,0,0,0.00,2,10.00,44.00,34.00,2.00,8.80",
    ];
    assert_eq!(file.lines(), expected);
    let name = "attachment; filename=\"report-by-buyer-received-2026-01-01-2026-12-31.csv\"";
    assert_eq!(file.header("content-disposition"), name);
    let same = api.get(&format!("{path}&format=csv")).await;
    assert_eq!(same.text, file.text);
    let booked = api.get("/v1/reports/day?from=2026-11-10&to=2026-11-10&time=booked&format=csv&bid=b1").await;
    assert_eq!(booked.lines()[1], "2026-11-10,GBP,,,,,,,0,1,,0,0,0,0.00,,-5.00,-12.50,-7.50,,", "numbers are numbers");
}

#[tokio::test]
async fn before_anything_has_happened_a_report_is_empty() {
    let report = start().await.get(&format!("/v1/reports/campaign?{ALL}")).await.ok();
    assert_eq!((&report["items"], &report["totals"]), (&json!([]), &json!([])));
}
