//! What differs between the kinds: their paths, what is locked, and what must agree between a campaign and its deliveries.

use domain::{
    address::Reach, buyer::Buyer, campaign::Campaign, delivery::Delivery, destination::check_url, money::Currency,
    setup::Link, supplier::Supplier,
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

    fn disagreement(&self, link: &Link, target: &Target) -> Option<FieldError> {
        let Target::Delivery(delivery) = target else { return None };
        if delivery.campid != self.campid {
            let detail = format!("{} takes the leads of campaign {}.", delivery.did, delivery.campid);
            return Some(FieldError::new(&link.field, "other_campaign", detail));
        }
        currencies(&link.field, self.currency, delivery)
    }
}

impl Resource for Delivery {
    const PATH: &'static str = "/v1/deliveries";

    fn check_here(&self, reach: Reach) -> Vec<FieldError> {
        let problem = check_url(&self.request.url, reach).err();
        problem.map(|problem| FieldError::new("request.url", problem.code(), problem.to_string())).into_iter().collect()
    }

    /// A campaign that lists it counts on it to take that campaign's leads.
    fn check_locked(&self, stored: &Self) -> Result<(), Problem> {
        if self.campid == stored.campid {
            return Ok(());
        }
        let detail =
            format!("The delivery belongs to campaign {}. Make another delivery for {}.", stored.campid, self.campid);
        Err(Problem::conflict("campid_locked", detail))
    }

    fn disagreement(&self, _link: &Link, target: &Target) -> Option<FieldError> {
        let Target::Campaign(campaign) = target else { return None };
        currencies("price.currency", campaign.currency, self)
    }
}

fn currencies(field: &str, campaign: Currency, delivery: &Delivery) -> Option<FieldError> {
    let price = delivery.price.currency;
    let detail = || format!("The campaign's amounts are in {campaign}, the price of {} is in {price}.", delivery.did);
    (price != campaign).then(|| FieldError::new(field, "currency", detail()))
}
