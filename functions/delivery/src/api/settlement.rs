//! What the seller says of a delivery that is undecided, and what it makes of the lead. Pure.

use domain::{
    id::DeliveryRef,
    lead::{Decision, DeliveryState, IllegalTransition, Lead},
    money::Money,
    words::one_line,
};
use jiff::Timestamp;
use lambda::{Problem, problem::FieldError};
use serde::Deserialize;
use utoipa::ToSchema;

/// The reason of an unsold delivery, where the seller gives no other.
const BY_THE_SELLER: &str = "the seller found out that the buyer does not have it";
/// Most characters of a reason.
const MAX_REASON: usize = 300;

/// The revenue, or the price that was agreed, is not in the lead's currency.
pub(crate) const WRONG_CURRENCY: &str = "wrong_currency";
/// No price was agreed to go by.
pub(crate) const REVENUE_REQUIRED: &str = "required";
/// Without a buyer nobody pays.
pub(crate) const NO_BUYER: &str = "no_buyer";

/// What the buyer says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettleForm {
    /// Whether it has the lead, and pays for it.
    outcome: SettledAs,
    /// What it pays, if it is sold, in the lead's currency; without it, the price of the delivery when the request was made.
    revenue: Option<Money>,
    /// Why it is unsold, up to 300 characters on one line.
    reason: Option<String>,
}

/// Whether the buyer has the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SettledAs {
    /// It does, and pays for it.
    Sold,
    /// It does not, or does not want it.
    Unsold,
}

/// A decision, as far as the seller has spelt it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The buyer has the lead.
    Sold {
        /// What it pays, unless that is what was agreed.
        revenue: Option<Money>,
    },
    /// It does not.
    Unsold {
        /// Why.
        reason: Option<String>,
    },
}

impl SettleForm {
    /// The decision.
    ///
    /// # Errors
    /// 422 when a field does not go with the outcome, or says what cannot be.
    pub(crate) fn read(self) -> Result<Settlement, Problem> {
        let Self { outcome, revenue, reason } = self;
        match outcome {
            SettledAs::Sold if reason.is_some() => Err(invalid("reason", "not_for_outcome", "Only for unsold.")),
            SettledAs::Sold if revenue.is_some_and(Money::is_negative) => {
                Err(invalid("revenue", "negative", "A sale brings nothing or more. A return is what takes it back."))
            }
            SettledAs::Sold if revenue.is_some_and(|revenue| !revenue.is_price()) => {
                Err(invalid("revenue", "too_large", "No lead costs that much; check the amount."))
            }
            SettledAs::Sold => Ok(Settlement::Sold { revenue }),
            SettledAs::Unsold if revenue.is_some() => Err(invalid("revenue", "not_for_outcome", "Only for sold.")),
            SettledAs::Unsold => {
                let reason = reason.map(|reason| one_line("reason", &reason, MAX_REASON)).transpose();
                Ok(Settlement::Unsold { reason: reason.map_err(|finding| Problem::invalid([finding]))? })
            }
        }
    }
}

impl Settlement {
    /// The lead with this delivery settled so; the lead as it is, if it is settled so already.
    ///
    /// # Errors
    /// `settled_otherwise`, and `not_awaited` for a delivery that nobody waits for; and what is wrong with the revenue.
    pub(crate) fn of(&self, lead: &Lead, did: &DeliveryRef, now: Timestamp) -> Result<Lead, IllegalTransition> {
        match (&lead.delivery(did)?.state, self) {
            (DeliveryState::Accepted { sale }, Self::Sold { revenue })
                if revenue.is_none_or(|revenue| revenue == sale.price) =>
            {
                Ok(lead.clone())
            }
            (DeliveryState::Rejected { reason: known }, Self::Unsold { reason })
                if reason.as_ref().is_none_or(|reason| reason == known) =>
            {
                Ok(lead.clone())
            }
            (state @ (DeliveryState::Accepted { .. } | DeliveryState::Rejected { .. }), _) => {
                let detail = format!("Delivery {did} is {} already, and not as you say; read the lead.", state.word());
                Err(IllegalTransition { code: "settled_otherwise", detail })
            }
            (DeliveryState::Unknown { .. } | DeliveryState::AwaitingFeedback { .. }, _) => {
                lead.on_decided(did, self.decision(lead, did)?, now)
            }
            // This comes before what is wrong with the revenue.
            (
                state @ (DeliveryState::Queued
                | DeliveryState::Held { .. }
                | DeliveryState::Sending { .. }
                | DeliveryState::Retry { .. }
                | DeliveryState::Failed { .. }
                | DeliveryState::Skipped { .. }),
                _,
            ) => {
                let detail = format!("Delivery {did} is {}; there is nothing to decide.", state.word());
                Err(IllegalTransition { code: "not_awaited", detail })
            }
        }
    }

    fn decision(&self, lead: &Lead, did: &DeliveryRef) -> Result<Decision, IllegalTransition> {
        let refused = |code, detail| Err(IllegalTransition { code, detail });
        let asked = lead.delivery(did)?;
        match self {
            Self::Sold { revenue: Some(_) } if asked.bid.is_none() => {
                refused(NO_BUYER, "The delivery has no buyer, so nobody pays; leave revenue out.".to_owned())
            }
            Self::Sold { revenue } => match revenue.or(asked.agreed.price) {
                Some(price) if price.currency == lead.terms.currency => {
                    Ok(Decision::Accepted { price, reference: None })
                }
                Some(_) => {
                    let currency = lead.terms.currency;
                    refused(WRONG_CURRENCY, format!("All money of this lead is in {currency}; name the revenue in it."))
                }
                None => refused(REVENUE_REQUIRED, "No price was agreed with the request; name the revenue.".to_owned()),
            },
            Self::Unsold { reason } => {
                Ok(Decision::Rejected { reason: reason.clone().unwrap_or_else(|| BY_THE_SELLER.to_owned()) })
            }
        }
    }
}

fn invalid(field: &str, code: &'static str, detail: &str) -> Problem {
    Problem::invalid([FieldError::new(field, code, detail)])
}

#[cfg(test)]
mod tests;
