//! Taking leads in.

use serde_json::json;
use tests::{capacity::Units, furnished::numbered_lead};

use super::Metered;

/// Nobody answers there; nobody is asked.
const BUYER: &[&str] = &["http://127.0.0.1:9/"];

#[tokio::test]
async fn a_lead_with_a_claim_costs_9_and_waits_for_two_calls() {
    let metered = Metered::warm(BUYER, true).await;
    metered.taken_in(1).await;
    let bill = metered.meter.bill("a lead is taken in, with a claim");
    assert!(bill.written() <= Units::whole(9));
    assert_eq!(bill.operations(), ["TransactWriteItems", "SendMessageBatch"]);
    assert_eq!((bill.read(), bill.in_a_row()), (Units::whole(0), 2));
}

#[tokio::test]
async fn an_idempotency_key_costs_2_more_and_no_call_more() {
    let metered = Metered::warm(BUYER, true).await;
    let key = [("idempotency-key", "order-1")];
    assert_eq!(metered.post(&key, &numbered_lead(1)).await.0, 201);
    let bill = metered.meter.bill("a lead is taken in, with a claim and an idempotency key");
    assert!(bill.written() <= Units::whole(11));
    assert_eq!(bill.operations(), ["TransactWriteItems", "SendMessageBatch"]);
    assert_eq!((bill.read(), bill.in_a_row()), (Units::whole(0), 2));

    assert_eq!(metered.post(&key, &numbered_lead(1)).await.0, 201);
    let bill = metered.meter.bill("the same request again");
    assert_eq!(bill.written(), Units::whole(0));
    assert!(bill.in_a_row() <= 2);
}

#[tokio::test]
async fn a_lead_without_a_claim_costs_no_transaction() {
    let metered = Metered::warm(BUYER, false).await;
    metered.taken_in(1).await;
    let bill = metered.meter.bill("a lead is taken in, without a claim");
    assert!(bill.written() <= Units::whole(6));
    assert_eq!(bill.operations(), ["PutItem", "SendMessageBatch"]);
}

#[tokio::test]
async fn a_rejected_lead_is_written_once_and_sends_nothing() {
    let metered = Metered::warm(BUYER, true).await;
    let mut lead = numbered_lead(1);
    lead["email"] = "ann at example".into();
    assert_eq!(metered.post(&[], &lead).await.0, 422);
    let bill = metered.meter.bill("a lead is rejected");
    // Its phone can be read, its address cannot.
    assert!(bill.written() <= Units::whole(5));
    assert_eq!(bill.operations(), ["PutItem"]);
}

#[tokio::test]
async fn a_duplicate_is_refused_by_its_claim_and_kept_as_rejected() {
    let metered = Metered::warm(BUYER, true).await;
    assert_eq!(metered.post(&[], &numbered_lead(0)).await.0, 422);
    let bill = metered.meter.bill("a lead is a duplicate");
    // What the refused transaction costs is not told: 2 for each of its two rows, as if it had been carried out.
    assert!(bill.written() <= Units::whole(6));
    assert_eq!(bill.operations(), ["TransactWriteItems", "PutItem"]);
}

#[tokio::test]
async fn a_hundred_leads_cost_what_each_costs_and_share_their_messages() {
    let metered = Metered::warm(BUYER, true).await;
    let leads: Vec<_> = (1..=100).map(numbered_lead).collect();
    let (status, receipts) = metered.post(&[], &json!({ "leads": leads })).await;
    assert_eq!((status, receipts["leads"].as_array().unwrap().len()), (200, 100));
    let bill = metered.meter.bill("a hundred leads are taken in");
    assert!(bill.written() <= Units::whole(900));
    let count = |wanted: &str| bill.operations().into_iter().filter(|operation| *operation == wanted).count();
    assert_eq!((count("TransactWriteItems"), count("SendMessageBatch"), bill.operations().len()), (100, 10, 110));
    // Sixteen at a time, then all messages at once: far from a hundred and ten in a row.
    assert!(bill.in_a_row() <= 40, "{} in a row", bill.in_a_row());
}
