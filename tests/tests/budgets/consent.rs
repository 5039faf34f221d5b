//! People who say that they are not to be written to any more.

use axum::{body::Body, http::Request};
use dispatch::test_dispatcher::dispatcher;
use domain::lead::Channel;
use lambda::http::Function;
use tests::capacity::Units;
use tower::ServiceExt;

use super::Metered;

#[tokio::test]
async fn a_person_unsubscribes_for_two_units_of_each_kind_and_says_it_again_for_three_reads() {
    let metered = Metered::warm(&["http://127.0.0.1:9/"], true).await;
    let lead_id = metered.taken_in(1).await;
    let lead = metered.store.lead(lead_id).await.unwrap().unwrap();
    let identity = dispatcher(metered.store.clone(), metered.queue.clone()).identity;
    let token = identity.unsubscribe_token(&lead.contact(Channel::Email).unwrap(), lead_id).unwrap();
    let function = consent::App { store: metered.store.clone(), identity }.router();
    let press = async || {
        let request = Request::post(format!("/v1/unsubscribe/{token}")).body(Body::from("List-Unsubscribe=One-Click"));
        function.clone().oneshot(request.unwrap()).await.unwrap().status().as_u16()
    };
    metered.meter.bill("the lead is there");
    assert_eq!(press().await, 200);
    let bill = metered.meter.bill("a person unsubscribes by a link");
    assert_eq!(bill.operations(), ["GetItem", "GetItem", "PutItem", "UpdateItem"]);
    assert!(bill.written() <= Units::whole(2) && bill.read() <= Units::whole(2));
    assert_eq!(press().await, 200);
    let again = metered.meter.bill("the same again");
    // The last one sees that the lead is not deleted meanwhile.
    assert_eq!(again.operations(), ["GetItem", "GetItem", "GetItem"]);
}
