//! Responders: sequences of e-mails and text messages to the people of a campaign's leads.
//!
//! A [`Responder`] is set-up: what is written, when, and to whom it stops. An [`Enrolment`] is how far one lead is in one of them; it
//! changes only by its `on_*` methods. [`decide`] says what is to be done about it at an instant, and nothing else does.

pub(crate) mod check;
mod counts;
mod decide;
mod enrolment;
mod fate;
mod gateway;
mod letter;
mod quiet;
mod step;
mod zones;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    counts::{Count, counts},
    decide::{MayWrite, Seen, Turn, decide},
    enrolment::{Done, Enrolment, EnrolmentState, Heard},
    fate::{Fate, SkippedFor, StoppedFor},
    letter::{Letter, LetterError, letter, sms_text, sms_values},
    quiet::QuietHours,
    step::{MAX_AFTER_MIN, MAX_STEPS, Step},
    zones::zones_of,
};
use crate::{
    campaign::Campaign,
    delivery::HttpChannel,
    id::{CampaignRef, ResponderRef},
    lead::Channel,
    setup::{Invalid, Kind, Link, Record, active_by_default},
};

/// A sequence of messages to the people of one campaign's leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Responder {
    /// The reference the seller chose for it.
    pub rid: ResponderRef,
    /// Its name, for people.
    pub name: String,
    /// An inactive one writes to nobody, and whoever is in it leaves it.
    #[serde(default = "active_by_default")]
    pub active: bool,
    /// The campaign whose leads may join it; that stays so.
    pub campid: CampaignRef,
    /// Who joins it.
    #[serde(default)]
    pub join: Join,
    /// What is written, in this order. A step is known by its place: a lead that has had the first goes on with what is the second by then.
    #[schema(min_items = 1, max_items = 20)]
    pub steps: Vec<Step>,
    /// Whom e-mails are from, before the address of the installation's sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60, example = "Solar Quotes")]
    pub from_name: Option<String>,
    /// When nobody is written to, by the clocks of the lead's country.
    #[serde(default)]
    pub quiet: QuietHours,
    /// What ends it for a lead, besides its person's word and what makes a lead unfit: all of these, if none are named.
    #[serde(default = "StopOn::all")]
    pub stop_on: Vec<StopOn>,
    /// The gateway that takes text messages: the request that carries one, and how its answer reads. Its templates know `sms.to`, a number in
    /// E.164, and `sms.text`, besides what those of deliveries know. Needed where a step is a text message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<Box<HttpChannel>>,
}

/// Who joins a responder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ResponderJoin)]
pub enum Join {
    /// Each lead of its campaign as it is approved, once.
    OnApproval,
    /// Whoever is put there.
    #[default]
    ByHand,
}

/// What ends a responder for a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ResponderStopOn)]
pub enum StopOn {
    /// A sale of it was taken back since it joined.
    Return,
    /// A buyer has made a customer of its person.
    Conversion,
}

impl StopOn {
    fn all() -> Vec<Self> {
        vec![Self::Return, Self::Conversion]
    }
}

impl Responder {
    /// The ways in which its steps from this one on write to people.
    pub fn channels_from(&self, step: usize) -> impl Iterator<Item = Channel> {
        let left = self.steps.get(step..).unwrap_or_default();
        Channel::ALL.into_iter().filter(|channel| left.iter().any(|step| step.channel == *channel))
    }

    /// Whether leads of its campaign join it by themselves.
    pub fn takes_all_approved(&self) -> bool {
        self.active && self.join == Join::OnApproval
    }

    /// Whether leads of this campaign do.
    pub fn takes_approved(&self, campid: &CampaignRef) -> bool {
        self.takes_all_approved() && self.campid == *campid
    }

    /// What its templates name that leads of its campaign do not have.
    pub fn check_names(&self, campaign: &Campaign) -> Vec<Invalid> {
        check::names(self, campaign)
    }
}

impl Record for Responder {
    const KIND: Kind = Kind::Responder;

    fn reference(&self) -> &str {
        self.rid.as_str()
    }

    fn is_active(&self) -> bool {
        self.active
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn check(&self) -> Vec<Invalid> {
        check::alone(self)
    }

    fn links(&self) -> Vec<Link> {
        vec![Link { field: "campid".to_owned(), kind: Kind::Campaign, reference: self.campid.to_string() }]
    }

    fn keep_secrets_of(&mut self, stored: &Self) -> Vec<Invalid> {
        gateway::keep_secrets(self.sms.as_deref_mut(), stored.sms.as_deref())
    }

    fn without_secrets(mut self) -> Self {
        gateway::forget_secrets(self.sms.as_deref_mut());
        self
    }
}
