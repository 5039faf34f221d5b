//! Batches of the stream: as they come, again, cut elsewhere, and with changes that nobody can read.

use store::Tables;

use super::*;

/// Two sold, one of them returned, and one that nobody bought.
async fn busy() -> Town {
    let town = Town::new().await;
    town.sold(1, 0).await;
    let second = town.sold(2, 100).await;
    town.returned(&second, 3_000).await;
    town.unsold(3, 200).await;
    town
}

fn busy_total() -> Counts {
    Counts {
        leads: 3,
        approved: 2,
        rejected: 1,
        sold: 2,
        returns: 1,
        reversed: 1,
        revenue: 1_250,
        payout: 500,
        ..Counts::default()
    }
}

#[tokio::test]
async fn what_happens_to_leads_is_in_the_books_and_in_the_reports() {
    let town = busy().await;
    town.booked(evening()).await;
    town.assert_total(busy_total()).await;
    let names = async |number: u128| {
        let entries = town.store.lead_entries(LeadId::from_ulid(Ulid(number))).await.unwrap();
        entries.iter().map(|entry| entry.happened.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(1).await, ["received", "sale#d1"]);
    assert_eq!(names(2).await, ["received", "sale#d1", "return#d1", "reversal#d1"]);
    assert_eq!(names(3).await.len(), 2);
    let journal = town.store.journal(Date::constant(2027, 1, 15), None, 100).await.unwrap();
    assert_eq!(journal.items.len(), 4);
    for list in ["did#d1#202701", "returns#buyer#b1#202701", "activity#returned#202701"] {
        assert!(!town.rows(list).await.is_empty(), "leads are found by {list}");
    }
}

#[tokio::test]
async fn every_change_alone_comes_to_the_same_as_all_of_them_together() {
    let town = busy().await;
    for change in town.tables.lead_changes() {
        assert_eq!(town.handle(&[change], evening()).await.batch_item_failures, []);
    }
    town.assert_total(busy_total()).await;
}

#[tokio::test]
async fn batches_that_come_twice_or_cut_elsewhere_change_nothing() {
    let town = busy().await;
    let changes = town.tables.lead_changes();
    assert!(changes.len() > 8);
    for (from, to) in [(0, 5), (3, 8), (3, 8), (0, changes.len()), (6, changes.len()), (0, 1)] {
        assert_eq!(town.handle(&changes[from..to], evening()).await.batch_item_failures, []);
    }
    town.assert_total(busy_total()).await;
}

#[tokio::test]
async fn a_change_that_cannot_be_read_is_reported_and_all_others_are_booked() {
    let town = busy().await;
    let mut changes = town.tables.lead_changes();
    let at = changes.len() - 2;
    let poisoned = changes[at].clone();
    let number = poisoned["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
    for poison in ["NewImage", "OldImage"] {
        changes[at] = poisoned.clone();
        changes[at]["dynamodb"][poison]["c"] = json!({ "N": "12" });
        let answer = serde_json::to_value(town.handle(&changes, evening()).await).unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": number }] }));
    }
    // The unsold lead's end is missing, whatever it was; the rest is there.
    let total = town.total(View::Booked).await;
    assert_eq!((total.leads, total.sold, total.revenue), (3, 2, 1_250));
    changes[at] = poisoned;
    assert_eq!(town.handle(&changes, evening()).await.batch_item_failures, []);
    town.assert_total(busy_total()).await;
}

#[tokio::test]
async fn attributes_of_no_known_kind_make_one_change_unreadable_and_not_the_batch() {
    let town = busy().await;
    let mut changes = town.tables.lead_changes();
    changes[0]["dynamodb"]["NewImage"]["zz"] = json!({ "FUTURE": 1 });
    assert_eq!(town.handle(&changes, evening()).await.batch_item_failures.len(), 1);
    assert_eq!(town.handle(&[json!({})], evening()).await, Answer::failing(vec![String::new()]));
}

#[tokio::test]
async fn what_is_no_lead_or_is_gone_is_passed_over() {
    let town = busy().await;
    let mut changes = town.tables.lead_changes();
    changes.truncate(2);
    changes[0]["dynamodb"]["Keys"]["sk"] = json!({ "S": "attempt#d1#00001" });
    changes[1]["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    assert_eq!(town.handle(&changes, evening()).await.batch_item_failures, []);
    town.assert_total(Counts::default()).await;
}

#[tokio::test]
async fn when_a_table_fails_the_whole_batch_comes_again() {
    let town = busy().await;
    let tables = Tables { ledger: "gone".to_owned(), ..town.tables.tables() };
    let app = App {
        store: Store::new(town.tables.client(), tables),
        identity: identity(),
        responder_queue: None,
        feedback_queue: None,
    };
    let changes = town.tables.lead_changes();
    let event: StreamEvent = serde_json::from_value(json!({ "Records": changes })).unwrap();
    let answer = handle(&app, event, evening()).await;
    assert_eq!(answer.batch_item_failures.len(), changes.len());
    town.booked(evening()).await;
    town.assert_total(busy_total()).await;
}

#[tokio::test]
async fn a_lead_that_was_unsold_and_is_sold_after_all_is_rejected_no_more() {
    let town = Town::new().await;
    let unsold = town.unsold(1, 0).await;
    let again = town.step(&unsold, unsold.on_redelivered(&did(), at(500)).unwrap()).await;
    let price = Money { minor: 1_000, currency: "GBP".parse().unwrap() };
    let accepted = Outcome::Accepted { price, reference: None, redirect_url: None };
    town.answered(&again, accepted, 510).await;
    town.booked(evening()).await;
    let sold = Counts { leads: 1, approved: 1, sold: 1, revenue: 1_000, payout: 500, ..Counts::default() };
    town.assert_total(sold).await;
}
