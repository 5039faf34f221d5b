//! What a step of a lead is told, and to whom. It follows from the lead's row, so it can be told again, and is known by the
//! return and where it got: whoever is told of it twice hears it once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::NoticeKind;
use crate::{
    access::Principal,
    id::{BuyerRef, DeliveryRef, LeadId},
    lead::{Lead, ReturnState, ReturnStep, return_steps},
    money::{Money, compact},
    words::journal_reason,
};

/// Most characters of what the seller said that is told.
const MAX_WHY: usize = 100;

/// Something that somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// To whom.
    pub to: Principal,
    /// In which kind of notice.
    pub kind: NoticeKind,
    /// What.
    pub item: NoticeItem,
}

/// A return that somebody is told of. Ids, codes and amounts, and never a person's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeItem {
    /// The lead.
    #[serde(rename = "l")]
    pub lead: LeadId,
    /// The delivery whose sale it is about. No supplier is shown it.
    #[serde(rename = "d")]
    pub did: DeliveryRef,
    /// The how manieth return of that sale it is.
    #[serde(rename = "n")]
    pub number: u8,
    /// The buyer. No supplier is shown it.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// When it got where it stands.
    #[serde(rename = "t", with = "crate::time")]
    pub at: Timestamp,
    /// When it was asked for, by which it can be listed; none: then.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    pub asked_at: Option<Timestamp>,
    /// The reason code of the return.
    #[serde(rename = "w")]
    pub reason: String,
    /// What the seller said to the buyer, as far as that may be kept outside of the lead.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// To a supplier, what it gives back of its payout, or is given again; to a buyer, the price of the sale.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none", with = "compact::optional")]
    pub amount: Option<Money>,
}

/// What a step of a lead is to be told. `before` is the lead as it was; none: it is new, or nobody knows.
pub fn told(before: Option<&Lead>, after: &Lead) -> Vec<Told> {
    return_steps(before, after).iter().flat_map(|step| of_return(after, step)).collect()
}

fn of_return(lead: &Lead, step: &ReturnStep<'_>) -> Vec<Told> {
    let (_, delivery, back) = *step;
    let buyer = || delivery.bid.clone().map(|bid| (Principal::Buyer { bid }, price(step)));
    let supplier = |amount| Some((Principal::Supplier { sid: lead.sid.clone() }, amount));
    let (kind, to) = match back.state {
        // What the seller orders itself is no news to it.
        ReturnState::Requested if back.by_seller => return Vec::new(),
        ReturnState::Requested => (NoticeKind::ReturnRequested, [Some((Principal::Seller, price(step))), None]),
        ReturnState::Approved => {
            (NoticeKind::Returned, [supplier(back.taken.as_ref().and_then(|taken| taken.payout)), None])
        }
        ReturnState::Refused => (NoticeKind::ReturnRefused, [buyer(), None]),
        ReturnState::Undone => {
            let given_again = back.taken.as_ref().and_then(|taken| taken.given_again);
            (NoticeKind::ReturnUndone, [supplier(given_again), buyer()])
        }
    };
    let told = |(to, amount)| Told { item: item(lead, step, &to, amount), to, kind };
    to.into_iter().flatten().map(told).collect()
}

/// What the buyer owes, or owed, for the sale.
fn price((_, delivery, back): &ReturnStep<'_>) -> Option<Money> {
    back.taken.as_ref().map(|taken| taken.price).or_else(|| delivery.sale().map(|sale| sale.price))
}

fn item(lead: &Lead, (did, delivery, back): &ReturnStep<'_>, to: &Principal, amount: Option<Money>) -> NoticeItem {
    // What the seller says, it says to the buyer.
    let why = back.why.as_deref().filter(|_| matches!(to, Principal::Buyer { .. }));
    NoticeItem {
        lead: lead.id,
        did: (*did).clone(),
        number: back.number,
        bid: delivery.bid.clone(),
        at: back.at,
        asked_at: Some(back.asked_at).filter(|asked_at| *asked_at != back.at),
        reason: back.reason.clone(),
        why: why.and_then(kept_why),
        amount,
    }
}

/// It may be about a person: then it stays with the lead, where the buyer can read it.
fn kept_why(why: &str) -> Option<String> {
    let start: String = why.chars().take(MAX_WHY).collect();
    journal_reason("why", &start).ok()
}
