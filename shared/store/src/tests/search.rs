//! Looking for leads: every way finds the same, in order, once, whatever happens meanwhile, and costs what it may.

mod costs;
mod known;
mod leads;
mod meanwhile;
mod model;
mod paths;
mod plain;
mod queries;
mod world;

use std::time::Duration;

use domain::{
    access::Principal,
    query::{LeadQuery, Path, Span},
};
use jiff::Timestamp;

use self::world::World;
use crate::{Bounds, LeadsFound, Search, Store, tests::identity};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The three months in which leads come in here.
fn all_time() -> LeadQuery {
    LeadQuery::received(Span { from: time("2026-12-01T00:00:00Z"), until: time("2027-02-28T23:59:59.999Z") })
}

fn page_of(leads: usize) -> Bounds {
    Bounds { leads, max_entries: 100_000, max_read: 100_000, within: Duration::from_secs(60) }
}

async fn page(store: &Store, query: &LeadQuery, path: &Path, after: Option<&str>, bounds: &Bounds) -> LeadsFound {
    let viewer = &Principal::Seller;
    store.search(&identity(), &Search { query, viewer, path }, after, bounds).await.unwrap()
}

/// The sort keys of all that is found, page by page.
async fn all_pages(store: &Store, query: &LeadQuery, path: &Path, bounds: &Bounds) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let found = page(store, query, path, after.as_deref(), bounds).await;
        assert!(found.leads.len() <= bounds.leads && found.unreadable.is_empty());
        keys.extend(found.leads.iter().map(leads::key));
        let Some(next) = found.next else { return keys };
        assert!(after.is_none_or(|after| next < after), "it gets on");
        after = Some(next);
    }
}
