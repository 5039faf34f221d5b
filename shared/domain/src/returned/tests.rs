//! The judge, case by case.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken fixture should fail the test")]

use serde_json::{Value, json};

use super::*;
use crate::{
    lead::{
        Agreed, Outcome, PayoutState, ReturnState, SoldStatus,
        tests::{at, attempt, did, lead, pounds},
    },
    settings::Settings,
};

const DAY: i64 = 86_400;

/// Sold at second 60 through each of these deliveries, to a buyer of its own or to the named one, on these terms.
fn sold(through: &[(&str, &str)], terms: &Value) -> Lead {
    let mut sold = lead(5);
    let returns = Some(terms).filter(|terms| !terms.is_null()).cloned();
    let returns: Option<ReturnTerms> = returns.map(|terms| serde_json::from_value(terms).unwrap());
    for (number, (name, bid)) in (1_u128..).zip(through) {
        let (did, id) = (did(name), attempt(number));
        sold = sold.on_queued(&did, Some(bid.parse().unwrap()), at(0)).unwrap();
        sold = sold.on_intent(&did, 1, id, at(1), at(99)).unwrap();
        sold = sold.agreeing(&did, Agreed { returns: returns.clone(), ..Agreed::default() });
        let bought = Outcome::Accepted { price: pounds(1_250), reference: None, redirect_url: None };
        sold = sold.on_outcome(&did, &id, 1, bought, at(60)).unwrap();
    }
    sold
}

fn bid(name: &str) -> BuyerRef {
    name.parse().unwrap()
}

fn claim<'a>(by: Claimant<'a>, reason: &'a str) -> Claim<'a> {
    Claim { by, order: None, bid: None, did: None, reason, comment: None, reverse_payout: None }
}

fn judged(lead: &Lead, claim: &Claim<'_>, room: Option<&Room>, seconds: i64) -> Judgement {
    let reasons = Settings::default().return_reasons;
    let view = View { zone: &TimeZone::UTC, reasons: &reasons, room, came: at(seconds), now: at(seconds) };
    judge(lead, claim, &view).unwrap()
}

fn outcome(judgement: &Judgement) -> ReturnOutcome {
    match judgement {
        Judgement::Change { outcome, .. } | Judgement::Unchanged { outcome, .. } => *outcome,
        Judgement::NeedsRoom(of) => panic!("{of:?}"),
    }
}

fn changed(judgement: Judgement) -> Lead {
    match judgement {
        Judgement::Change { after, .. } => *after,
        other @ (Judgement::Unchanged { .. } | Judgement::NeedsRoom(_)) => panic!("{other:?}"),
    }
}

/// What becomes of a return of the only sale, to `b1`, by its buyer.
fn by_buyer(terms: &Value, reason: &str, seconds: i64) -> (Lead, Judgement) {
    let (sold, b1) = (sold(&[("d1", "b1")], terms), bid("b1"));
    let judgement = judged(&sold, &claim(Claimant::Buyer(&b1), reason), None, seconds);
    (sold, judgement)
}

#[test]
fn a_buyer_on_terms_without_approval_returns_at_once() {
    let (_, judgement) = by_buyer(&json!({ "window_days": 30 }), "DUPE", 100);
    assert_eq!(outcome(&judgement), ReturnOutcome::Returned);
    let lead = changed(judgement);
    assert_eq!((lead.sold_status(), lead.payout.state), (SoldStatus::Returned, PayoutState::Reversed));
}

#[test]
fn without_terms_or_by_approval_the_seller_decides() {
    for terms in [Value::Null, json!({ "window_days": 30, "approval": true })] {
        let (_, judgement) = by_buyer(&terms, "DUPE", 100);
        assert_eq!(outcome(&judgement), ReturnOutcome::Requested, "{terms}");
        assert_eq!(changed(judgement).sold_status(), SoldStatus::Sold);
    }
}

#[test]
fn a_seller_that_trusts_some_reasons_or_takes_its_time_need_not_decide() {
    let terms =
        json!({ "window_days": 30, "approval": true, "approved_reasons": ["DNCC"], "approved_after_hours": 48 });
    assert_eq!(outcome(&by_buyer(&terms, "DNCC", 100).1), ReturnOutcome::Returned);
    let (_, judgement) = by_buyer(&terms, "DUPE", 100);
    assert_eq!(outcome(&judgement), ReturnOutcome::Requested);
    let asked = changed(judgement);
    assert_eq!(asked.watch_at(), Some(at(100 + 2 * DAY)));
    assert_eq!(asked.returns_due(at(99 + 2 * DAY)).count(), 0);
    assert_eq!(asked.returns_due(at(100 + 2 * DAY)).count(), 1);
}

#[test]
fn the_window_ends_with_its_last_day() {
    let terms = json!({ "window_days": 2 });
    // Sold on 15 January 2027, a minute after 08:00 UTC.
    let end = 16 * 3_600 + 2 * DAY;
    assert_eq!(outcome(&by_buyer(&terms, "DUPE", end - 1).1), ReturnOutcome::Returned);
    assert_eq!(outcome(&by_buyer(&terms, "DUPE", end).1), ReturnOutcome::WindowExpired);
}

#[test]
fn only_reasons_of_the_terms_or_of_the_account_count() {
    let own = json!({ "window_days": 30, "reasons": ["NO_ANSWER"] });
    assert_eq!(outcome(&by_buyer(&own, "NO_ANSWER", 100).1), ReturnOutcome::Returned);
    assert_eq!(outcome(&by_buyer(&own, "DUPE", 100).1), ReturnOutcome::ReasonNotAllowed);
    assert_eq!(outcome(&by_buyer(&json!({ "window_days": 30 }), "NO_ANSWER", 100).1), ReturnOutcome::ReasonNotAllowed);
    let sold = sold(&[("d1", "b1")], &own);
    for reason in ["NO_ANSWER", "DUPE"] {
        let by_seller = judged(&sold, &claim(Claimant::Seller, reason), None, 100);
        assert_eq!(outcome(&by_seller), ReturnOutcome::Returned, "{reason}");
    }
    assert_eq!(outcome(&judged(&sold, &claim(Claimant::Seller, "?"), None, 100)), ReturnOutcome::ReasonNotAllowed);
}

#[test]
fn the_seller_is_bound_by_no_window_no_approval_and_no_share() {
    let terms = json!({ "window_days": 1, "approval": true, "max_share_percent": 1, "reverse_payout": false });
    let sold = sold(&[("d1", "b1")], &terms);
    let kept = changed(judged(&sold, &claim(Claimant::Seller, "OTHER"), None, 30 * DAY));
    assert_eq!((kept.sold_status(), kept.payout.state), (SoldStatus::Returned, PayoutState::Earned));
    let order = Claim { reverse_payout: Some(true), ..claim(Claimant::Seller, "OTHER") };
    assert_eq!(changed(judged(&sold, &order, None, 30 * DAY)).payout.state, PayoutState::Reversed);
}

#[test]
fn a_buyer_cannot_say_what_becomes_of_the_payout() {
    let sold = sold(&[("d1", "b1")], &json!({ "window_days": 30, "reverse_payout": false }));
    let b1 = bid("b1");
    let order = Claim { reverse_payout: Some(true), ..claim(Claimant::Buyer(&b1), "OTHER") };
    assert_eq!(changed(judged(&sold, &order, None, 100)).payout.state, PayoutState::Earned);
}

#[test]
fn a_buyer_returns_only_its_own() {
    let terms = json!({ "window_days": 30 });
    let sold = sold(&[("d1", "b1"), ("d2", "b2")], &terms);
    let sold = sold.on_queued(&did("d3"), Some(bid("b3")), at(70)).unwrap();
    let sold = sold.on_intent(&did("d3"), 1, attempt(9), at(71), at(99)).unwrap();
    let sold = sold.on_queued(&did("d4"), Some(bid("b4")), at(70)).unwrap();
    let (b2, b3, b4) = (bid("b2"), bid("b3"), bid("b4"));
    let own = changed(judged(&sold, &claim(Claimant::Buyer(&b2), "DUPE"), None, 100));
    assert_eq!((own.revenue_from(&bid("b1")), own.revenue_from(&b2)), (Ok(pounds(1_250)), Ok(pounds(0))));
    assert_eq!(outcome(&judged(&sold, &claim(Claimant::Buyer(&b3), "DUPE"), None, 100)), ReturnOutcome::NotSold);
    assert_eq!(outcome(&judged(&sold, &claim(Claimant::Buyer(&b4), "DUPE"), None, 100)), ReturnOutcome::NotYours);
    // It was to get it, and has not been asked. And whatever it names besides:
    let named = Claim { bid: Some(&b2), ..claim(Claimant::Buyer(&b3), "DUPE") };
    assert_eq!(outcome(&judged(&sold, &named, None, 100)), ReturnOutcome::NotYours);
    let (b1, d1) = (bid("b1"), did("d1"));
    let other = Claim { bid: Some(&b1), did: Some(&d1), ..claim(Claimant::Buyer(&b4), "DUPE") };
    assert_eq!(outcome(&judged(&sold, &other, None, 100)), ReturnOutcome::NotYours);
}

#[test]
fn which_sale_is_meant_is_never_guessed() {
    let terms = json!({ "window_days": 30 });
    let sold = sold(&[("d1", "b1"), ("d2", "b2"), ("d3", "b2")], &terms);
    let of = |bid: Option<&BuyerRef>, did: Option<&DeliveryRef>| {
        outcome(&judged(&sold, &Claim { bid, did, ..claim(Claimant::Seller, "DUPE") }, None, 100))
    };
    let (b1, b2, d3, d9) = (bid("b1"), bid("b2"), did("d3"), did("d9"));
    assert_eq!(of(None, None), ReturnOutcome::Ambiguous);
    assert_eq!(of(Some(&b2), None), ReturnOutcome::Ambiguous);
    assert_eq!(of(Some(&b1), None), ReturnOutcome::Returned);
    assert_eq!(of(Some(&b2), Some(&d3)), ReturnOutcome::Returned);
    assert_eq!(of(None, Some(&d3)), ReturnOutcome::Returned);
    assert_eq!(of(Some(&b1), Some(&d3)), ReturnOutcome::NotSold);
    assert_eq!(of(None, Some(&d9)), ReturnOutcome::NotSold);
}

#[test]
fn what_is_returned_or_asked_for_is_not_asked_for_again() {
    for terms in [json!({ "window_days": 30 }), json!({ "window_days": 30, "approval": true })] {
        let (_, judgement) = by_buyer(&terms, "DUPE", 100);
        let (asked, b1) = (changed(judgement), bid("b1"));
        let again = judged(&asked, &claim(Claimant::Buyer(&b1), "DUPE"), None, 200);
        let Judgement::Unchanged { outcome, id: Some(id), .. } = again else { panic!("{again:?}") };
        assert_eq!((outcome, id.number, id.did), (ReturnOutcome::AlreadyReturned, 1, did("d1")));
    }
}

#[test]
fn a_claim_that_comes_again_is_answered_as_it_was_whatever_became_of_it() {
    let b1 = bid("b1");
    let order = Claim { order: Some("one"), ..claim(Claimant::Buyer(&b1), "DUPE") };
    let sold = sold(&[("d1", "b1")], &json!({ "window_days": 1, "approval": true }));
    let asked = changed(judged(&sold, &order, None, 100));
    let refused = asked.on_return_refused(&did("d1"), "it is genuine", at(200)).unwrap();
    let again = changed(judged(&refused, &Claim { order: Some("two"), ..order }, None, 300));
    for (lead, name, number) in [(&asked, "one", 1), (&refused, "one", 1), (&again, "one", 1), (&again, "two", 2)] {
        let repeated = judged(lead, &Claim { order: Some(name), ..order }, None, 90 * DAY);
        let Judgement::Unchanged { outcome, id: Some(id), .. } = repeated else { panic!("{repeated:?}") };
        assert_eq!((outcome, id.number), (ReturnOutcome::Requested, number));
    }
}

#[test]
fn a_share_is_asked_for_and_kept_to() {
    let terms = json!({ "window_days": 30, "max_share_percent": 15 });
    let (sold, b1) = (sold(&[("d1", "b1")], &terms), bid("b1"));
    let buyers = claim(Claimant::Buyer(&b1), "DUPE");
    let Judgement::NeedsRoom(of) = judged(&sold, &buyers, None, 100) else { panic!("it has to be known") };
    assert_eq!(of, ShareOf { bid: bid("b1"), month: jiff::civil::date(2027, 1, 1), percent: 15 });
    let room = |sales, taken| Room::new(of.clone(), sales, taken);
    let after = changed(judged(&sold, &buyers, Some(&room(20, 2)), 100));
    let back = after.sale(&did("d1")).unwrap().returned.clone().unwrap();
    assert_eq!(back.takes_share(), Some(ShareTaken { month: of.month, limit: 3 }));
    for (sales, taken) in [(20, 3), (19, 2), (6, 0), (0, 0)] {
        let over = judged(&sold, &buyers, Some(&room(sales, taken)), 100);
        assert_eq!(outcome(&over), ReturnOutcome::OverCap, "{sales} {taken}");
    }
    let another = Room { of: ShareOf { percent: 20, ..of.clone() }, limit: 9, taken: 0 };
    assert_eq!(judged(&sold, &buyers, Some(&another), 100), Judgement::NeedsRoom(of));
}

#[test]
fn a_buyer_asks_for_a_sale_five_times_at_most_and_the_seller_may_still_take_it_back() {
    let b1 = bid("b1");
    let mut lead = sold(&[("d1", "b1")], &json!({ "window_days": 30, "approval": true }));
    for _ in 0..5 {
        let asked = changed(judged(&lead, &claim(Claimant::Buyer(&b1), "DUPE"), None, 100));
        lead = asked.on_return_refused(&did("d1"), "it is genuine", at(200)).unwrap();
    }
    let again = judged(&lead, &claim(Claimant::Buyer(&b1), "DUPE"), None, 300);
    assert_eq!(outcome(&again), ReturnOutcome::OverCap);
    for number in 6..=20 {
        let back = changed(judged(&lead, &claim(Claimant::Seller, "DUPE"), None, 300));
        assert_eq!(back.sale(&did("d1")).unwrap().returned.as_ref().unwrap().number, number);
        lead = back.on_return_undone(&did("d1"), "a mistake", at(400)).unwrap();
    }
    assert_eq!(outcome(&judged(&lead, &claim(Claimant::Seller, "DUPE"), None, 500)), ReturnOutcome::OverCap);
}

#[test]
fn what_the_seller_has_undone_or_refused_takes_no_effect_without_the_seller() {
    let b1 = bid("b1");
    let at_once = sold(&[("d1", "b1")], &json!({ "window_days": 30 }));
    let buyers = claim(Claimant::Buyer(&b1), "DUPE");
    let undone = changed(judged(&at_once, &buyers, None, 100));
    let undone = undone.on_return_undone(&did("d1"), "a mistake", at(200)).unwrap();
    assert_eq!(outcome(&judged(&undone, &buyers, None, 300)), ReturnOutcome::Requested);
    let patient = json!({ "window_days": 30, "approval": true, "approved_after_hours": 24 });
    let refused = changed(judged(&sold(&[("d1", "b1")], &patient), &buyers, None, 100));
    let refused = refused.on_return_refused(&did("d1"), "it is genuine", at(200)).unwrap();
    let again = changed(judged(&refused, &buyers, None, 300));
    assert_eq!((again.returns_due(at(90 * DAY)).count(), again.watch_at()), (0, None));
}

#[test]
fn a_decision_is_made_once_and_may_be_said_twice() {
    let (_, judgement) = by_buyer(&json!({ "window_days": 30, "approval": true }), "DUPE", 100);
    let asked = changed(judgement);
    let id = ReturnId { lead: asked.id, number: 1, did: did("d1") };
    let approve = ReturnDecision::Approve { reverse_payout: None };
    let (refuse, undo) = (ReturnDecision::Refuse { why: "genuine" }, ReturnDecision::Undo { why: "mistake" });
    let decided = |lead: &Lead, decision| decide(lead, &id, decision, at(200));
    let approved = decided(&asked, approve).unwrap();
    let refused = decided(&asked, refuse).unwrap();
    let undone = decided(&approved, undo).unwrap();
    for (lead, decision) in [(&approved, approve), (&refused, refuse), (&undone, undo)] {
        assert_eq!(decided(lead, decision).as_ref(), Ok(lead));
    }
    let code = |lead, decision| decided(lead, decision).unwrap_err().code;
    assert_eq!((code(&asked, undo), code(&approved, refuse)), ("not_decided", "decided_otherwise"));
    assert_eq!((code(&refused, approve), code(&undone, approve)), ("decided_otherwise", "decided_otherwise"));
    let otherwise = ReturnDecision::Approve { reverse_payout: Some(false) };
    assert_eq!(code(&approved, otherwise), "decided_otherwise");
    let unknown = ReturnId { number: 2, ..id.clone() };
    assert_eq!(decide(&asked, &unknown, approve, at(200)).unwrap_err().code, "no_such_return");
    let b1 = bid("b1");
    let again = changed(judged(&refused, &claim(Claimant::Buyer(&b1), "DUPE"), None, 300));
    assert_eq!(code(&again, approve), "superseded");
    let state = again.sale(&did("d1")).unwrap().returned.clone().unwrap().state;
    assert_eq!(state, ReturnState::Requested);
}

#[test]
fn what_a_claim_is_called_is_its_claimants_own() {
    let sold = sold(&[("d1", "b1"), ("d2", "b2")], &json!({ "window_days": 30 }));
    let (b1, b2) = (bid("b1"), bid("b2"));
    let named = |by| Claim { order: Some("one"), ..claim(by, "DUPE") };
    let by_b1 = changed(judged(&sold, &named(Claimant::Buyer(&b1)), None, 100));
    let by_both = changed(judged(&by_b1, &named(Claimant::Buyer(&b2)), None, 100));
    assert_eq!(by_both.sold_status(), SoldStatus::Returned);
    let by_seller = Claim { bid: Some(&b1), ..named(Claimant::Seller) };
    assert_eq!(outcome(&judged(&by_both, &by_seller, None, 100)), ReturnOutcome::AlreadyReturned);
    assert_eq!(outcome(&judged(&by_both, &named(Claimant::Buyer(&b1)), None, 100)), ReturnOutcome::Returned);
}
