//! Whether a lead is one of those that are asked for.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::Timestamp;

use super::{Entry, Facts, LeadQuery, Path, Sought};
use crate::{
    access::{Part, Principal},
    contact::Country,
    field::FieldName,
    finder::has_happened,
    id::{CampaignRef, SupplierRef},
    lead::{Lead, LeadDelivery, Method, SoldStatus},
};

const SOURCE: &str = "source";

impl LeadQuery {
    /// Whether a lead is meant, as `viewer` may know it. Who asks for what it is not shown is told of none.
    pub fn takes(&self, lead: &Lead, viewer: &Principal) -> bool {
        // Of a deleted lead nothing is left that could be shown.
        !lead.is_deleted()
            && viewer.may_read(lead)
            && viewer.may_ask(self).is_ok()
            && self.came_within(lead.received)
            && Origins::of(lead).are_asked_for(self)
            && self.takes_told(&viewer.told_of(lead), viewer.sees(Part::Source))
    }

    /// Whether a lead may be meant, by what an index tells of it.
    pub fn may_take(&self, entry: &Entry) -> bool {
        let facts = entry.facts.as_ref();
        self.came_within(entry.received)
            && facts.is_none_or(|facts| !facts.deleted && Origins::told(facts).are_asked_for(self))
    }

    /// Whether every entry on this path that [`may_take`](Self::may_take) lets through is meant, as `viewer` may know it, so that no lead
    /// need be read to count them.
    pub fn is_decided_by(&self, path: &Path, viewer: &Principal) -> bool {
        let is_of_viewer = match viewer {
            Principal::Seller => true,
            Principal::Supplier { sid } => self.suppliers.len() == 1 && self.suppliers.contains(sid),
            Principal::Buyer { .. } => false,
        };
        let tells_status = match path {
            Path::Statuses(statuses) => is_all(&self.sold_statuses) || statuses.is_subset(&self.sold_statuses),
            Path::Campaigns(_) | Path::Suppliers(_) => is_all(&self.sold_statuses),
            Path::Identified { .. } | Path::Listed(_) => false,
        };
        let is_of_facts = self.buyers.is_empty()
            && self.deliveries.is_empty()
            && self.activities.is_empty()
            && self.followed_up.is_empty()
            && self.delivery_statuses.is_empty()
            && self.text.is_empty()
            && self.fields.iter().all(|(name, sought)| name.as_str() == SOURCE || sought.is_empty());
        is_of_viewer && tells_status && is_of_facts
    }

    fn came_within(&self, received: Timestamp) -> bool {
        received >= self.received.from && received <= self.received.until
    }

    /// What has become of it, and what identifies it, by the lead as it is told.
    fn takes_told(&self, told: &Lead, sees_source: bool) -> bool {
        let is_bought =
            || told.sales().filter_map(|(_, delivery, _)| delivery.bid.as_ref()).any(|bid| self.buyers.contains(bid));
        let is_given =
            || told.deliveries.iter().any(|(did, given)| self.deliveries.contains(did) && !given.state.is_skipped());
        (self.buyers.is_empty() || is_bought())
            && (self.deliveries.is_empty() || is_given())
            && (self.activities.is_empty() || self.activities.iter().any(|activity| has_happened(told, *activity)))
            && (self.followed_up.is_empty() || self.is_followed_up(told))
            && self.has_status(told)
            && named(&self.text, |sought| has_anywhere(told, sought, sees_source))
            && self.fields.iter().all(|(name, any)| named(any, |sought| has_in_field(told, name, sought)))
    }

    /// By one of those that are asked for, if some are.
    fn is_followed_up(&self, told: &Lead) -> bool {
        let is_so = |delivery: &LeadDelivery| {
            delivery.follow_up.is_some_and(|follow_up| self.followed_up.contains(&follow_up.stage))
        };
        let by_buyer = |delivery: &LeadDelivery| match &delivery.bid {
            Some(bid) => has(&self.buyers, bid),
            None => self.buyers.is_empty(),
        };
        told.deliveries
            .iter()
            .any(|(did, delivery)| is_so(delivery) && has(&self.deliveries, did) && by_buyer(delivery))
    }

    /// Sold, and delivered, as far as those are concerned that are asked for.
    fn has_status(&self, told: &Lead) -> bool {
        let to_buyers = if self.buyers.is_empty() {
            Cow::Borrowed(told)
        } else {
            let mut narrow = told.clone();
            narrow.deliveries.retain(|_, delivery| delivery.bid.as_ref().is_some_and(|bid| self.buyers.contains(bid)));
            Cow::Owned(narrow)
        };
        let is_sold_so = self.sold_statuses.is_empty() || self.sold_statuses.contains(&to_buyers.sold_status());
        is_sold_so && (self.delivery_statuses.is_empty() || self.is_delivered_so(to_buyers))
    }

    fn is_delivered_so(&self, mut lead: Cow<'_, Lead>) -> bool {
        if !self.deliveries.is_empty() {
            lead.to_mut().deliveries.retain(|did, _| self.deliveries.contains(did));
        }
        self.delivery_statuses.contains(&lead.delivery_status())
    }
}

/// Where a lead is from, which never changes, and which indexes tell.
struct Origins<'a> {
    campid: &'a CampaignRef,
    sid: &'a SupplierRef,
    source: Option<&'a str>,
    method: Method,
    country: Country,
}

impl<'a> Origins<'a> {
    fn of(lead: &'a Lead) -> Self {
        let Lead { campid, sid, source, method, country, .. } = lead;
        Self { campid, sid, source: source.as_deref(), method: *method, country: *country }
    }

    fn told(facts: &'a Facts) -> Self {
        let Facts { campid, sid, source, method, country, deleted: _ } = facts;
        Self { campid, sid, source: source.as_deref(), method: *method, country: *country }
    }

    fn are_asked_for(&self, query: &LeadQuery) -> bool {
        let is_source = |sought: &Sought| self.source.is_some_and(|source| sought.is(source, self.country));
        has(&query.campaigns, self.campid)
            && has(&query.suppliers, self.sid)
            && has(&query.methods, &self.method)
            && has(&query.countries, &self.country)
            && query.fields.get(SOURCE).is_none_or(|any| named(any, is_source))
    }
}

/// What names nothing asks nothing.
pub(super) fn has<T: Ord>(asked: &BTreeSet<T>, own: &T) -> bool {
    asked.is_empty() || asked.contains(own)
}

fn named(asked: &BTreeSet<Sought>, is_so: impl Fn(&Sought) -> bool) -> bool {
    asked.is_empty() || asked.iter().any(is_so)
}

fn is_all(statuses: &BTreeSet<SoldStatus>) -> bool {
    statuses.is_empty() || statuses.len() == SoldStatus::ALL.len()
}

fn has_anywhere(lead: &Lead, sought: &Sought, sees_source: bool) -> bool {
    match sought {
        Sought::Lead(id) => lead.id == *id,
        Sought::Email(email) => lead.email().is_some_and(|own| own.as_str() == email),
        Sought::Phone(phones) => lead.phone().is_some_and(|own| phones.contains(&own)),
        Sought::Words(_) => {
            let name = ["firstname", "lastname"].map(|name| lead.fields.get(name).map_or("", String::as_str)).join(" ");
            let labels = [&lead.source, &lead.ssid].into_iter().filter(|_| sees_source).flatten();
            lead.fields.values().chain(labels).chain([&name]).any(|value| sought.is(value, lead.country))
        }
    }
}

fn has_in_field(lead: &Lead, name: &FieldName, sought: &Sought) -> bool {
    let value = match name.as_str() {
        "lead_id" => Some(Cow::Owned(lead.id.to_string())),
        SOURCE => lead.source.as_deref().map(Cow::Borrowed),
        "ssid" => lead.ssid.as_deref().map(Cow::Borrowed),
        _ => lead.fields.get(name).map(|value| Cow::Borrowed(value.as_str())),
    };
    value.is_some_and(|value| sought.is(&value, lead.country))
}
