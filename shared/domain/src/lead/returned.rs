//! Returns as their lead keeps them; `steps` says how they come about.

mod steps;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Lead, LeadDelivery, Sale};
use crate::{
    id::DeliveryRef,
    money::{Money, compact},
};

/// One request to take a sale back, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The how manieth of its sale it is, from 1.
    #[serde(rename = "n", default = "first", skip_serializing_if = "is_first")]
    pub number: u8,
    /// Where it stands.
    #[serde(rename = "s")]
    pub state: ReturnState,
    /// What the request was called: the same request is one return.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The reason code.
    #[serde(rename = "w")]
    pub reason: String,
    /// What the buyer says besides. It may be about a person.
    #[serde(rename = "cm", default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// It was the seller's own order, not the buyer's request.
    #[serde(rename = "bs", default, skip_serializing_if = "std::ops::Not::not")]
    pub by_seller: bool,
    /// When it was asked for.
    #[serde(rename = "as", with = "crate::time")]
    pub asked_at: Timestamp,
    /// When it got where it stands.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// What the seller said when it refused or undid it. It may be about a person.
    #[serde(rename = "wy", default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether what the supplier earned is to be taken back with it, if the seller says nothing else.
    #[serde(rename = "rp", default, skip_serializing_if = "std::ops::Not::not")]
    pub reverse_payout: bool,
    /// Undecided by then, it is approved.
    #[serde(rename = "du", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    pub approved_by_then: Option<Timestamp>,
    /// The place that it takes up under its buyer's share of returns, as long as it is open or approved.
    #[serde(rename = "sh", default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareTaken>,
    /// What it took back, also if it was undone since.
    #[serde(rename = "tk", default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<TakenBack>,
    /// The lead was offered to others afterwards: the sale has lost its slot.
    #[serde(rename = "ro", default, skip_serializing_if = "std::ops::Not::not")]
    pub reoffered: bool,
}

/// Where a return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    /// The seller has to decide.
    Requested,
    /// The sale is reversed.
    Approved,
    /// The sale stands.
    Refused,
    /// The sale was reversed, and stands again.
    Undone,
}

impl ReturnState {
    /// All of them, in the order in which a return passes through them.
    pub const ALL: [Self; 4] = [Self::Requested, Self::Approved, Self::Refused, Self::Undone];

    /// The word for it: `requested`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Undone => "undone",
        }
    }
}

/// A place under a buyer's share of returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareTaken {
    /// The first day of the month that the sale is of, in the account's zone.
    #[serde(rename = "m")]
    pub month: Date,
    /// How many returns of that month's sales there may be in all, as it was then.
    #[serde(rename = "l")]
    pub limit: u32,
}

/// What a return took back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// When.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// What the buyer owed for the sale.
    #[serde(rename = "pr", with = "compact")]
    pub price: Money,
    /// What the supplier gave back of its payout.
    #[serde(rename = "po", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub payout: Option<Money>,
    /// The sale that had earned it; none: it was earned without one.
    #[serde(rename = "pf", default, skip_serializing_if = "Option::is_none")]
    pub payout_from: Option<DeliveryRef>,
    /// With that, nothing was left of the payout.
    #[serde(rename = "rv", default, skip_serializing_if = "std::ops::Not::not")]
    pub reverses: bool,
    /// What the supplier was given again when the return was undone: not always what it gave back, see
    /// [`Lead::on_return_undone`].
    #[serde(rename = "gv", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub given_again: Option<Money>,
    /// With that, the payout is earned again of which nothing was left.
    #[serde(rename = "rs", default, skip_serializing_if = "std::ops::Not::not")]
    pub restores: bool,
}

/// A request to take a sale back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnRequest<'a> {
    /// See [`Return::order`].
    pub order: Option<&'a str>,
    /// See [`Return::reason`].
    pub reason: &'a str,
    /// See [`Return::comment`].
    pub comment: Option<&'a str>,
    /// See [`Return::by_seller`].
    pub by_seller: bool,
    /// See [`Return::reverse_payout`].
    pub reverse_payout: bool,
    /// See [`Return::approved_by_then`].
    pub approved_by_then: Option<Timestamp>,
    /// See [`Return::share`].
    pub share: Option<ShareTaken>,
}

impl<'a> ReturnRequest<'a> {
    /// A buyer's request of which nothing is known but its reason.
    pub fn because(reason: &'a str) -> Self {
        let (order, comment, approved_by_then, share) = (None, None, None, None);
        Self { order, reason, comment, by_seller: false, reverse_payout: false, approved_by_then, share }
    }
}

impl Return {
    /// Whether the sale is reversed.
    pub fn is_approved(&self) -> bool {
        self.state == ReturnState::Approved
    }

    /// Whether the seller has yet to decide.
    pub fn is_requested(&self) -> bool {
        self.state == ReturnState::Requested
    }

    /// The place that it takes up under its buyer's share.
    pub fn takes_share(&self) -> Option<ShareTaken> {
        match self.state {
            ReturnState::Requested | ReturnState::Approved => self.share,
            ReturnState::Refused | ReturnState::Undone => None,
        }
    }

    fn asked(number: u8, request: ReturnRequest<'_>, now: Timestamp) -> Self {
        Self {
            number,
            state: ReturnState::Requested,
            order: request.order.map(str::to_owned),
            reason: request.reason.to_owned(),
            comment: request.comment.map(str::to_owned),
            by_seller: request.by_seller,
            asked_at: now,
            at: now,
            why: None,
            reverse_payout: request.reverse_payout,
            approved_by_then: request.approved_by_then,
            share: request.share,
            taken: None,
            reoffered: false,
        }
    }
}

impl TakenBack {
    fn at(at: Timestamp, price: Money) -> Self {
        let (payout, payout_from, given_again) = (None, None, None);
        Self { at, price, payout, payout_from, reverses: false, given_again, restores: false }
    }
}

impl Sale {
    /// Every return of it, the first one first.
    pub fn returns(&self) -> impl Iterator<Item = &Return> {
        self.earlier.iter().chain(self.returned.as_deref())
    }

    /// What its returns took back, also those that were undone since.
    pub(super) fn taken_back(&self) -> impl Iterator<Item = &TakenBack> {
        self.returns().filter_map(|back| back.taken.as_ref())
    }

    fn awaiting(&self) -> Option<&Return> {
        self.returned.as_deref().filter(|back| back.is_requested())
    }
}

/// A return that has got somewhere, with the delivery whose sale it is about.
pub type ReturnStep<'a> = (&'a DeliveryRef, &'a LeadDelivery, &'a Return);

/// The returns that stand elsewhere after a step of a lead. `before` is the lead as it was; none: it is new, or nobody knows.
pub fn return_steps<'a>(before: Option<&Lead>, after: &'a Lead) -> Vec<ReturnStep<'a>> {
    let known = |did: &DeliveryRef, number: u8| {
        let sale = before.and_then(|lead| lead.deliveries.get(did)?.sale())?;
        sale.returns().find(|back| back.number == number)
    };
    let steps = after.sales().flat_map(|(did, delivery, sale)| sale.returns().map(move |back| (did, delivery, back)));
    steps.filter(|(did, _, back)| known(did, back.number).is_none_or(|was| was.state != back.state)).collect()
}

fn first() -> u8 {
    1
}

fn is_first(number: &u8) -> bool {
    *number == 1
}
