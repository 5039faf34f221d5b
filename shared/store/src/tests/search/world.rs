//! An installation with leads, and what happens in it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Principal,
    campaign::{Campaign, ShardStep},
    finder::{Finder, finders},
    lead::Lead,
    query::LeadQuery,
};

use super::{
    leads::{self, CAMPAIGNS, draw, key, pick, rank, step, step_back},
    plain, time,
};
use crate::{Store, keys, lead::new_item, test_tables::TestTables, tests::identity};

/// Leads that are tried until one gets on.
const TRIES: usize = 8;

/// An installation, and what is in it.
pub(super) struct World {
    pub(super) tables: TestTables,
    pub(super) leads: BTreeMap<String, Lead>,
    campaigns: BTreeMap<String, Campaign>,
    /// Where numbers come from.
    random: u64,
    /// What is asked for, and what of it was so when it was first asked.
    asked: Option<(Principal, LeadQuery)>,
    first: BTreeMap<String, bool>,
    /// Leads of which it was not so all the time.
    changed: BTreeSet<String>,
}

impl World {
    /// One without leads.
    pub(super) async fn new(random: u64) -> Self {
        let tables = TestTables::start().await;
        let mut campaigns = BTreeMap::new();
        for (campid, steps) in CAMPAIGNS {
            let steps = steps.iter().map(|(from, count)| ShardStep { from: from.parse().unwrap(), count: *count });
            let campid: domain::id::CampaignRef = campid.parse().unwrap();
            let campaign = Campaign { campid, shards: steps.collect(), ..crate::tests::campaign() };
            tables.store().save(campaign.clone(), None).await.unwrap();
            campaigns.insert(campaign.campid.to_string(), campaign);
        }
        let (first, changed) = (BTreeMap::new(), BTreeSet::new());
        Self { tables, leads: BTreeMap::new(), campaigns, random, asked: None, first, changed }
    }

    /// One with a lead for each of these numbers.
    pub(super) async fn with(leads: &[u64], random: u64) -> Self {
        let mut world = Self::new(random).await;
        let mut batch = Vec::new();
        for (number, from) in (1..).zip(leads) {
            let mut from = *from;
            let mut new = leads::lead(number, &mut from, None);
            // What becomes of it on its way is told step by step.
            batch.extend(finders(None, &new));
            for _ in 0..draw(&mut from, 9) {
                let next = if draw(&mut from, 4) == 0 { step_back(&new, &mut from) } else { step(&new, &mut from) };
                let Some(next) = next else { continue };
                batch.extend(finders(Some(&new), &next));
                new = next;
            }
            world.put(new).await;
            // As many at once as a function is given.
            if batch.len() >= 12 {
                world.found(std::mem::take(&mut batch)).await;
            }
        }
        world.found(batch).await;
        world
    }

    pub(super) fn store(&self) -> Store {
        self.tables.store()
    }

    /// Writes a lead as it is, and tells what it can be found by since.
    pub(super) async fn written(&mut self, lead: Lead) -> Vec<Finder> {
        let news = finders(self.leads.get(&key(&lead)), &lead);
        self.put(lead).await;
        news
    }

    async fn put(&mut self, lead: Lead) {
        let shard = keys::campaign_shard(&self.campaigns[lead.campid.as_str()], lead.id, lead.received);
        let item = new_item(&lead, shard, None, &identity()).unwrap();
        let put = self.tables.client().put_item().table_name(self.tables.tables().leads).set_item(Some(item));
        put.send().await.unwrap();
        if let Some((viewer, asked)) = &self.asked {
            let is_meant = plain::is_meant(asked, viewer, &lead);
            if self.first.get(&key(&lead)) != Some(&is_meant) {
                self.changed.insert(key(&lead));
            }
        }
        self.leads.insert(key(&lead), lead);
    }

    pub(super) async fn found(&self, news: Vec<Finder>) {
        self.store().put_finders(&news, &identity()).await.unwrap();
    }

    /// From now on this viewer looks for this.
    pub(super) fn ask(&mut self, viewer: &Principal, query: &LeadQuery) {
        let is_meant = |lead| plain::is_meant(query, viewer, lead);
        self.first = self.leads.iter().map(|(key, lead)| (key.clone(), is_meant(lead))).collect();
        self.changed.clear();
        self.asked = Some((viewer.clone(), query.clone()));
    }

    /// How many leads are meant now.
    pub(super) fn meant(&self) -> usize {
        let Some((viewer, asked)) = &self.asked else { return 0 };
        self.leads.values().filter(|lead| plain::is_meant(asked, viewer, lead)).count()
    }

    /// What has to be found of it: newest first, and of which it was not always so, so that both is right.
    pub(super) fn answer(&self) -> (Vec<String>, &BTreeSet<String>) {
        let taken = self.first.iter().rev().filter(|(key, is_taken)| **is_taken && !self.changed.contains(*key));
        (taken.map(|(key, _)| key.clone()).collect(), &self.changed)
    }

    /// Something happens: a lead takes a step on its way, or a newer one comes in.
    pub(super) async fn happens(&mut self) {
        let mut from = leads::next(&mut self.random);
        let number = self.leads.len() as u128 + 1;
        let moved = match draw(&mut from, 4) {
            0 => Some(leads::lead(number, &mut from, Some(time("2027-02-27T10:00:00Z")))),
            1 | 2 => {
                let leads: Vec<&Lead> = self.leads.values().collect();
                // Many have come to their end.
                (0..TRIES).find_map(|_| {
                    let before = pick(&mut from, &leads);
                    step(before, &mut from).filter(|after| rank(before) <= rank(after))
                })
            }
            _ => None,
        };
        if let Some(moved) = moved {
            let news = self.written(moved).await;
            self.found(news).await;
        }
    }

    /// A lead goes back to where it was before.
    pub(super) async fn goes_back(&mut self) {
        let mut from = leads::next(&mut self.random);
        let leads: Vec<&Lead> = self.leads.values().collect();
        let before = pick(&mut from, &leads);
        if let Some(moved) = step_back(before, &mut from) {
            let news = self.written(moved).await;
            self.found(news).await;
        }
    }
}
