//! The order to change prices and payouts: read, checked, and carried out on one lead.

use std::collections::BTreeMap;

use domain::{
    id::{BuyerRef, DeliveryRef, LeadId},
    lead::{EditOrder, IllegalTransition, Lead},
    money::Money,
    words::journal_reason,
};
use jiff::Timestamp;
use lambda::{Problem, problem::FieldError};
use serde::{Deserialize, Serialize};
use store::EditOutcome;
use utoipa::ToSchema;

use crate::once::Ordered;

/// The leads of an order.
pub(crate) type Leads = BTreeMap<LeadId, Lead>;

/// Most leads of an order.
const MAX_EDITS: usize = 100;

/// Prices and payouts to be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinancialEditsForm {
    /// Why: up to 100 characters on one line, which the journal keeps for good. No e-mail address and no phone number.
    pub(crate) reason: String,
    /// What is to be changed, up to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) edits: Vec<FinancialEdit>,
}

/// A change of one lead; with both amounts, both or none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinancialEdit {
    pub(crate) lead_id: LeadId,
    /// Whose price; needed, or `did`, where the lead is sold more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<BuyerRef>,
    /// Through which delivery; needed where one buyer has the lead more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    did: Option<DeliveryRef>,
    /// What the buyer pays from now on. Only leads that are approved and sold bring revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<Money>,
    /// What the supplier earns with the lead from now on, if it earns anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<Money>,
}

/// What an edit comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Planned {
    /// The lead as it is to be.
    Change(Box<Lead>),
    /// Nothing is to be written: it is done, or will not be.
    Not(EditOutcome),
}

impl FinancialEditsForm {
    /// The reason, if nothing is wrong with the order.
    ///
    /// # Errors
    /// 422 with everything that is.
    pub(crate) fn check(&self) -> Result<String, Problem> {
        let mut found = Vec::new();
        if !(1..=MAX_EDITS).contains(&self.edits.len()) {
            found.push(FieldError::new("edits", "count", format!("Send 1 to {MAX_EDITS} edits at a time.")));
        }
        for (at, edit) in self.edits.iter().enumerate().take(MAX_EDITS) {
            if edit.revenue.is_none() && edit.payout.is_none() {
                let detail = "Name a revenue, a payout, or both.";
                found.push(FieldError::new(format!("edits.{at}"), "nothing_to_change", detail));
            }
            let names = [("bid", edit.bid.is_some()), ("did", edit.did.is_some())];
            for (name, _) in names.iter().filter(|(_, is_named)| *is_named && edit.revenue.is_none()) {
                let detail = format!("Only a revenue is of a sale; leave {name} out, or name the revenue.");
                found.push(FieldError::new(format!("edits.{at}.{name}"), "not_for_payout", detail));
            }
        }
        let reason =
            journal_reason("reason", &self.reason).map_err(|finding| found.push(finding.into())).unwrap_or_default();
        if found.is_empty() {
            return Ok(reason);
        }
        Err(Problem::invalid(found))
    }

    /// Everything that the order says, to tell it from another that comes with the same key.
    pub(crate) fn says(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&(&self.reason, &self.edits))
    }

    /// What is to become of each edit, one after the other, as the leads are.
    pub(crate) fn decide(&self, mut leads: Leads, ordered: Ordered<'_>, now: Timestamp) -> Vec<EditOutcome> {
        let mut decided = Vec::with_capacity(self.edits.len());
        for (number, edit) in self.edits.iter().enumerate() {
            let Some(lead) = leads.get_mut(&edit.lead_id) else {
                decided.push(EditOutcome::NotFound);
                continue;
            };
            decided.push(match edit.plan(lead, ordered.edit(&ordered.name(number)), now) {
                Planned::Change(after) => {
                    *lead = *after;
                    EditOutcome::Changed
                }
                Planned::Not(outcome) => outcome,
            });
        }
        decided
    }
}

impl FinancialEdit {
    /// What it comes to for the lead as it is.
    pub(crate) fn plan(&self, lead: &Lead, order: EditOrder<'_>, now: Timestamp) -> Planned {
        if lead.edits.iter().any(|edit| edit.order == order.order) {
            return Planned::Not(EditOutcome::Changed);
        }
        match self.changed(lead, order, now) {
            Ok(after) if after.edits.len() == lead.edits.len() => Planned::Not(EditOutcome::Unchanged),
            Ok(after) => Planned::Change(Box::new(after)),
            Err(IllegalTransition { code, detail }) => {
                Planned::Not(EditOutcome::Refused { code: code.to_owned(), detail })
            }
        }
    }

    fn changed(&self, lead: &Lead, order: EditOrder<'_>, now: Timestamp) -> Result<Lead, IllegalTransition> {
        let mut lead = lead.clone();
        if let Some(revenue) = self.revenue {
            let after = lead.on_revenue_edited(self.bid.as_ref(), self.did.as_ref(), revenue, order, now)?;
            lead = if changes_nothing(&after) { lead } else { after };
        }
        if let Some(payout) = self.payout {
            let after = lead.on_payout_edited(payout, order, now)?;
            lead = if changes_nothing(&after) { lead } else { after };
        }
        Ok(lead)
    }
}

/// An edit by nothing would be an entry of nothing.
fn changes_nothing(after: &Lead) -> bool {
    after.edits.last().is_some_and(|edit| edit.delta.minor == 0)
}
