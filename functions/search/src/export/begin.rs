//! Which columns a file has: settled by the first who works on it, and kept.

use std::collections::BTreeSet;

use domain::{
    access::Principal, campaign::Campaign, delivery::Delivery, export::own_fields, field::FieldName, id::CampaignRef,
    query::LeadQuery,
};
use store::{Error, Store};

/// Records of one read, and reads: a seller has hundreds, not thousands.
const PAGE: u16 = 200;
const MAX_PAGES: usize = 5;

/// The own fields of the campaigns that are asked for, or of all: as far as the caller sends leads into them, or may buy from them. Fields
/// of others' campaigns are nobody's to know by their names.
pub(super) async fn columns(store: &Store, query: &LeadQuery, caller: &Principal) -> Result<Vec<FieldName>, Error> {
    let bought = match caller {
        Principal::Buyer { .. } => bought_by(store, caller).await?,
        Principal::Seller | Principal::Supplier { .. } => BTreeSet::new(),
    };
    let is_known = |campaign: &Campaign| match caller {
        Principal::Seller => true,
        Principal::Supplier { sid } => campaign.suppliers.contains(sid),
        Principal::Buyer { .. } => bought.contains(&campaign.campid),
    };
    let is_asked = |campaign: &Campaign| query.campaigns.is_empty() || query.campaigns.contains(&campaign.campid);
    let (mut campaigns, mut after) = (Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let page = store.records::<Campaign>(PAGE, after.as_deref()).await?;
        campaigns.extend(page.items.into_iter().map(|saved| saved.record));
        after = page.last;
        if after.is_none() {
            break;
        }
    }
    Ok(own_fields(campaigns.iter().filter(|campaign| is_asked(campaign) && is_known(campaign))))
}

/// The campaigns in which a buyer has a delivery.
async fn bought_by(store: &Store, buyer: &Principal) -> Result<BTreeSet<CampaignRef>, Error> {
    let (mut campaigns, mut after) = (BTreeSet::new(), None);
    for _ in 0..MAX_PAGES {
        let page = store.records::<Delivery>(PAGE, after.as_deref()).await?;
        let deliveries = page.items.into_iter().map(|saved| saved.record);
        let own = deliveries
            .filter(|delivery| matches!(buyer, Principal::Buyer { bid } if delivery.bid.as_ref() == Some(bid)));
        campaigns.extend(own.map(|delivery| delivery.campid));
        after = page.last;
        if after.is_none() {
            break;
        }
    }
    Ok(campaigns)
}
