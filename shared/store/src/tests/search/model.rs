//! All pages together are what a plain filter gives, whatever the way, the size of a page and what happens meanwhile.

use std::collections::BTreeSet;

use domain::{
    finder::{Activity, Listing},
    id::{BuyerRef, DeliveryRef},
    lead::SoldStatus,
    query::{LeadQuery, Path, Sought, Span, plan},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};
use tokio::{runtime::Builder, task::block_in_place};

use super::{
    World, all_time,
    meanwhile::Meanwhile,
    page, page_of, time,
    world::{CAMPAIGNS, DELIVERIES, METHODS, PEOPLE, SUPPLIERS, draw, email, key, phone, pick},
};

/// Worlds, each of which is asked several times.
const CASES: u32 = 12;

#[test]
fn all_pages_are_what_a_plain_filter_gives_by_every_way_whatever_happens_meanwhile() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let worlds = (vec(any::<u64>(), 20..140), vec(any::<u64>(), 6), any::<u64>());
    let mut runner = TestRunner::new(Config { cases: CASES, max_shrink_iters: 60, ..Config::default() });
    let run = runner.run(&worlds, |(leads, queries, random)| {
        runtime.block_on(async {
            let world = Meanwhile::new(World::with(&leads, random).await);
            for query in queries {
                asked(&world, query).await;
            }
        });
        Ok(())
    });
    run.unwrap();
}

/// Some of these; none more often than not.
fn some<T: Clone + Ord>(from: &mut u64, of: &[T]) -> BTreeSet<T> {
    if draw(from, 4) == 0 { (0..=draw(from, 2)).map(|_| pick(from, of)).collect() } else { BTreeSet::new() }
}

fn at_least_one<T: Clone + Ord>(from: &mut u64, of: &[T]) -> BTreeSet<T> {
    (0..=draw(from, 2)).map(|_| pick(from, of)).collect()
}

/// A query, and a way on which all that it means is found.
fn query(from: &mut u64, ids: &[domain::id::LeadId]) -> (LeadQuery, Path) {
    let campaigns = CAMPAIGNS.map(|(campid, _)| campid.parse().unwrap());
    let suppliers = SUPPLIERS.map(|sid| sid.parse().unwrap());
    let deliveries: Vec<DeliveryRef> = DELIVERIES.iter().map(|(did, _)| did.parse().unwrap()).collect();
    let buyers: [BuyerRef; 2] = ["b1", "b2"].map(|bid| bid.parse().unwrap());
    let mut asked = LeadQuery {
        received: span(from),
        campaigns: some(from, &campaigns),
        suppliers: some(from, &suppliers),
        methods: some(from, &METHODS),
        deliveries: some(from, &deliveries),
        ..all_time()
    };
    let path = match draw(from, 9) {
        0 => {
            asked.campaigns = BTreeSet::new();
            Path::Campaigns(campaigns.into())
        }
        1 => {
            asked.campaigns = at_least_one(from, &campaigns);
            Path::Campaigns(asked.campaigns.clone())
        }
        2 => {
            asked.suppliers = at_least_one(from, &suppliers);
            Path::Suppliers(asked.suppliers.clone())
        }
        3 => Path::Statuses(SoldStatus::ALL.into()),
        4 => {
            asked.sold_statuses = at_least_one(from, &SoldStatus::ALL);
            Path::Statuses(asked.sold_statuses.clone())
        }
        5 => {
            asked.deliveries = at_least_one(from, &deliveries);
            Path::Listed(asked.deliveries.iter().cloned().map(Listing::Delivery).collect())
        }
        6 => {
            asked.buyers = at_least_one(from, &buyers);
            Path::Listed(asked.buyers.iter().cloned().map(Listing::Buyer).collect())
        }
        7 => {
            asked.activities = [Activity::Returned].into();
            Path::Listed(vec![Listing::Activity(Activity::Returned)])
        }
        _ => return identified(from, asked, ids),
    };
    (asked, path)
}

fn identified(from: &mut u64, mut asked: LeadQuery, ids: &[domain::id::LeadId]) -> (LeadQuery, Path) {
    let (mut leads, mut emails, mut phones) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..=draw(from, 3) {
        let person = draw(from, PEOPLE);
        asked.text.insert(match draw(from, 3) {
            0 => {
                emails.insert(email(person));
                Sought::Email(email(person))
            }
            1 => {
                let phone: domain::contact::Phone = phone(person).parse().unwrap();
                phones.insert(phone.clone());
                Sought::Phone([phone].into())
            }
            _ => {
                let id = pick(from, ids);
                leads.insert(id);
                Sought::Lead(id)
            }
        });
    }
    (asked, Path::Identified { leads, emails, phones })
}

/// All three months, or some of that time; also from edge to edge of one.
fn span(from: &mut u64) -> Span {
    let all = all_time().received;
    match draw(from, 4) {
        0 => Span { from: time("2027-01-01T00:00:00Z"), until: time("2027-01-31T23:59:59.999Z") },
        1 => {
            let first = all.from.checked_add(SignedDuration::from_hours(i64::try_from(draw(from, 2_000)).unwrap()));
            let last = |from: Timestamp| from.checked_add(SignedDuration::from_hours(700)).unwrap();
            first.map(|from| Span { from, until: last(from) }).unwrap()
        }
        _ => all,
    }
}

async fn asked(world: &Meanwhile, mut from: u64) {
    // The numbers of a query come from its own number, which is used up soon.
    let (wide, size) =
        (&mut from.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1 + usize::try_from(draw(&mut from, 60)).unwrap());
    let (query, path) = {
        let mut world = world.0.lock().unwrap();
        let ids: Vec<_> = world.leads.values().map(|lead| lead.id).collect();
        let (query, path) = query(wide, &ids);
        world.ask(&query);
        (query, path)
    };
    let store = world.store();
    let (mut found, mut after) = (Vec::<String>::new(), None::<String>);
    for number in 0.. {
        // A plan may change from page to page.
        let known = store.known_leads(&query, time("2027-02-28T00:00:00Z")).await.unwrap().0;
        let path = if draw(&mut from, 2) == 0 { path.clone() } else { plan(&query, &known).path };
        let page = page(&store, &query, &path, after.as_deref(), &page_of(size)).await;
        assert!(page.next.is_none() || page.leads.len() == size, "a page that is not full is the last: {path:?}");
        found.extend(page.leads.iter().map(key));
        let Some(next) = page.next else { break };
        assert!(after.is_none_or(|after| next < after) && number < 1_000, "it gets on: {path:?}");
        after = Some(next);
        block_in_place(|| {
            let mut world = world.0.lock().unwrap();
            tokio::runtime::Handle::current().block_on(world.goes_back());
        });
    }
    assert!(found.windows(2).all(|two| two[0] > two[1]), "newest first, and each once: {path:?} {found:?}");
    let world = world.0.lock().unwrap();
    let (expected, changed) = world.answer();
    found.retain(|key| !changed.contains(key));
    assert_eq!(found, expected, "{path:?} {query:?}");
}
