//! Which of the ways to the leads that are asked for costs least.

mod cost;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::cost::Costs;
pub use self::cost::{SUPPLIER_PARTS, status_parts};
use super::{LeadQuery, Path};
use crate::id::{BuyerRef, CampaignRef, DeliveryRef, SupplierRef};

/// What is known of the leads that there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The campaigns that are asked for, and in how many parts the index of each is read.
    pub campaigns: BTreeMap<CampaignRef, u8>,
    /// How many leads there are within the time that is asked for, about; none: nobody has counted.
    pub numbers: Option<Vec<Numbers>>,
}

/// Leads of one place, as reports count them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The campaign.
    pub campid: CampaignRef,
    /// The supplier.
    pub sid: SupplierRef,
    /// The delivery that sold them; none: it counts those that came in.
    pub did: Option<DeliveryRef>,
    /// The buyer.
    pub bid: Option<BuyerRef>,
    /// How many came in.
    pub leads: u64,
    /// How many were sold, returned ones too.
    pub sold: u64,
    /// How many of those were returned.
    pub returns: u64,
}

/// Which way is taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The way.
    pub path: Path,
    /// All that lead there, the cheapest first.
    pub considered: Vec<Considered>,
}

/// A way that was thought of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// In words: `by_campaign solar`.
    pub path: String,
    /// About how many read units all of it costs; none: nobody knows.
    pub units: Option<u64>,
}

/// The cheapest way to what is asked for, of what it names and of everything.
///
/// The query has to be [narrowed](crate::access::Principal::narrow) to whoever asks: what a buyer may read is not all that there is.
///
/// What identifies leads goes first: a few rows at most. Then comes what costs least, all of it, not its first page. Where nobody has
/// counted leads, it is the order of buyers, activities, deliveries, suppliers, campaigns, failed deliveries and sold statuses.
pub fn plan(query: &LeadQuery, known: &Known) -> Plan {
    let costs = Costs { query, known };
    let mut ways: Vec<(Option<u64>, Path)> = ways(query).into_iter().map(|path| (costs.of(&path), path)).collect();
    // The order of the ways decides between those that cost the same, or nobody knows what.
    ways.sort_by_key(|(units, path)| (path.identifiers() == 0, units.is_none(), *units));
    let considered = ways.iter().map(|(units, path)| Considered { path: path.to_string(), units: *units }).collect();
    let path = ways.into_iter().next().map_or_else(Path::everything, |(_, path)| path);
    Plan { path, considered }
}

/// All ways to the leads that are asked for. By all campaigns together is none: whoever was not told of a new one would leave it out.
pub(super) fn ways(query: &LeadQuery) -> Vec<Path> {
    let mut ways = query.identified();
    ways.extend(query.named());
    ways.push(Path::everything());
    ways
}

impl LeadQuery {
    /// Whether there is more than one way, so that numbers are worth reading. Between campaigns and suppliers they are not: either index
    /// tells both, so the same leads are read.
    pub fn has_choice(&self) -> bool {
        let named = self.named();
        let tells_both = |path: &Path| matches!(path, Path::Campaigns(_) | Path::Suppliers(_));
        !self.identifies() && named.len() > 1 && !named.iter().all(tells_both)
    }
}
