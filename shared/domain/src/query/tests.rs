//! What each filter means.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

mod told;

use super::*;
use crate::{
    access::Principal,
    lead::{
        Decision, EditOrder, FollowUp, Lead, Outcome, ReturnRequest, SkipReason,
        tests::{at, attempt, did, pounds},
    },
};

fn all() -> LeadQuery {
    LeadQuery::received(Span { from: at(-100), until: at(100) })
}

fn set<T: std::str::FromStr<Err: std::fmt::Debug> + Ord>(names: &[&str]) -> BTreeSet<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn text(text: &str) -> LeadQuery {
    LeadQuery { text: [Sought::anywhere(text, &["GB".parse().unwrap()]).unwrap()].into(), ..all() }
}

fn field(name: &str, text: &str) -> LeadQuery {
    let name: FieldName = name.parse().unwrap();
    let sought = Sought::in_field(&name, text, &["GB".parse().unwrap()]).unwrap();
    LeadQuery { fields: [(name, [sought].into())].into(), ..all() }
}

/// José Smith of 12 High Street, from somewhere on the web.
fn jose() -> Lead {
    let fields = [
        ("email", "jose@example.com"),
        ("firstname", "José"),
        ("lastname", "Smith"),
        ("phone1", "+442079460018"),
        ("phone2", "+441614960000"),
        ("postcode", "SW1A 1AA"),
        ("street1", "12 High Street"),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name.parse().unwrap(), value.to_owned())).collect();
    let (source, ssid) = (Some("web-1".to_owned()), Some("Sub 7".to_owned()));
    Lead { fields, source, ssid, ..crate::lead::tests::lead(2) }
}

/// Sold to `b1` through `d1` at £12.50, refused by `b2` through `d2`; `d3` was passed over.
fn sold() -> Lead {
    let bid = |name: &str| Some(name.parse().unwrap());
    let lead = jose().on_queued(&did("d1"), bid("b1"), at(0)).unwrap();
    let lead = lead.on_queued(&did("d2"), bid("b2"), at(0)).unwrap();
    let lead = lead.on_skipped(&did("d3"), bid("b3"), SkipReason::NoSlot, at(0)).unwrap();
    let price = pounds(1_250);
    let lead = answered(&lead, "d1", Outcome::Accepted { price, reference: None, redirect_url: None });
    answered(&lead, "d2", Outcome::Rejected { reason: "no".to_owned() })
}

fn answered(lead: &Lead, name: &str, outcome: Outcome) -> Lead {
    let sending = lead.on_intent(&did(name), 1, attempt(7), at(1), at(40)).unwrap();
    sending.on_outcome(&did(name), &attempt(7), 1, outcome, at(2)).unwrap()
}

/// Then `b1` gave it back.
fn returned() -> Lead {
    let asked = sold().on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(50)).unwrap();
    asked.on_return_approved(&did("d1"), true, at(60)).unwrap()
}

fn buyer(bid: &str) -> Principal {
    Principal::Buyer { bid: bid.parse().unwrap() }
}

fn supplier(sid: &str) -> Principal {
    Principal::Supplier { sid: sid.parse().unwrap() }
}

fn seller_finds(query: &LeadQuery, lead: &Lead) -> bool {
    query.takes(lead, &Principal::Seller)
}

#[test]
fn a_text_finds_what_begins_any_word_of_any_value() {
    for found in
        ["high st", "jose", "JOSÉ S", "jose smith", "sw1a1", "1aa", "smith", "web", "sub7", "+44 20", "example.com"]
    {
        assert!(seller_finds(&text(found), &jose()), "{found}");
    }
    for missed in ["treet", "smith jose", "josephine", "solar", "lead_0000", "s1"] {
        assert!(!seller_finds(&text(missed), &jose()), "{missed}");
    }
}

#[test]
fn an_id_an_address_and_a_phone_find_only_what_they_are_in_full() {
    let id = jose().id.to_string();
    for found in [id.as_str(), "Jose@Example.com", "020 7946 0018", "+442079460018"] {
        assert!(seller_finds(&text(found), &jose()), "{found}");
    }
    for missed in ["lead_00000000000000000000000002", "jo@example.com", "0161 496 0000"] {
        assert!(!seller_finds(&text(missed), &jose()), "{missed}");
    }
    let raw = jose().fields.into_iter().map(|(name, value)| (name, value.replace("+4420", "020 ").to_uppercase()));
    let raw = Lead { fields: raw.collect(), ..jose() };
    assert!(seller_finds(&text("jose@example.com"), &raw) && seller_finds(&text("+442079460018"), &raw));
}

#[test]
fn a_field_finds_what_is_in_it_and_nowhere_else() {
    let found = [
        ("email", "jose@example.com"),
        ("email", "jose"),
        ("phone1", "020 7946 0018"),
        ("phone2", "0161 496 0000"),
        ("postcode", "sw1a"),
        ("source", "WEB"),
        ("ssid", "7"),
        ("lead_id", &jose().id.to_string()),
        ("lead_id", "lead_000"),
    ];
    for (name, value) in found {
        assert!(seller_finds(&field(name, value), &jose()), "{name} {value}");
    }
    for (name, value) in
        [("email", "jo@example.com"), ("phone2", "020 7946 0018"), ("lastname", "jose"), ("c1", "jose")]
    {
        assert!(!seller_finds(&field(name, value), &jose()), "{name} {value}");
    }
}

#[test]
fn of_several_values_one_has_to_hold_and_of_several_filters_all() {
    let both = LeadQuery { text: text("smith").text.into_iter().chain(text("jones").text).collect(), ..all() };
    assert!(seller_finds(&both, &jose()));
    let solar = LeadQuery { campaigns: set(&["solar", "wind"]), ..both.clone() };
    assert!(seller_finds(&solar, &jose()));
    assert!(!seller_finds(&LeadQuery { campaigns: set(&["wind"]), ..both }, &jose()));
}

#[test]
fn where_a_lead_is_from_and_when_it_came_in_never_changes() {
    let is_one = |query: LeadQuery| seller_finds(&query, &jose());
    assert!(is_one(LeadQuery { suppliers: set(&["s1"]), countries: set(&["GB"]), ..all() }));
    assert!(!is_one(LeadQuery { suppliers: set(&["s2"]), ..all() }));
    assert!(!is_one(LeadQuery { countries: set(&["US"]), ..all() }));
    assert!(is_one(LeadQuery { methods: [Method::Api].into(), ..all() }));
    assert!(!is_one(LeadQuery { methods: [Method::Form, Method::Import].into(), ..all() }));
    assert!(is_one(LeadQuery::received(Span { from: at(0), until: at(0) })), "both ends are in it");
    assert!(!is_one(LeadQuery::received(Span { from: at(1), until: at(9) })));
    assert!(!is_one(LeadQuery::received(Span { from: at(-9), until: at(-1) })));
}

#[test]
fn a_buyer_has_what_it_bought_and_a_delivery_what_it_was_given() {
    let bought = |bids: &[&str], lead: &Lead| seller_finds(&LeadQuery { buyers: set(bids), ..all() }, lead);
    assert!(bought(&["b1"], &sold()) && bought(&["b1"], &returned()) && bought(&["b1", "b2"], &sold()));
    assert!(!bought(&["b2"], &sold()) && !bought(&["b1"], &jose()));
    let given = |dids: &[&str]| seller_finds(&LeadQuery { deliveries: set(dids), ..all() }, &sold());
    assert!(given(&["d1"]) && given(&["d2"]) && given(&["d2", "d9"]));
    assert!(!given(&["d3"]) && !given(&["d9"]), "what was passed over was not given");
}

#[test]
fn statuses_are_those_of_the_buyers_and_deliveries_that_are_named() {
    let is_so = |query: LeadQuery, sold: SoldStatus, delivered: DeliveryStatus, lead: &Lead| {
        let statuses = LeadQuery { sold_statuses: [sold].into(), delivery_statuses: [delivered].into(), ..query };
        seller_finds(&statuses, lead)
    };
    let by = |bids: &[&str], dids: &[&str]| LeadQuery { buyers: set(bids), deliveries: set(dids), ..all() };
    assert!(is_so(all(), SoldStatus::Sold, DeliveryStatus::Partial, &sold()));
    assert!(is_so(by(&["b1"], &[]), SoldStatus::Sold, DeliveryStatus::Full, &sold()));
    assert!(is_so(by(&[], &["d2"]), SoldStatus::Sold, DeliveryStatus::Fail, &sold()));
    assert!(is_so(by(&["b1"], &["d1"]), SoldStatus::Sold, DeliveryStatus::Full, &sold()));
    assert!(is_so(by(&["b1"], &["d2"]), SoldStatus::Sold, DeliveryStatus::Blank, &sold()), "d2 is not b1's");
    assert!(is_so(by(&["b1"], &[]), SoldStatus::Returned, DeliveryStatus::Full, &returned()));
    assert!(!is_so(by(&["b1"], &[]), SoldStatus::Sold, DeliveryStatus::Full, &returned()));
    let twice = answered_later(&returned());
    assert!(is_so(all(), SoldStatus::Sold, DeliveryStatus::Full, &twice));
    assert!(is_so(by(&["b1"], &[]), SoldStatus::Returned, DeliveryStatus::Full, &twice));
    assert!(is_so(by(&["b1", "b2"], &[]), SoldStatus::Sold, DeliveryStatus::Full, &twice));
}

/// `b2` bought it after all.
fn answered_later(lead: &Lead) -> Lead {
    let again = lead.on_redelivered(&did("d2"), at(70)).unwrap();
    let asked = again.on_intent(&did("d2"), 2, attempt(8), at(71), at(90)).unwrap();
    let pending = Outcome::Pending { reference: None, deadline: at(99) };
    let awaited = asked.on_outcome(&did("d2"), &attempt(8), 2, pending, at(72)).unwrap();
    awaited.on_decided(&did("d2"), Decision::Accepted { price: pounds(900), reference: None }, at(80)).unwrap()
}

#[test]
fn how_far_a_buyer_has_got_is_asked_of_those_that_are_named() {
    let stage = FollowUpStage::Contacted;
    let mut lead = sold();
    lead.deliveries.get_mut(&did("d1")).unwrap().follow_up = Some(FollowUp::after(None, stage, None, at(60)));
    let is = |stage| LeadQuery { followed_up: [stage].into(), ..all() };
    assert!(seller_finds(&is(stage), &lead) && !seller_finds(&is(FollowUpStage::Converted), &lead));
    assert!(!seller_finds(&is(stage), &sold()), "nobody has said anything");
    let by = |name: &str| LeadQuery { deliveries: [did(name)].into(), ..is(stage) };
    assert!(seller_finds(&by("d1"), &lead) && !seller_finds(&by("d2"), &lead));
    assert!(!is(stage).takes(&lead, &supplier("s1")), "what its buyer does is not its supplier's to know");
    let path = plan(&is(stage), &Known::default()).path.to_string();
    assert_eq!(path, "listed by activity feedback", "no list of its own is kept");
}

#[test]
fn activities_are_what_has_happened_since() {
    let is_so = |activity, lead: &Lead| seller_finds(&LeadQuery { activities: [activity].into(), ..all() }, lead);
    assert!(is_so(Activity::Returned, &returned()) && is_so(Activity::ReturnRequested, &returned()));
    assert!(!is_so(Activity::Returned, &sold()) && !is_so(Activity::ReturnRefused, &returned()));
    let any = LeadQuery { activities: [Activity::Released, Activity::Redelivered].into(), ..all() };
    assert!(seller_finds(&any, &answered_later(&sold())));
}

#[test]
fn a_buyer_is_told_of_nothing_but_its_own() {
    let finds = |query: &LeadQuery, bid: &str, lead: &Lead| query.takes(lead, &buyer(bid));
    assert!(finds(&all(), "b1", &sold()) && !finds(&all(), "b2", &sold()), "who did not buy it does not read it");
    let partial = LeadQuery { delivery_statuses: [DeliveryStatus::Partial].into(), ..all() };
    assert!(seller_finds(&partial, &sold()) && !finds(&partial, "b1", &sold()));
    assert!(!finds(&LeadQuery { deliveries: set(&["d2"]), ..all() }, "b1", &sold()), "it is not its delivery");
    assert!(finds(&text("smith"), "b1", &sold()));
    assert!(
        !finds(&text("web"), "b1", &sold()) && !finds(&text("sub 7"), "b1", &sold()),
        "it is not told whose they are"
    );
    assert!(
        !finds(&field("source", "web"), "b1", &sold())
            && !finds(&LeadQuery { suppliers: set(&["s1"]), ..all() }, "b1", &sold())
    );
    let twice = answered_later(&sold());
    let order = EditOrder { order: "one", by: "seller", reason: "agreed" };
    let priced = twice.on_revenue_edited(None, Some(&did("d2")), pounds(800), order, at(90)).unwrap();
    let edited = LeadQuery { activities: [Activity::RevenueUpdated].into(), ..all() };
    assert!(finds(&edited, "b2", &priced) && !finds(&edited, "b1", &priced), "it is another's price");
}

#[test]
fn a_supplier_finds_its_own_and_is_not_told_who_bought_them() {
    assert!(text("web").takes(&sold(), &supplier("s1")) && !text("web").takes(&sold(), &supplier("s2")));
    assert!(!LeadQuery { buyers: set(&["b1"]), ..all() }.takes(&sold(), &supplier("s1")));
    assert!(LeadQuery { activities: [Activity::Returned].into(), ..all() }.takes(&returned(), &supplier("s1")));
    assert!(!LeadQuery { activities: [Activity::ReturnRequested].into(), ..all() }.takes(&returned(), &supplier("s1")));
}
