//! What the seller makes of a return.

use jiff::Timestamp;

use super::ReturnId;
use crate::lead::{IllegalTransition, Lead, Return, ReturnState};

/// What the seller makes of a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnDecision<'a> {
    /// The sale is taken back.
    Approve {
        /// Whether the supplier gives back what it earned; none: as was foreseen when the return was asked for.
        reverse_payout: Option<bool>,
    },
    /// The sale stands.
    Refuse {
        /// Why, for the buyer.
        why: &'a str,
    },
    /// The sale that was taken back stands again.
    Undo {
        /// Why.
        why: &'a str,
    },
}

/// The lead with a return decided so; the lead as it is, if it is decided so already.
///
/// # Errors
/// `no_such_return`; `decided_otherwise`; `not_decided` for one that is to be undone and still waits; `superseded` when the sale
/// was asked for again since; `sold_again`; `amount_overflow`.
pub fn decide(
    lead: &Lead,
    id: &ReturnId,
    decision: ReturnDecision<'_>,
    now: Timestamp,
) -> Result<Lead, IllegalTransition> {
    let sale = lead.deliveries.get(&id.did).and_then(|delivery| delivery.sale());
    let Some(back) = sale.and_then(|sale| sale.returns().find(|back| back.number == id.number)) else {
        let detail = format!("There is no return {id}; look at the lead.");
        return Err(IllegalTransition::new("no_such_return", detail));
    };
    if is_so(back, decision) {
        return Ok(lead.clone());
    }
    let is_last = sale.and_then(|sale| sale.returned.as_ref()).is_some_and(|last| last.number == id.number);
    match (back.state, decision) {
        _ if !is_last => {
            let detail = format!("Return {id} is {}, and the sale was asked for again since.", back.state.word());
            Err(IllegalTransition::new("superseded", detail))
        }
        (ReturnState::Requested, ReturnDecision::Approve { reverse_payout }) => {
            lead.on_return_approved(&id.did, reverse_payout.unwrap_or(back.reverse_payout), now)
        }
        (ReturnState::Requested, ReturnDecision::Refuse { why }) => lead.on_return_refused(&id.did, why, now),
        (ReturnState::Approved, ReturnDecision::Undo { why }) => lead.on_return_undone(&id.did, why, now),
        (ReturnState::Requested, ReturnDecision::Undo { .. }) => {
            let detail = format!("Return {id} still waits; reject it instead.");
            Err(IllegalTransition::new("not_decided", detail))
        }
        (ReturnState::Approved, ReturnDecision::Refuse { .. }) => {
            let detail = format!("Return {id} is approved already; undo it, if the sale is to stand.");
            Err(IllegalTransition::new("decided_otherwise", detail))
        }
        (ReturnState::Approved, ReturnDecision::Approve { .. }) | (ReturnState::Refused | ReturnState::Undone, _) => {
            let detail = format!("Return {id} is {} already, and not as you say.", back.state.word());
            Err(IllegalTransition::new("decided_otherwise", detail))
        }
    }
}

fn is_so(back: &Return, decision: ReturnDecision<'_>) -> bool {
    let says = |why: &str| back.why.as_deref() == Some(why);
    match (back.state, decision) {
        (ReturnState::Approved, ReturnDecision::Approve { reverse_payout }) => {
            reverse_payout.is_none_or(|reverse| reverse == back.reverse_payout)
        }
        (ReturnState::Refused, ReturnDecision::Refuse { why })
        | (ReturnState::Undone, ReturnDecision::Undo { why }) => says(why),
        (ReturnState::Requested | ReturnState::Approved | ReturnState::Refused | ReturnState::Undone, _) => false,
    }
}
