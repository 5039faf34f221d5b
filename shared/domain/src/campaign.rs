//! Campaigns: what a lead must look like, who may send it, what it earns, and who gets it in which order.

mod check;
mod dedupe;
mod gate;
mod live;
mod payout;
mod reoffer;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    allow_deny::AllowDeny,
    cap::Cap,
    contact::Country,
    distribution::Group,
    field::FieldRule,
    id::{CampaignRef, DeliveryRef, SupplierRef},
    money::{Currency, Money},
    setup::{Invalid, Kind, Link, Record, active_by_default},
};

pub use self::{
    dedupe::DedupeRule,
    gate::{CampaignFilter, Otherwise, QuarantineEnd, QuarantineRule},
    live::{LiveRule, MAX_LIVE_MS},
    payout::{PayoutMode, PayoutRule, PayoutStep},
    reoffer::ReofferRule,
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
    /// What is paid instead from a day on, to one supplier, or to a sub-supplier of it: the closest that is in force on the
    /// day that a lead comes in, and of equally close ones that which began last. A lead keeps what it came in for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<PayoutStep>,
    /// How many buyers may buy the same lead; 1 makes every lead exclusive.
    #[serde(default = "one_sale")]
    pub max_sales: u8,
    /// The suppliers who may post into it.
    #[serde(default)]
    pub suppliers: Vec<SupplierRef>,
    /// The groups of its deliveries, in the order in which they have their turn. A delivery stands in one group only.
    #[serde(default)]
    pub distribution: Vec<Group>,
    /// Deliveries whose buyers pay less are passed over, and where a buyer's answer names less, nobody knows whether it is sold
    /// until you decide. In the campaign's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_revenue: Option<Money>,
    /// What it asks of a lead beyond its fields, in this order; the first that does not let a lead through decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<CampaignFilter>,
    /// How many leads it takes in, by the calendar of the account's zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// The sources that it takes leads from.
    #[serde(default, skip_serializing_if = "AllowDeny::is_empty")]
    pub sources: AllowDeny,
    /// The sub-suppliers that it takes leads from.
    #[serde(default, skip_serializing_if = "AllowDeny::is_empty")]
    pub sub_suppliers: AllowDeny,
    /// What becomes of leads that are put aside. Without it they wait for a person, and none is put aside for want of buyers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<QuarantineRule>,
    /// Its leads are sold while their supplier waits; none: it is answered at once, and they are sold after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveRule>,
    /// What becomes of leads whose sale is returned; none: they are offered to nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reoffer: Option<ReofferRule>,
    /// How many index partitions its leads are spread over, from which day on. Empty: one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardStep>,
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

    /// Whether leads of all days up to tomorrow are spread as in another version of it, by whose steps they may have come in: whoever has
    /// read that goes by it for a while, and who looks for leads must know of every partition that has some.
    pub fn spreads_as(&self, other: &Self, today: Date) -> bool {
        let tomorrow = today.tomorrow().unwrap_or(today);
        let begun = |campaign: &Self| {
            let steps = campaign.shards.iter().filter(|step| step.from <= tomorrow);
            steps.map(|step| (step.from, step.count)).collect::<Vec<_>>()
        };
        begun(self) == begun(other)
    }

    /// All its deliveries, group by group.
    pub fn deliveries(&self) -> Vec<&DeliveryRef> {
        self.distribution.iter().flat_map(Group::weights).map(|(did, _)| did).collect()
    }

    /// Whether some of its deliveries take turns.
    pub fn takes_turns(&self) -> bool {
        self.distribution.iter().any(Group::takes_turns)
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
        check::all(self)
    }

    fn links(&self) -> Vec<Link> {
        let suppliers = self.suppliers.iter().enumerate().map(|(at, sid)| Link {
            field: format!("suppliers.{at}"),
            kind: Kind::Supplier,
            reference: sid.to_string(),
        });
        let deliveries = self.distribution.iter().enumerate().flat_map(|(at, group)| {
            group.weights().into_iter().enumerate().map(move |(in_group, (did, _))| Link {
                field: check::delivery_field(at, in_group),
                kind: Kind::Delivery,
                reference: did.to_string(),
            })
        });
        suppliers.chain(payout::links(self)).chain(deliveries).collect()
    }
}

fn one_sale() -> u8 {
    1
}
