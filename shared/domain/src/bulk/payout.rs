//! What the supplier earns is put right.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{lead::Lead, money::Money, setup::Invalid, words::journal_reason};

/// What the supplier earns with each lead from now on, if it earns anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkUpdatePayout)]
pub struct UpdatePayout {
    /// How much: zero or more.
    pub payout: Money,
    /// Why: up to 100 characters on one line, which the journal keeps for good. No e-mail address and no phone number.
    pub reason: String,
}

impl UpdatePayout {
    pub(super) fn check(&self) -> Vec<Invalid> {
        [check_amount("payout", self.payout), journal_reason("reason", &self.reason).err()]
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        let order = ordered.job.to_string();
        let after = lead.on_payout_edited(self.payout, ordered.edit(&order, self.reason.trim()), ordered.now)?;
        edited(lead, after)
    }
}

/// An amount that no lead could have.
pub(super) fn check_amount(field: &str, amount: Money) -> Option<Invalid> {
    let detail = "Name an amount of zero or more, as a lead can be worth; a return is what takes it back.";
    (!amount.is_price()).then(|| Invalid::new(field, "amount", detail))
}

/// An edit by nothing would be an entry of nothing.
pub(super) fn edited(before: &Lead, after: Lead) -> Result<Change, Refusal> {
    let is_edited = after.edits.len() > before.edits.len();
    let moves_nothing = after.edits.last().is_none_or(|edit| edit.delta.minor == 0);
    if !is_edited || moves_nothing { Err(Refusal::unchanged()) } else { Ok(Change::of(after, Then::Nothing)) }
}
