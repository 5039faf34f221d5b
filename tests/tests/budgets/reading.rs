//! Reading leads, and the set-up.

use serde_json::Value;
use tests::{Reply, TestBuyer, capacity::Units};

use super::Metered;

#[tokio::test]
async fn a_lead_with_its_attempts_and_entries_and_what_its_person_said_is_three_cheap_calls() {
    let buyer = TestBuyer::answering([Reply::accept("B-1")]).await;
    let metered = Metered::warm(&[buyer.url()], true).await;
    let id = metered.taken_in(1).await;
    metered.deliver(id, "d1", lambda::now()).await;
    metered.ask("seller", "GET", "/v1/leads/none", &[], &Value::Null).await;
    metered.meter.bill("the lead is sold, and the seller known");
    let (status, lead) = metered.ask("seller", "GET", &format!("/v1/leads/{id}"), &[], &Value::Null).await;
    assert_eq!((status, &lead["sold_status"]), (200, &"sold".into()));
    let bill = metered.meter.bill("a lead is read by its id");
    assert!(bill.read() <= Units::whole(3));
    assert_eq!(bill.operations(), ["Query", "Query", "BatchGetItem"]);
}

#[tokio::test]
async fn a_cold_function_reads_each_record_once_and_a_warm_one_none() {
    let metered = Metered::new(&["http://127.0.0.1:9/"], true).await;
    metered.taken_in(1).await;
    let bill = metered.meter.bill("the first lead of a cold function");
    // The key, the campaign, the supplier, the account's settings, the delivery, its buyer.
    let reads = bill.operations().into_iter().filter(|operation| *operation == "GetItem").count();
    assert_eq!((reads, bill.read()), (6, Units::whole(6)));
    metered.taken_in(2).await;
    assert_eq!(metered.meter.bill("the second").read(), Units::whole(0));
}

#[tokio::test]
async fn a_page_of_fifty_leads_is_thirty_units_and_a_person_three() {
    let metered = Metered::warm(&["http://127.0.0.1:9/"], true).await;
    for number in 1..=60 {
        metered.taken_in(number).await;
    }
    let today = lambda::now().strftime("%Y-%m-%d").to_string();
    let found = async |query: &str| {
        let (status, page) = metered.ask("seller", "GET", &format!("/v1/leads?{query}"), &[], &Value::Null).await;
        assert_eq!(status, 200, "{query}: {page}");
        page["items"].as_array().unwrap().len()
    };
    found("limit=1").await;
    found("campid=solar&limit=1").await;
    metered.meter.bill("search knows its caller, the campaign and the account");
    for query in ["", "campid=solar", "sid=s1", "sold_status=open", &format!("from={today}&to={today}")] {
        assert_eq!(found(query).await, 50, "{query}");
        let bill = metered.meter.bill(&format!("a page of fifty, {query}"));
        assert!(bill.read() <= Units::whole(30), "{query}: {:?}", bill.read());
    }
    for (query, leads) in [("q=ann.smith.7@example.com", 1), ("field.email=ann.smith.8@example.com", 1)] {
        assert_eq!(found(query).await, leads, "{query}");
        let bill = metered.meter.bill(&format!("a person, {query}"));
        assert!(bill.read() <= Units::whole(3), "{query}: {:?}", bill.read());
    }
}
