//! Each way, its edges, and where a page ends.

use std::time::Duration;

use domain::{
    access::Principal,
    finder::{Activity, Listing},
    id::LeadId,
    lead::{Lead, SoldStatus, test_lead},
    query::{LeadQuery, Path, Sought, Span},
};
use jiff::Timestamp;
use ulid::Ulid;

use super::{
    World, all_pages, all_time,
    leads::{email, key, phone, step},
    page, page_of, time,
};
use crate::{Bounds, LeadCount, Search, tests::identity};

fn everything() -> Path {
    Path::Statuses(SoldStatus::ALL.into())
}

fn solar() -> Path {
    Path::Campaigns(["solar".parse().unwrap()].into())
}

/// A lead of `solar` and `s1`, given to `d1`.
fn at(number: u128, received: Timestamp) -> Lead {
    let lead = Lead { id: LeadId::from_ulid(Ulid(number)), ..test_lead(received) };
    lead.on_queued(&"d1".parse().unwrap(), Some("b1".parse().unwrap()), received).unwrap()
}

/// The same, sold.
fn sold(number: u128, received: Timestamp) -> Lead {
    (1..).find_map(|from| step(&at(number, received), &mut { from }).filter(|lead| lead.sales().count() > 0)).unwrap()
}

async fn world(leads: impl IntoIterator<Item = Lead>) -> World {
    let mut world = World::new(1).await;
    for lead in leads {
        let news = world.written(lead).await;
        world.found(news).await;
    }
    world
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(time("2027-01-10T10:00:00Z").as_second() + minute * 60).unwrap()
}

#[tokio::test]
async fn leads_of_one_instant_and_at_the_edges_of_months_are_each_on_one_page_by_every_way() {
    let edges =
        ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z", "2027-01-31T23:59:59.999Z", "2027-02-01T00:00:00Z"];
    let leads: Vec<Lead> =
        (1..).zip(edges.iter().cycle().take(24)).map(|(number, edge)| sold(number, time(edge))).collect();
    let world = world(leads.clone()).await;
    let store = world.store();
    let mut expected: Vec<String> = leads.iter().map(key).collect();
    expected.sort();
    expected.reverse();
    let paths = [
        everything(),
        Path::Statuses([SoldStatus::Sold].into()),
        solar(),
        Path::Suppliers(["s1".parse().unwrap()].into()),
        Path::Listed(vec![Listing::Delivery("d1".parse().unwrap())]),
        Path::Listed(vec![Listing::Buyer("b1".parse().unwrap()), Listing::Delivery("d1".parse().unwrap())]),
        Path::Identified { leads: leads.iter().map(|lead| lead.id).collect(), emails: [].into(), phones: [].into() },
    ];
    for path in paths {
        for size in [1, 5, 6, 7, 24, 60] {
            assert_eq!(all_pages(&store, &all_time(), &path, &page_of(size)).await, expected, "{size} by {path:?}");
        }
        // The edges themselves are meant, and nothing beyond them.
        let received = Span { from: time(edges[1]), until: time(edges[2]) };
        let within = all_pages(&store, &LeadQuery::received(received), &path, &page_of(5)).await;
        assert_eq!(within, expected[6..18], "{path:?}");
    }
}

#[tokio::test]
async fn a_person_is_found_by_address_and_number_for_all_time_and_each_lead_once() {
    let with = |number, person, received| {
        let fields = [("email", email(person)), ("phone1", phone(person))];
        let fields = fields.into_iter().map(|(name, value)| (name.parse().unwrap(), value)).collect();
        Lead { fields, ..at(number, received) }
    };
    let [old, new] = [with(1, 1, time("2019-03-05T10:00:00Z")), with(2, 1, minute(5))];
    let world = world([old.clone(), new.clone(), with(3, 2, minute(6))]).await;
    let received = Span { from: Timestamp::MIN, until: time("2027-02-01T00:00:00Z") };
    let text = [Sought::Email(email(1)), Sought::Lead(old.id)];
    let query = LeadQuery { text: text.into(), ..LeadQuery::received(received) };
    let path = Path::Identified {
        leads: [old.id].into(),
        emails: [email(1)].into(),
        phones: [phone(1).parse().unwrap()].into(),
    };
    for size in [1, 2, 50] {
        let found = all_pages(&world.store(), &query, &path, &page_of(size)).await;
        assert_eq!(found, [key(&new), key(&old)], "{size}");
    }
}

#[tokio::test]
async fn a_full_page_says_whether_there_are_more_and_looks_for_one_that_may_be_meant() {
    let world = world((0..30).map(|number| at(number, minute(number.try_into().unwrap())))).await;
    let store = world.store();
    let found = page(&store, &all_time(), &solar(), None, &page_of(30)).await;
    assert_eq!((found.leads.len(), found.next, found.searched_to), (30, None, None), "those are all");
    let found = page(&store, &all_time(), &solar(), None, &page_of(29)).await;
    assert_eq!((found.leads.len(), found.next.is_some(), found.searched_to), (29, true, Some(minute(0))));
    // Another source has nothing to do with it, and an index tells that.
    let none = LeadQuery { suppliers: ["s2".parse().unwrap()].into(), ..all_time() };
    let found = page(&store, &none, &solar(), None, &page_of(5)).await;
    assert_eq!((found.leads.len(), found.next, found.examined.leads), (0, None, 0));
    assert_eq!(found.examined.entries, 30);
}

#[tokio::test]
async fn where_bounds_are_reached_a_page_is_short_and_says_how_far_it_got_and_the_next_goes_on() {
    let world = world((0..30).map(|number| at(number, minute(number.try_into().unwrap())))).await;
    let store = world.store();
    let expected: Vec<String> = world.leads.keys().rev().cloned().collect();
    // Returned leads are none of these; each has to be read to know it.
    let returned = LeadQuery { activities: [Activity::Returned].into(), ..all_time() };
    let narrow = [
        Bounds { max_read: 7, ..page_of(50) },
        Bounds { max_read: 0, ..page_of(50) },
        Bounds { max_entries: 1, ..page_of(3) },
        Bounds { within: Duration::ZERO, ..page_of(4) },
    ];
    for bounds in narrow {
        let first = page(&store, &returned, &solar(), None, &bounds).await;
        assert!(first.leads.is_empty() && first.next.is_some(), "{bounds:?}");
        let looked_to = first.searched_to.unwrap();
        assert!(looked_to < returned.received.until && first.examined.leads <= 7, "{bounds:?} {first:?}");
        assert!(all_pages(&store, &returned, &solar(), &bounds).await.is_empty(), "{bounds:?}");
        for path in [solar(), everything(), Path::Listed(vec![Listing::Delivery("d1".parse().unwrap())])] {
            assert_eq!(all_pages(&store, &all_time(), &path, &bounds).await, expected, "{bounds:?} {path:?}");
        }
    }
}

#[tokio::test]
async fn a_list_is_read_from_the_end_of_the_ten_minutes_on_in_which_a_page_ended() {
    // One row for all of them, and one for each of them once more.
    let leads: Vec<Lead> = (0..9).map(|number| at(number, minute(number.try_into().unwrap()))).collect();
    let world = world(leads.clone()).await;
    world.found(leads.iter().flat_map(|lead| domain::finder::finders(None, lead)).collect()).await;
    let path = Path::Listed(vec![Listing::Delivery("d1".parse().unwrap())]);
    let query = LeadQuery { deliveries: ["d1".parse().unwrap()].into(), ..all_time() };
    let expected: Vec<String> = leads.iter().rev().map(key).collect();
    for size in 1..10 {
        assert_eq!(all_pages(&world.store(), &query, &path, &page_of(size)).await, expected, "{size}");
    }
}

#[tokio::test]
async fn a_lead_that_cannot_be_read_is_told_to_the_seller_alone_and_hides_no_other() {
    let world = world((0..3).map(|number| at(number, minute(number.try_into().unwrap())))).await;
    let spoilt = LeadId::from_ulid(Ulid(1));
    world.tables.spoil(&world.tables.tables().leads, (&spoilt.to_string(), "lead"), "t").await;
    let (store, query) = (world.store(), all_time());
    let ids = (0..3).map(|number| LeadId::from_ulid(Ulid(number))).collect();
    for path in [solar(), everything(), Path::Identified { leads: ids, emails: [].into(), phones: [].into() }] {
        let found = page(&store, &query, &path, None, &page_of(50)).await;
        assert_eq!((found.leads.len(), found.unreadable.len(), found.next), (2, 1, None), "{path:?}");
        let viewer = &Principal::Supplier { sid: "s1".parse().unwrap() };
        let search = Search { query: &query, viewer, path: &path };
        let found = store.search(&identity(), &search, None, &page_of(50)).await.unwrap();
        assert_eq!((found.leads.len(), found.unreadable.len()), (2, 0), "{path:?}");
    }
}

#[tokio::test]
async fn leads_are_counted_up_to_a_number_and_read_only_where_no_index_tells_enough() {
    let world = world((0..30).map(|number| at(number, minute(number.try_into().unwrap())))).await;
    let store = world.store();
    let count = async |query: &LeadQuery, bounds: &Bounds| {
        let search = Search { query, viewer: &Principal::Seller, path: &solar() };
        store.count_leads(&identity(), &search, bounds).await.unwrap()
    };
    let given = LeadQuery { deliveries: ["d1".parse().unwrap()].into(), ..all_time() };
    for (query, is_read) in [(&all_time(), false), (&given, true)] {
        let (counted, examined) = count(query, &page_of(30)).await;
        assert_eq!((counted, examined.leads > 0), (LeadCount { leads: 30, is_all: true }, is_read));
        let (counted, _) = count(query, &page_of(29)).await;
        assert_eq!(counted, LeadCount { leads: 29, is_all: false });
    }
    let few = Bounds { max_read: 10, ..page_of(1_000) };
    assert_eq!(count(&given, &few).await.0, LeadCount { leads: 10, is_all: false });
    let none = LeadQuery { campaigns: ["boilers".parse().unwrap()].into(), ..all_time() };
    assert_eq!(count(&none, &page_of(1_000)).await.0, LeadCount { leads: 0, is_all: true });
}

#[tokio::test]
async fn what_is_no_position_is_refused() {
    let world = World::new(1).await;
    let search = Search { query: &all_time(), viewer: &Principal::Seller, path: &everything() };
    let found = world.store().search(&identity(), &search, Some("1234"), &page_of(5)).await;
    assert!(matches!(found, Err(crate::Error::Item(_))));
}
