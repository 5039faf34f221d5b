//! What each step of a lead adds to what it can be found by.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use super::*;
use crate::lead::{
    EditOrder, Outcome, ReturnRequest, SkipReason,
    tests::{at, attempt, did, lead, pounds},
};

fn second(when: Timestamp) -> i64 {
    when.as_second() - at(0).as_second()
}

/// Each finder on a line.
fn told(before: Option<&Lead>, after: &Lead) -> Vec<String> {
    let line = |finder: &Finder| match finder {
        Finder::Listed { list, at, .. } => format!("{list:?} at {}", second(*at)),
        Finder::Returned { lists, back } => {
            let lists: Vec<String> = lists.iter().map(|list| format!("{list:?}")).collect();
            format!("{} of {} at {}: {}", back.number, back.did, second(back.asked_at), lists.join(" "))
        }
        Finder::Left { state, back } => format!("{} of {} is not {state:?} any more", back.number, back.did),
        Finder::Reference { bid, reference, .. } => format!("{bid} calls it {reference}"),
    };
    finders(before, after).iter().map(line).collect()
}

fn given() -> Lead {
    let lead = lead(2).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
    let lead = lead.on_queued(&did("crm"), None, at(0)).unwrap();
    lead.on_skipped(&did("d2"), Some("b2".parse().unwrap()), SkipReason::NoSlot, at(0)).unwrap()
}

/// What became of the request of `d1` that is made at this time.
fn answered(lead: &Lead, name: &str, outcome: Outcome, second: i64) -> Lead {
    let round = lead.delivery(&did(name)).unwrap().round;
    let id = attempt(second.unsigned_abs().into());
    let number = lead.delivery(&did(name)).unwrap().attempts + 1;
    let sending = lead.on_intent(&did(name), round, id, at(second), at(second + 40)).unwrap();
    sending.on_outcome(&did(name), &id, number, outcome, at(second)).unwrap()
}

fn accepted(reference: Option<&str>) -> Outcome {
    Outcome::Accepted { price: pounds(1_250), reference: reference.map(str::to_owned), redirect_url: None }
}

fn refused() -> Outcome {
    Outcome::Rejected { reason: "no".to_owned() }
}

#[test]
fn a_lead_is_found_by_the_deliveries_it_was_given_to_and_not_by_those_that_were_skipped() {
    let found = told(None, &given());
    assert_eq!(found, [r#"Delivery(DeliveryRef("crm")) at 0"#, r#"Delivery(DeliveryRef("d1")) at 0"#]);
    assert_eq!(told(Some(&lead(2)), &given()), found);
    assert!(told(Some(&given()), &given()).is_empty(), "what is known is not told again");
}

#[test]
fn a_skipped_delivery_that_has_the_lead_after_all_finds_it() {
    let again = given().on_redelivered(&did("d2"), at(5)).unwrap();
    let expected = [r#"Delivery(DeliveryRef("d2")) at 0"#, "Activity(Redelivered) at 0"];
    assert_eq!(told(Some(&given()), &again), expected);
}

#[test]
fn what_a_buyer_calls_it_finds_it_once() {
    let pending = Outcome::Pending { reference: Some("R-1".to_owned()), deadline: at(900) };
    let awaited = answered(&given(), "d1", pending, 10);
    assert_eq!(told(Some(&given()), &awaited), ["b1 calls it R-1"]);
    let sold = answered(&given(), "d1", accepted(Some("R-1")), 10);
    let bought = r#"Buyer(BuyerRef("b1")) at 0"#;
    assert_eq!(told(Some(&awaited), &sold), [bought]);
    assert_eq!(told(Some(&given()), &answered(&given(), "d1", accepted(None), 10)), [bought]);
}

#[test]
fn a_buyer_has_a_lead_on_its_list_once_however_often_it_is_returned() {
    let sold = answered(&given(), "d1", accepted(None), 10);
    assert_eq!(told(Some(&given()), &sold), [r#"Buyer(BuyerRef("b1")) at 0"#]);
    let back = sold.on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(100)).unwrap();
    let back = back.on_return_approved(&did("d1"), true, at(200)).unwrap();
    assert!(!told(Some(&sold), &back).iter().any(|line| line.starts_with("Buyer")));
    let crm = answered(&given(), "crm", accepted(None), 10);
    assert!(told(Some(&given()), &crm).is_empty(), "nobody bought it");
    let new = told(None, &back);
    assert_eq!(new.iter().filter(|line| line.starts_with("Buyer")).count(), 1, "{new:?}");
}

#[test]
fn what_is_written_down_together_came_in_within_ten_minutes_or_a_day() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let buyer = Listing::Buyer("b1".parse().unwrap());
    let of = [Listing::Delivery(did("d1")), buyer, Listing::Undelivered(Undelivered::Fail)];
    for list in of {
        for time in ["10:20:00Z", "10:23:45.678Z", "10:29:59.999Z"] {
            assert_eq!(list.end_of_bucket(at(&format!("2026-11-05T{time}"))), at("2026-11-05T10:29:59.999Z"));
        }
    }
    let list = Listing::Activity(Activity::Returned);
    assert_eq!(list.end_of_bucket(at("2026-11-05T10:23:45Z")), at("2026-11-05T23:59:59.999Z"));
    assert_eq!(list.end_of_bucket(at("2026-11-30T23:59:59.999Z")), at("2026-11-30T23:59:59.999Z"));
}

#[test]
fn failed_deliveries_are_told_when_the_last_of_them_is_over() {
    let half = answered(&given(), "d1", refused(), 10);
    assert!(told(Some(&given()), &half).is_empty(), "the other one is on its way");
    let failed = answered(&half, "crm", refused(), 20);
    assert_eq!(told(Some(&half), &failed), ["Undelivered(Fail) at 0"]);
    let partly = answered(&half, "crm", accepted(None), 20);
    assert_eq!(told(Some(&half), &partly), ["Undelivered(Partial) at 0"]);
    assert!(told(Some(&partly), &partly).is_empty());
}

#[test]
fn a_return_keeps_its_place_and_is_found_by_where_it_stands() {
    let sold = answered(&given(), "d1", accepted(None), 10);
    let requested = sold.on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(100)).unwrap();
    let begun = |activity: &str, line: &str| {
        let lists = r#"All OfSupplier(SupplierRef("s1")) OfBuyer(BuyerRef("b1"))"#;
        [format!("Activity({activity}) at 0"), format!("{line} {lists}")]
    };
    let moved = |activity: &str, line: &str, was: &str| {
        [format!("Activity({activity}) at 0"), line.to_owned(), format!("1 of d1 is not {was} any more")]
    };
    let first = begun("ReturnRequested", "1 of d1 at 100: InState(Requested)");
    assert_eq!(told(Some(&sold), &requested), first);
    let approved = requested.on_return_approved(&did("d1"), true, at(200)).unwrap();
    let now = moved("Returned", "1 of d1 at 100: InState(Approved)", "Requested");
    assert_eq!(told(Some(&requested), &approved), now);
    let undone = approved.on_return_undone(&did("d1"), "a mistake", at(250)).unwrap();
    let now = moved("ReturnUndone", "1 of d1 at 100: InState(Undone)", "Approved");
    assert_eq!(told(Some(&approved), &undone), now);
    let refused = requested.on_return_refused(&did("d1"), "it is genuine", at(300)).unwrap();
    let now = moved("ReturnRefused", "1 of d1 at 100: InState(Refused)", "Requested");
    assert_eq!(told(Some(&requested), &refused), now);
    let again = refused.on_return_requested(&did("d1"), ReturnRequest::because("DUPE"), at(400)).unwrap();
    let second = begun("ReturnRequested", "2 of d1 at 400: InState(Requested)");
    assert_eq!(told(Some(&refused), &again), second);
    let at_once = again.on_return_approved(&did("d1"), true, at(400)).unwrap();
    assert_eq!(told(Some(&refused), &at_once), begun("Returned", "2 of d1 at 400: InState(Approved)"));
}

#[test]
fn edits_and_quarantines_are_activities() {
    let order = |order| EditOrder { order, by: "seller", reason: "agreed" };
    let sold = answered(&given(), "d1", accepted(None), 10);
    let priced = sold.on_revenue_edited(None, None, pounds(1_000), order("one"), at(20)).unwrap();
    assert_eq!(told(Some(&sold), &priced), ["Activity(RevenueUpdated) at 0"]);
    let paid = priced.on_payout_edited(pounds(400), order("two"), at(30)).unwrap();
    assert_eq!(told(Some(&priced), &paid), ["Activity(PayoutUpdated) at 0"]);

    let aside = lead(1).on_quarantined("odd".to_owned(), None).unwrap();
    assert_eq!(told(Some(&lead(1)), &aside), ["Activity(Quarantined) at 0"]);
    let released = aside.on_released(at(50)).unwrap();
    assert_eq!(told(Some(&aside), &released), ["Activity(Released) at 0"]);
    assert_eq!(told(None, &released), ["Activity(Quarantined) at 0", "Activity(Released) at 0"]);
}
