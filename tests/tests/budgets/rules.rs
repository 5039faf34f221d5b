//! What rules cost that a campaign, a delivery or a buyer may have: caps, turns, nobody twice.

use domain::{
    buyer::Buyer,
    campaign::Campaign,
    delivery::Delivery,
    lead::{Lead, SoldStatus},
    setup::Record,
};
use serde_json::{Value, json};
use store::Saved;
use tests::{
    Reply, TestBuyer,
    capacity::{Bill, Units},
};

use super::{Metered, furnished};

/// A warm installation with two buyers that accept, and this said about one of its records besides.
async fn with<T: Record>(reference: &str, more: Value) -> Metered {
    let (first, second) =
        (TestBuyer::answering([Reply::accept("B-1")]).await, TestBuyer::answering([Reply::accept("B-2")]).await);
    let tables = furnished(&[first.url(), second.url()], true).await;
    let store = tables.store();
    let present = store.record::<T>(reference).await.unwrap().unwrap();
    let mut record = serde_json::to_value(&present.record).unwrap();
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let changed: T = serde_json::from_value(record).unwrap();
    assert!(changed.check().is_empty(), "{:?}", changed.check());
    assert!(matches!(store.save(changed, Some(present.version)).await.unwrap(), Saved::Done(_)));
    Metered::over(tables).await.warmed().await
}

/// What the second sale to the first buyer costs, once the worker knows the set-up.
async fn second_sale(metered: &Metered, title: &str) -> Bill {
    for number in 1..=2 {
        let id = metered.taken_in(number).await;
        metered.meter.bill("the lead that will be sold is taken in");
        let lead: Lead = metered.deliver(id, "d1", lambda::now()).await;
        assert_eq!(lead.sold_status(), SoldStatus::Sold, "{lead:#?}");
        if number == 1 {
            metered.meter.bill("the first sale");
        }
    }
    metered.meter.bill(title)
}

#[tokio::test]
async fn a_place_under_caps_costs_2_whether_they_are_one_or_five() {
    let every = ["hour", "day", "week", "month", "total"].map(|per| json!({ "per": per, "count": 100 }));
    for caps in [&every[..1], &every] {
        let metered = with::<Delivery>("d1", json!({ "caps": caps })).await;
        let bill = second_sale(&metered, &format!("a lead is sold under caps: {}", caps.len())).await;
        assert!(bill.written() <= Units::whole(5 + 2));
        assert_eq!(bill.read(), Units::whole(1));
        assert_eq!(
            bill.operations(),
            ["GetItem", "UpdateItem", "UpdateItem", "PutItem", "UpdateItem", "UpdateItem"],
            "reserved before the intent, confirmed after the outcome"
        );
    }
}

#[tokio::test]
async fn a_place_under_a_campaigns_cap_costs_intake_2() {
    let metered = with::<Campaign>("solar", json!({ "caps": [{ "per": "day", "count": 100 }] })).await;
    metered.taken_in(1).await;
    let bill = metered.meter.bill("a lead is taken in under a cap");
    assert!(bill.written() <= Units::whole(9 + 2));
    assert_eq!(bill.read(), Units::whole(0));
    assert_eq!(bill.operations(), ["UpdateItem", "TransactWriteItems", "UpdateItem", "SendMessageBatch"]);
}

#[tokio::test]
async fn a_buyer_that_takes_nobody_twice_costs_1() {
    let metered = with::<Buyer>("b1", json!({ "dedupe": { "fields": ["email"], "window_days": 30 } })).await;
    let bill = second_sale(&metered, "a lead is sold to a buyer that takes nobody twice").await;
    assert!(bill.written() <= Units::whole(5 + 1));
    assert_eq!(bill.read(), Units::whole(1));
    assert_eq!(bill.operations(), ["GetItem", "PutItem", "UpdateItem", "PutItem", "UpdateItem"]);
}

#[tokio::test]
async fn a_turn_costs_intake_1_and_a_read_and_the_sale_nothing() {
    let turns = json!([{ "mode": "round_robin", "deliveries": ["d1", "d2"] }]);
    let metered = with::<Campaign>("solar", json!({ "distribution": turns })).await;
    let id = metered.taken_in(1).await;
    let bill = metered.meter.bill("a lead is taken in where deliveries take turns");
    assert!(bill.written() <= Units::whole(9 + 1));
    assert_eq!(bill.read(), Units::whole(1));
    assert_eq!(bill.operations(), ["GetItem", "TransactWriteItems", "UpdateItem", "SendMessageBatch"]);

    // Every other lead is the second buyer's.
    metered.deliver(id, "d2", lambda::now()).await;
    metered.taken_in(2).await;
    let id = metered.taken_in(3).await;
    metered.meter.bill("the first sale, and two more leads");
    let lead = metered.deliver(id, "d2", lambda::now()).await;
    assert_eq!(lead.sold_status(), SoldStatus::Sold, "{lead:#?}");
    let bill = metered.meter.bill("a lead is sold at its turn");
    assert!(bill.written() <= Units::whole(5));
    assert_eq!(bill.read(), Units::whole(1));
}
