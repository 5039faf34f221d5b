//! Whether one delivery may have a lead now: what is set up for it, and how it stands at the moment.

use jiff::{Timestamp, tz::TimeZone};

use super::View;
use crate::{
    buyer::Buyer,
    cap::{Window, Windows},
    delivery::Delivery,
    filter::Subject,
    id::DeliveryRef,
    lead::{Lead, SkipReason},
    schedule::Outside,
    words::bounded,
};

/// A delivery of a campaign, with what is known of it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// What the campaign names.
    pub did: &'a DeliveryRef,
    /// The delivery, if it is set up.
    pub delivery: Option<&'a Delivery>,
    /// Its buyer, if it has one that is set up.
    pub buyer: Option<&'a Buyer>,
    /// How it stands.
    pub standing: Standing,
}

/// How a delivery stands at the moment, as far as this worker has heard. What it has not heard of comes up at the turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// It failed too often; nobody is sent to it before then.
    pub paused_until: Option<Timestamp>,
    /// This window of one of its caps is used up; the next one is not, nor the same one under a cap that was raised.
    pub full: Option<Window>,
    /// Its buyer has not enough credit left for one lead of it.
    pub no_credit: bool,
}

/// Why a delivery may not have a lead now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is passed over.
    Skip(SkipReason),
    /// It is closed, and holds leads back until it opens.
    Closed(Timestamp),
    /// It is paused until then.
    Paused(Timestamp),
}

impl Candidate<'_> {
    /// Whether it may be given the lead now. What can be said for good is said first.
    ///
    /// # Errors
    /// The [`Obstacle`].
    pub fn eligible(&self, lead: &Lead, view: &View<'_>) -> Result<(), Obstacle> {
        let delivery = self.set_up().map_err(Obstacle::Skip)?;
        let least = view.campaign.min_revenue.filter(|_| delivery.bid.is_some());
        if least.is_some_and(|least| delivery.price.minor < least.minor) {
            return Err(Obstacle::Skip(SkipReason::MinRevenue));
        }
        if delivery.bid.as_ref().is_some_and(|bid| lead.was_returned_by(bid)) {
            return Err(Obstacle::Skip(SkipReason::BuyerReturnedIt));
        }
        let subject = Subject {
            fields: &lead.fields,
            country: lead.country,
            sid: &lead.sid,
            ssid: lead.ssid.as_deref(),
            source: lead.source.as_deref(),
            today: view.now.to_zoned(view.zone.clone()).date(),
        };
        if let Some(filter) = delivery.filters.iter().find(|filter| !filter.lets_through(&subject)) {
            return Err(Obstacle::Skip(SkipReason::Filter(bounded(&filter.reason()))));
        }
        if let Some(full) = self.standing.full.as_ref().filter(|full| self.counts_in(full, view)) {
            return Err(Obstacle::Skip(SkipReason::Cap(full.per)));
        }
        let credit = self.buyer.and_then(|buyer| buyer.credit.as_ref());
        // Credit in one currency buys nothing in another.
        if credit.is_some_and(|rule| self.standing.no_credit || rule.currency() != delivery.price.currency) {
            return Err(Obstacle::Skip(SkipReason::Credit));
        }
        if let Some(schedule) = delivery.schedule.as_ref().filter(|schedule| !schedule.is_open(view.now)) {
            return Err(match (schedule.outside, schedule.opens_after(view.now)) {
                (Outside::Hold, Some(opens)) => Obstacle::Closed(opens),
                (Outside::Hold, None) | (Outside::Skip, _) => Obstacle::Skip(SkipReason::OutsideHours),
            });
        }
        self.standing
            .paused_until
            .filter(|until| *until > view.now)
            .map_or(Ok(()), |until| Err(Obstacle::Paused(until)))
    }

    /// The windows that its caps count in now: by the calendar of its buyer, or by the account's.
    pub fn windows(&self, account: &TimeZone, now: Timestamp) -> Windows {
        let zone = self.buyer.and_then(|buyer| buyer.time_zone.as_ref()).map_or(account, |zone| zone.timezone());
        Windows::at(self.delivery.map_or(&[], |delivery| &delivery.caps), zone, now)
    }

    fn counts_in(&self, window: &Window, view: &View<'_>) -> bool {
        self.windows(view.zone, view.now).iter().any(|own| own == window)
    }

    /// The delivery, if it takes part in business at all.
    ///
    /// # Errors
    /// Why it does not: not set up, or it or its buyer is switched off.
    pub fn set_up(&self) -> Result<&Delivery, SkipReason> {
        let delivery = self.delivery.ok_or(SkipReason::DeliveryMissing)?;
        if !delivery.active {
            return Err(SkipReason::DeliveryInactive);
        }
        if delivery.bid.is_some() && !self.buyer.is_some_and(|buyer| buyer.active) {
            return Err(SkipReason::BuyerInactive);
        }
        Ok(delivery)
    }
}
