//! What telling costs: returns of a supplier, told as one notice by a webhook.

use domain::{
    access::Principal,
    id::LeadId,
    notice::{Heard, NoticeItem, NoticeKind, Told, Way},
    supplier::Supplier,
};
use serde_json::json;
use store::{NotifyJob, Work};
use tests::capacity::Units;
use ulid::Ulid;

use super::{Metered, after, furnished};

fn to() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

fn told(count: u128) -> Vec<Told> {
    let item = |number| NoticeItem {
        lead: LeadId::from_ulid(Ulid(number)),
        did: "bright-solar-crm".parse().unwrap(),
        number: 1,
        bid: Some("bright-solar".parse().unwrap()),
        at: lambda::now(),
        asked_at: None,
        reason: "INVALID_PHONE".to_owned(),
        why: None,
        amount: None,
    };
    (0..count).map(|number| Told { to: to(), kind: NoticeKind::Returned, item: item(number) }).collect()
}

/// An installation whose supplier wants to be told.
async fn ready() -> Metered {
    let tables = furnished(&[], false).await;
    let store = tables.store();
    let stored = store.record::<Supplier>("s1").await.unwrap().unwrap();
    let notify = Some(serde_json::from_value(json!({ "webhook": { "url": "https://s1.example/" } })).unwrap());
    store.save(Supplier { notify, ..stored.record }, Some(stored.version)).await.unwrap();
    let metered = Metered::over(tables).await;
    // From now on the function knows who wants to be told.
    metered.store.recipient(&to()).await.unwrap();
    metered.meter.bill("who is told, by a cold function");
    metered
}

#[tokio::test]
async fn a_hundred_returns_of_one_supplier_cost_under_three_units_each_and_one_notice() {
    let Metered { meter, store, .. } = ready().await;
    let now = lambda::now();
    store.tell(told(100), lambda::new_draw(), now).await.unwrap();
    let put = meter.bill("a hundred returns are put into a group");
    assert!(put.written() <= Units::whole(232), "a marker 2 each; items, group and checks shared: {}", put.written());
    assert!(put.operations().len() <= 5, "{:?}", put.operations());

    let later = after(now, 61);
    let NotifyJob { due, work } = store.due_work(later, 10).await.unwrap().remove(0);
    meter.bill("the sweeper finds it");
    let Work::Close { to, kind, group } = work else { unreachable!("a group is open") };
    store.close_group(&to, kind, &group, due).await.unwrap();
    let closed = meter.bill("the group is closed");
    assert!(closed.written() <= Units::whole(8), "{}", closed.written());

    let notice = store.notice(due, &group).await.unwrap().unwrap();
    let (attempt, lease) = (lambda::new_attempt_id(), after(later, 40));
    let sending = store.save_notice(&notice, notice.on_sending(Way::Webhook, attempt, lease, later)).await.unwrap();
    let sending = sending.unwrap();
    store.first_items(&group).await.unwrap();
    store.webhook_secrets(&to, later).await.unwrap();
    let sent = sending.on_heard(Way::Webhook, attempt, &Heard::Taken, 0, later).unwrap();
    store.save_notice(&sending, sent).await.unwrap();
    let sent = meter.bill("its notice is sent by a webhook");
    assert!(sent.written() <= Units::whole(10), "{}", sent.written());
    assert!(sent.read() <= Units::whole(12), "{}", sent.read());
}

#[tokio::test]
async fn what_is_told_to_nobody_costs_nothing() {
    let metered = Metered::over(furnished(&[], false).await).await;
    metered.store.recipient(&to()).await.unwrap();
    metered.meter.bill("who is told, by a cold function");
    metered.store.tell(told(100), lambda::new_draw(), lambda::now()).await.unwrap();
    let bill = metered.meter.bill("returns that nobody wants to hear of");
    assert_eq!((bill.written(), bill.read()), (Units::whole(0), Units::whole(0)));
}
