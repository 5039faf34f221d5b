//! What differs between the kinds: their paths, what is locked, and what must agree between a campaign and its deliveries.

use domain::{
    address::Reach, buyer::Buyer, campaign::Campaign, delivery::Delivery, destination::check_url, id::BuyerRef,
    money::Currency, setup::Link, supplier::Supplier,
};
use lambda::{Problem, problem::FieldError};

use super::Resource;

/// A record that another points to.
#[derive(Debug)]
pub(crate) enum Target {
    /// A campaign.
    Campaign(Box<Campaign>),
    /// A delivery.
    Delivery(Box<Delivery>),
    /// A supplier or buyer; that it is there is all that is asked.
    Party,
}

impl Resource for Supplier {
    const PATH: &'static str = "/v1/suppliers";
}

impl Resource for Buyer {
    const PATH: &'static str = "/v1/buyers";
}

impl Resource for Campaign {
    const PATH: &'static str = "/v1/campaigns";

    fn check_locked(&self, stored: &Self) -> Result<(), Problem> {
        if self.currency == stored.currency {
            return Ok(());
        }
        let detail = format!(
            "The campaign's amounts are in {}, and so are those of its leads and deliveries. Make another campaign for {}.",
            stored.currency, self.currency
        );
        Err(Problem::conflict("currency_locked", detail))
    }

    fn disagreements(&self, link: &Link, target: &Target) -> Vec<FieldError> {
        let Target::Delivery(delivery) = target else { return Vec::new() };
        if delivery.campid != self.campid {
            let detail = format!("{} takes the leads of campaign {}.", delivery.did, delivery.campid);
            return vec![FieldError::new(&link.field, "other_campaign", detail)];
        }
        let names = delivery.check_names(self).into_iter().map(|found| {
            let detail = format!("{} of delivery {} uses it. {}", found.field, delivery.did, found.detail);
            FieldError::new(&link.field, found.code, detail)
        });
        names.chain(currencies(&link.field, self.currency, delivery)).collect()
    }
}

impl Resource for Delivery {
    const PATH: &'static str = "/v1/deliveries";

    fn check_here(&self, reach: Reach) -> Vec<FieldError> {
        let Some((place, url)) = self.endpoint() else { return Vec::new() };
        let problem = check_url(url, reach).err();
        problem.map(|problem| FieldError::new(place, problem.code(), problem.to_string())).into_iter().collect()
    }

    /// A campaign that lists it counts on it to take that campaign's leads; and leads on their way are charged to the buyer
    /// that it had when they were given to it.
    fn check_locked(&self, stored: &Self) -> Result<(), Problem> {
        if self.campid != stored.campid {
            let detail = format!(
                "The delivery belongs to campaign {}. Make another delivery for {}.",
                stored.campid, self.campid
            );
            return Err(Problem::conflict("campid_locked", detail));
        }
        if self.bid != stored.bid {
            let buyer =
                |bid: &Option<BuyerRef>| bid.as_ref().map_or("no buyer".to_owned(), |bid| format!("buyer {bid}"));
            let (before, after) = (buyer(&stored.bid), buyer(&self.bid));
            let detail = format!("Leads on their way belong to {before}. Make another delivery for {after}.");
            return Err(Problem::conflict("bid_locked", detail));
        }
        Ok(())
    }

    fn disagreements(&self, link: &Link, target: &Target) -> Vec<FieldError> {
        let Target::Campaign(campaign) = target else { return Vec::new() };
        if link.reference != self.campid.as_str() {
            return self.check_target(campaign).into_iter().map(FieldError::from).collect();
        }
        let names = self.check_names(campaign).into_iter().map(FieldError::from);
        names.chain(currencies("price.currency", campaign.currency, self)).collect()
    }
}

fn currencies(field: &str, campaign: Currency, delivery: &Delivery) -> Option<FieldError> {
    let price = delivery.price.currency;
    let detail = || format!("The campaign's amounts are in {campaign}, the price of {} is in {price}.", delivery.did);
    (price != campaign).then(|| FieldError::new(field, "currency", detail()))
}
