//! Rows that leads are found by.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::finder::{Finder, finders};

use super::*;

/// The rows of a partition: sort key and list.
async fn rows(tables: &TestTables, pk: &str) -> Vec<(String, Vec<String>)> {
    let query = tables.client().query().table_name(tables.tables().ledger).key_condition_expression("pk = :pk");
    let got = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned())).send().await.unwrap();
    let list = |item: &std::collections::HashMap<String, AttributeValue>| {
        let lines = item.get("l").map(|list| list.as_l().unwrap().clone()).unwrap_or_default();
        lines.iter().map(|line| line.as_s().unwrap().clone()).collect()
    };
    got.items().iter().map(|item| (item["sk"].as_s().unwrap().clone(), list(item))).collect()
}

fn found(leads: &[Lead]) -> Vec<Finder> {
    leads.iter().flat_map(|lead| finders(None, lead)).collect()
}

#[tokio::test]
async fn a_batch_is_one_row_for_each_list_the_newest_first_and_the_same_batch_overwrites_it() {
    let tables = TestTables::start().await;
    let leads: Vec<Lead> = (1..=3).map(|number| sold(number, i64::try_from(number).unwrap())).collect();
    for _ in 0..2 {
        // The lists of the delivery and of its buyer, and three references.
        let put = tables.store().put_finders(&found(&leads), &crate::tests::identity()).await.unwrap();
        assert_eq!(put, 5);
    }
    let newest_first: Vec<String> = leads.iter().rev().map(|lead| keys::received(lead.id, lead.received)).collect();
    for list in ["did#d1#202701", "bid#b1#202701"] {
        let rows = rows(&tables, list).await;
        assert_eq!(rows.len(), 1, "{list}");
        assert!(rows[0].0.starts_with(&newest_first[0]), "{list}");
        assert_eq!(rows[0].1, newest_first, "{list}");
    }
}

#[tokio::test]
async fn a_row_is_of_leads_that_came_in_within_the_same_ten_minutes_or_on_the_same_day() {
    let tables = TestTables::start().await;
    let leads =
        [0, 599, 600, 86_400].map(|seconds| returned(&sold(seconds.try_into().unwrap(), seconds), seconds + 60));
    tables.store().put_finders(&found(&leads), &crate::tests::identity()).await.unwrap();
    let sizes = async |list: &str| rows(&tables, list).await.iter().map(|(_, list)| list.len()).collect::<Vec<_>>();
    for list in ["did#d1#202701", "bid#b1#202701"] {
        assert_eq!(sizes(list).await, [2, 1, 1], "{list}");
    }
    assert_eq!(sizes("activity#returned#202701").await, [3, 1]);
}

#[tokio::test]
async fn more_than_a_hundred_are_several_rows() {
    let tables = TestTables::start().await;
    let leads: Vec<Lead> = (1..=250).map(|number| sold(number, i64::try_from(number).unwrap())).collect();
    tables.store().put_finders(&found(&leads), &crate::tests::identity()).await.unwrap();
    let sizes: Vec<usize> = rows(&tables, "did#d1#202701").await.iter().map(|(_, list)| list.len()).collect();
    assert_eq!(sizes, [50, 100, 100], "oldest first");
}

#[tokio::test]
async fn a_return_keeps_its_line_and_stands_on_the_list_of_its_last_state_alone() {
    let tables = TestTables::start().await;
    let (store, did) = (tables.store(), "d1".parse().unwrap());
    let sold = sold(1, 0);
    let asked = sold.on_return_requested(&did, ReturnRequest::because("DUPE"), at(40 * 86_400)).unwrap();
    let approved = asked.on_return_approved(&did, true, at(41 * 86_400)).unwrap();
    let line = format!("{}#1#d1", keys::received(sold.id, at(40 * 86_400)));
    let lines = async |list: &str| {
        let rows = rows(&tables, &format!("returns#{list}#202702")).await;
        rows.into_iter().map(|(sk, _)| sk).collect::<Vec<_>>()
    };
    let identity = crate::tests::identity();
    store.put_finders(&finders(Some(&sold), &asked), &identity).await.unwrap();
    assert_eq!(lines("state#requested").await, std::slice::from_ref(&line));
    // The second step may come in one batch with the first.
    let both = [finders(Some(&sold), &asked), finders(Some(&asked), &approved)].concat();
    store.put_finders(&both, &identity).await.unwrap();
    assert_eq!(lines("state#requested").await, [""; 0]);
    for list in ["all", "buyer#b1", "supplier#s1", "state#approved"] {
        assert_eq!(lines(list).await, std::slice::from_ref(&line), "{list}");
    }
    assert_eq!(rows(&tables, "activity#returned#202701").await[0].1.len(), 1);
}

#[tokio::test]
async fn a_buyers_reference_is_kept_as_a_keyed_hash() {
    let tables = TestTables::start().await;
    let lead = sold(1, 0);
    tables.store().put_finders(&found(std::slice::from_ref(&lead)), &crate::tests::identity()).await.unwrap();
    let hash = crate::tests::identity().buyer_reference(&"b1".parse().unwrap(), "R-1");
    let rows = rows(&tables, &format!("bref#b1#{hash}")).await;
    assert_eq!(rows, [(lead.id.to_string(), Vec::new())]);
}
