//! Returns: a sale that the buyer wants taken back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{IllegalTransition, Lead};
use crate::{id::DeliveryRef, money::Money};

/// One request to take a sale back, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Where it stands.
    #[serde(rename = "s")]
    pub state: ReturnState,
    /// The buyer's reason code.
    #[serde(rename = "w")]
    pub reason: String,
    /// When it got there.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// What the supplier gives back of its payout.
    #[serde(rename = "pb", default, skip_serializing_if = "Option::is_none", with = "crate::money::compact::optional")]
    pub payout_back: Option<Money>,
    /// With that, nothing is left of the payout.
    #[serde(rename = "rv", default, skip_serializing_if = "std::ops::Not::not")]
    pub reverses: bool,
}

/// Where a return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    /// The seller has to decide.
    Requested,
    /// The sale is reversed.
    Approved,
    /// The sale stands.
    Refused,
}

impl Return {
    fn new(state: ReturnState, reason: &str, at: Timestamp) -> Self {
        Self { state, reason: reason.to_owned(), at, payout_back: None, reverses: false }
    }

    /// Whether the sale is reversed.
    pub fn is_approved(&self) -> bool {
        self.state == ReturnState::Approved
    }
}

impl Lead {
    /// The buyer asks for a sale to be taken back. A refused request may be made again.
    ///
    /// # Errors
    /// `not_sold` without a sale to a buyer; `already_returned` when it is reversed or asked for.
    pub fn on_return_requested(
        &self,
        did: &DeliveryRef,
        reason: &str,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let sale = self.sale(did)?;
        match sale.returned.as_ref().map(|back| back.state) {
            None | Some(ReturnState::Refused) => {}
            Some(ReturnState::Requested | ReturnState::Approved) => {
                return Err(IllegalTransition::new("already_returned", "A return of this sale exists."));
            }
        }
        Ok(self.with_return(did, Return::new(ReturnState::Requested, reason, now)))
    }

    /// The return takes effect: the sale is reversed, and if `reverse_payout` says so, what the supplier earned with it. A
    /// payout that is one amount goes with the last sale that stands: a lead that somebody else still pays for was worth it.
    ///
    /// # Errors
    /// `not_sold` without a sale to a buyer; `not_requested` unless a request is open; `amount_overflow`.
    pub fn on_return_approved(
        &self,
        did: &DeliveryRef,
        reverse_payout: bool,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        let lead = self.decide_return(did, ReturnState::Approved, now)?;
        if reverse_payout { lead.giving_payout_back(did) } else { Ok(lead) }
    }

    /// The return is refused: the sale stands.
    ///
    /// # Errors
    /// As for [`Lead::on_return_approved`].
    pub fn on_return_refused(&self, did: &DeliveryRef, now: Timestamp) -> Result<Self, IllegalTransition> {
        self.decide_return(did, ReturnState::Refused, now)
    }

    fn decide_return(&self, did: &DeliveryRef, state: ReturnState, now: Timestamp) -> Result<Self, IllegalTransition> {
        match &self.sale(did)?.returned {
            Some(back) if back.state == ReturnState::Requested => {
                Ok(self.with_return(did, Return::new(state, &back.reason, now)))
            }
            Some(_) | None => Err(IllegalTransition::new("not_requested", "No return of this sale is waiting.")),
        }
    }

    fn with_return(&self, did: &DeliveryRef, back: Return) -> Self {
        let mut lead = self.clone();
        if let Some(sale) = lead.sale_mut(did) {
            sale.returned = Some(back);
        }
        lead
    }
}
