//! The one judge of returns: may this sale be taken back, at once, or once the seller has decided?
//!
//! Whoever wants a sale taken back, and by whatever way, is judged here: a buyer on the terms that are pinned to the sale, the
//! seller on none but the lead's own. What it comes to is one step of the lead, see [`crate::lead`].

mod decision;
mod id;
mod outcome;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

pub use self::{
    decision::{ReturnDecision, decide},
    id::{InvalidReturnId, ReturnId},
    outcome::ReturnOutcome,
};
use crate::{
    buyer::ReturnTerms,
    id::{BuyerRef, DeliveryRef},
    lead::{IllegalTransition, Lead, LeadDelivery, Return, ReturnRequest, Sale, ShareTaken},
    time::{later, rfc3339},
};

/// Who wants a sale taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimant<'a> {
    /// The seller: it decides by itself, on no terms.
    Seller,
    /// This buyer: one of its own sales, on the terms of that sale.
    Buyer(&'a BuyerRef),
}

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Who.
    pub by: Claimant<'a>,
    /// What the claim is called: one that comes again is answered as it was.
    pub order: Option<&'a str>,
    /// Whose sale, where the seller asks.
    pub bid: Option<&'a BuyerRef>,
    /// Through which delivery it was sold.
    pub did: Option<&'a DeliveryRef>,
    /// A reason code.
    pub reason: &'a str,
    /// What there is to say besides.
    pub comment: Option<&'a str>,
    /// Whether the supplier gives back what it earned, where the seller asks; none: as the terms of the sale say.
    pub reverse_payout: Option<bool>,
}

/// All that the judge looks at beside lead and claim.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The account's zone, whose days windows and shares are counted in.
    pub zone: &'a TimeZone,
    /// The account's reason codes, for sales whose terms name none.
    pub reasons: &'a [String],
    /// What is known of the share that a buyer has used up.
    pub room: Option<&'a Room>,
    /// When the claim came, by which the window is kept, however long it has waited.
    pub came: Timestamp,
    /// The time.
    pub now: Timestamp,
}

/// The sales of a month that a buyer may return a share of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareOf {
    /// The buyer.
    pub bid: BuyerRef,
    /// The first day of the month of the sales.
    pub month: Date,
    /// Of how many returns in a hundred sales.
    pub percent: u8,
}

/// How many returns there may be of the sales of a month, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Of which sales.
    pub of: ShareOf,
    /// Returns that there may be in all.
    pub limit: u32,
    /// Those that are open or approved.
    pub taken: u32,
}

/// What a claim comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// The lead changes.
    Change {
        /// As it is to be.
        after: Box<Lead>,
        /// `returned` or `requested`.
        outcome: ReturnOutcome,
        /// The return that is made.
        id: ReturnId,
    },
    /// It stays as it is.
    Unchanged {
        /// Why, or what it came to when it came first.
        outcome: ReturnOutcome,
        /// The return that there is.
        id: Option<ReturnId>,
        /// For people, with what to do.
        detail: String,
    },
    /// It depends on how much of its share the buyer has used up: ask again, knowing that.
    NeedsRoom(ShareOf),
}

impl Room {
    /// The room that so many sales make.
    pub fn new(of: ShareOf, sales: u32, taken: u32) -> Self {
        let limit = u64::from(sales) * u64::from(of.percent) / 100;
        Self { of, limit: u32::try_from(limit).unwrap_or(u32::MAX), taken }
    }
}

/// Judges a claim on the lead as it is.
///
/// # Errors
/// When an amount cannot be held.
pub fn judge(lead: &Lead, claim: &Claim<'_>, view: &View<'_>) -> Result<Judgement, IllegalTransition> {
    if let Some((id, outcome)) = known(lead, claim) {
        let detail = "It is as it was answered the first time.".to_owned();
        return Ok(Judgement::Unchanged { outcome, id: Some(id), detail });
    }
    let (did, delivery, sale) = match sale_meant(lead, claim) {
        Ok(meant) => meant,
        Err((outcome, detail)) => return Ok(Judgement::Unchanged { outcome, id: None, detail }),
    };
    let id = |back: &Return| ReturnId { lead: lead.id, number: back.number, did: did.clone() };
    let terms = delivery.agreed.returns.as_ref();
    let share = match is_allowed(sale, terms, claim, view) {
        Ok(()) => share_taken(delivery, sale, claim, view),
        Err(no) => Err(no),
    };
    let share = match share {
        Ok(Share::Free) => None,
        Ok(Share::Taken(share)) => Some(share),
        Ok(Share::Unknown(of)) => return Ok(Judgement::NeedsRoom(of)),
        Err((outcome, detail)) => {
            let id = sale.returned.as_deref().filter(|_| outcome == ReturnOutcome::AlreadyReturned).map(id);
            return Ok(Judgement::Unchanged { outcome, id, detail });
        }
    };
    carry_out(lead, did, terms, claim, share, view.now)
}

/// Why not, and what to do.
type Refused = (ReturnOutcome, String);

/// The sale that a claim is about. Nothing is guessed: where there is more than one, somebody has to say which.
fn sale_meant<'a>(lead: &'a Lead, claim: &Claim<'_>) -> Result<(&'a DeliveryRef, &'a LeadDelivery, &'a Sale), Refused> {
    let bid = match claim.by {
        Claimant::Seller => claim.bid,
        Claimant::Buyer(own) => Some(own),
    };
    if let (Claimant::Buyer(own), Some(named)) = (claim.by, claim.bid)
        && own != named
    {
        return Err((
            ReturnOutcome::NotYours,
            "Leave bid out, or name your own: you return what you bought.".to_owned(),
        ));
    }
    let is_theirs = |delivery: &LeadDelivery| bid.is_none() || delivery.bid.as_ref() == bid;
    let meant = |(did, delivery, _): &(&DeliveryRef, &LeadDelivery, &Sale)| {
        is_theirs(delivery) && claim.did.is_none_or(|named| named == *did)
    };
    let sales: Vec<_> = lead.sales().filter(meant).collect();
    match sales.as_slice() {
        [one] => Ok(*one),
        [] => Err(match claim.by {
            // That it was passed over is nobody's business but the seller's.
            Claimant::Buyer(_) if !lead.deliveries.values().any(|one| one.attempts > 0 && is_theirs(one)) => {
                (ReturnOutcome::NotYours, "This lead was not sold to you; check its id.".to_owned())
            }
            Claimant::Buyer(_) => {
                let detail = "You did not buy this lead, or not through the delivery that is named; check the row.";
                (ReturnOutcome::NotSold, detail.to_owned())
            }
            Claimant::Seller => {
                (ReturnOutcome::NotSold, "No sale of the lead is like that; look at the lead.".to_owned())
            }
        }),
        several => {
            let names: Vec<&str> = several.iter().map(|(did, ..)| did.as_str()).collect();
            let detail = format!("It was sold more than once; name the delivery as did: {}.", names.join(", "));
            Err((ReturnOutcome::Ambiguous, detail))
        }
    }
}

/// The return that this very claim has made, and what was said of it then. What others call theirs by the same name is not it.
fn known(lead: &Lead, claim: &Claim<'_>) -> Option<(ReturnId, ReturnOutcome)> {
    let order = claim.order?;
    let is_own = |delivery: &LeadDelivery, back: &Return| match claim.by {
        Claimant::Seller => back.by_seller,
        Claimant::Buyer(own) => !back.by_seller && delivery.bid.as_ref() == Some(own),
    };
    let mut returns =
        lead.sales().flat_map(|(did, delivery, sale)| sale.returns().map(move |back| (did, delivery, back)));
    let (did, _, back) =
        returns.find(|(_, delivery, back)| back.order.as_deref() == Some(order) && is_own(delivery, back))?;
    let took_effect_at_once = back.taken.as_ref().is_some_and(|taken| taken.at == back.asked_at);
    let outcome = if took_effect_at_once { ReturnOutcome::Returned } else { ReturnOutcome::Requested };
    Some((ReturnId { lead: lead.id, number: back.number, did: did.clone() }, outcome))
}

fn is_allowed(sale: &Sale, terms: Option<&ReturnTerms>, claim: &Claim<'_>, view: &View<'_>) -> Result<(), Refused> {
    if let Some(back) = sale.returned.as_ref().filter(|back| back.is_approved() || back.is_requested()) {
        let detail = format!("Its return is {} since {}.", back.state.word(), rfc3339(back.at));
        return Err((ReturnOutcome::AlreadyReturned, detail));
    }
    let codes = terms.map(|terms| terms.reasons.as_slice()).filter(|own| !own.is_empty()).unwrap_or(view.reasons);
    let is_known = |codes: &[String]| codes.iter().any(|code| code == claim.reason);
    match (claim.by, terms) {
        (Claimant::Seller, _) if is_known(codes) || is_known(view.reasons) => Ok(()),
        (Claimant::Buyer(_), Some(terms)) if is_late(sale, terms, view) => {
            let days = terms.window_days;
            let detail =
                format!("It was sold on {} and could be returned within {days} days.", day(sale.sold_at, view.zone));
            Err((ReturnOutcome::WindowExpired, detail))
        }
        (Claimant::Buyer(_), _) if is_known(codes) => Ok(()),
        (Claimant::Seller | Claimant::Buyer(_), _) => {
            Err((ReturnOutcome::ReasonNotAllowed, format!("Give one of these reasons: {}.", codes.join(", "))))
        }
    }
}

/// The window ends with its last day in the account's zone.
fn is_late(sale: &Sale, terms: &ReturnTerms, view: &View<'_>) -> bool {
    let last = day(sale.sold_at, view.zone).checked_add(i64::from(terms.window_days).days());
    last.is_ok_and(|last| day(view.came, view.zone) > last)
}

fn day(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// What of its buyer's share a return takes.
enum Share {
    /// There is none, or it does not bind who asks.
    Free,
    Taken(ShareTaken),
    Unknown(ShareOf),
}

fn share_taken(delivery: &LeadDelivery, sale: &Sale, claim: &Claim<'_>, view: &View<'_>) -> Result<Share, Refused> {
    let (Claimant::Buyer(bid), Some(percent)) =
        (claim.by, delivery.agreed.returns.as_ref().and_then(|terms| terms.max_share_percent))
    else {
        return Ok(Share::Free);
    };
    let month = day(sale.sold_at, view.zone).first_of_month();
    let of = ShareOf { bid: bid.clone(), month, percent };
    match view.room.filter(|room| room.of == of) {
        None => Ok(Share::Unknown(of)),
        Some(room) if room.taken < room.limit => Ok(Share::Taken(ShareTaken { month, limit: room.limit })),
        Some(room) => {
            let detail = format!(
                "Of the sales of {} {percent} % may be returned; that is {}, and {} are.",
                month.strftime("%B %Y"),
                room.limit,
                room.taken,
            );
            Err((ReturnOutcome::OverCap, detail))
        }
    }
}

fn carry_out(
    lead: &Lead,
    did: &DeliveryRef,
    terms: Option<&ReturnTerms>,
    claim: &Claim<'_>,
    share: Option<ShareTaken>,
    now: Timestamp,
) -> Result<Judgement, IllegalTransition> {
    let by_seller = claim.by == Claimant::Seller;
    let reverse_payout =
        claim.reverse_payout.filter(|_| by_seller).unwrap_or_else(|| terms.is_none_or(|terms| terms.reverse_payout));
    // Without terms the seller decides; and so it does of what it has refused or undone before.
    let is_first = lead.sale(did)?.returns().next().is_none();
    let at_once = by_seller || terms.is_some_and(|terms| is_first && terms.takes_effect_at_once(claim.reason));
    let patience = terms.and_then(ReturnTerms::patience).filter(|_| is_first && !at_once);
    let Claim { order, reason, comment, .. } = *claim;
    let approved_by_then = patience.map(|patience| later(now, patience));
    let request = ReturnRequest { order, reason, comment, by_seller, reverse_payout, approved_by_then, share };
    let requested = match lead.on_return_requested(did, request, now) {
        Err(IllegalTransition { code: "too_many_returns", detail }) => {
            return Ok(Judgement::Unchanged { outcome: ReturnOutcome::OverCap, id: None, detail });
        }
        requested => requested?,
    };
    let number = requested.sale(did)?.returns().map(|back| back.number).max().unwrap_or(1);
    let id = ReturnId { lead: lead.id, number, did: did.clone() };
    let (after, outcome) = if at_once {
        (requested.on_return_approved(did, reverse_payout, now)?, ReturnOutcome::Returned)
    } else {
        (requested, ReturnOutcome::Requested)
    };
    Ok(Judgement::Change { after: Box::new(after), outcome, id })
}
