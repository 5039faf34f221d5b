//! What a buyer says of a lead that it has: whether it got hold of the person, and whether that has become a customer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{IllegalTransition, Lead, Sale};
use crate::{
    feedback::{Event, EventKind},
    id::DeliveryRef,
    money::{Money, compact},
};

/// The last word of who got a lead that was taken here, whoever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastHeard {
    /// What it said.
    #[serde(rename = "e")]
    pub event: EventKind,
    /// When it was taken.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
}

/// How far a buyer has got with a lead, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// How far.
    #[serde(rename = "s")]
    pub stage: FollowUpStage,
    /// What the buyer has earned by it, where it says so: its own affair, and no money of this account.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub value: Option<Money>,
    /// When that was.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// None too in rows that are older than this member: [`Self::not_reached_at`] knows.
    #[serde(rename = "nr", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    not_reached_at: Option<Timestamp>,
    /// None too in rows that are older than this member: [`Self::contacted_at`] knows.
    #[serde(rename = "ct", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    contacted_at: Option<Timestamp>,
}

impl FollowUp {
    /// How far a buyer has got that says this, and had said `before` until now.
    #[must_use]
    pub fn after(before: Option<Self>, stage: FollowUpStage, value: Option<Money>, at: Timestamp) -> Self {
        let (not_reached_at, contacted_at) =
            before.map_or((None, None), |known| (known.not_reached_at(), known.contacted_at()));
        let (not_reached_at, contacted_at) = match stage {
            FollowUpStage::NotReached => (Some(at), contacted_at),
            FollowUpStage::Contacted | FollowUpStage::Converted => (not_reached_at, contacted_at.or(Some(at))),
        };
        Self { stage, value, at, not_reached_at, contacted_at }
    }

    /// How far it has got, where it says afterwards what went before: that had not been said is filled in. What is known stays as it is, as it is
    /// booked. None: that is not how it went.
    fn filled_in(self, stage: FollowUpStage, at: Timestamp) -> Option<Self> {
        let was_before = self.contacted_at().is_some_and(|contacted| at <= contacted);
        let not_reached_at = self.not_reached_at().or_else(|| (stage == FollowUpStage::NotReached).then_some(at));
        was_before.then_some(Self { not_reached_at, ..self })
    }

    /// When it had not got hold of the person, if it ever said so.
    pub fn not_reached_at(&self) -> Option<Timestamp> {
        self.not_reached_at.or_else(|| (self.stage == FollowUpStage::NotReached).then_some(self.at))
    }

    /// When it had spoken to the person, as it said first: who has bought was spoken to.
    pub fn contacted_at(&self) -> Option<Timestamp> {
        self.contacted_at.or_else(|| (self.stage >= FollowUpStage::Contacted).then_some(self.at))
    }

    /// When the person had bought.
    pub fn converted_at(&self) -> Option<Timestamp> {
        (self.stage == FollowUpStage::Converted).then_some(self.at)
    }
}

/// How far a buyer has got with a lead. Each is further than those before it, and none goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpStage {
    /// It has not got hold of the person.
    NotReached,
    /// It has spoken to the person.
    Contacted,
    /// The person has bought.
    Converted,
}

impl FollowUpStage {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NotReached, Self::Contacted, Self::Converted];

    /// The word for it: `converted`.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotReached => EventKind::NotReached.word(),
            Self::Contacted => EventKind::Contacted.word(),
            Self::Converted => EventKind::Converted.word(),
        }
    }
}

impl Lead {
    /// Whether somebody who got it has made a customer of its person: whoever writes to that person stops.
    pub fn is_converted(&self) -> bool {
        let stages = self.deliveries.values().filter_map(|delivery| delivery.follow_up);
        stages.into_iter().any(|follow_up| follow_up.stage == FollowUpStage::Converted)
    }

    /// The lead after a word of who got it by this delivery.
    pub(crate) fn having_heard(mut self, did: &DeliveryRef, event: EventKind, at: Timestamp) -> Self {
        if let Some(delivery) = self.deliveries.get_mut(did) {
            delivery.heard = Some(LastHeard { event, at });
        }
        self
    }

    /// The buyer of a delivery says how far it has got with the lead.
    ///
    /// # Errors
    /// `not_sold` when it does not have the lead; `contradicts` when it had got further by then.
    pub(crate) fn on_followed_up(
        &self,
        did: &DeliveryRef,
        event: &Event,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let stage = match event.event {
            EventKind::NotReached => FollowUpStage::NotReached,
            EventKind::Contacted => FollowUpStage::Contacted,
            EventKind::Converted => FollowUpStage::Converted,
            EventKind::Sold | EventKind::Unsold | EventKind::Returned | EventKind::ReturnRefused => {
                return Err(IllegalTransition::new(
                    "not_sold",
                    "That is nothing that a buyer does with a lead it has.",
                ));
            }
        };
        let own = self.delivery(did)?;
        let stands = own.state.sale().is_some_and(Sale::stands);
        if !stands {
            return Err(IllegalTransition::new(
                "not_sold",
                format!("The delivery is {}; you do not have the lead.", own.state.word()),
            ));
        }
        // Told later than it happened, and never before the lead came in.
        let at = event.at.unwrap_or(now).clamp(self.received.min(now), now);
        let value = event.revenue.filter(|_| stage == FollowUpStage::Converted);
        let followed_up = match own.follow_up {
            // What happened first may be told last, where it says when that was.
            Some(known) if known.stage > stage => {
                event.at.and_then(|_| known.filled_in(stage, at)).ok_or_else(|| {
                    let detail = format!("It is {} already.", known.stage.word());
                    IllegalTransition::new("contradicts", detail)
                })?
            }
            Some(known) if known.stage == stage && (known.value == value || value.is_none()) => known,
            // It is counted by now.
            Some(known) if known.stage == stage => {
                let detail = "It is converted already, at another value.";
                return Err(IllegalTransition::new("contradicts", detail));
            }
            Some(_) | None => FollowUp::after(own.follow_up, stage, value, at),
        };
        let mut lead = self.clone();
        if let Some(delivery) = lead.deliveries.get_mut(did) {
            delivery.follow_up = Some(followed_up);
        }
        Ok(lead)
    }
}
