//! Leads of all sorts, and what happens to them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Principal,
    campaign::{Campaign, ShardStep},
    finder::{Finder, finders},
    id::{AttemptId, DeliveryRef, LeadId},
    lead::{Lead, Method, Outcome, ReturnRequest, SoldStatus, test_lead},
    money::Money,
    query::LeadQuery,
};
use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

use super::time;
use crate::{Store, keys, lead::new_item, test_tables::TestTables, tests::identity};

/// Campaigns, by the partitions that their leads are spread over.
pub(super) const CAMPAIGNS: [(&str, &[(&str, u8)]); 3] =
    [("solar", &[]), ("boilers", &[("2027-01-16", 4)]), ("windows", &[("2026-01-01", 3), ("2027-02-01", 1)])];
pub(super) const SUPPLIERS: [&str; 3] = ["s1", "s2", "s3"];
pub(super) const METHODS: [Method; 3] = [Method::Api, Method::Import, Method::Form];
/// Deliveries, by their buyers.
pub(super) const DELIVERIES: [(&str, Option<&str>); 4] =
    [("d1", Some("b1")), ("d2", Some("b2")), ("d3", Some("b1")), ("crm", None)];
/// People that send several leads.
pub(super) const PEOPLE: u64 = 6;

pub(super) fn key(lead: &Lead) -> String {
    keys::received(lead.id, lead.received)
}

pub(super) fn email(person: u64) -> String {
    format!("person-{person}@example.com")
}

pub(super) fn phone(person: u64) -> String {
    format!("+44207946{:04}", person + 1)
}

/// Takes the lower part of a number, and leaves the rest.
pub(super) fn draw(from: &mut u64, below: u64) -> u64 {
    let drawn = *from % below;
    *from /= below;
    drawn
}

/// One of these.
pub(super) fn pick<T: Clone>(from: &mut u64, of: &[T]) -> T {
    of[usize::try_from(draw(from, of.len() as u64)).unwrap()].clone()
}

/// An instant of three months: often the same as others', or at the edge of a month.
fn instant(from: &mut u64) -> Timestamp {
    match draw(from, 10) {
        0 => time("2027-01-31T23:59:59.999Z"),
        1 => time("2027-02-01T00:00:00Z"),
        2 => time("2026-12-31T23:59:59.999Z"),
        _ => {
            let (day, minute) = (draw(from, 80), draw(from, 30));
            let since = SignedDuration::from_secs(i64::try_from(day * 86_400 + minute * 60).unwrap());
            time("2026-12-05T23:50:00Z").checked_add(since).unwrap()
        }
    }
}

/// A lead of this number, as it comes in.
pub(super) fn lead(number: u128, from: &mut u64, received: Option<Timestamp>) -> Lead {
    let received = received.unwrap_or_else(|| instant(from));
    let person = draw(from, PEOPLE);
    let fields = [("email", email(person)), ("phone1", phone(person)), ("city", format!("Town {}", draw(from, 3)))];
    let lead = Lead {
        id: LeadId::from_ulid(Ulid(number)),
        campid: pick(from, &CAMPAIGNS).0.parse().unwrap(),
        sid: pick(from, &SUPPLIERS).parse().unwrap(),
        method: pick(from, &METHODS),
        source: pick(from, &[None, Some("google".to_owned())]),
        fields: fields.into_iter().map(|(name, value)| (name.parse().unwrap(), value)).collect(),
        ..test_lead(received)
    };
    let mut given = lead;
    for (did, bid) in DELIVERIES {
        if draw(from, 2) == 0 {
            let bid = bid.map(|bid| bid.parse().unwrap());
            given = given.on_queued(&did.parse().unwrap(), bid, received).unwrap();
        }
    }
    given
}

/// A step that a lead takes on its way, if there is one.
pub(super) fn step(lead: &Lead, from: &mut u64) -> Option<Lead> {
    let dids: Vec<DeliveryRef> = lead.deliveries.keys().cloned().collect();
    let did = if dids.is_empty() { return None } else { pick(from, &dids) };
    let delivery = lead.delivery(&did).unwrap();
    let (at, now) = (lead.received, lead.received.checked_add(SignedDuration::from_secs(60)).unwrap());
    if delivery.sale().is_some() {
        let asked = lead.on_return_requested(&did, ReturnRequest::because("DUPE"), now).ok()?;
        return asked.on_return_approved(&did, true, now).ok();
    }
    let attempt = AttemptId::from_ulid(Ulid(u128::from(*from)));
    let sending = lead.on_intent(&did, delivery.round, attempt, at, now).ok()?;
    let outcome = match draw(from, 3) {
        0 => Outcome::Rejected { reason: "no".to_owned() },
        _ => Outcome::Accepted {
            price: Money { minor: 1_250, currency: "GBP".parse().unwrap() },
            reference: None,
            redirect_url: None,
        },
    };
    sending.on_outcome(&did, &attempt, delivery.attempts + 1, outcome, at).ok()
}

/// A step back: what came to nothing is sent again, a return undone.
fn step_back(lead: &Lead, from: &mut u64) -> Option<Lead> {
    let dids: Vec<DeliveryRef> = lead.deliveries.keys().cloned().collect();
    let did = if dids.is_empty() { return None } else { pick(from, &dids) };
    let now = lead.received.checked_add(SignedDuration::from_secs(90)).unwrap();
    lead.on_redelivered(&did, now).or_else(|_| lead.on_return_undone(&did, "a mistake", now)).ok()
}

/// An installation, and what is in it.
pub(super) struct World {
    pub(super) tables: TestTables,
    pub(super) leads: BTreeMap<String, Lead>,
    campaigns: BTreeMap<String, Campaign>,
    /// Where numbers come from.
    random: u64,
    /// What is asked for, and what of it was so when it was first asked.
    asked: Option<LeadQuery>,
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
            let mut new = lead(number, &mut from, None);
            for _ in 0..draw(&mut from, 4) {
                new = step(&new, &mut from).unwrap_or(new);
            }
            batch.extend(world.written(new).await);
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
        let shard = keys::campaign_shard(&self.campaigns[lead.campid.as_str()], lead.id, lead.received);
        let item = new_item(&lead, shard, &identity()).unwrap();
        let put = self.tables.client().put_item().table_name(self.tables.tables().leads).set_item(Some(item));
        put.send().await.unwrap();
        let before = self.leads.get(&key(&lead));
        let news = finders(before, &lead);
        if let Some(asked) = &self.asked {
            let is_taken = asked.takes(&lead, &Principal::Seller);
            if self.first.get(&key(&lead)) != Some(&is_taken) {
                self.changed.insert(key(&lead));
            }
        }
        self.leads.insert(key(&lead), lead);
        news
    }

    pub(super) async fn found(&self, news: Vec<Finder>) {
        self.store().put_finders(&news, &identity()).await.unwrap();
    }

    /// From now on somebody looks for this.
    pub(super) fn ask(&mut self, query: &LeadQuery) {
        self.first =
            self.leads.iter().map(|(key, lead)| (key.clone(), query.takes(lead, &Principal::Seller))).collect();
        self.changed.clear();
        self.asked = Some(query.clone());
    }

    /// What has to be found of it: newest first, and of which it was not always so, so that both is right.
    pub(super) fn answer(&self) -> (Vec<String>, &BTreeSet<String>) {
        let taken = self.first.iter().rev().filter(|(key, is_taken)| **is_taken && !self.changed.contains(*key));
        (taken.map(|(key, _)| key.clone()).collect(), &self.changed)
    }

    /// Something happens: a lead takes a step on its way, or a newer one comes in.
    pub(super) async fn happens(&mut self) {
        let mut from = self.random();
        let number = self.leads.len() as u128 + 1;
        let moved = match draw(&mut from, 4) {
            0 => Some(lead(number, &mut from, Some(time("2027-02-27T10:00:00Z")))),
            1 | 2 => {
                let leads: Vec<&Lead> = self.leads.values().collect();
                let before = pick(&mut from, &leads);
                step(before, &mut from).filter(|after| rank(before) <= rank(after))
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
        let mut from = self.random();
        let leads: Vec<&Lead> = self.leads.values().collect();
        let before = pick(&mut from, &leads);
        if let Some(moved) = step_back(before, &mut from) {
            let news = self.written(moved).await;
            self.found(news).await;
        }
    }

    fn random(&mut self) -> u64 {
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn rank(lead: &Lead) -> Option<usize> {
    SoldStatus::ALL.iter().position(|status| *status == lead.sold_status())
}
