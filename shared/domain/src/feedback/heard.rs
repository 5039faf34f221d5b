//! What somebody else's word on a lead that it got from us makes of that lead: one step, or a result that says why there is none.

use jiff::Timestamp;

use super::{Event, EventKind, word::event_order};
use crate::{
    answer::UNRECOGNISED,
    delivery::{Channel, Delivery},
    id::DeliveryRef,
    lead::{Decision, DeliveryState, EditOrder, IllegalTransition, Lead, PayoutState, Sale},
    money::Money,
    words::bounded,
};

/// The request whose outcome is told is still under way, as far as is known here.
pub const TOO_EARLY: &str = "too_early";
/// It was refused here before, or given up: its place may be somebody else's by now.
const TOO_LATE: &str = "too_late";
/// It says the opposite of what is known.
const CONTRADICTS: &str = "contradicts";
/// It is about a lead that was sent there another time.
pub const OTHER_ROUND: &str = "other_round";
/// Why a price is put right by the word of who pays it.
const MORE: &str = "told by the buyer";
/// Nobody here has sent it.
const NOT_SENT: &str = "not_sent";
/// All money of a lead is in one currency.
const WRONG_CURRENCY: &str = "wrong_currency";
/// Less than the campaign sells for.
const BELOW_LEAST: &str = "below_least";
/// Nobody agreed to a price.
const REVENUE_REQUIRED: &str = "revenue_required";

/// What codes of reasons mean at one delivery.
#[derive(Clone, Copy, Debug)]
pub struct Codes<'a>(&'a Delivery);

impl<'a> Codes<'a> {
    /// As this delivery has them.
    pub fn of(delivery: &'a Delivery) -> Self {
        Self(delivery)
    }

    /// What a code means here; none: nobody has said.
    pub fn meaning(&self, code: &str) -> Option<&'a str> {
        let reasons = match &self.0.channel {
            Channel::L2l(l2l) => &l2l.reasons,
            Channel::Http(http) => &http.answer.reasons,
            Channel::Store(_) | Channel::Email(_) | Channel::File(_) | Channel::Transfer(_) => return None,
        };
        reasons.get(code).map(String::as_str)
    }

    /// Why a lead is unsold, in the words of this delivery.
    pub fn reason(&self, event: &Event) -> String {
        match (&event.code, &event.reason) {
            (Some(code), _) => match self.meaning(code) {
                Some(meaning) => meaning.to_owned(),
                None => bounded(&format!("{UNRECOGNISED} ({code})")),
            },
            (None, Some(reason)) => bounded(&format!("{UNRECOGNISED} ({reason})")),
            (None, None) => UNRECOGNISED.to_owned(),
        }
    }
}

/// What a word of who got the lead by this delivery, under an id of this hash, makes of it: the lead as it is where that is known already.
/// The return of a sale is no affair of this judge: it is a claim like any buyer's, see [`crate::returned`].
///
/// # Errors
/// `too_early` when it may be true in a moment; `too_late`, `contradicts`, `other_round`, `not_sent`, `not_sold`, `wrong_currency`,
/// `below_least`, `revenue_required` when it is not taken; `no_such_delivery`; `amount_overflow`.
pub fn judge(
    lead: &Lead,
    did: &DeliveryRef,
    (id, event): (&str, &Event),
    by: &Delivery,
    now: Timestamp,
) -> Result<Lead, IllegalTransition> {
    check_round(lead, did, event)?;
    let after = match event.event {
        EventKind::Sold => sold(lead, did, (id, event), by, now)?,
        // What comes back that was never said to be sold is unsold.
        EventKind::Unsold | EventKind::Returned => unsold(lead, did, Codes::of(by).reason(event), now)?,
        EventKind::Contacted | EventKind::Converted | EventKind::NotReached => lead.on_followed_up(did, event, now)?,
        // It is said of a lead that came from there, never of one that went there.
        EventKind::ReturnRefused => return Err(no(CONTRADICTS, "This lead went to you; it did not come from you.")),
    };
    Ok(if after == *lead { after } else { after.having_heard(did, event.event, now) })
}

/// What it says that who sent a lead does not take it back: something, where what it was to earn for it was ever taken back.
///
/// # Errors
/// `contradicts`, which leaves nothing to be done.
pub fn judge_refusal(lead: &Lead) -> Result<(), IllegalTransition> {
    let was_taken =
        |sale: &Sale| sale.returns().any(|back| back.taken.as_ref().is_some_and(|taken| taken.payout.is_some()));
    if lead.payout.state == PayoutState::Reversed || lead.sales().any(|(.., sale)| was_taken(sale)) {
        return Ok(());
    }
    Err(no(CONTRADICTS, "Nothing that was paid for this lead was taken back here."))
}

/// A lead that was sent once more is another one there: what is said of the first says nothing of the second.
///
/// # Errors
/// `other_round`.
pub fn check_round(lead: &Lead, did: &DeliveryRef, event: &Event) -> Result<(), IllegalTransition> {
    let known = match &lead.delivery(did)?.state {
        DeliveryState::AwaitingFeedback { reference, .. } => reference,
        DeliveryState::Accepted { sale } => &sale.reference,
        DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Retry { .. }
        | DeliveryState::Rejected { .. }
        | DeliveryState::Unknown { .. }
        | DeliveryState::Failed { .. }
        | DeliveryState::Skipped { .. } => &None,
    };
    match (known, &event.reference) {
        (Some(known), Some(said)) if known != said => {
            Err(no(OTHER_ROUND, "The lead was sent to you more than once; this is not the one that counts here."))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

fn sold(
    lead: &Lead,
    did: &DeliveryRef,
    (id, event): (&str, &Event),
    by: &Delivery,
    now: Timestamp,
) -> Result<Lead, IllegalTransition> {
    let own = lead.delivery(did)?;
    match &own.state {
        DeliveryState::Unknown { .. } | DeliveryState::AwaitingFeedback { .. } => {
            let price = price(lead, did, event, by)?;
            lead.on_decided(did, Decision::Accepted { price, reference: event.reference.clone() }, now)
        }
        DeliveryState::Accepted { sale } => sold_already(lead, did, (sale, id, event.revenue), by, now),
        DeliveryState::Rejected { .. } | DeliveryState::Failed { .. } => {
            Err(no(TOO_LATE, "It counts as unsold here, and others may have it by now; the seller is told."))
        }
        DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Retry { .. }
        | DeliveryState::Skipped { .. } => Err(undecided(lead, did)?),
    }
}

/// What is paid: what is told, by a delivery whose buyer may name the price; else what was agreed.
fn price(lead: &Lead, did: &DeliveryRef, event: &Event, by: &Delivery) -> Result<Money, IllegalTransition> {
    let own = lead.delivery(did)?;
    let price = match (event.revenue, own.agreed.price) {
        (Some(told), Some(agreed)) if !by.lets_buyer_name_price() && told != agreed => {
            return Err(no(CONTRADICTS, &format!("The price is {}; ask the seller.", agreed.amount())));
        }
        (Some(told), _) if own.bid.is_some() => told,
        (_, Some(agreed)) => agreed,
        (_, None) => return Err(no(REVENUE_REQUIRED, "No price was agreed with the request; name the revenue.")),
    };
    if price.currency != lead.terms.currency {
        let currency = lead.terms.currency;
        return Err(no(WRONG_CURRENCY, &format!("All money of this lead is in {currency}; name the revenue in it.")));
    }
    if own.agreed.least.is_some_and(|least| price.minor < least.minor) {
        let detail = format!("{} is less than the lead is sold for; ask the seller.", price.amount());
        return Err(no(BELOW_LEAST, &detail));
    }
    Ok(price)
}

/// Of a sale that is known. Where its buyer may name the price, it may pay more, as for a lead that it has sold twice; it does not pay less
/// by its own word.
fn sold_already(
    lead: &Lead,
    did: &DeliveryRef,
    (sale, id, revenue): (&Sale, &str, Option<Money>),
    by: &Delivery,
    now: Timestamp,
) -> Result<Lead, IllegalTransition> {
    let order = event_order(did, id);
    // Who died before it was noted says it again, whatever the seller has made of the sale meanwhile.
    if lead.edits.iter().any(|edit| edit.order == order) {
        return Ok(lead.clone());
    }
    if !sale.stands() {
        return Err(no(CONTRADICTS, "The sale was returned here."));
    }
    if sale.returned.as_ref().is_some_and(|back| back.is_requested()) {
        return Err(no(CONTRADICTS, "Its return was asked for here, and is decided by the seller."));
    }
    match revenue {
        Some(revenue) if revenue == sale.price => Ok(lead.clone()),
        None => Ok(lead.clone()),
        Some(revenue)
            if by.lets_buyer_name_price()
                && revenue.currency == sale.price.currency
                && revenue.minor > sale.price.minor =>
        {
            let buyer = lead.delivery(did)?.bid.clone();
            let named = buyer.as_ref().map_or_else(|| did.to_string(), ToString::to_string);
            let order = EditOrder { order: &order, by: &named, reason: MORE };
            lead.on_revenue_edited(None, Some(did), revenue, order, now)
        }
        Some(_) => Err(no(CONTRADICTS, &format!("It is sold here for {}; ask the seller.", sale.price.amount()))),
    }
}

fn unsold(lead: &Lead, did: &DeliveryRef, reason: String, now: Timestamp) -> Result<Lead, IllegalTransition> {
    match &lead.delivery(did)?.state {
        DeliveryState::Unknown { .. } | DeliveryState::AwaitingFeedback { .. } => {
            lead.on_decided(did, Decision::Rejected { reason }, now)
        }
        DeliveryState::Rejected { .. } | DeliveryState::Failed { .. } => Ok(lead.clone()),
        DeliveryState::Accepted { .. } => {
            Err(no(CONTRADICTS, "It is sold here; to give it back, say that it is returned."))
        }
        DeliveryState::Queued
        | DeliveryState::Held { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Retry { .. }
        | DeliveryState::Skipped { .. } => Err(undecided(lead, did)?),
    }
}

/// Nothing is known yet of a request, or none was made.
fn undecided(lead: &Lead, did: &DeliveryRef) -> Result<IllegalTransition, IllegalTransition> {
    let own = lead.delivery(did)?;
    Ok(match (&own.state, own.attempts) {
        (_, 0) | (DeliveryState::Skipped { .. }, _) => no(NOT_SENT, "The lead was not sent to you."),
        _ => no(TOO_EARLY, "The lead is being sent; say it again in a moment."),
    })
}

fn no(code: &'static str, detail: &str) -> IllegalTransition {
    IllegalTransition::new(code, detail)
}
