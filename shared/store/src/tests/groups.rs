//! Groups: an item stands in one of them, and each is one notice, whatever comes twice and whoever is held up.

use std::collections::BTreeSet;

use domain::{
    access::Principal,
    id::LeadId,
    notice::{Notice, NoticeItem, NoticeKind, Told, Way},
    settings::Settings,
    supplier::Supplier,
};
use jiff::Timestamp;
use serde_json::json;
use ulid::Ulid;

use super::{at, supplier};
use crate::{NotifyJob, Store, Work, test_tables::TestTables};

fn to() -> Principal {
    Principal::Supplier { sid: "s1".parse().unwrap() }
}

/// An installation whose supplier `s1` wants to be told.
async fn ready() -> TestTables {
    let tables = TestTables::start().await;
    let notify = serde_json::from_value(json!({ "webhook": { "url": "https://s1.example/" } })).unwrap();
    tables.store().save(Supplier { notify: Some(notify), ..supplier() }, None).await.unwrap();
    tables
}

fn told(numbers: impl IntoIterator<Item = u128>) -> Vec<Told> {
    let told = |number| {
        let lead = LeadId::from_ulid(Ulid(number));
        let (did, bid) = ("d1".parse().unwrap(), Some("b1".parse().unwrap()));
        let item = NoticeItem {
            lead,
            did,
            number: 1,
            bid,
            at: at(0),
            asked_at: None,
            reason: "DUPE".to_owned(),
            why: None,
            amount: None,
        };
        Told { to: to(), kind: NoticeKind::Returned, item }
    };
    numbers.into_iter().map(told).collect()
}

fn draw(number: u128) -> Ulid {
    Ulid(number << 60)
}

async fn due(store: &Store, seconds: i64) -> Vec<NotifyJob> {
    store.due_work(at(seconds), 100).await.unwrap()
}

/// Closes the groups whose time has come, and leaves their notices to be sent.
async fn close(store: &Store, seconds: i64) {
    for NotifyJob { due, work } in due(store, seconds).await {
        if let Work::Close { to, kind, group } = work {
            store.close_group(&to, kind, &group, due).await.unwrap();
        }
    }
}

async fn notices(store: &Store, now: Timestamp) -> Vec<Notice> {
    store.notices(now, 100, None, None).await.unwrap().unwrap().items
}

#[tokio::test]
async fn five_thousand_returns_are_one_notice() {
    let tables = ready().await;
    let store = tables.store();
    store.tell(told(0..5_000), draw(1), at(0)).await.unwrap();
    assert_eq!(due(&store, 59).await, [], "it takes more for a minute");
    close(&store, 60).await;
    let told = notices(&store, at(100)).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].count(), &told[0].to, told[0].at), (5_000, &to(), at(60)));
    assert_eq!(told[0].sent.keys().collect::<Vec<_>>(), [&Way::Webhook]);
    let first = store.first_items(&told[0].id).await.unwrap();
    assert_eq!(first.iter().map(|item| item.lead).collect::<BTreeSet<_>>().len(), 100);
    // What is left on the list is the notice.
    let left = due(&store, 60).await;
    let send = Work::Send { to: to(), at: at(60), id: told[0].id.clone() };
    assert_eq!(left, [NotifyJob { due: at(60), work: send }]);
}

#[tokio::test]
async fn what_comes_twice_stands_in_one_group() {
    let tables = ready().await;
    let store = tables.store();
    store.tell([told(0..10), told(5..10)].concat(), draw(1), at(0)).await.unwrap();
    tables.store().tell(told(0..12), draw(2), at(1)).await.unwrap();
    close(&store, 61).await;
    // Again, when the next group may have begun, and with something new beside it.
    store.tell(told(0..13), draw(3), at(90)).await.unwrap();
    close(&store, 200).await;
    let told = notices(&store, at(300)).await;
    assert_eq!(told.iter().map(Notice::count).collect::<Vec<_>>(), [1, 12]);
}

#[tokio::test]
async fn a_group_that_is_closed_twice_is_one_notice_and_takes_nothing_more() {
    let tables = ready().await;
    let (store, other) = (tables.store(), tables.store());
    store.tell(told(0..3), draw(1), at(0)).await.unwrap();
    let jobs = due(&store, 60).await;
    close(&store, 60).await;
    other.tell(told(3..5), draw(2), at(60)).await.unwrap();
    for NotifyJob { due, work } in jobs {
        let Work::Close { to, kind, group } = work else { unreachable!("nothing else is to be done") };
        // It may be sent again at once: who does it finds what was done.
        assert!(other.close_group(&to, kind, &group, due).await.unwrap().is_some());
    }
    close(&store, 120).await;
    assert_eq!(notices(&store, at(300)).await.iter().map(Notice::count).collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test]
async fn workers_side_by_side_lose_nothing_while_groups_are_closed() {
    let tables = ready().await;
    let tellers = (0..8_u128).map(|teller| {
        let store = tables.store();
        async move {
            for some in 0..5 {
                let from = (teller * 5 + some) * 20;
                // Each overlaps with the next one.
                let draw = draw(teller * 5 + some + 1);
                store.tell(told(from..from + 25), draw, at(0)).await.unwrap();
            }
        }
    });
    let closer = async {
        for _ in 0..20 {
            close(&tables.store(), 60).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(futures::future::join_all(tellers), closer);
    close(&tables.store(), 60).await;
    let store = tables.store();
    let told = notices(&store, at(100)).await;
    let mut leads = Vec::new();
    for notice in &told {
        let items = store.first_items(&notice.id).await.unwrap();
        assert_eq!(u64::try_from(items.len()).unwrap().min(100), notice.count().min(100));
        leads.extend(items.into_iter().map(|item| item.lead));
    }
    assert_eq!(told.iter().map(Notice::count).sum::<u64>(), 805, "{} groups", told.len());
    let distinct: BTreeSet<LeadId> = leads.iter().copied().collect();
    assert_eq!(distinct.len(), leads.len(), "none stands in two");
}

#[tokio::test]
async fn who_wants_to_hear_nothing_is_told_nothing() {
    let tables = TestTables::start().await;
    let store = tables.store();
    store.tell(told(0..3), draw(1), at(0)).await.unwrap();
    let other = serde_json::from_value(json!({ "emails": ["a@s1.example"], "kinds": ["return_undone"] })).unwrap();
    store.save(Supplier { notify: Some(other), ..supplier() }, None).await.unwrap();
    tables.store().tell(told(0..3), draw(2), at(0)).await.unwrap();
    assert_eq!(due(&store, 1_000).await, []);
}

#[tokio::test]
async fn a_notice_to_the_seller_is_sent_where_the_settings_say() {
    let tables = TestTables::start().await;
    let paused = Notice::delivery_paused(&"d1".parse().unwrap(), at(0), at(60), 10);
    tables.store().put_notice(&paused).await.unwrap();
    assert_eq!(due(&tables.store(), 100).await, [], "without ways it is only listed");
    let notify = serde_json::from_value(json!({ "emails": ["desk@seller.example"] })).unwrap();
    tables.store().save_settings(Settings { notify: Some(notify), ..Settings::default() }, None).await.unwrap();
    let store = tables.store();
    store.put_notice(&paused).await.unwrap();
    assert_eq!(due(&store, 100).await, [], "what was told before is not told again");
    let again = Notice::delivery_paused(&"d1".parse().unwrap(), at(200), at(260), 10);
    for _ in 0..2 {
        store.put_notice(&again).await.unwrap();
    }
    assert_eq!(due(&store, 300).await.len(), 1);
    let listed = store.notices(at(300), 10, None, Some(&Principal::Seller)).await.unwrap().unwrap();
    assert_eq!(listed.items.len(), 2);
    assert_eq!(store.notices(at(300), 10, None, Some(&to())).await.unwrap().unwrap().items, []);
}

#[tokio::test]
async fn a_step_of_a_notice_is_written_once_and_moves_it_on_the_list() {
    let tables = ready().await;
    let store = tables.store();
    store.tell(told(0..3), draw(1), at(0)).await.unwrap();
    close(&store, 60).await;
    let notice = notices(&store, at(60)).await.remove(0);
    let attempt = domain::id::AttemptId::from_ulid(Ulid(1));
    let sending = notice.on_sending(Way::Webhook, attempt, at(100), at(60));
    let first = store.save_notice(&notice, sending.clone()).await.unwrap().unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(store.save_notice(&notice, sending.clone()).await.unwrap(), Some(first.clone()), "it finds itself");
    let other = notice.on_sending(Way::Webhook, domain::id::AttemptId::from_ulid(Ulid(2)), at(100), at(60));
    assert_eq!(store.save_notice(&notice, other).await.unwrap(), None, "another attempt was first");
    assert_eq!((due(&store, 99).await.len(), due(&store, 100).await.len()), (0, 1));
    let heard = domain::notice::Heard::Taken;
    let sent = first.on_heard(Way::Webhook, attempt, &heard, 0, at(61)).unwrap();
    assert!(store.save_notice(&first, sent).await.unwrap().is_some());
    assert_eq!(due(&store, 1_000).await, []);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_no_other_from_being_listed() {
    let tables = TestTables::start().await;
    let store = tables.store();
    let paused = |seconds| Notice::delivery_paused(&"d1".parse().unwrap(), at(seconds), at(seconds + 60), 10);
    for seconds in [0, 10, 20] {
        store.put_notice(&paused(seconds)).await.unwrap();
    }
    let key = crate::keys::notice(at(10), &paused(10).id);
    tables.spoil(&tables.tables().setup, (&key.pk, &key.sk), "kind").await;
    let mut seen = Vec::new();
    for limit in [10, 1] {
        let (mut after, mut unreadable) = (None, Vec::new());
        loop {
            let page = store.notices(at(30), limit, after.as_deref(), None).await.unwrap().unwrap();
            seen.extend(page.items.into_iter().map(|notice| notice.at));
            unreadable.extend(page.unreadable.into_iter().map(|row| row.sk));
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(unreadable, std::slice::from_ref(&key.sk));
    }
    assert_eq!(seen, [at(20), at(0), at(20), at(0)]);
}

#[tokio::test]
async fn an_undone_return_is_told_by_a_postback_that_says_so_and_by_no_other() {
    for (query, ids) in [
        ("c={{ lead.c1 }}", vec!["postback-1"]),
        ("c={{ lead.c1 }}&s={{ return.state }}", vec!["postback-1", "postback-1-undone"]),
    ] {
        let store = TestTables::start().await.store();
        let postback = serde_json::from_value(json!(format!("https://s1.example/?{query}"))).unwrap();
        store.save(Supplier { postback: Some(postback), ..supplier() }, None).await.unwrap();
        let returned = told([1]).remove(0);
        let undone = NoticeItem { at: at(5), ..returned.item.clone() };
        let undone = Told { kind: NoticeKind::ReturnUndone, item: undone, ..returned.clone() };
        for told in [&returned, &undone, &undone] {
            store.tell(vec![told.clone()], draw(1), at(5)).await.unwrap();
        }
        let lead = returned.item.lead.to_string();
        let seen = notices(&store, at(10)).await;
        let mut seen: Vec<String> = seen.iter().map(|notice| notice.id.replace(&format!("{lead}-d1-"), "")).collect();
        seen.sort();
        assert_eq!(seen, ids, "{query}");
        assert_eq!(due(&store, 10).await.len(), ids.len());
    }
}
