//! Selling to buyers that pay by credit.

use domain::{buyer::Buyer, lead::SoldStatus};
use serde_json::json;
use store::CreditAdded;
use tests::{Reply, TestBuyer, capacity::Units};

use super::Metered;

#[tokio::test]
async fn a_sale_on_credit_costs_two_units_more_than_one_that_is_billed_and_nobody_without_credit_is_asked() {
    let endpoint = TestBuyer::answering([Reply::accept("B-0"), Reply::accept("B-1")]).await;
    let metered = Metered::new(&[endpoint.url()], true).await;
    let credit = json!({ "kind": "prepaid", "currency": "GBP" });
    let buyer = json!({ "bid": "b1", "name": "Bright Solar", "credit": credit });
    let buyer: Buyer = serde_json::from_value(buyer).unwrap();
    metered.store.save(buyer, Some(1)).await.unwrap();
    let paid = serde_json::from_value(json!({ "amount": "25.00", "currency": "GBP" })).unwrap();
    let added = metered.store.add_credit(&"b1".parse().unwrap(), paid, "first", Vec::new()).await.unwrap();
    assert_eq!(added, CreditAdded::Done { balance: paid });
    let first = metered.taken_in(1).await;
    metered.deliver(first, "d1", lambda::now()).await;
    metered.meter.bill("the first sale of a cold function");

    let id = metered.taken_in(2).await;
    metered.meter.bill("the lead that will be sold is taken in");
    let lead = metered.deliver(id, "d1", lambda::now()).await;
    let bill = metered.meter.bill("a lead is delivered and sold on credit at the first try");
    assert_eq!(lead.sold_status(), SoldStatus::Sold);
    assert!(bill.written() <= Units::whole(7));
    assert_eq!(bill.operations(), ["GetItem", "UpdateItem", "UpdateItem", "PutItem", "UpdateItem", "UpdateItem"]);

    // The third lead finds nothing left; from then on it is known.
    let id = metered.taken_in(3).await;
    metered.deliver(id, "d1", lambda::now()).await;
    metered.meter.bill("a lead finds no credit left");
    let lead = metered.store.lead(metered.taken_in(4).await).await.unwrap().unwrap();
    let bill = metered.meter.bill("a lead is taken in when it is known that no credit is left");
    assert_eq!((lead.sold_status(), endpoint.requests().len()), (SoldStatus::Unsold, 2));
    assert!(bill.operations().iter().all(|operation| *operation != "UpdateItem"), "{:?}", bill.operations());
}
