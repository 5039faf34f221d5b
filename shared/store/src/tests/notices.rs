//! Notices: told once, newest first, over the months.

use domain::{
    id::{AttemptId, DeliveryRef},
    lead::{Clearing, DeliveryState, Lead},
};
use jiff::{SignedDuration, Timestamp};

use super::{at, lead};
use crate::{Notice, Store, test_tables::TestTables};

const DAY_S: i64 = 86_400;

fn paused(did: &str, begun: Timestamp) -> Notice {
    Notice::delivery_paused(&did.parse().unwrap(), begun, begun + SignedDuration::from_mins(1), 10)
}

/// All notices, read page by page, and how many were on each page.
async fn all(store: &Store, now: Timestamp, limit: u16) -> (Vec<Notice>, Vec<usize>) {
    let (mut notices, mut pages, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = store.notices(now, limit, after.as_deref(), None).await.unwrap().unwrap();
        pages.push(page.items.len());
        notices.extend(page.items);
        after = page.last;
        if after.is_none() {
            return (notices, pages);
        }
    }
}

#[tokio::test]
async fn what_happened_once_is_told_once() {
    let store = TestTables::start().await.store();
    for _ in 0..2 {
        store.put_notice(&paused("d1", at(0))).await.unwrap();
    }
    store.put_notice(&paused("d1", at(120))).await.unwrap();
    let (notices, _) = all(&store, at(200), 50).await;
    assert_eq!(notices, [paused("d1", at(120)), paused("d1", at(0))]);
}

#[tokio::test]
async fn notices_of_the_last_ninety_days_are_listed_newest_first_over_the_months() {
    let store = TestTables::start().await.store();
    let days = [0, 1, 29, 31, 62, 88, 200];
    for ago in days {
        store.put_notice(&paused("d1", at(-ago * DAY_S))).await.unwrap();
    }
    let expected: Vec<Notice> = days[..6].iter().map(|ago| paused("d1", at(-ago * DAY_S))).collect();
    for (limit, pages) in [(50, vec![6]), (6, vec![6]), (4, vec![4, 2]), (1, vec![1; 6])] {
        assert_eq!(all(&store, at(0), limit).await, (expected.clone(), pages), "{limit} a page");
    }
}

#[tokio::test]
async fn a_place_that_is_none_of_this_list_is_refused() {
    let store = TestTables::start().await.store();
    for after in ["x", "x#y", "solar", "#", "202611#id"] {
        assert_eq!(store.notices(at(0), 10, Some(after), None).await.unwrap(), None, "{after}");
    }
    let far_ahead = store.notices(at(0), 10, Some("9999-01-01T00:00:00.000Z#x"), None).await.unwrap().unwrap();
    assert_eq!(far_ahead.items, []);
}

#[tokio::test]
async fn the_table_may_forget_a_notice_after_ninety_days() {
    let tables = TestTables::start().await;
    tables.store().put_notice(&paused("d1", at(0))).await.unwrap();
    let rows = tables.client().query().table_name(tables.tables().setup).key_condition_expression("pk = :pk");
    let pk = crate::item::text(crate::keys::notices(at(0)));
    let rows = rows.expression_attribute_values(":pk", pk).send().await.unwrap().items.unwrap();
    assert_eq!(rows[0]["x"], crate::item::number(at(90 * DAY_S).as_second()));
}

#[test]
fn a_decision_is_asked_for_where_a_delivery_is_unknown_and_nowhere_else() {
    let did: DeliveryRef = "d1".parse().unwrap();
    let (lead, _) = lead(1, "ann@example.com", 0);
    assert_eq!(Notice::decision_needed(&lead, &did), None);
    let queued = lead.on_queued(&did, None, at(1)).unwrap();
    assert_eq!(Notice::decision_needed(&queued, &did), None);

    let mut unknown: Lead = queued;
    let delivery = unknown.deliveries.get_mut(&did).unwrap();
    let attempt = AttemptId::from_ulid(ulid::Ulid(7));
    let reason = "no answer".to_owned();
    delivery.state = DeliveryState::Unknown { attempt, clearing: Clearing::BySeller(at(9)), reason };
    let notice = Notice::decision_needed(&unknown, &did).unwrap();
    assert_eq!((notice.at, notice.lead_id, notice.did.as_ref()), (at(9), Some(lead.id), Some(&did)));
    assert_eq!(notice.id, format!("decision_needed-{}-d1-1", lead.id));
    assert!(!notice.text.contains("ann"), "{}", notice.text);
}
