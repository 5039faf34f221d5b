//! What differs between the kinds: their paths, what is locked, and what must agree between a campaign and its deliveries.

use domain::{
    address::Reach, buyer::Buyer, campaign::Campaign, credit::CreditRule, delivery::Delivery, destination::check_url,
    id::BuyerRef, money::Currency, notice::Ways, responder::Responder, setup::Link, supplier::Supplier, time::utc_day,
};
use lambda::{Problem, problem::FieldError};

use super::{Resource, live};
use crate::App;

/// A record that another points to.
#[derive(Debug)]
pub(crate) enum Target {
    Campaign(Box<Campaign>),
    Delivery(Box<Delivery>),
    Buyer(Box<Buyer>),
    /// A supplier, or a responder; that it is there is all that is asked.
    Party,
}

impl Resource for Supplier {
    const PATH: &'static str = "/v1/suppliers";

    fn check_here(&self, reach: Reach) -> Vec<FieldError> {
        let postback = self.postback.as_ref().and_then(|postback| postback.check_here(reach));
        endpoint_of(self.notify.as_ref(), reach).into_iter().chain(postback.map(FieldError::from)).collect()
    }
}

impl Resource for Buyer {
    const PATH: &'static str = "/v1/buyers";

    fn check_here(&self, reach: Reach) -> Vec<FieldError> {
        endpoint_of(self.notify.as_ref(), reach)
    }

    /// Credit stays in the currency that it was first counted in, also when its rule is taken away for a while: what was
    /// bought on it may come back for as long as it is returned.
    async fn check_used(&self, app: &App, stored: &Self) -> Result<(), Problem> {
        let Some(after) = self.credit.as_ref().map(CreditRule::currency) else { return Ok(()) };
        let counted = app.store.credit(&self.bid).await?.map(|credit| credit.balance.currency);
        match counted.or_else(|| stored.credit.as_ref().map(CreditRule::currency)) {
            Some(before) if before != after => {
                let detail =
                    format!("The buyer's credit is counted in {before}. Make another buyer that buys in {after}.");
                Err(Problem::conflict("currency_locked", detail))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Resource for Campaign {
    const PATH: &'static str = "/v1/campaigns";

    fn check_locked(&self, stored: &Self) -> Result<(), Problem> {
        if !self.spreads_as(stored, utc_day(lambda::now())) {
            let detail = "Leads that have come in stay where they are: keep the steps of shards that have begun, and let new ones \
                          begin on the day after tomorrow (UTC) at the earliest.";
            return Err(Problem::conflict("shards_locked", detail));
        }
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

    async fn check_together(&self, app: &App) -> Result<Option<FieldError>, Problem> {
        live::check_campaign(app, self).await
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
        let campaign = match target {
            Target::Campaign(campaign) => campaign,
            Target::Buyer(buyer) => return credit_currency(&link.field, buyer, self).into_iter().collect(),
            Target::Delivery(_) | Target::Party => return Vec::new(),
        };
        if link.reference != self.campid.as_str() {
            return self.check_target(campaign).into_iter().map(FieldError::from).collect();
        }
        let names = self.check_names(campaign).into_iter().map(FieldError::from);
        names.chain(currencies("price.currency", campaign.currency, self)).collect()
    }

    async fn check_together(&self, app: &App) -> Result<Option<FieldError>, Problem> {
        live::check_delivery(app, self).await
    }
}

impl Resource for Responder {
    const PATH: &'static str = "/v1/responders";

    fn check_here(&self, reach: Reach) -> Vec<FieldError> {
        let problem = self.sms.as_ref().and_then(|sms| check_url(&sms.request.url, reach).err());
        problem
            .map(|problem| FieldError::new("sms.request.url", problem.code(), problem.to_string()))
            .into_iter()
            .collect()
    }

    /// Leads of the campaign that it had are in it.
    fn check_locked(&self, stored: &Self) -> Result<(), Problem> {
        if self.campid == stored.campid {
            return Ok(());
        }
        let detail = format!(
            "The responder writes to leads of campaign {}. Make another one for {}.",
            stored.campid, self.campid
        );
        Err(Problem::conflict("campid_locked", detail))
    }

    fn disagreements(&self, _link: &Link, target: &Target) -> Vec<FieldError> {
        match target {
            Target::Campaign(campaign) => self.check_names(campaign).into_iter().map(FieldError::from).collect(),
            Target::Delivery(_) | Target::Buyer(_) | Target::Party => Vec::new(),
        }
    }
}

/// What is wrong in this installation with where somebody wants to be told.
fn endpoint_of(ways: Option<&Ways>, reach: Reach) -> Vec<FieldError> {
    ways.and_then(|ways| ways.check_here(reach)).map(FieldError::from).into_iter().collect()
}

/// A buyer's credit buys in one currency.
fn credit_currency(field: &str, buyer: &Buyer, delivery: &Delivery) -> Option<FieldError> {
    let (price, credit) = (delivery.price.currency, buyer.credit.as_ref()?.currency());
    let detail = || format!("Buyer {} buys on credit in {credit}, and the price is in {price}.", buyer.bid);
    (price != credit).then(|| FieldError::new(field, "currency", detail()))
}

fn currencies(field: &str, campaign: Currency, delivery: &Delivery) -> Option<FieldError> {
    let price = delivery.price.currency;
    let detail = || format!("The campaign's amounts are in {campaign}, the price of {} is in {price}.", delivery.did);
    (price != campaign).then(|| FieldError::new(field, "currency", detail()))
}
