//! Postbacks: each lead that is returned is told of by one, whatever fails.

use std::collections::BTreeSet;

use domain::{
    id::DeliveryRef,
    lead::{Lead, Outcome, ReturnRequest},
    money::{Currency, Money},
    notice::{Told, Way, WayState},
    supplier::Supplier,
};
use serde_json::json;
use tests::{Faults, Lab, Reply, TestBuyer};

use super::{
    lab, only_approved, post,
    telling::{notices, work},
    with_every_fault,
};

/// A lead that was returned, with what its supplier is to be told of it.
async fn returned(lab: &Lab) -> (Lead, Vec<Told>) {
    let fields = json!({ "campid": "solar", "email": "ann@example.com" });
    post(lab, &Faults::default(), None, &fields).await;
    let lead = only_approved(lab).await;
    let sold = lead.on_queued(&did(), Some("b1".parse().unwrap()), lab.now()).unwrap();
    let attempt = lambda::new_attempt_id();
    let sold = sold.on_intent(&did(), 1, attempt, lab.now(), lab.now()).unwrap();
    let price = Money { minor: 1_250, currency: Currency::GBP };
    let accepted = Outcome::Accepted { price, reference: None, redirect_url: None };
    let sold = sold.on_outcome(&did(), &attempt, 1, accepted, lab.now()).unwrap();
    let asked = sold.on_return_requested(&did(), ReturnRequest::because("DUPE"), lab.now()).unwrap();
    let back = asked.on_return_approved(&did(), true, lab.now()).unwrap();
    let told = domain::notice::told(Some(&asked), &back);
    (back, told)
}

fn did() -> DeliveryRef {
    "d1".parse().unwrap()
}

/// A supplier that is told by postbacks alone, whose endpoint fails at first.
async fn by_postback(faults: Faults) {
    let receiver = TestBuyer::answering([Reply::new(503, ""), Reply::new(200, "")]).await;
    let mut lab = lab(1, Vec::new()).await;
    let store = lab.tables.store();
    let stored = store.record::<Supplier>("s1").await.unwrap().unwrap();
    let url =
        format!("{}?lead={{{{ lead.id }}}}&mail={{{{ lead.email }}}}&why={{{{ return.reason }}}}", receiver.url());
    let postback = Some(serde_json::from_value(json!(url)).unwrap());
    store.save(Supplier { postback, ..stored.record }, Some(stored.version)).await.unwrap();
    let (lead, told) = returned(&lab).await;
    for _ in 0..10 {
        let putting = lab.store(&faults);
        let done = faults.run(putting.tell(told.clone(), lambda::new_draw(), lab.now())).await;
        if matches!(done, Some(Ok(()))) {
            break;
        }
    }
    work(&mut lab, &faults).await;
    let notices = notices(&lab).await;
    assert_eq!((notices.len(), &notices[0].sent[&Way::Postback].state), (1, &WayState::Sent), "{notices:#?}");
    let asked: BTreeSet<String> = receiver.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(asked, [format!("/leads?lead={}&mail=ann%40example.com&why=DUPE", lead.id)].into());
}

#[tokio::test]
async fn a_postback_is_asked_for_each_lead_that_is_returned_whatever_fails() {
    with_every_fault(by_postback).await;
}
