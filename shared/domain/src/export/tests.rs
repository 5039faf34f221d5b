//! What stands in a file of leads, and for whom.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use ulid::Ulid;

use super::*;
use crate::{
    id::AttemptId,
    lead::{Approval, Outcome, Rejection, test_lead},
    money::Currency,
};

fn zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

/// A lead with these fields that `b1` has bought for 12.50, and `b2` for 3.00.
fn sold(fields: &[(&str, &str)]) -> Lead {
    let at: Timestamp = "2026-07-05T10:20:30.400Z".parse().unwrap();
    let fields = fields.iter().map(|(name, value)| (name.parse().unwrap(), (*value).to_owned()));
    let lead = Lead {
        ssid: Some("sub-9".to_owned()),
        source: Some("facebook".to_owned()),
        fields: fields.collect(),
        ..test_lead(at)
    };
    [("d1", "b1", 1_250), ("d2", "b2", 300)].into_iter().fold(lead, |lead, (did, bid, minor)| {
        let (did, attempt) = (did.parse().unwrap(), AttemptId::from_ulid(Ulid(minor as u128)));
        let lead = lead.on_queued(&did, Some(bid.parse().unwrap()), at).unwrap();
        let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(40)).unwrap();
        let price = Money { minor, currency: Currency::GBP };
        let bought = Outcome::Accepted { price, reference: None, redirect_url: None };
        lead.on_outcome(&did, &attempt, 1, bought, at).unwrap()
    })
}

fn supplier() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

fn buyer() -> Principal {
    Principal::Buyer { bid: "b1".parse().unwrap() }
}

/// The cells that are not empty, by their columns.
fn told(viewer: &Principal, own: &[FieldName], lead: &Lead) -> BTreeMap<String, String> {
    let zone = zone();
    let sheet = Sheet::new(viewer, &zone, own);
    let (header, row) = (sheet.header(), sheet.row(lead).unwrap());
    let cells = |text: &str| text.trim_end().split(',').map(str::to_owned).collect::<Vec<_>>();
    let (header, row) = (cells(&header), cells(&row));
    assert_eq!(header.len(), row.len(), "{row:?}");
    header.into_iter().zip(row).filter(|(_, cell)| !cell.is_empty()).collect()
}

fn as_map(cells: &[(&str, &str)]) -> BTreeMap<String, String> {
    cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
}

#[test]
fn the_seller_is_told_everything_with_times_of_the_accounts_zone() {
    let cells = told(&Principal::Seller, &[], &sold(&[("firstname", "Ann"), ("country", "France")]));
    let expected = as_map(&[
        ("lead_id", "lead_00000000000000000000000001"),
        ("received", "2026-07-05 11:20:30"),
        ("received_utc", "2026-07-05T10:20:30.400Z"),
        ("method", "api"),
        ("campid", "solar"),
        ("sid", "s1"),
        ("ssid", "sub-9"),
        ("source", "facebook"),
        ("country", "GB"),
        ("test", "no"),
        ("approval", "approved"),
        ("sold_status", "sold"),
        ("delivery_status", "full"),
        ("buyers", "b1; b2"),
        ("revenue", "15.50"),
        ("payout", "5.00"),
        ("profit", "10.50"),
        ("currency", "GBP"),
        ("firstname", "Ann"),
        ("field.country", "France"),
    ])
    .into_iter();
    // A list of buyers is in quotes, as some readers split there.
    let expected: BTreeMap<_, _> = expected
        .map(|(column, cell)| if column == "buyers" { (column, format!("\"{cell}\"")) } else { (column, cell) })
        .collect();
    assert_eq!(cells, expected);
}

#[test]
fn a_suppliers_file_names_no_buyer_and_no_price() {
    let (zone, viewer) = (zone(), supplier());
    let sheet = Sheet::new(&viewer, &zone, &[]);
    let (header, row) = (sheet.header(), sheet.row(&sold(&[])).unwrap());
    for column in ["buyers", "revenue", "profit"] {
        assert!(!header.split(',').any(|name| name == column), "{header}");
    }
    for unseen in ["b1", "b2", "d1", "d2", "12.50", "15.50", "10.50"] {
        assert!(!row.contains(unseen), "{unseen}: {row}");
    }
    let cells = told(&viewer, &[], &sold(&[]));
    assert_eq!((cells["sid"].as_str(), cells["payout"].as_str(), cells["currency"].as_str()), ("s1", "5.00", "GBP"));
}

#[test]
fn a_buyers_file_names_itself_and_its_price_and_neither_source_nor_payout_nor_other_buyers() {
    let (zone, viewer) = (zone(), buyer());
    let sheet = Sheet::new(&viewer, &zone, &[]);
    let (header, row) = (sheet.header(), sheet.row(&sold(&[])).unwrap());
    for column in ["sid", "ssid", "source", "payout", "profit"] {
        assert!(!header.split(',').any(|name| name == column), "{header}");
    }
    for unseen in ["s1", "sub-9", "facebook", "b2", "15.50", "3.00", "5.00"] {
        assert!(!row.contains(unseen), "{unseen}: {row}");
    }
    let cells = told(&viewer, &[], &sold(&[]));
    assert_eq!((cells["buyers"].as_str(), cells["revenue"].as_str()), ("b1", "12.50"));
}

#[test]
fn cells_hold_whatever_people_send_and_no_spreadsheet_runs_it() {
    let zone = zone();
    let sheet = Sheet::new(&Principal::Seller, &zone, &["roof".parse().unwrap()]);
    let lead = sold(&[
        ("firstname", "=HYPERLINK(\"http://x\")"),
        ("lastname", "O\"Neil, Jr"),
        ("street1", "12 High St\r\n@flat"),
        ("phone1", "+442079460018"),
        ("roof", "-1+1"),
        ("zz", "+1+1"),
    ]);
    let row = sheet.row(&lead).unwrap();
    for cell in [
        ",\"'=HYPERLINK(\"\"http://x\"\")\",",
        ",\"O\"\"Neil, Jr\",",
        ",\"12 High St\r\n'@flat\",",
        ",+442079460018,",
        ",'-1+1,",
    ] {
        assert!(row.contains(cell), "{cell}: {row}");
    }
    assert!(row.ends_with(",zz=+1+1\r\n"), "{row}");
}

#[test]
fn fields_beyond_the_columns_stand_in_the_last_one_by_name() {
    let own: Vec<FieldName> = ["roof", "payout", "other_fields"].map(|name| name.parse().unwrap()).into();
    let fields = [("roof", "flat"), ("payout", "monthly"), ("other_fields", "x"), ("age", "40"), ("zip", "1")];
    let cells = told(&supplier(), &own, &sold(&fields));
    let cell = |name: &str| cells.get(name).map(String::as_str);
    assert_eq!(cell("other_fields"), Some("\"age=40; zip=1\""));
    assert_eq!(
        (cell("roof"), cell("field.payout"), cell("field.other_fields")),
        (Some("flat"), Some("monthly"), Some("x"))
    );
    assert_eq!(cell("payout"), Some("5.00"), "a field is not taken for what the supplier earns");
}

#[test]
fn what_a_rejected_lead_would_have_earned_is_nobodys() {
    let at: Timestamp = "2026-07-05T10:20:30.400Z".parse().unwrap();
    let approval = Approval::Rejected { code: Rejection::Validation, reason: "no".to_owned() };
    let cells = told(&supplier(), &[], &Lead { approval, ..test_lead(at) });
    assert_eq!((cells["approval"].as_str(), cells.get("payout")), ("rejected", None));
}

#[test]
fn each_field_of_campaigns_has_one_column_in_their_order() {
    let campaign = |campid: &str, names: &[&str]| -> Campaign {
        let fields: Vec<_> = names.iter().map(|name| json!({ "name": name, "kind": { "type": "text" } })).collect();
        serde_json::from_value(json!({
            "campid": campid, "name": "x", "country": "GB", "currency": "GBP", "fields": fields,
            "payout": { "mode": "buyer_accept", "amount": { "amount": "5.00", "currency": "GBP" } }, "suppliers": [],
        }))
        .unwrap()
    };
    let campaigns = [campaign("a", &["roof", "email", "age"]), campaign("b", &["age", "boiler", "source"])];
    let names: Vec<String> = own_fields(&campaigns).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["roof", "age", "boiler"]);
    let many: Vec<String> = (0..300).map(|number| format!("own{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(own_fields(&[campaign("a", &many)]).len(), MAX_OWN_FIELDS);
}
