//! Taking sales back.

use domain::{
    buyer::{Buyer, ReturnTerms},
    id::{AttemptId, BuyerRef, LeadId},
    journal::events,
    lead::{Agreed, Lead, Outcome, test_lead},
    money::Money,
    returned::{Claim, Claimant, ReturnDecision, ReturnId, ReturnOutcome},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Decided, Returning};
use tests::{capacity::Units, identity};
use ulid::Ulid;

use super::{Metered, furnished};

/// A lead sold to `b1`, half a minute ago, on these terms.
fn sold(number: u128, returns: &Value, is_on_credit: bool) -> Lead {
    let at = lambda::now() - SignedDuration::from_secs(30);
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let (did, attempt) = ("d1".parse().unwrap(), AttemptId::from_ulid(Ulid(number)));
    let lead = Lead { id: LeadId::from_ulid(Ulid(number)), ..test_lead(at) };
    let lead = lead.on_queued(&did, Some("b1".parse().unwrap()), at).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at, at + SignedDuration::from_secs(40)).unwrap();
    let returns: ReturnTerms = serde_json::from_value(returns.clone()).unwrap();
    let credit = is_on_credit.then_some(price);
    let lead = lead.agreeing(&did, Agreed { returns: Some(returns), credit, ..Agreed::default() });
    let bought = Outcome::Accepted { price, reference: None, redirect_url: None };
    lead.on_outcome(&did, &attempt, 1, bought, at).unwrap()
}

/// An installation in which leads are sold and booked, as many on each of these terms.
async fn sold_on(terms: &Value, is_on_credit: bool) -> Metered {
    let tables = furnished(&["http://127.0.0.1:9/none"], true).await;
    let store = tables.store();
    let mut buyer = json!({ "bid": "b1", "name": "Bright Solar", "returns": terms });
    if is_on_credit {
        buyer["credit"] = json!({ "kind": "prepaid", "currency": "GBP" });
        let paid = Money { minor: 100, currency: "GBP".parse().unwrap() };
        store.add_credit(&"b1".parse().unwrap(), paid, "first", Vec::new()).await.unwrap();
    }
    store.save(serde_json::from_value::<Buyer>(buyer).unwrap(), Some(1)).await.unwrap();
    for number in 1..=4 {
        let lead = sold(number, terms, is_on_credit);
        store.put_lead(&lead, 0, &identity()).await.unwrap();
        let news = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
        store.book(news, Ulid(number << 32), lambda::now()).await.unwrap();
    }
    Metered::over(tables).await
}

async fn claim(metered: &Metered, number: u128) -> ReturnOutcome {
    let bid: BuyerRef = "b1".parse().unwrap();
    let identity = identity();
    let returning =
        Returning { store: &metered.store, identity: &identity, queue: &metered.queue, by: None, correlation_id: None };
    let by = Claimant::Buyer(&bid);
    let wish = Claim { by, order: None, bid: None, did: None, reason: "DUPE", comment: None, reverse_payout: None };
    returning.claim(LeadId::from_ulid(Ulid(number)), &wish, lambda::now()).await.unwrap().outcome
}

async fn approve(metered: &Metered, number: u128) -> Decided {
    let identity = identity();
    let returning =
        Returning { store: &metered.store, identity: &identity, queue: &metered.queue, by: None, correlation_id: None };
    let id = ReturnId { lead: LeadId::from_ulid(Ulid(number)), number: 1, did: "d1".parse().unwrap() };
    returning.decide(&id, ReturnDecision::Approve { reverse_payout: None }, lambda::now()).await.unwrap()
}

#[tokio::test]
async fn a_return_costs_one_write_of_its_lead_and_what_its_sold_status_moves() {
    let metered = sold_on(&json!({ "window_days": 30 }), false).await;
    claim(&metered, 1).await;
    metered.meter.bill("the first return of a cold function");
    assert_eq!(claim(&metered, 2).await, ReturnOutcome::Returned);
    let bill = metered.meter.bill("a sale is returned at once");
    assert_eq!(bill.operations()[..2], ["GetItem", "UpdateItem"]);
    assert!(bill.written() <= Units::whole(3), "{:?}", bill.written());
    assert_eq!(claim(&metered, 2).await, ReturnOutcome::AlreadyReturned);
    let bill = metered.meter.bill("a sale that is returned is returned again");
    assert_eq!((bill.operations(), bill.written()), (vec!["GetItem"], Units::whole(0)));
}

#[tokio::test]
async fn a_request_costs_one_write_and_so_does_its_approval_with_what_the_sold_status_moves() {
    let metered = sold_on(&json!({ "window_days": 30, "approval": true }), false).await;
    claim(&metered, 1).await;
    metered.meter.bill("the first request of a cold function");
    assert_eq!(claim(&metered, 2).await, ReturnOutcome::Requested);
    let bill = metered.meter.bill("a return is asked for");
    assert_eq!(bill.operations(), ["GetItem", "UpdateItem"]);
    assert!(bill.written() <= Units::whole(1), "{:?}", bill.written());
    approve(&metered, 1).await;
    metered.meter.bill("the first approval of a cold function");
    approve(&metered, 2).await;
    let bill = metered.meter.bill("a return is approved");
    assert_eq!(bill.operations(), ["GetItem", "UpdateItem"]);
    assert!(bill.written() <= Units::whole(3), "{:?}", bill.written());
}

#[tokio::test]
async fn with_a_share_or_credit_a_return_is_a_transaction() {
    for (what, terms, is_on_credit, units) in [
        ("under a share", json!({ "window_days": 30, "max_share_percent": 100 }), false, 6),
        ("of a sale on credit", json!({ "window_days": 30 }), true, 6),
        ("of a sale on credit, under a share", json!({ "window_days": 30, "max_share_percent": 100 }), true, 8),
    ] {
        let metered = sold_on(&terms, is_on_credit).await;
        claim(&metered, 1).await;
        metered.meter.bill("the first return of a cold function");
        assert_eq!(claim(&metered, 2).await, ReturnOutcome::Returned);
        let bill = metered.meter.bill(&format!("a return {what}"));
        assert!(bill.written() <= Units::whole(units), "{what}: {:?}", bill.written());
    }
}
