//! 1,000 sales a second of one campaign and day, against what DynamoDB takes of one partition and of one item.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    campaign::ShardStep,
    finder::finders,
    id::AttemptId,
    lead::{Lead, Outcome},
    money::Money,
};

use super::{
    super::{book::cut, finder},
    *,
};
use crate::item::to_item;

/// Units a second that DynamoDB takes of what has one partition key, and so of one item.
const MAX_UNITS: usize = 1_000;
/// A sold lead is three changes of its row; so many leads fill a batch of 200, as the template says.
const BATCH: u128 = 67;
/// Batches that bring a thousand sales.
const BATCHES: u128 = 15;

/// Units by partition key and sort key.
type Units = BTreeMap<(String, String), usize>;

/// Counts what a write of this item costs: a unit for each KB, `times` as much.
fn write<'a>(units: &mut Units, item: impl IntoIterator<Item = (&'a String, &'a AttributeValue)>, times: usize) {
    let item: HashMap<_, _> = item.into_iter().collect();
    let bytes: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
    let part = |name: &str| item[&name.to_owned()].as_s().unwrap().clone();
    *units.entry((part("pk"), part("sk"))).or_default() += times * bytes.div_ceil(1024);
}

/// In bytes, and no less than DynamoDB counts.
fn size(value: &AttributeValue) -> usize {
    let of_map = |map: &HashMap<String, AttributeValue>| map.iter().map(|(name, one)| name.len() + 1 + size(one)).sum();
    let of_list = |list: &Vec<AttributeValue>| list.iter().map(|one| 1 + size(one)).sum();
    // Numbers grow; none is longer than this.
    let text = value.as_s().map(String::len).or_else(|_| value.as_n().map(|_| 21));
    text.unwrap_or_else(|_| 3 + value.as_m().map_or(0, of_map) + value.as_l().map_or(0, of_list))
}

/// What a transaction writes; an item that is added to has its key and what is added.
fn written(units: &mut Units, writes: &[TransactWriteItem]) {
    for one in writes {
        match (one.put(), one.update()) {
            (Some(put), None) => write(units, put.item(), 2),
            (None, Some(update)) => {
                write(units, update.key().iter().chain(update.expression_attribute_values().unwrap()), 2);
            }
            other => unreachable!("{other:?}"),
        }
    }
}

/// The `number`th lead, of one of the pairs of a supplier and a delivery.
fn sold(number: u128, suppliers: u128, deliveries: u128) -> Lead {
    // One after the other would be too regular: every batch has some of them twice and some not at all.
    let pair = (number * 0x9E37_79B9) >> 8;
    let (supplier, delivery) = (pair % suppliers, pair / suppliers % deliveries);
    let (lead, _) = tests::lead(number, &format!("{number}@example.com"), 0);
    let lead = Lead { sid: format!("a-supplier-with-a-long-name-{supplier:03}").parse().unwrap(), ..lead };
    let did = format!("a-delivery-with-a-long-name-{delivery:03}").parse().unwrap();
    let bid = format!("a-buyer-with-a-long-name-{delivery:03}").parse().unwrap();
    let (attempt, at) = (AttemptId::from_ulid(Ulid(number)), lead.received);
    let lead = lead.on_queued(&did, Some(bid), at).unwrap();
    let lead = lead.on_intent(&did, 1, attempt, at, at + Duration::from_secs(40)).unwrap();
    let price = Money { minor: 1_250, currency: "GBP".parse().unwrap() };
    let accepted = Outcome::Accepted { price, reference: Some(format!("R-{number}")), redirect_url: None };
    lead.on_outcome(&did, &attempt, 1, accepted, at).unwrap()
}

/// What is written to the ledger in a second.
async fn busy_second(shards: u8, suppliers: u128, deliveries: u128) -> Units {
    let tables = TestTables::start().await;
    let step = ShardStep { from: "2027-01-01".parse().unwrap(), count: shards };
    tables.store().save(Campaign { shards: vec![step], ..tests::campaign() }, None).await.unwrap();
    let (store, mut units) = (tables.store(), Units::new());
    for batch in 0..BATCHES {
        let numbers = batch * BATCH + 1..=(batch + 1) * BATCH;
        let leads: Vec<Lead> = numbers.map(|number| sold(number, suppliers, deliveries)).collect();
        let found: Vec<_> = leads.iter().flat_map(|lead| finders(None, lead)).collect();
        finder::rows(&found, &tests::identity()).unwrap().iter().for_each(|row| write(&mut units, row, 1));
        // Draws of the system are random; these are as good.
        let next = Ulid((batch + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
        for chunk in cut(leads.iter().flat_map(rows).collect(), &mut ChunkIds { next }) {
            chunk.rows.iter().for_each(|row| write(&mut units, &to_item(row).unwrap(), 1));
            written(&mut units, &store.applying(&chunk).await.unwrap());
        }
    }
    units
}

fn rows(lead: &Lead) -> Vec<Row> {
    let row = |event: domain::journal::Event| {
        let (at, days) = (event.at, days(&event, event.at, &TimeZone::UTC));
        let chunk = ChunkIds { next: Ulid(0) }.chunk(days.booked);
        Row::new(&Owner::Lead(lead.id), Happened::Lead(Box::new(event)), at, days, chunk)
    };
    events(lead).unwrap().into_iter().map(row).collect()
}

/// The most units that one partition key has, and that one item has, of those partition keys that begin so.
fn busiest(units: &Units, start: &str) -> (usize, usize) {
    let of_start = || units.iter().filter(|((pk, _), _)| pk.starts_with(start));
    let mut partitions = BTreeMap::<&str, usize>::new();
    of_start().for_each(|((pk, _), units)| *partitions.entry(pk).or_default() += units);
    (partitions.into_values().max().unwrap_or(0), of_start().map(|(_, units)| *units).max().unwrap_or(0))
}

#[tokio::test]
async fn a_thousand_sales_a_second_stay_far_below_what_a_partition_takes() {
    // One pair, more pairs than a transaction holds, and as many as there are sales.
    for (suppliers, deliveries) in [(1, 1), (5, 9), (25, 40)] {
        for shards in [1, 2, 32] {
            let units = busy_second(shards, suppliers, deliveries).await;
            let of = format!("{suppliers} × {deliveries}, {shards} shards");
            let kinds = ["cube#all#202701#", "cube#all#2027#", "account#", "booked#", "did#", "bid#", "bref#", "lead_"];
            let strange = units.keys().find(|(pk, _)| !kinds.iter().any(|start| pk.starts_with(start)));
            assert_eq!(strange, None, "what is written is to be looked at here");
            for start in kinds {
                let (partition, item) = busiest(&units, start);
                eprintln!("{of}: {start}… {partition} units of a partition, {item} of an item");
                assert!((1..MAX_UNITS * 6 / 10).contains(&partition), "{of}: {partition} units in {start}");
                assert!(item <= MAX_UNITS / 10, "{of}: {item} units in an item of {start}");
            }
        }
    }
}

#[tokio::test]
async fn the_numbers_of_a_busy_campaign_have_three_shards_at_most() {
    for (shards, expected) in [(1, 1), (2, 2), (3, 3), (32, 3)] {
        let units = busy_second(shards, 1, 1).await;
        for start in ["cube#all#202701#", "cube#all#2027#", "account#buyer#", "account#supplier#"] {
            let of_start = units.keys().filter(|(pk, _)| pk.starts_with(start));
            let found: BTreeSet<&str> = of_start.map(|(_, sk)| sk.rsplit('#').next().unwrap()).collect();
            assert_eq!(found.len(), expected, "{start} {shards}");
        }
    }
}
