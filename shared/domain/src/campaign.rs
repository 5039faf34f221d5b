//! Campaigns: what a lead must look like, who may send it, what it earns, and who gets it in which order.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    contact::Country,
    field::{FieldName, FieldRule},
    id::{CampaignRef, DeliveryRef, SupplierRef},
    money::{Currency, Money},
    setup::{Invalid, Kind, Link, Record, active_by_default, check_name},
};

/// More sales of one lead than this is no longer lead selling.
pub const MAX_SALES: u8 = 20;
/// The lists of one campaign are bounded, so that a campaign is read in one request and fits a page.
pub const MAX_LIST: usize = 100;
/// Index partitions per month and campaign; each takes about 1,000 leads a second.
pub const MAX_SHARDS: u8 = 32;

/// A campaign: one kind of lead, with its rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// The reference the seller chose for it; locked once a lead uses it.
    pub campid: CampaignRef,
    /// Its name, for people.
    pub name: String,
    /// Leads of inactive campaigns are answered with code -9.
    #[serde(default = "active_by_default")]
    pub active: bool,
    /// ISO 3166-1 alpha-2 country whose rules judge phones and postcodes.
    pub country: Country,
    /// ISO 4217 currency of all its prices and payouts.
    pub currency: Currency,
    /// The rules for its fields; the customary fields may be sent without one.
    #[serde(default)]
    pub fields: Vec<FieldRule>,
    /// When a lead counts as a duplicate; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<DedupeRule>,
    /// What the supplier is paid, and when.
    pub payout: PayoutRule,
    /// How many buyers may buy the same lead; 1 makes every lead exclusive.
    #[serde(default = "one_sale")]
    pub max_sales: u8,
    /// The suppliers who may post into it.
    #[serde(default)]
    pub suppliers: Vec<SupplierRef>,
    /// Its deliveries in the order in which they are offered a lead.
    #[serde(default)]
    pub deliveries: Vec<DeliveryRef>,
    /// How many index partitions its leads are spread over, from which day on. Empty: one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardStep>,
}

/// Leads that agree in all of these fields, within the window, are duplicates of the first accepted one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DedupeRule {
    /// The fields that are compared, together, after normalisation.
    pub fields: Vec<FieldName>,
    /// Days that an accepted lead blocks its duplicates.
    pub window_days: u16,
}

/// When the supplier's payout is earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutMode {
    /// For each valid lead, when it is received.
    SystemAccept,
    /// When a buyer accepts it; pending until then.
    BuyerAccept,
}

/// What a supplier is paid for a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutRule {
    /// When it is earned.
    pub mode: PayoutMode,
    /// How much, once per lead, however many buyers buy it.
    pub amount: Money,
}

/// From this day on, a campaign's leads are spread over this many index partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShardStep {
    /// The first day (UTC), `yyyy-mm-dd`.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Partitions, 1 to 32.
    pub count: u8,
}

impl Campaign {
    /// The partitions its leads are spread over on `day` (UTC).
    pub fn shards_on(&self, day: Date) -> u8 {
        self.shards.iter().filter(|step| step.from <= day).max_by_key(|step| step.from).map_or(1, |step| step.count)
    }

    fn check_dedupe(&self, found: &mut Vec<Invalid>) {
        let Some(rule) = &self.dedupe else { return };
        if rule.fields.is_empty() || rule.fields.len() > 10 {
            found.push(Invalid::new("dedupe.fields", "length", "Name 1 to 10 fields that make two leads the same."));
        }
        if rule.window_days == 0 || rule.window_days > 3650 {
            found.push(Invalid::new("dedupe.window_days", "range", "Use 1 to 3650 days."));
        }
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

impl Record for Campaign {
    const KIND: Kind = Kind::Campaign;

    fn reference(&self) -> &str {
        self.campid.as_str()
    }

    fn is_active(&self) -> bool {
        self.active
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check_name(&self.name, &mut found);
        self.check_fields(&mut found);
        self.check_dedupe(&mut found);
        if self.payout.amount.currency != self.currency {
            let detail = format!("The campaign pays in {}.", self.currency);
            found.push(Invalid::new("payout.amount.currency", "currency", detail));
        }
        if self.payout.amount.is_negative() {
            found.push(Invalid::new("payout.amount", "range", "A payout is zero or more."));
        }
        if self.max_sales == 0 || self.max_sales > MAX_SALES {
            found.push(Invalid::new("max_sales", "range", format!("Use 1 to {MAX_SALES}.")));
        }
        if self.shards.iter().any(|step| step.count == 0 || step.count > MAX_SHARDS) {
            found.push(Invalid::new("shards", "range", format!("Use 1 to {MAX_SHARDS} partitions.")));
        }
        check_list("fields", self.fields.len(), &mut found);
        check_list("suppliers", self.suppliers.len(), &mut found);
        check_list("deliveries", self.deliveries.len(), &mut found);
        check_once("suppliers", &self.suppliers, &mut found);
        check_once("deliveries", &self.deliveries, &mut found);
        found
    }

    fn links(&self) -> Vec<Link> {
        let suppliers = self.suppliers.iter().enumerate().map(|(at, sid)| Link {
            field: format!("suppliers.{at}"),
            kind: Kind::Supplier,
            reference: sid.to_string(),
        });
        let deliveries = self.deliveries.iter().enumerate().map(|(at, did)| Link {
            field: format!("deliveries.{at}"),
            kind: Kind::Delivery,
            reference: did.to_string(),
        });
        suppliers.chain(deliveries).collect()
    }
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

fn one_sale() -> u8 {
    1
}
