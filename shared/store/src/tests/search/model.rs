//! All pages together are what a plain filter gives, whoever asks, whatever the way, the size of a page and what may be done for it,
//! and what happens meanwhile.

use std::time::Duration;

use domain::{
    access::Principal,
    lead::SoldStatus,
    query::{LeadQuery, Path, plan},
};
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};
use tokio::{
    runtime::{Builder, Handle},
    task::block_in_place,
};

use super::{
    World, all_time,
    leads::{self, draw, key, pick},
    meanwhile::Meanwhile,
    page_of, queries, time,
};
use crate::{Bounds, LeadsFound, Search, Store, tests::identity};

/// Worlds, each of which is asked several times.
const CASES: u32 = 12;
const QUESTIONS: usize = 6;

#[test]
fn all_pages_are_what_a_plain_filter_gives_by_every_way_whatever_happens_meanwhile() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let worlds = (vec(any::<u64>(), 20..140), vec(any::<u64>(), QUESTIONS), any::<u64>());
    let mut runner = TestRunner::new(Config { cases: CASES, max_shrink_iters: 20, ..Config::default() });
    let run = runner.run(&worlds, |(leads, questions, random)| {
        runtime.block_on(async {
            let world = Meanwhile::new(World::with(&leads, random).await);
            for from in questions {
                Question::drawn(&world, from).is_answered(&world).await;
            }
        });
        Ok(())
    });
    run.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_gets_on_while_statuses_are_read_one_after_the_other_is_found() {
    let (mut world, mut from) = (World::new(1).await, 1);
    for number in 1..=60 {
        let news = world.written(leads::lead(number, &mut from, None)).await;
        world.found(news).await;
    }
    let world = Meanwhile::new(world);
    for from in 0..10 {
        let (viewer, query, bounds) = (Principal::Seller, all_time(), page_of(100));
        world.0.lock().unwrap().ask(&viewer, &query);
        let ways = vec![Path::Statuses(SoldStatus::ALL.into())];
        let (narrowed, path) = (query.clone(), ways.first().cloned());
        let mut question = Question { viewer, query, ways, narrowed, bounds, is_tight: false, path, from };
        question.is_answered(&world).await;
    }
}

/// Who asks for what, and how the pages are read.
#[derive(Debug)]
struct Question {
    viewer: Principal,
    /// Most are narrowed to whoever asks; none is told more where one is not.
    query: LeadQuery,
    /// Ways on which all of it is found, and what they are planned for.
    ways: Vec<Path>,
    narrowed: LeadQuery,
    bounds: Bounds,
    /// Whether pages may end before they are full.
    is_tight: bool,
    /// The way of all pages; none: each has its own, as a plan may change.
    path: Option<Path>,
    /// Where the other numbers come from.
    from: u64,
}

impl Question {
    fn drawn(world: &Meanwhile, mut from: u64) -> Self {
        let from = &mut from;
        let mut world = world.0.lock().unwrap();
        let ids: Vec<_> = world.leads.values().map(|lead| lead.id).collect();
        let viewer = queries::viewer(from);
        let asked = queries::query(from, &viewer, &ids);
        world.ask(&viewer, &asked);
        let narrowed = viewer.narrow(asked.clone());
        let query = if draw(from, 3) == 0 { asked } else { narrowed.clone() };
        let ways = queries::ways(&narrowed);
        let is_tight = draw(from, 3) == 0;
        let path = (draw(from, 3) > 0).then(|| pick(from, &ways));
        Self { viewer, query, ways, narrowed, bounds: bounds(from, is_tight), is_tight, path, from: *from }
    }

    async fn is_answered(&mut self, world: &Meanwhile) {
        let mut found = self.all_pages(world).await;
        assert!(found.windows(2).all(|two| two[0] > two[1]), "newest first, and each once: {self:?} {found:?}");
        let (tables, meant) = {
            let world = world.0.lock().unwrap();
            let (expected, changed) = world.answer();
            found.retain(|key| !changed.contains(key));
            assert_eq!(found, expected, "{self:?}");
            (world.tables.clone(), world.meant())
        };
        self.is_counted(&tables.store(), meant).await;
        self.has_no_more(&tables.store(), meant).await;
    }

    async fn all_pages(&mut self, world: &Meanwhile) -> Vec<String> {
        let store = world.store();
        let (mut found, mut after) = (Vec::<String>::new(), None::<String>);
        for number in 0.. {
            let path = self.path_of_page(&store).await;
            let page = self.page(&store, &path, after.as_deref()).await;
            found.extend(page.leads.iter().map(key));
            let Some(next) = page.next else { break };
            assert!(found.last().is_none_or(|last| next <= format!("{last}~")), "nothing twice: {path} {self:?}");
            assert!(after.is_none_or(|after| next < after) && number < 1_000, "it gets on: {path} {self:?}");
            after = Some(next);
            block_in_place(|| Handle::current().block_on(world.0.lock().unwrap().goes_back()));
        }
        found
    }

    async fn path_of_page(&mut self, store: &Store) -> Path {
        if let Some(path) = &self.path {
            return path.clone();
        }
        if draw(&mut self.from, 2) == 0 {
            return pick(&mut self.from, &self.ways);
        }
        let known = store.known_leads(&self.narrowed, time("2027-02-28T00:00:00Z")).await.unwrap().0;
        let planned = plan(&self.narrowed, &known).path;
        assert!(self.ways.contains(&planned), "{planned} finds all: {self:?}");
        planned
    }

    async fn page(&self, store: &Store, path: &Path, after: Option<&str>) -> LeadsFound {
        let search = Search { query: &self.query, viewer: &self.viewer, path };
        let page = store.search(&identity(), &search, after, &self.bounds).await.unwrap();
        let is_full = page.leads.len() == self.bounds.leads;
        assert!(page.leads.len() <= self.bounds.leads && page.unreadable.is_empty(), "{path} {self:?}");
        assert!(
            page.next.is_none() || is_full || self.is_tight,
            "a page that is not full is the last: {path} {self:?}"
        );
        let is_told = page.next.is_some() && self.viewer == Principal::Seller;
        assert_eq!(page.searched_to.is_some(), is_told, "only the seller is told how far it came: {path} {self:?}");
        let is_behind = |lead: &domain::lead::Lead| page.searched_to.is_none_or(|to| lead.received >= to);
        assert!(page.leads.iter().all(is_behind), "{path} {self:?}");
        page
    }

    /// As nothing happens any more, a count is exact, or says that it is not.
    async fn is_counted(&mut self, store: &Store, meant: usize) {
        let path = pick(&mut self.from, &self.ways);
        let search = Search { query: &self.query, viewer: &self.viewer, path: &path };
        let (count, _) = store.count_leads(&identity(), &search, &self.bounds).await.unwrap();
        assert!(
            count.leads <= meant && (count.leads == meant || !count.is_all),
            "{count:?} of {meant}: {path} {self:?}"
        );
        let is_short = count.leads < self.bounds.leads.min(meant) || (meant < self.bounds.leads && !count.is_all);
        assert!(!is_short || self.is_tight, "{count:?} of {meant}: {path} {self:?}");
    }
    /// Nor is there more than there is: to others than the seller it would tell of leads that are not theirs.
    async fn has_no_more(&mut self, store: &Store, meant: usize) {
        let path = pick(&mut self.from, &self.ways);
        let search = Search { query: &self.query, viewer: &self.viewer, path: &path };
        let page = store.search(&identity(), &search, None, &page_of(meant.max(1))).await.unwrap();
        let is_all = page.next.is_none() || self.viewer == Principal::Seller;
        assert!(page.leads.len() == meant && is_all, "{meant} are all: {path} {self:?}");
    }
}

/// So many leads of a page; tight ones often end it before.
fn bounds(from: &mut u64, is_tight: bool) -> Bounds {
    let leads = 1 + usize::try_from(draw(from, 60)).unwrap();
    if !is_tight {
        return page_of(leads);
    }
    let mut some = |below: u64| usize::try_from(draw(from, below)).unwrap();
    let wide = page_of(leads);
    match some(5) {
        0 => Bounds { max_entries: 1 + some(60), ..wide },
        1 | 2 => Bounds { max_read: 1 + some(20), ..wide },
        3 => Bounds { max_entries: 1 + some(60), max_read: 1 + some(30), ..wide },
        _ => Bounds { within: Duration::ZERO, ..wide },
    }
}
