//! What a page of fifty costs among four hundred leads, as the tables charge it.

use domain::{
    finder::Listing,
    id::LeadId,
    lead::{Lead, SoldStatus, test_lead},
    query::{LeadQuery, Path, Sought, Span},
};
use jiff::Timestamp;
use ulid::Ulid;

use super::{
    World,
    leads::{CAMPAIGNS, SUPPLIERS, email, phone, step},
    page, page_of, time,
};
use crate::LeadsFound;

const LEADS: u128 = 400;
/// Leads of each person.
const OF_ONE: u128 = 5;

/// A lead every ten minutes in January, of each campaign and supplier, with all sorts of endings.
fn lead(number: u128) -> Lead {
    let received = Timestamp::from_second(time("2027-01-10T00:00:00Z").as_second() + 600 * number as i64).unwrap();
    let person = (number / OF_ONE) as u64;
    let fields = [("email", email(person)), ("phone1", phone(person))];
    let lead = Lead {
        id: LeadId::from_ulid(Ulid(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7)),
        campid: CAMPAIGNS[number as usize % CAMPAIGNS.len()].0.parse().unwrap(),
        sid: SUPPLIERS[number as usize / 3 % SUPPLIERS.len()].parse().unwrap(),
        source: Some("a source".to_owned()),
        fields: fields.into_iter().map(|(name, value)| (name.parse().unwrap(), value)).collect(),
        ..test_lead(received)
    };
    let mut lead = lead.on_queued(&"d1".parse().unwrap(), Some("b1".parse().unwrap()), received).unwrap();
    for from in 0..number % 4 {
        lead = step(&lead, &mut (from as u64 * 31 + number as u64)).unwrap_or(lead);
    }
    lead
}

async fn world() -> World {
    let mut world = World::new(1).await;
    for ten in (0..LEADS).collect::<Vec<_>>().chunks(10) {
        let mut news = Vec::new();
        for number in ten {
            news.extend(world.written(lead(*number)).await);
        }
        world.found(news).await;
    }
    world
}

/// In the month in which leads come in at the moment: each that is empty costs half a unit a partition more.
fn until_now() -> LeadQuery {
    LeadQuery::received(Span { from: time("2026-02-01T00:00:00Z"), until: time("2027-01-20T12:00:00Z") })
}

/// In tenths, as nothing here may be calculated with floats.
fn tenths(found: &LeadsFound) -> u32 {
    format!("{:.1}", found.examined.read_units).replace('.', "").parse().unwrap()
}

#[tokio::test]
async fn a_page_of_fifty_costs_thirty_units_at_most_by_every_way_and_a_person_three() {
    let world = world().await;
    let store = world.store();
    // The campaigns are known.
    page(
        &store,
        &until_now(),
        &Path::Campaigns(CAMPAIGNS.map(|(id, _)| id.parse().unwrap()).into()),
        None,
        &page_of(1),
    )
    .await;
    let statuses = Path::Statuses(SoldStatus::ALL.into());
    let days = Span { from: time("2027-01-10T00:00:00Z"), until: time("2027-01-11T12:00:00Z") };
    let ways = [
        ("everything", until_now(), statuses.clone()),
        ("some days", LeadQuery::received(days), statuses),
        ("all campaigns", until_now(), Path::Campaigns(CAMPAIGNS.map(|(id, _)| id.parse().unwrap()).into())),
        ("a campaign", until_now(), Path::Campaigns(["boilers".parse().unwrap()].into())),
        ("a supplier", until_now(), Path::Suppliers(["s1".parse().unwrap()].into())),
        ("two statuses", until_now(), Path::Statuses([SoldStatus::Unsold, SoldStatus::Sold].into())),
        ("a delivery", until_now(), Path::Listed(vec![Listing::Delivery("d1".parse().unwrap())])),
    ];
    for (what, mut query, path) in ways {
        if let Path::Statuses(statuses) = &path {
            query.sold_statuses.clone_from(statuses);
        }
        let mut after = None;
        for number in 1..=2 {
            let found = page(&store, &query, &path, after.as_deref(), &page_of(50)).await;
            assert_eq!((found.leads.len(), found.examined.leads), (50, 50), "{what}, page {number}");
            assert!(tenths(&found) <= 300, "{what}, page {number}: {:?}", found.examined);
            after = found.next;
        }
    }
    let person =
        Path::Identified { leads: [].into(), emails: [email(3)].into(), phones: [phone(3).parse().unwrap()].into() };
    let text = [Sought::Email(email(3)), Sought::Phone([phone(3).parse().unwrap()].into())];
    let query = LeadQuery { text: text.into(), ..until_now() };
    let found = page(&store, &query, &person, None, &page_of(50)).await;
    assert_eq!((found.leads.len(), found.next.is_none()), (OF_ONE as usize, true));
    assert!(tenths(&found) <= 30 + 5 * OF_ONE as u32, "{:?}", found.examined);
    let ids = Path::Identified { leads: [lead(1).id].into(), emails: [].into(), phones: [].into() };
    let found = page(&store, &until_now(), &ids, None, &page_of(50)).await;
    assert_eq!((found.leads.len(), tenths(&found), found.examined.calls), (1, 5, 1));
}

/// The first lead of February.
const FIRST_OF_MONTH: u128 = 22 * 24 * 6;

#[tokio::test]
async fn a_page_that_reaches_into_the_month_before_costs_thirty_units_at_most() {
    let mut world = World::new(1).await;
    for number in FIRST_OF_MONTH - 200..FIRST_OF_MONTH + 9 {
        world.written(lead(number)).await;
    }
    let until = lead(FIRST_OF_MONTH + 9).received;
    let received = Span { until, ..until_now().received };
    let everything = LeadQuery { sold_statuses: SoldStatus::ALL.into(), ..LeadQuery::received(received) };
    for (query, path) in [
        (everything, Path::Statuses(SoldStatus::ALL.into())),
        (LeadQuery::received(received), Path::Suppliers(["s1".parse().unwrap()].into())),
    ] {
        let found = page(&world.store(), &query, &path, None, &page_of(50)).await;
        let is_of_both = found.leads.iter().any(|lead| lead.received >= time("2027-02-01T00:00:00Z"))
            && found.leads.iter().any(|lead| lead.received < time("2027-02-01T00:00:00Z"));
        assert!(is_of_both && tenths(&found) <= 300, "{path:?}: {:?}", found.examined);
    }
}

#[tokio::test]
async fn where_all_leads_have_one_status_a_page_is_not_dearer() {
    for endings in [0, 1, 2] {
        let mut world = World::new(1).await;
        for number in 0..120 {
            let mut lead = lead(number * 4);
            for from in 0..64 {
                let next = step(&lead, &mut { from });
                let wanted = [SoldStatus::Open, SoldStatus::Unsold, SoldStatus::Sold][endings];
                lead = next.filter(|next| lead.sold_status() != wanted && next.sold_status() == wanted).unwrap_or(lead);
            }
            world.written(lead).await;
        }
        let query = LeadQuery { sold_statuses: SoldStatus::ALL.into(), ..until_now() };
        let found = page(&world.store(), &query, &Path::Statuses(SoldStatus::ALL.into()), None, &page_of(50)).await;
        assert!(found.leads.len() == 50 && tenths(&found) <= 300, "{endings}: {:?}", found.examined);
    }
}
