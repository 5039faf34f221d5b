//! Whether a campaign makes sense, judged when it is saved.

use super::{Campaign, MAX_LIST, MAX_SALES, MAX_SHARDS, gate, payout};
use crate::{
    cap,
    distribution::MAX_GROUPS,
    field::FieldName,
    filter::Filter,
    setup::{Invalid, check_name},
};

/// Everything that is wrong with it by itself.
pub(super) fn all(campaign: &Campaign) -> Vec<Invalid> {
    let mut found = Vec::new();
    check_name(&campaign.name, &mut found);
    campaign.check_fields(&mut found);
    campaign.check_dedupe(&mut found);
    payout::check(campaign, &mut found);
    if campaign.max_sales == 0 || campaign.max_sales > MAX_SALES {
        found.push(Invalid::new("max_sales", "range", format!("Use 1 to {MAX_SALES}.")));
    }
    if campaign.shards.iter().any(|step| step.count == 0 || step.count > MAX_SHARDS) {
        found.push(Invalid::new("shards", "range", format!("Use 1 to {MAX_SHARDS} partitions.")));
    }
    check_list("fields", campaign.fields.len(), &mut found);
    check_list("suppliers", campaign.suppliers.len(), &mut found);
    check_once("suppliers", &campaign.suppliers, &mut found);
    campaign.check_distribution(&mut found);
    campaign.check_min_revenue(&mut found);
    campaign.check_gate(&mut found);
    if let Some(rule) = campaign.live {
        rule.check(&mut found);
    }
    if let Some(rule) = campaign.reoffer {
        rule.check(&mut found);
    }
    found
}

impl Campaign {
    /// The filters that look at fields which its leads do not have.
    pub(crate) fn check_filters<'a>(&self, place: &str, filters: impl IntoIterator<Item = &'a Filter>) -> Vec<Invalid> {
        let places = filters.into_iter().enumerate();
        places.flat_map(|(at, filter)| self.check_names(&format!("{place}.{at}"), filter)).collect()
    }

    fn check_names(&self, place: &str, filter: &Filter) -> Vec<Invalid> {
        let is_known = |name: &FieldName| name.is_customary() || self.fields.iter().any(|rule| rule.name == *name);
        let unknown = filter.names().filter(|name| !is_known(name)).map(|name| {
            let detail =
                format!("Leads of campaign {} have no field {name}; add it there, or name another.", self.campid);
            Invalid::new(format!("{place}.field"), "unknown_field", detail)
        });
        unknown.collect()
    }

    fn check_gate(&self, found: &mut Vec<Invalid>) {
        gate::check(&self.filters, found);
        for (at, one) in self.filters.iter().enumerate() {
            found.extend(self.check_names(&format!("filters.{at}.filter"), &one.filter));
        }
        cap::check(&self.caps, "caps", found);
        self.sources.check("sources", found);
        self.sub_suppliers.check("sub_suppliers", found);
        if let Some(rule) = &self.quarantine {
            rule.check(found);
        }
    }

    fn check_distribution(&self, found: &mut Vec<Invalid>) {
        if self.distribution.len() > MAX_GROUPS {
            found.push(Invalid::new("distribution", "length", format!("Use at most {MAX_GROUPS} groups.")));
        }
        let deliveries = self.deliveries();
        check_list("distribution", deliveries.len(), found);
        let mut before = 0;
        for (at, group) in self.distribution.iter().enumerate() {
            group.check(&format!("distribution.{at}"), found);
            for (in_group, (did, _)) in group.weights().into_iter().enumerate() {
                if deliveries[..before + in_group].contains(&did) {
                    let detail = format!("{did} stands in the distribution twice; keep one place for it.");
                    found.push(Invalid::new(delivery_field(at, in_group), "repeated", detail));
                }
            }
            before += group.weights().len();
        }
    }

    fn check_min_revenue(&self, found: &mut Vec<Invalid>) {
        let Some(min) = self.min_revenue else { return };
        if min.currency != self.currency {
            let detail = format!("The campaign's amounts are in {}.", self.currency);
            found.push(Invalid::new("min_revenue.currency", "currency", detail));
        }
        if min.is_negative() {
            found.push(Invalid::new("min_revenue", "range", "The least revenue is zero or more."));
        }
    }

    fn check_dedupe(&self, found: &mut Vec<Invalid>) {
        let Some(rule) = &self.dedupe else { return };
        rule.check(found);
        for (at, name) in rule.fields.iter().enumerate() {
            if !name.is_customary() && !self.fields.iter().any(|field| &field.name == name) {
                let detail = format!("The campaign has no field {name}; add it to fields, or compare another.");
                found.push(Invalid::new(format!("dedupe.fields.{at}"), "unknown_field", detail));
            }
        }
    }

    fn check_fields(&self, found: &mut Vec<Invalid>) {
        for (at, field) in self.fields.iter().enumerate() {
            if let Err(problem) = field.validate_rule() {
                found.push(Invalid::new(format!("fields.{at}"), problem.code, problem.detail));
            }
            if self.fields[..at].iter().any(|earlier| earlier.name == field.name) {
                let detail = format!("{} is in the list twice; keep one rule for it.", field.name);
                found.push(Invalid::new(format!("fields.{at}.name"), "repeated", detail));
            }
        }
    }
}

/// The place of a delivery in the record.
pub(super) fn delivery_field(group: usize, at: usize) -> String {
    format!("distribution.{group}.deliveries.{at}")
}

fn check_list(field: &str, length: usize, found: &mut Vec<Invalid>) {
    if length > MAX_LIST {
        found.push(Invalid::new(field, "length", format!("Use at most {MAX_LIST}.")));
    }
}

fn check_once<T: PartialEq + std::fmt::Display>(field: &str, list: &[T], found: &mut Vec<Invalid>) {
    for (at, item) in list.iter().enumerate() {
        if list[..at].contains(item) {
            found.push(Invalid::new(format!("{field}.{at}"), "repeated", format!("{item} is in the list twice.")));
        }
    }
}
