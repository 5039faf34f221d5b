//! What is known of leads before they are looked for.

use std::collections::BTreeMap;

use domain::{
    campaign::MAX_SHARDS,
    journal::events,
    lead::{Lead, SoldStatus, test_lead},
    query::{LeadQuery, Numbers, Span},
};
use ulid::Ulid;

use super::{World, all_time, time};

fn parts(known: &domain::query::Known) -> BTreeMap<&str, u8> {
    known.campaigns.iter().map(|(campid, parts)| (campid.as_str(), *parts)).collect()
}

fn of_all_campaigns() -> LeadQuery {
    let campaigns = ["boilers", "solar", "windows"].map(|campid| campid.parse().unwrap()).into();
    LeadQuery { campaigns, ..all_time() }
}

#[tokio::test]
async fn a_campaign_is_read_in_as_many_parts_as_its_leads_of_that_time_were_spread_over() {
    let world = World::new(1).await;
    let now = time("2027-02-20T00:00:00Z");
    let known = async |from: &str, until: &str| {
        let query = LeadQuery { received: Span { from: time(from), until: time(until) }, ..of_all_campaigns() };
        world.store().known_leads(&query, now).await.unwrap().0
    };
    let december = known("2026-12-01T00:00:00Z", "2026-12-31T23:59:59.999Z").await;
    assert_eq!(parts(&december), [("boilers", 1), ("solar", 1), ("windows", 3)].into());
    // Spread wider in the middle of the month.
    let january = known("2027-01-01T00:00:00Z", "2027-01-05T00:00:00Z").await;
    assert_eq!(parts(&january), [("boilers", 4), ("solar", 1), ("windows", 3)].into());
    let february = known("2027-02-01T00:00:00Z", "2030-01-01T00:00:00Z").await;
    assert_eq!(parts(&february), [("boilers", 4), ("solar", 1), ("windows", 1)].into());
}

#[tokio::test]
async fn a_campaign_whose_record_cannot_be_read_is_looked_for_in_all_parts_that_there_can_be() {
    let world = World::new(1).await;
    world.tables.spoil(&world.tables.tables().setup, ("campaign", "solar"), "r").await;
    let (known, _) = world.store().known_leads(&of_all_campaigns(), time("2027-02-20T00:00:00Z")).await.unwrap();
    assert_eq!(parts(&known), [("boilers", 4), ("solar", MAX_SHARDS), ("windows", 3)].into());
}

#[tokio::test]
async fn leads_are_counted_once_in_ten_minutes_where_there_is_a_choice() {
    let world = World::new(1).await;
    let received = time("2027-01-20T00:00:00Z");
    let lead: Lead = test_lead(received);
    let news = events(&lead).unwrap().into_iter().map(|event| (lead.id, event)).collect();
    world.store().book(news, Ulid(1 << 32), received).await.unwrap();
    let (campaigns, suppliers) = (["solar".parse().unwrap()].into(), ["s1".parse().unwrap()].into());
    let sold_statuses = [SoldStatus::Sold].into();
    let query = LeadQuery { campaigns, suppliers, sold_statuses, ..all_time() };
    assert!(query.has_choice());
    let (store, now) = (world.store(), time("2027-02-20T00:00:00Z"));
    let (known, examined) = store.known_leads(&query, now).await.unwrap();
    let numbers = Numbers { campid: lead.campid, sid: lead.sid, did: None, bid: None, leads: 1, sold: 0, returns: 0 };
    assert_eq!(known.numbers, Some(vec![numbers]));
    assert!(examined.calls > 0 && examined.read_units >= 0.5, "{examined:?}");
    let (again, examined) = store.known_leads(&query, now).await.unwrap();
    assert_eq!((again, examined.calls), (known, 0));
    let (plain, _) = world.store().known_leads(&all_time(), now).await.unwrap();
    assert_eq!(plain.numbers, None, "nothing is to be chosen");
    let always = LeadQuery { received: Span { from: time("2019-01-01T00:00:00Z"), until: now }, ..query };
    assert_eq!(store.known_leads(&always, now).await.unwrap().0.numbers, None, "so many months are not counted");
}
