//! October of a small agency, worked by hand: leads around midnight in a zone that changes its clocks, a sale that is made in the
//! next month, returns and edits in the next month, and a change that reaches the books only after the month is closed.

use domain::lead::EditOrder;
use serde_json::{Value, json};

use super::{Agency, pounds, time};

const OCTOBER: &str = "from=2026-10-01&to=2026-10-31";
const ALL: &str = "from=2026-09-01&to=2026-11-30";

/// What is left of a total when it is told as a person would write it down.
fn told(total: &Value) -> Value {
    let amount = |name: &str| total[name]["amount"].clone();
    let numbers = ["leads", "valid", "invalid", "pending", "approved", "rejected", "sold", "returns", "payable"];
    let mut told: serde_json::Map<String, Value> =
        numbers.iter().map(|name| ((*name).to_owned(), total[*name].clone())).collect();
    for name in ["revenue", "payout", "profit"] {
        told.insert(name.to_owned(), amount(name));
    }
    told.into()
}

async fn total(agency: &Agency, time: &str, period: &str) -> Value {
    let report = agency.get(&format!("/v1/reports/campaign?{period}&time={time}")).await;
    let totals = report["totals"].as_array().unwrap();
    assert_eq!(totals.len(), 1, "one currency: {report}");
    told(&totals[0])
}

/// The month as it happened, up to its closing and beyond.
async fn october() -> (Agency, Value) {
    let mut agency = Agency::new().await;
    // 1: a second before midnight of 30 September in London, and sold half a minute after it.
    let lead = agency.lead("solar", "s1", "2026-09-30T22:59:59Z", true).await;
    agency.answered(lead, "b1", Some("12.50"), "2026-09-30T23:00:30Z").await;
    // 2: at midnight sharp; returned in November, and the supplier keeps its payout.
    let lead = agency.lead("solar", "s1", "2026-09-30T23:00:00Z", true).await;
    let second = agency.answered(lead, "b1", Some("12.50"), "2026-09-30T23:00:02Z").await;
    agency.book("2026-10-01T00:01:00Z").await;
    // 3: on 25 October at half past one, and sold at half past one, an hour later; returned in November with its payout.
    let lead = agency.lead("solar", "s2", "2026-10-25T00:30:00Z", true).await;
    let third = agency.answered(lead, "b2", Some("20.00"), "2026-10-25T01:30:00Z").await;
    // 4: the last second of that day of 25 hours, sold on the next one; 65 % of 10.10 is 6.56. Its price is put right.
    let lead = agency.lead("loans", "s2", "2026-10-25T23:59:59Z", true).await;
    let fourth = agency.answered(lead, "b2", Some("10.10"), "2026-10-26T00:00:10Z").await;
    let order = EditOrder { order: "o1", by: "tests", reason: "agreed by phone" };
    let edited = fourth.on_revenue_edited(None, None, pounds("12.00"), order, time("2026-10-28T12:00:00Z")).unwrap();
    agency.step(&fourth, edited).await;
    // 5: without what it has to have.
    agency.lead("solar", "s2", "2026-10-31T23:59:00Z", false).await;
    // 6: sold five seconds into November, where its payout is raised.
    let lead = agency.lead("solar", "s1", "2026-10-31T23:59:30Z", true).await;
    let sixth = agency.answered(lead, "b2", Some("20.00"), "2026-11-01T00:00:05Z").await;
    // 7: nobody wants it.
    let lead = agency.lead("solar", "s1", "2026-10-20T10:00:00Z", true).await;
    agency.answered(lead, "b1", None, "2026-10-20T10:00:02Z").await;
    agency.book("2026-11-01T00:10:00Z").await;
    let order = EditOrder { order: "o2", by: "tests", reason: "a bonus" };
    let raised = sixth.on_payout_edited(pounds("6.00"), order, time("2026-11-02T09:00:00Z")).unwrap();
    agency.step(&sixth, raised).await;
    agency.returned(third, "b2", true, "2026-11-03T12:00:00Z").await;
    agency.book("2026-11-03T12:00:05Z").await;
    // The month is closed on the 4th at midnight.
    let closed = agency.get(&format!("/v1/reports/day?{OCTOBER}&time=booked")).await;
    // 8: came in and was sold on 30 October, but the books hear of it on 5 November only.
    let lead = agency.lead("solar", "s1", "2026-10-30T09:00:00Z", true).await;
    agency.answered(lead, "b1", Some("12.50"), "2026-10-30T09:00:02Z").await;
    agency.book("2026-11-05T08:00:00Z").await;
    agency.returned(second, "b1", false, "2026-11-10T15:00:00Z").await;
    agency.book("2026-11-10T15:00:05Z").await;
    (agency, closed)
}

#[tokio::test]
async fn the_three_views_of_a_month_are_those_worked_by_hand() {
    let (agency, _) = october().await;
    // Leads 2 to 8 came in in October. 2 and 3 were returned: 20.00 + 12.00 + 12.50; 5.00 + 6.56 + 6.00 + 5.00.
    assert_eq!(
        total(&agency, "received", OCTOBER).await,
        json!({
            "leads": 7, "valid": 6, "invalid": 1, "pending": 0, "approved": 5, "rejected": 1,
            "sold": 5, "returns": 2, "payable": 4, "revenue": "44.50", "payout": "22.56", "profit": "21.94",
        })
    );
    // Sold in October: 1 to 4, and 8; 6 was not. 12.50 + 12.00 + 12.50; 5.00 + 5.00 + 6.56 + 5.00.
    assert_eq!(
        total(&agency, "sold", OCTOBER).await,
        json!({
            "leads": 7, "valid": 6, "invalid": 1, "pending": 0, "approved": 5, "rejected": 1,
            "sold": 5, "returns": 2, "payable": 4, "revenue": "37.00", "payout": "21.56", "profit": "15.44",
        })
    );
    // Booked in October: 2 to 7 came in, 1 to 4 were sold and 4 edited; returns, raise and 8 are November's.
    // 12.50 + 12.50 + 20.00 + 10.10 + 1.90; 5.00 + 5.00 + 5.00 + 6.56.
    assert_eq!(
        total(&agency, "booked", OCTOBER).await,
        json!({
            "leads": 6, "valid": 5, "invalid": 1, "pending": 0, "approved": 4, "rejected": 1,
            "sold": 4, "returns": 0, "payable": 4, "revenue": "57.00", "payout": "21.56", "profit": "35.44",
        })
    );
}

#[tokio::test]
async fn over_all_time_the_three_views_are_the_same() {
    let (agency, _) = october().await;
    let expected = json!({
        "leads": 8, "valid": 7, "invalid": 1, "pending": 0, "approved": 6, "rejected": 1,
        "sold": 6, "returns": 2, "payable": 5, "revenue": "57.00", "payout": "27.56", "profit": "29.44",
    });
    for view in ["received", "sold", "booked"] {
        assert_eq!(total(&agency, view, ALL).await, expected, "{view}");
        // Whole months are read from other rows than days are.
        let days = agency.get(&format!("/v1/reports/day?{ALL}&time={view}")).await;
        assert_eq!(told(&days["totals"][0]), expected, "{view}, by day");
        let months = agency.get(&format!("/v1/reports/month?{ALL}&time={view}")).await;
        assert_eq!(told(&months["totals"][0]), expected, "{view}, by month");
    }
}

#[tokio::test]
async fn a_day_is_one_of_the_accounts_zone_also_when_it_has_25_hours() {
    let (agency, _) = october().await;
    let days = agency.get("/v1/reports/day?from=2026-10-25&to=2026-10-26&time=sold").await;
    let sold: Vec<_> = days["items"].as_array().unwrap().iter().map(|day| (&day["day"], &day["sold"])).collect();
    assert_eq!(sold, [(&json!("2026-10-25"), &json!(1)), (&json!("2026-10-26"), &json!(1))]);
    let days = agency.get("/v1/reports/day?from=2026-09-30&to=2026-10-25&time=received").await;
    let leads: Vec<_> = days["items"].as_array().unwrap().iter().map(|day| (&day["day"], &day["leads"])).collect();
    let expected = [("2026-09-30", 1), ("2026-10-01", 1), ("2026-10-20", 1), ("2026-10-25", 2)];
    assert_eq!(
        leads,
        expected.map(|(day, leads)| (json!(day), json!(leads))).iter().map(|(a, b)| (a, b)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_closed_booking_month_never_changes() {
    let (agency, closed) = october().await;
    assert_eq!(agency.get(&format!("/v1/reports/day?{OCTOBER}&time=booked")).await, closed);
    assert_eq!(told(&closed["totals"][0])["revenue"], "57.00", "and it is not empty");
}

#[tokio::test]
async fn statements_open_where_the_last_one_closed_and_add_up_to_the_reports() {
    let (agency, _) = october().await;
    let balances = async |path: &str| {
        let statement = agency.get(path).await;
        let part = &statement["items"].as_array().unwrap_or_else(|| panic!("{statement}"))[0];
        (part["opening"]["amount"].clone(), part["closing"]["amount"].clone())
    };
    let is = |opening: &str, closing: &str| (json!(opening), json!(closing));
    // 1 and 2; then 8 comes, and 2 goes.
    assert_eq!(balances(&format!("/v1/buyers/b1/statement?{OCTOBER}")).await, is("0.00", "25.00"));
    assert_eq!(balances("/v1/buyers/b1/statement?from=2026-11-01&to=2026-11-30").await, is("25.00", "25.00"));
    // 1 and 2; then 6 with its raise, and 8.
    assert_eq!(balances(&format!("/v1/suppliers/s1/statement?{OCTOBER}")).await, is("0.00", "10.00"));
    assert_eq!(balances("/v1/suppliers/s1/statement?from=2026-11-01&to=2026-11-30").await, is("10.00", "21.00"));
    // What a statement adds is what the report by booking time says.
    for (party, dimension, field, column) in
        [("buyers/b1", "buyer", "bid", "revenue"), ("suppliers/s2", "supplier", "sid", "payout")]
    {
        let report = agency.get(&format!("/v1/reports/{dimension}?{OCTOBER}&time=booked")).await;
        let reference = party.split_once('/').unwrap().1;
        let row = report["items"].as_array().unwrap().iter().find(|row| row[field] == reference).unwrap();
        assert_eq!(balances(&format!("/v1/{party}/statement?{OCTOBER}")).await.1, row[column]["amount"]);
    }
}
