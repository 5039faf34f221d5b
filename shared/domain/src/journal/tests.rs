//! The journal of single leads, worked by hand.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::{
    campaign::PayoutMode,
    lead::{
        EditOrder, FollowUp, FollowUpStage, Lead, Outcome, PayoutState, ReturnRequest,
        tests::{at, attempt, did, lead, pounds},
    },
    money::{Rounding, Share},
    report::Counts,
};

/// Sold through these deliveries, each to a buyer of its own, a minute after one another.
fn sold(mut lead: Lead, sales: &[(&str, i64)]) -> Lead {
    for (number, (name, price)) in (1_i64..).zip(sales) {
        let bid = format!("b-{name}").parse().unwrap();
        let id = attempt(number.unsigned_abs().into());
        lead = lead.on_queued(&did(name), Some(bid), at(0)).unwrap();
        lead = lead.on_intent(&did(name), 1, id, at(60 * number - 1), at(9_999)).unwrap();
        let outcome = Outcome::Accepted { price: pounds(*price), reference: None, redirect_url: None };
        lead = lead.on_outcome(&did(name), &id, 1, outcome, at(60 * number)).unwrap();
    }
    lead
}

fn returned(lead: &Lead, name: &str, reverse_payout: bool) -> Lead {
    let lead = lead.on_return_requested(&did(name), ReturnRequest::because("INVALID_PHONE"), at(86_400)).unwrap();
    lead.on_return_approved(&did(name), reverse_payout, at(90_000)).unwrap()
}

fn order(order: &str) -> EditOrder<'_> {
    EditOrder { order, by: "seller", reason: "agreed by phone" }
}

/// Each event on a line: its name, its numbers, and what it moves.
fn told(lead: &Lead) -> Vec<String> {
    let line = |event: &Event| {
        let counts = serde_json::to_string(&event.counts).unwrap();
        let moved = event.entry.iter().flat_map(|entry| &entry.lines);
        let moved: Vec<String> = moved.map(|line| format!("{} {:+}", line.account, line.minor)).collect();
        format!("{} {counts} {}", event.name, moved.join(", ")).trim_end().to_owned()
    };
    events(lead).unwrap().iter().map(line).collect()
}

#[test]
fn a_sale_and_its_payout_are_one_entry() {
    let expected = [
        r#"received {"l":1}"#,
        r#"sale#d1 {"a":1,"n":1,"re":1250,"po":500} buyer_receivable:b-d1 +1250, revenue:solar -1250, payout_cost:solar +500, supplier_payable:s1 -500"#,
    ];
    assert_eq!(told(&sold(lead(1), &[("d1", 1_250)])), expected);
}

#[test]
fn a_payout_for_each_valid_lead_is_an_entry_of_its_own() {
    let mut lead = lead(1);
    lead.terms.payout_mode = PayoutMode::SystemAccept;
    lead.payout.state = PayoutState::Earned;
    lead.payout.earned_at = Some(lead.received);
    let expected = [
        r#"received {"l":1}"#,
        r#"payout {"a":1,"po":500} payout_cost:solar +500, supplier_payable:s1 -500"#,
        r#"sale#d1 {"n":1,"re":1250} buyer_receivable:b-d1 +1250, revenue:solar -1250"#,
    ];
    assert_eq!(told(&sold(lead, &[("d1", 1_250)])), expected);
}

#[test]
fn a_share_is_earned_with_each_sale_and_given_back_with_it() {
    let mut lead = lead(2);
    lead.terms.share = Some(Share { basis_points: 6_500, rounding: Rounding::HalfEven });
    lead.payout.amount = pounds(0);
    let lead = sold(lead, &[("d1", 1_010), ("d2", 2_000)]);
    // 65 % of 10.10 is 6.565, and the even neighbour is 6.56.
    let expected = [
        r#"received {"l":1}"#,
        r#"sale#d1 {"a":1,"n":1,"re":1010,"po":656} buyer_receivable:b-d1 +1010, revenue:solar -1010, payout_cost:solar +656, supplier_payable:s1 -656"#,
        r#"return#d1 {"rt":1,"re":-1010} buyer_receivable:b-d1 -1010, revenue:solar +1010"#,
        r#"reversal#d1 {"po":-656} payout_cost:solar -656, supplier_payable:s1 +656"#,
        r#"sale#d2 {"n":1,"re":2000,"po":1300} buyer_receivable:b-d2 +2000, revenue:solar -2000, payout_cost:solar +1300, supplier_payable:s1 -1300"#,
    ];
    assert_eq!(told(&returned(&lead, "d1", true)), expected);
}

#[test]
fn one_amount_is_given_back_with_the_last_sale_only() {
    let lead = sold(lead(2), &[("d1", 1_000), ("d2", 2_000)]);
    let once = returned(&lead, "d1", true);
    assert_eq!(once.earned_payout(), Ok(pounds(500)));
    let twice = returned(&once, "d2", true);
    assert_eq!((twice.earned_payout(), twice.payout.state), (Ok(pounds(0)), PayoutState::Reversed));
    let expected = [
        r#"received {"l":1}"#,
        r#"sale#d1 {"a":1,"n":1,"re":1000,"po":500} buyer_receivable:b-d1 +1000, revenue:solar -1000, payout_cost:solar +500, supplier_payable:s1 -500"#,
        r#"return#d1 {"rt":1,"re":-1000} buyer_receivable:b-d1 -1000, revenue:solar +1000"#,
        r#"sale#d2 {"n":1,"re":2000} buyer_receivable:b-d2 +2000, revenue:solar -2000"#,
        r#"return#d2 {"rt":1,"re":-2000} buyer_receivable:b-d2 -2000, revenue:solar +2000"#,
        r#"reversal#d2 {"rv":1,"po":-500} payout_cost:solar -500, supplier_payable:s1 +500"#,
    ];
    assert_eq!(told(&twice), expected);
    let kept = returned(&once, "d2", false);
    assert_eq!(kept.earned_payout(), Ok(pounds(500)), "the seller may leave it to the supplier");
}

#[test]
fn what_was_taken_back_is_earned_again_as_often_as_it_is_and_never_twice_over() {
    let mut lead = lead(3);
    for (at, name) in (1..).zip(["d1", "d2", "d3"]) {
        let (did, id) = (did(name), attempt(at));
        let queued = lead.on_queued(&did, Some("b1".parse().unwrap()), self::at(0)).unwrap();
        let sending = queued.on_intent(&did, 1, id, self::at(1), self::at(99)).unwrap();
        let bought = Outcome::Accepted { price: pounds(1_000), reference: None, redirect_url: None };
        let sold = sending.on_outcome(&did, &id, 1, bought, self::at(2)).unwrap();
        assert_eq!(sold.earned_payout(), Ok(pounds(500)), "{name}");
        lead = returned(&sold, name, true);
        assert_eq!(lead.earned_payout(), Ok(pounds(0)), "{name}");
    }
}

#[test]
fn a_share_that_was_raised_goes_with_the_only_sale() {
    let mut lead = lead(1);
    lead.terms.share = Some(Share { basis_points: 5_000, rounding: Rounding::HalfEven });
    lead.payout.amount = pounds(0);
    for to in [800, 200] {
        let lead = sold(lead.clone(), &[("d1", 1_000)]).on_payout_edited(pounds(to), order("o"), at(70)).unwrap();
        let back = returned(&lead, "d1", true);
        assert_eq!((back.earned_payout(), back.payout.state), (Ok(pounds(0)), PayoutState::Reversed), "{to}");
    }
}

#[test]
fn edits_are_entries_and_a_return_takes_back_what_the_price_has_become() {
    let lead = sold(lead(1), &[("d1", 1_250)]);
    let lead = lead.on_revenue_edited(None, None, pounds(1_000), order("o1"), at(500)).unwrap();
    let lead = lead.on_payout_edited(pounds(650), order("o1"), at(501)).unwrap();
    let again = lead.on_revenue_edited(None, None, pounds(1_000), order("o1"), at(900)).unwrap();
    assert_eq!(again, lead, "the same order is carried out once");
    let expected = [
        r#"received {"l":1}"#,
        r#"sale#d1 {"a":1,"n":1,"re":1250,"po":500} buyer_receivable:b-d1 +1250, revenue:solar -1250, payout_cost:solar +500, supplier_payable:s1 -500"#,
        r#"return#d1 {"rt":1,"re":-1000} buyer_receivable:b-d1 -1000, revenue:solar +1000"#,
        r#"reversal#d1 {"rv":1,"po":-650} payout_cost:solar -650, supplier_payable:s1 +650"#,
        r#"edit#00 {"re":-250} buyer_receivable:b-d1 -250, revenue:solar +250"#,
        r#"edit#01 {"po":150} payout_cost:solar +150, supplier_payable:s1 -150"#,
    ];
    assert_eq!(told(&returned(&lead, "d1", true)), expected);
}

#[test]
fn entries_of_an_edit_name_the_order_whatever_its_number_in_it() {
    let lead = sold(lead(1), &[("d1", 1_250)]);
    let lead = lead.on_revenue_edited(None, None, pounds(1_000), order("1f2e.0"), at(500)).unwrap();
    let lead = lead.on_payout_edited(pounds(650), order("1f2e.17"), at(501)).unwrap();
    let lead = lead.on_revenue_edited(None, None, pounds(900), order("by hand"), at(502)).unwrap();
    let orders = |lead| events(lead).unwrap().into_iter().filter_map(|event| event.entry).map(|entry| entry.order);
    let of_edits = [Some("1f2e"), Some("1f2e"), Some("by hand")].map(|order| order.map(str::to_owned));
    assert_eq!(orders(&lead).collect::<Vec<_>>(), [vec![None], of_edits.to_vec()].concat(), "the sale has none");
}

#[test]
fn what_cannot_be_edited_says_why() {
    let code = |edited: Result<Lead, crate::lead::IllegalTransition>| edited.unwrap_err().code;
    let one = sold(lead(2), &[("d1", 1_250)]);
    let two = sold(lead(2), &[("d1", 1_250), ("d2", 900)]);
    let usd = crate::money::Money { minor: 1, currency: "USD".parse().unwrap() };
    assert_eq!(code(lead(1).on_revenue_edited(None, None, pounds(1), order("o"), at(1))), "not_sold");
    assert_eq!(code(lead(1).on_payout_edited(pounds(1), order("o"), at(1))), "not_earned");
    assert_eq!(code(two.on_revenue_edited(None, None, pounds(1), order("o"), at(1))), "name_the_buyer");
    assert_eq!(code(one.on_revenue_edited(None, None, usd, order("o"), at(1))), "wrong_currency");
    assert_eq!(code(one.on_revenue_edited(None, None, pounds(-1), order("o"), at(1))), "negative");
    assert_eq!(
        code(returned(&one, "d1", true).on_revenue_edited(None, None, pounds(1), order("o"), at(1))),
        "not_sold"
    );
    let aside = lead(1).on_quarantined("odd".to_owned(), None).unwrap();
    assert_eq!(code(aside.on_revenue_edited(None, None, pounds(1), order("o"), at(1))), "not_approved");
    let second = two.on_revenue_edited(Some(&"b-d2".parse().unwrap()), None, pounds(1), order("o"), at(1)).unwrap();
    assert_eq!(second.revenue(), Ok(pounds(1_251)));
    let mut one_buyers = two;
    for delivery in one_buyers.deliveries.values_mut() {
        delivery.bid = Some("b1".parse().unwrap());
    }
    let edited = |bid: Option<&str>, did: Option<&str>| {
        let (bid, did) = (bid.map(|bid| bid.parse().unwrap()), did.map(|did| did.parse().unwrap()));
        one_buyers.on_revenue_edited(bid.as_ref(), did.as_ref(), pounds(1), order("o"), at(1))
    };
    assert_eq!(code(edited(Some("b1"), None)), "name_the_delivery");
    assert_eq!(code(edited(Some("b2"), Some("d2"))), "not_sold");
    for bid in [None, Some("b1")] {
        assert_eq!(edited(bid, Some("d2")).unwrap().revenue(), Ok(pounds(1_251)));
    }
}

#[test]
fn a_lead_that_came_to_nothing_counts_as_rejected_until_it_is_sent_again() {
    let rejected = |lead: &Lead| {
        let lead = lead.on_intent(&did("d1"), lead.deliveries[&did("d1")].round, attempt(7), at(5), at(50)).unwrap();
        let outcome = Outcome::Rejected { reason: "no".to_owned() };
        lead.on_outcome(&did("d1"), &attempt(7), 9, outcome, at(6)).unwrap()
    };
    let queued = lead(1).on_queued(&did("d1"), Some("b1".parse().unwrap()), at(0)).unwrap();
    let unsold = Lead { version: 4, ..rejected(&queued) };
    let names = |before, after| news(before, after).unwrap().into_iter().map(|event| event.name).collect::<Vec<_>>();
    assert_eq!(names(None, &queued), ["received"]);
    let name = "unsold#4";
    assert_eq!(names(Some(&queued), &unsold), [name]);
    let again = unsold.on_redelivered(&did("d1"), at(100)).unwrap();
    let reopened = news(Some(&unsold), &again).unwrap();
    assert_eq!((reopened[0].name.as_str(), reopened[0].at), ("reopened#4", at(100)));
    assert_eq!(reopened[0].takes_back().map(|event| event.name), Some(name.to_owned()));
    assert_eq!(reopened[0].counts, Counts { rejected: -1, ..Counts::default() });
}

#[test]
fn a_test_counts_nowhere() {
    let lead = Lead { test: true, ..lead(1) };
    assert_eq!(events(&lead), Ok(Vec::new()));
}

#[test]
fn a_month_is_closed_three_days_after_its_end_in_the_accounts_zone() {
    let zone = TimeZone::get("Europe/London").unwrap();
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    // 23:30 UTC on 31 October 2026 is the same day in London, whose summer time ended on the 25th.
    let late = time("2026-10-31T23:30:00Z");
    let (open, closed) = (time("2026-11-03T23:57:59Z"), time("2026-11-03T23:58:00Z"));
    assert_eq!(booked_at(late, open, &zone), late);
    assert_eq!(booked_at(late, closed, &zone), closed);
    // 23:30 UTC on 30 June is 1 July in London.
    let summer = time("2026-06-30T23:30:00Z");
    assert_eq!(booked_at(summer, closed, &zone), closed);
    assert_eq!(booked_at(summer, time("2026-08-02T22:00:00Z"), &zone), summer);
}

#[test]
fn that_a_buyer_has_made_a_customer_of_the_person_is_counted_once_and_moves_nothing() {
    let mut converted = sold(lead(1), &[("d1", 1_250)]);
    let follow_up = FollowUp::after(None, FollowUpStage::Converted, Some(pounds(90_000)), at(500));
    converted.deliveries.get_mut(&did("d1")).unwrap().follow_up = Some(follow_up);
    let steps = [r#"contacted#d1 {"ct":1}"#, r#"converted#d1 {"cv":1}"#, r#"converted_value#d1 {"cw":90000}"#];
    assert_eq!(told(&converted)[2..5], steps, "each counts one thing, the same as ever");
    let event = events(&converted).unwrap().remove(3);
    assert_eq!((event.at, event.entry, event.place.did), (at(500), None, Some(did("d1"))));
    let back = returned(&converted, "d1", true);
    assert_eq!(events(&back).unwrap()[2..5], events(&converted).unwrap()[2..5], "it stays counted");
}

#[test]
fn a_row_that_was_written_before_the_times_of_each_step_were_kept_counts_as_any_other() {
    let stored = |stage: &str| {
        let mut row = serde_json::to_value(FollowUp::after(None, FollowUpStage::Converted, None, at(500))).unwrap();
        row["s"] = stage.into();
        row.as_object_mut().unwrap().retain(|member, _| !["nr", "ct"].contains(&member.as_str()));
        let mut lead = sold(lead(1), &[("d1", 1_250)]);
        lead.deliveries.get_mut(&did("d1")).unwrap().follow_up = Some(serde_json::from_value(row).unwrap());
        lead
    };
    let counted = |lead: &Lead| -> Vec<_> {
        let events = events(lead).unwrap().into_iter().skip(2);
        events.map(|event| (event.name, event.at)).collect()
    };
    assert_eq!(counted(&stored("not_reached")), [("not_reached#d1".to_owned(), at(500))]);
    assert_eq!(counted(&stored("contacted")), [("contacted#d1".to_owned(), at(500))]);
    let steps = [("contacted#d1".to_owned(), at(500)), ("converted#d1".to_owned(), at(500))];
    assert_eq!(counted(&stored("converted")), steps);
    let before = stored("not_reached").deliveries[&did("d1")].follow_up;
    let after = FollowUp::after(before, FollowUpStage::Contacted, None, at(600));
    assert_eq!((after.not_reached_at(), after.contacted_at()), (Some(at(500)), Some(at(600))), "nor is it lost later");
}

#[test]
fn each_step_of_a_buyer_is_counted_when_it_was_made_and_a_value_in_another_currency_is_not_added_up() {
    let followed_up = |follow_up| {
        let mut lead = sold(lead(1), &[("d1", 1_250)]);
        lead.deliveries.get_mut(&did("d1")).unwrap().follow_up = Some(follow_up);
        lead
    };
    let not_reached = FollowUp::after(None, FollowUpStage::NotReached, None, at(500));
    let contacted = FollowUp::after(Some(not_reached), FollowUpStage::Contacted, None, at(600));
    let euros = crate::money::Money { minor: 90_000, currency: "EUR".parse().unwrap() };
    let converted = followed_up(FollowUp::after(Some(contacted), FollowUpStage::Converted, Some(euros), at(700)));
    let steps = [
        r#"not_reached#d1 {"nr":1}"#.to_owned(),
        r#"contacted#d1 {"ct":1}"#.to_owned(),
        r#"converted#d1 {"cv":1}"#.to_owned(),
    ];
    assert_eq!(told(&converted)[2..5], steps);
    let times: Vec<_> = events(&converted).unwrap()[2..5].iter().map(|event| event.at).collect();
    assert_eq!(times, [at(500), at(600), at(700)]);
    let (first, second) = (followed_up(not_reached), followed_up(contacted));
    let added = |before: &Lead, after: &Lead| -> Vec<String> {
        news(Some(before), after).unwrap().into_iter().map(|event| event.name).collect()
    };
    assert_eq!(added(&first, &second), ["contacted#d1"], "what was counted stays, as it was");
    assert_eq!(added(&second, &converted), ["converted#d1"]);
}
