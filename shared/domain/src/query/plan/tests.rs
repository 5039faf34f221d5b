//! Which way is taken for what, and what it is said to cost.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::{collections::BTreeSet, str::FromStr};

use super::*;
use crate::{
    finder::Activity,
    lead::{DeliveryStatus, SoldStatus},
    query::{Sought, Span},
};

/// The year 2026: twelve months.
fn year() -> LeadQuery {
    let (from, until) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-12-31T23:59:59Z".parse().unwrap());
    LeadQuery::received(Span { from, until })
}

fn set<T: FromStr<Err: std::fmt::Debug> + Ord>(names: &[&str]) -> BTreeSet<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn text(text: &str) -> LeadQuery {
    LeadQuery { text: [Sought::anywhere(text, &["GB".parse().unwrap()]).unwrap()].into(), ..year() }
}

fn came(campid: &str, sid: &str, leads: u64) -> Numbers {
    let (campid, sid) = (campid.parse().unwrap(), sid.parse().unwrap());
    Numbers { campid, sid, did: None, bid: None, leads, sold: 0, returns: 0 }
}

fn went(campid: &str, sid: &str, did: &str, bid: &str, sold: u64, returns: u64) -> Numbers {
    let (did, bid) = (Some(did.parse().unwrap()), Some(bid.parse().unwrap()));
    Numbers { did, bid, sold, returns, ..came(campid, sid, 0) }
}

/// A big campaign and a small one; a supplier that sends most, and one that sends little to the big one.
fn counted() -> Known {
    let numbers = vec![
        came("solar", "acme", 100_000),
        came("solar", "tiny", 500),
        came("boiler", "acme", 1_000),
        went("solar", "acme", "d-big", "b-big", 60_000, 2_000),
        went("solar", "acme", "d-small", "b-small", 300, 10),
        went("boiler", "acme", "d-boiler", "b-big", 400, 0),
    ];
    Known { numbers: Some(numbers), ..uncounted() }
}

fn uncounted() -> Known {
    let campaigns = [("solar", 8), ("boiler", 1), ("old", 1)];
    Known { campaigns: campaigns.map(|(name, parts)| (name.parse().unwrap(), parts)).into(), numbers: None }
}

fn few() -> Known {
    let campaigns = [("boiler", 1), ("old", 1)].map(|(name, parts)| (name.parse().unwrap(), parts));
    Known { campaigns: campaigns.into(), ..counted() }
}

/// All ways, the one that is taken first, with what they cost.
fn told(query: &LeadQuery, known: &Known) -> Vec<String> {
    let plan = plan(query, known);
    assert_eq!(plan.path.to_string(), plan.considered[0].path);
    let units = |units: Option<u64>| units.map_or("?".to_owned(), |units| units.to_string());
    plan.considered.iter().map(|way| format!("{}: {}", way.path, units(way.units))).collect()
}

fn solar() -> LeadQuery {
    LeadQuery { campaigns: set(&["solar"]), ..year() }
}

#[test]
fn a_small_supplier_of_a_big_campaign_is_the_way_and_a_big_one_is_not() {
    let tiny = LeadQuery { suppliers: set(&["tiny"]), ..solar() };
    let expected = ["by_supplier tiny: 284", "by_campaign solar: 2308", "everything: 2310"];
    assert_eq!(told(&tiny, &counted()), expected);
    let boiler = LeadQuery { campaigns: set(&["boiler"]), suppliers: set(&["acme"]), ..year() };
    let expected = ["by_campaign boiler: 526", "by_supplier acme: 2544", "everything: 2560"];
    assert_eq!(told(&boiler, &counted()), expected);
}

#[test]
fn leads_of_a_buyer_are_on_its_list() {
    let small = LeadQuery { buyers: set(&["b-small"]), ..solar() };
    let expected = ["listed by buyer b-small: 162", "by_campaign solar: 52308", "everything: 52310"];
    assert_eq!(told(&small, &counted()), expected);
    let elsewhere = LeadQuery { buyers: set(&["b-big"]), campaigns: set(&["boiler"]), ..year() };
    let expected = ["by_campaign boiler: 526", "everything: 2560", "listed by buyer b-big: 31414"];
    assert_eq!(told(&elsewhere, &counted()), expected);
}

#[test]
fn leads_of_a_delivery_are_at_most_those_of_its_campaign() {
    let boiler = LeadQuery { deliveries: set(&["d-boiler"]), ..year() };
    assert_eq!(told(&boiler, &counted()), ["listed by delivery d-boiler: 526", "everything: 52810"]);
    let sold_none = LeadQuery { deliveries: set(&["d-new"]), ..year() };
    assert_eq!(told(&sold_none, &counted()), ["listed by delivery d-new: 52786", "everything: 52810"]);
    let of_tiny = LeadQuery { deliveries: set(&["d-big"]), suppliers: set(&["tiny"]), ..year() };
    let expected = ["by_supplier tiny: 284", "everything: 2310", "listed by delivery d-big: 52266"];
    assert_eq!(told(&of_tiny, &counted()), expected);
}

#[test]
fn what_has_happened_is_rarer_than_what_came_in() {
    let returned = LeadQuery { activities: [Activity::Returned].into(), ..solar() };
    let expected = ["listed by activity returned: 1052", "by_campaign solar: 52308", "everything: 52310"];
    assert_eq!(told(&returned, &counted()), expected);
    let edited = [Activity::RevenueUpdated, Activity::PayoutUpdated].into();
    let expected = [
        "listed by activity payout_updated, activity revenue_updated: 2124",
        "by_campaign solar: 52308",
        "everything: 52310",
    ];
    assert_eq!(told(&LeadQuery { activities: edited, ..solar() }, &counted()), expected);
    let failed = LeadQuery { delivery_statuses: [DeliveryStatus::Fail].into(), ..year() };
    assert_eq!(told(&failed, &counted()), ["listed by delivery_status fail: 13201", "everything: 52810"]);
}

#[test]
fn a_sold_status_is_a_way_as_far_as_it_is_that_of_the_whole_lead() {
    let returned = LeadQuery { sold_statuses: [SoldStatus::Returned].into(), ..year() };
    assert_eq!(told(&returned, &counted()), ["by_status returned: 1052", "everything: 52810"]);
    let of_buyer = LeadQuery { buyers: set(&["b-small"]), ..returned };
    assert_eq!(told(&of_buyer, &counted()), ["listed by buyer b-small: 162", "everything: 52810"]);
    let sold = LeadQuery { sold_statuses: [SoldStatus::Sold].into(), ..of_buyer };
    let expected = ["listed by buyer b-small: 162", "by_status sold: 30525", "everything: 52810"];
    assert_eq!(told(&sold, &counted()), expected);
    let any = LeadQuery { sold_statuses: SoldStatus::ALL.into(), ..year() };
    assert_eq!(told(&any, &counted()), ["everything: 52810"]);
}

#[test]
fn failed_deliveries_are_a_way_only_where_all_deliveries_are_meant_and_nothing_else_will_do() {
    let failed = [DeliveryStatus::Fail, DeliveryStatus::Partial];
    let has_way = |query: LeadQuery| told(&query, &counted()).iter().any(|way| way.contains("delivery_status"));
    let query = LeadQuery { delivery_statuses: failed.into(), ..solar() };
    assert!(has_way(query.clone()));
    assert!(!has_way(LeadQuery { buyers: set(&["b-big"]), ..query.clone() }));
    assert!(!has_way(LeadQuery { deliveries: set(&["d-big"]), ..query.clone() }));
    let full = query.delivery_statuses.into_iter().chain([DeliveryStatus::Full]).collect();
    assert!(!has_way(LeadQuery { delivery_statuses: full, ..solar() }));
}

#[test]
fn everything_is_by_status_whatever_campaigns_there_are() {
    for known in [few(), counted(), uncounted(), Known::default()] {
        assert_eq!(plan(&year(), &known).path, Path::everything());
    }
}

#[test]
fn who_names_most_of_all_suppliers_is_better_off_with_everything() {
    let names: Vec<String> = (0..40).map(|number| format!("s{number}")).collect();
    let many = LeadQuery { suppliers: names.iter().map(|name| name.parse().unwrap()).collect(), ..year() };
    let expected = ["by_supplier s0, s1, s10 and 37 more: 960", "everything: 2060"];
    assert_eq!(told(&many, &counted()), expected);
    let quiet = Known { numbers: Some(vec![came("solar", "s1", 10)]), ..uncounted() };
    assert_eq!(told(&many, &quiet), ["everything: 36", "by_supplier s0, s1, s10 and 37 more: 966"]);
}

#[test]
fn what_identifies_leads_goes_before_all_else() {
    let ways = ["by_email: 2", "by_campaign solar: 52308", "everything: 52310"];
    assert_eq!(told(&LeadQuery { text: text("jo@example.com").text, ..solar() }, &counted()), ways);
    let id = "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ";
    assert_eq!(told(&text(id), &uncounted()), ["by_id: 1", "everything: ?"]);
    assert_eq!(told(&text("020 7946 0018"), &uncounted()), ["by_phone: 2", "everything: ?"]);
    let several = text(id).text.into_iter().chain(text("jo@example.com").text).chain(text("al@example.com").text);
    let several = LeadQuery { text: several.collect(), ..year() };
    assert_eq!(told(&several, &uncounted()), ["by_id, by_email × 2: 4", "everything: ?"]);
    assert_eq!(told(&text("smith"), &counted()), ["everything: 52810"]);
}

#[test]
fn where_nobody_has_counted_the_order_is_fixed() {
    let query = LeadQuery {
        buyers: set(&["b1"]),
        activities: [Activity::Returned].into(),
        deliveries: set(&["d1"]),
        suppliers: set(&["s1"]),
        sold_statuses: [SoldStatus::Sold].into(),
        ..solar()
    };
    let expected = [
        "listed by buyer b1: ?",
        "listed by activity returned: ?",
        "listed by delivery d1: ?",
        "by_supplier s1: ?",
        "by_campaign solar: ?",
        "by_status sold: ?",
        "everything: ?",
    ];
    assert_eq!(told(&query, &uncounted()), expected);
}

#[test]
fn numbers_are_worth_reading_only_where_there_is_a_choice() {
    assert!(!year().has_choice() && !solar().has_choice() && !text("smith").has_choice());
    let both = LeadQuery { suppliers: set(&["acme"]), ..solar() };
    assert!(!both.has_choice(), "either index tells both");
    let both = LeadQuery { sold_statuses: [SoldStatus::Sold].into(), ..both };
    assert!(both.has_choice());
    assert!(!LeadQuery { text: text("jo@example.com").text, ..both }.has_choice());
}

#[test]
fn what_costs_more_than_can_be_counted_costs_the_most_that_can() {
    let from = "0000-01-01T00:00:00Z".parse().unwrap();
    let query = LeadQuery { received: Span { from, ..year().received }, ..solar() };
    let huge = Known { numbers: Some(vec![came("solar", "acme", u64::MAX)]), ..uncounted() };
    assert_eq!(plan(&query, &huge).considered[0].units, Some(u64::MAX.div_ceil(100)));
}
