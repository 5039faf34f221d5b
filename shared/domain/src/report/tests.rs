//! Reports of made-up books, worked by hand.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use serde_json::{Value, json};

use super::*;
use crate::access::Principal;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn place(campid: &str, sid: &str, sale: Option<(&str, &str)>) -> Place {
    Place {
        campid: campid.parse().unwrap(),
        sid: sid.parse().unwrap(),
        did: sale.map(|(did, _)| did.parse().unwrap()),
        bid: sale.map(|(_, bid)| bid.parse().unwrap()),
        currency: "GBP".parse().unwrap(),
    }
}

/// Two suppliers and two buyers in two campaigns, over a month's end.
fn books() -> Vec<(Date, Place, Counts)> {
    let leads = |leads, invalid, rejected| Counts { leads, invalid, rejected, ..Counts::default() };
    let sales = |approved, sold, revenue, payout| Counts { approved, sold, revenue, payout, ..Counts::default() };
    let followed_up =
        Counts { contacted: 2, not_reached: 1, converted: 1, converted_value: 90_000, ..Counts::default() };
    let back = Counts { returns: 1, reversed: 1, revenue: -1_250, payout: -500, ..Counts::default() };
    vec![
        (day("2026-10-31"), place("solar", "s1", None), leads(5, 1, 1)),
        (day("2026-10-31"), place("solar", "s1", Some(("d1", "b1"))), sales(2, 2, 2_500, 1_000)),
        (day("2026-11-01"), place("solar", "s1", Some(("d2", "b2"))), sales(0, 1, 900, 0)),
        (day("2026-11-02"), place("solar", "s1", Some(("d1", "b1"))), back),
        (day("2026-11-02"), place("solar", "s1", Some(("d1", "b1"))), followed_up),
        (day("2026-11-02"), place("solar", "s2", None), leads(3, 0, 0)),
        // Paid for each valid lead, whether or not it is sold.
        (
            day("2026-11-02"),
            place("heat", "s2", None),
            Counts { leads: 1, approved: 1, payout: 300, ..Counts::default() },
        ),
    ]
}

fn seller() -> Principal {
    Principal::Seller
}

fn supplier(sid: &str) -> Principal {
    Principal::Supplier { sid: sid.parse().unwrap() }
}

fn buyer(bid: &str) -> Principal {
    Principal::Buyer { bid: bid.parse().unwrap() }
}

fn report(by: Dimension, only: Only) -> Report {
    let mut report = Report::new(by, only);
    for (day, place, counts) in books() {
        report.add(day, &place, counts).unwrap();
    }
    report
}

fn name(row: &Row) -> &str {
    match &row.name {
        Some(RowName::Named(name)) => name,
        Some(RowName::NoSale) => "(no sale)",
        None => "(total)",
    }
}

fn names(report: &Report) -> Vec<String> {
    report.rows(&seller()).iter().map(|row| name(row).to_owned()).collect()
}

fn pounds(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}

fn columns(row: &Row) -> Value {
    serde_json::to_value(&row.columns).unwrap()
}

#[test]
fn a_report_by_campaign_says_what_came_of_the_leads() {
    let report = report(Dimension::Campaign, Only::default());
    let rows = report.rows(&seller());
    assert_eq!(names(&report), ["heat", "solar"]);
    let expected = json!({
        "leads": 8, "valid": 7, "invalid": 1, "pending": 4, "approved": 2, "rejected": 1, "sold": 3, "returns": 1,
        "return_pct": "33.33", "contacted": 2, "not_reached": 1, "converted": 1, "converted_value": pounds("900.00"), "payable": 1, "payout": pounds("5.00"), "revenue": pounds("21.50"),
        // 5.00 / 8 is 0.625, and 0.62 is the even one; 21.50 / 8 is 2.6875.
        "profit": pounds("16.50"), "cpl": pounds("0.62"), "rpl": pounds("2.69"),
    });
    assert_eq!(columns(&rows[1]), expected);
}

#[test]
fn rows_are_sorted_by_name_and_days_and_months_by_time() {
    assert_eq!(names(&report(Dimension::Supplier, Only::default())), ["s1", "s2"]);
    assert_eq!(names(&report(Dimension::Day, Only::default())), ["2026-10-31", "2026-11-01", "2026-11-02"]);
    assert_eq!(names(&report(Dimension::Month, Only::default())), ["2026-10", "2026-11"]);
    assert_eq!(names(&report(Dimension::Buyer, Only::default())), ["b1", "b2", "(no sale)"]);
    assert_eq!(names(&report(Dimension::Delivery, Only::default())), ["d1", "d2", "(no sale)"]);
}

#[test]
fn the_row_of_a_buyer_says_what_its_sales_are_and_that_of_no_sale_the_rest() {
    let rows = report(Dimension::Buyer, Only::default()).rows(&seller());
    let b1 = json!({
        "sold": 2, "returns": 1, "return_pct": "50.00", "contacted": 2, "not_reached": 1, "converted": 1, "converted_value": pounds("900.00"),
        "payout": pounds("5.00"), "revenue": pounds("12.50"), "profit": pounds("7.50"),
    });
    assert_eq!(columns(&rows[0]), b1);
    let rest = json!({ "leads": 9, "valid": 8, "invalid": 1, "payout": pounds("3.00"), "profit": pounds("-3.00") });
    assert_eq!(columns(&rows[2]), rest);
}

#[test]
fn the_total_is_the_same_whatever_the_rows_are() {
    let total = |by| report(by, Only::default()).totals(&seller()).unwrap();
    let by_campaign = total(Dimension::Campaign);
    assert_eq!(columns(&by_campaign[0])["profit"], pounds("13.50"));
    for by in Dimension::ALL {
        assert_eq!(total(by), by_campaign, "{by:?}");
    }
}

#[test]
fn a_report_is_the_same_however_the_books_are_read() {
    for by in Dimension::ALL {
        let mut backwards = Report::new(by, Only::default());
        for (day, place, counts) in books().into_iter().rev() {
            backwards.add(day, &place, counts).unwrap();
        }
        assert_eq!(backwards, report(by, Only::default()));
    }
}

#[test]
fn currencies_are_never_added_up() {
    let mut report = report(Dimension::Campaign, Only::default());
    let place = Place { currency: "EUR".parse().unwrap(), ..place("solar", "s1", None) };
    report.add(day("2026-11-03"), &place, Counts { leads: 1, payout: 5, ..Counts::default() }).unwrap();
    let rows = report.rows(&seller());
    let told: Vec<_> = rows.iter().map(|row| (name(row), row.currency.code())).collect();
    assert_eq!(told, [("heat", "GBP"), ("solar", "EUR"), ("solar", "GBP")]);
    let totals = report.totals(&seller()).unwrap();
    assert_eq!(totals.iter().map(|total| total.currency.code()).collect::<Vec<_>>(), ["EUR", "GBP"]);
}

#[test]
fn a_report_is_about_what_it_is_asked_for() {
    let only = Only { campaigns: ["solar".parse().unwrap()].into(), ..Only::default() };
    assert_eq!(names(&report(Dimension::Supplier, only)), ["s1", "s2"]);
    let only = Only { suppliers: ["s2".parse().unwrap()].into(), ..Only::default() };
    assert_eq!(names(&report(Dimension::Campaign, only)), ["heat", "solar"]);
    let only = Only { buyers: ["b2".parse().unwrap()].into(), ..Only::default() };
    let of_b2 = report(Dimension::Campaign, only);
    let expected = json!({
        "sold": 1, "returns": 0, "return_pct": "0.00", "contacted": 0, "not_reached": 0, "converted": 0, "converted_value": pounds("0.00"),
        "payout": pounds("0.00"), "revenue": pounds("9.00"), "profit": pounds("9.00"),
    });
    assert_eq!(columns(&of_b2.rows(&seller())[0]), expected, "leads are of no buyer");
    assert_eq!(columns(&of_b2.totals(&seller()).unwrap()[0]), expected);
    let only = Only { deliveries: ["d9".parse().unwrap()].into(), ..Only::default() };
    assert_eq!(
        (names(&report(Dimension::Day, only.clone())), report(Dimension::Day, only).totals(&seller())),
        (vec![], Ok(vec![]))
    );
}

#[test]
fn a_supplier_sees_no_money_of_buyers_and_a_buyer_none_of_suppliers() {
    let seen = |row: &Row| columns(row).as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let own = report(Dimension::Campaign, Only { suppliers: ["s1".parse().unwrap()].into(), ..Only::default() });
    let expected = "approved cpl invalid leads payable payout pending rejected return_pct returns sold valid";
    assert_eq!(seen(&own.rows(&supplier("s1"))[0]), expected);
    assert_eq!(seen(&own.totals(&supplier("s1")).unwrap()[0]), expected);
    let own = report(Dimension::Campaign, Only { buyers: ["b1".parse().unwrap()].into(), ..Only::default() });
    assert_eq!(
        seen(&own.rows(&buyer("b1"))[0]),
        "contacted converted converted_value not_reached return_pct returns revenue sold"
    );
    assert_eq!(
        seen(&own.totals(&buyer("b1")).unwrap()[0]),
        "contacted converted converted_value not_reached return_pct returns revenue sold"
    );
}

#[test]
fn columns_have_the_names_of_their_fields_and_the_same_numbers_as_text() {
    let rows = report(Dimension::Campaign, Only::default()).rows(&seller());
    let told = columns(&rows[1]);
    for column in Column::ALL {
        let value = &told[column.name()];
        let value = if value.is_object() { &value["amount"] } else { value };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(rows[1].columns.cell(column), text, "{column:?}");
    }
    let of_buyer = report(Dimension::Buyer, Only::default()).rows(&seller());
    assert_eq!(of_buyer[0].columns.cell(Column::Leads), "");
}

#[test]
fn a_report_is_bounded() {
    let mut report = Report::new(Dimension::Campaign, Only::default());
    let one = Counts { leads: 1, ..Counts::default() };
    for number in 0..MAX_ROWS {
        report.add(day("2026-11-01"), &place(&format!("c{number}"), "s1", None), one).unwrap();
    }
    assert_eq!(report.add(day("2026-11-01"), &place("c1", "s1", None), one), Ok(()));
    assert_eq!(report.add(day("2026-11-01"), &place("more", "s1", None), one), Err(ReportError::TooManyRows));
    let most = Counts { leads: i64::MAX, ..Counts::default() };
    assert_eq!(report.add(day("2026-11-01"), &place("c1", "s1", None), most), Err(ReportError::Overflow));
}
