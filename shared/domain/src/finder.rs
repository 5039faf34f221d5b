//! Finders: what a lead can be found by that is not in its indexes. They name leads, and may lag behind or say what is no
//! longer so; whoever reads them looks at the lead itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    id::{BuyerRef, DeliveryRef, LeadId, SupplierRef},
    lead::{Approval, DeliveryState, DeliveryStatus, Lead, LeadDelivery, ReturnState, ReturnStep, Sale, return_steps},
};

mod happened;
#[cfg(test)]
mod tests;

pub use self::happened::has_happened;

/// What has happened to a lead since it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// A delivery has had it anew.
    Redelivered,
    /// A sale was taken back.
    Returned,
    /// A buyer wants to take a sale back.
    ReturnRequested,
    /// It may not.
    ReturnRefused,
    /// It was taken back, and stands again.
    ReturnUndone,
    /// A payout was changed by hand.
    PayoutUpdated,
    /// A price was changed by hand.
    RevenueUpdated,
    /// It was put aside.
    Quarantined,
    /// It was let go again.
    Released,
    /// Its person is not to be written to any more, in some way.
    Unsubscribed,
    /// It may be written to again.
    Resubscribed,
    /// Somebody who got it has said what became of it.
    Feedback,
    /// It has joined a responder.
    JoinedResponder,
    /// A bulk job writes to its person.
    MessageOrdered,
}

impl Activity {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Redelivered,
        Self::Returned,
        Self::ReturnRequested,
        Self::ReturnRefused,
        Self::ReturnUndone,
        Self::PayoutUpdated,
        Self::RevenueUpdated,
        Self::Quarantined,
        Self::Released,
        Self::Unsubscribed,
        Self::Resubscribed,
        Self::Feedback,
        Self::JoinedResponder,
        Self::MessageOrdered,
    ];

    /// The word for it: `return_requested`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Redelivered => "redelivered",
            Self::Returned => "returned",
            Self::ReturnRequested => "return_requested",
            Self::ReturnRefused => "return_refused",
            Self::ReturnUndone => "return_undone",
            Self::PayoutUpdated => "payout_updated",
            Self::RevenueUpdated => "revenue_updated",
            Self::Quarantined => "quarantined",
            Self::Released => "released",
            Self::Unsubscribed => "unsubscribed",
            Self::Resubscribed => "resubscribed",
            Self::Feedback => "feedback",
            Self::JoinedResponder => "joined_responder",
            Self::MessageOrdered => "message_ordered",
        }
    }
}

/// A lead's deliveries, as far as they failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Undelivered {
    /// Some failed.
    Partial,
    /// All failed.
    Fail,
}

impl Undelivered {
    /// The word for it: `partial`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Fail => "fail",
        }
    }
}

/// A list of leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Those that a delivery was given.
    Delivery(DeliveryRef),
    /// Those to which something has happened.
    Activity(Activity),
    /// Those whose deliveries failed.
    Undelivered(Undelivered),
    /// Those that a buyer bought, also if they were returned since.
    Buyer(BuyerRef),
}

impl Listing {
    /// The last instant of the ten minutes or the day of this one: leads are written down together on a list only if they came in
    /// within the same, so whoever reads it from some place on need not begin long before.
    pub fn end_of_bucket(&self, at: Timestamp) -> Timestamp {
        let millis: i64 = match self {
            Self::Delivery(_) | Self::Buyer(_) | Self::Undelivered(_) => 10 * 60 * 1_000,
            Self::Activity(_) => 24 * 60 * 60 * 1_000,
        };
        let begin = at.as_millisecond().div_euclid(millis).saturating_mul(millis);
        Timestamp::from_millisecond(begin.saturating_add(millis - 1)).unwrap_or(Timestamp::MAX)
    }
}

/// A list of returns, by when they were asked for: they keep their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    /// All of them.
    All,
    /// Those that stand there.
    InState(ReturnState),
    /// Those of a buyer.
    OfBuyer(BuyerRef),
    /// Those of a supplier's leads.
    OfSupplier(SupplierRef),
}

/// A return, by when it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoundReturn {
    /// When.
    pub asked_at: Timestamp,
    /// The lead.
    pub lead: LeadId,
    /// The delivery whose sale it is about.
    pub did: DeliveryRef,
    /// Which return of that sale.
    pub number: u8,
}

/// Something that a lead can be found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finder {
    /// It stands on a list.
    Listed {
        /// The list.
        list: Listing,
        /// When it came in, by which it stands there.
        at: Timestamp,
        /// The lead.
        lead: LeadId,
    },
    /// A return of it stands on lists.
    Returned {
        /// On which.
        lists: Vec<Returns>,
        /// The return.
        back: FoundReturn,
    },
    /// A return does not stand there any more.
    Left {
        /// On the list of which state.
        state: ReturnState,
        /// The return.
        back: FoundReturn,
    },
    /// A buyer has a name for it.
    Reference {
        /// The buyer.
        bid: BuyerRef,
        /// The name.
        reference: String,
        /// The lead.
        lead: LeadId,
    },
}

/// What a step of a lead adds to what it can be found by. `before` is the lead as it was; none: it is new, or nobody knows.
pub fn finders(before: Option<&Lead>, after: &Lead) -> Vec<Finder> {
    let step = Step { before, after };
    let mut found = Vec::new();
    for (did, delivery) in &after.deliveries {
        step.delivery(did, delivery, &mut found);
    }
    for returned in return_steps(before, after) {
        found.extend(step.returned(&returned));
    }
    found.extend(step.edits());
    found.extend(step.consents());
    found.extend(step.joined());
    found.extend(step.quarantine());
    found.extend(step.undelivered());
    let mut distinct: Vec<Finder> = Vec::new();
    for one in found {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}

struct Step<'a> {
    before: Option<&'a Lead>,
    after: &'a Lead,
}

impl Step<'_> {
    fn delivery(&self, did: &DeliveryRef, now: &LeadDelivery, found: &mut Vec<Finder>) {
        let was = self.before.and_then(|lead| lead.deliveries.get(did));
        if is_assigned(now) && !was.is_some_and(is_assigned) {
            found.push(self.listed(Listing::Delivery(did.clone())));
        }
        if now.round > was.map_or(1, |was| was.round) {
            found.push(self.listed(Listing::Activity(Activity::Redelivered)));
        }
        if now.heard.is_some() && was.is_none_or(|was| was.heard != now.heard) {
            found.push(self.listed(Listing::Activity(Activity::Feedback)));
        }
        if let Some(bid) = &now.bid
            && now.sale().is_some()
            && was.and_then(LeadDelivery::sale).is_none()
        {
            found.push(self.listed(Listing::Buyer(bid.clone())));
        }
        if let Some((bid, reference)) = referred_to(now)
            && was.and_then(referred_to) != Some((bid, reference))
        {
            found.push(Finder::Reference { bid: bid.clone(), reference: reference.to_owned(), lead: self.after.id });
        }
    }

    fn returned(&self, (did, delivery, back): &ReturnStep<'_>) -> Vec<Finder> {
        let activity = match back.state {
            ReturnState::Requested => Activity::ReturnRequested,
            ReturnState::Approved => Activity::Returned,
            ReturnState::Refused => Activity::ReturnRefused,
            ReturnState::Undone => Activity::ReturnUndone,
        };
        let found =
            FoundReturn { asked_at: back.asked_at, lead: self.after.id, did: (*did).clone(), number: back.number };
        let was = self.before.and_then(|lead| {
            let sale = lead.deliveries.get(*did)?.sale()?;
            sale.returns().find(|was| was.number == back.number).map(|was| was.state)
        });
        let mut lists = vec![Returns::InState(back.state)];
        if was.is_none() {
            lists.extend([Returns::All, Returns::OfSupplier(self.after.sid.clone())]);
            lists.extend(delivery.bid.clone().map(Returns::OfBuyer));
        }
        let left = was.map(|state| Finder::Left { state, back: found.clone() });
        let step = [self.listed(Listing::Activity(activity)), Finder::Returned { lists, back: found }];
        step.into_iter().chain(left).collect()
    }

    fn edits(&self) -> impl Iterator<Item = Finder> {
        let known = self.before.map_or(0, |lead| lead.edits.len());
        let activity = |is_price: bool| if is_price { Activity::RevenueUpdated } else { Activity::PayoutUpdated };
        let edits = self.after.edits.iter().skip(known);
        edits.map(move |edit| self.listed(Listing::Activity(activity(edit.sale.is_some()))))
    }

    /// Of several channels at once it stands on the list once.
    fn consents(&self) -> impl Iterator<Item = Finder> {
        let news = self.after.said.get(self.before.map_or(0, |lead| lead.said.len())..).unwrap_or_default();
        let said = [(false, Activity::Unsubscribed), (true, Activity::Resubscribed)];
        let happened = said.into_iter().filter(|(yes, _)| news.iter().any(|said| said.yes == *yes));
        happened.map(|(_, activity)| self.listed(Listing::Activity(activity)))
    }

    fn joined(&self) -> impl Iterator<Item = Finder> {
        let activity = |message| if message { Activity::MessageOrdered } else { Activity::JoinedResponder };
        let news = self.after.joined_since(self.before);
        news.map(move |joined| self.listed(Listing::Activity(activity(joined.is_message()))))
    }

    fn quarantine(&self) -> impl Iterator<Item = Finder> {
        let put_aside = self.after.quarantines > self.before.map_or(0, |lead| lead.quarantines);
        let was_aside = match self.before {
            Some(before) => matches!(before.approval, Approval::Quarantined { .. }),
            None => self.after.quarantines > 0,
        };
        let released = was_aside && self.after.approval == Approval::Approved;
        let happened = [(put_aside, Activity::Quarantined), (released, Activity::Released)];
        happened.into_iter().filter(|(did, _)| *did).map(|(_, activity)| self.listed(Listing::Activity(activity)))
    }

    fn undelivered(&self) -> Option<Finder> {
        let now = undelivered(self.after)?;
        let is_known = self.before.and_then(undelivered) == Some(now);
        (!is_known).then(|| self.listed(Listing::Undelivered(now)))
    }

    /// On a list that goes by when leads came in.
    fn listed(&self, list: Listing) -> Finder {
        Finder::Listed { list, at: self.after.received, lead: self.after.id }
    }
}

fn is_assigned(delivery: &LeadDelivery) -> bool {
    !delivery.state.is_skipped()
}

/// What its buyer calls the lead.
fn referred_to(delivery: &LeadDelivery) -> Option<(&BuyerRef, &str)> {
    let (DeliveryState::Accepted { sale: Sale { reference, .. } } | DeliveryState::AwaitingFeedback { reference, .. }) =
        &delivery.state
    else {
        return None;
    };
    Some((delivery.bid.as_ref()?, reference.as_deref()?))
}

fn undelivered(lead: &Lead) -> Option<Undelivered> {
    match lead.delivery_status() {
        DeliveryStatus::Partial => Some(Undelivered::Partial),
        DeliveryStatus::Fail => Some(Undelivered::Fail),
        DeliveryStatus::Blank | DeliveryStatus::Sending | DeliveryStatus::Full => None,
    }
}
