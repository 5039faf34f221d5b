//! A buyer's credit, and the order to change it.

use domain::{
    credit::CreditRule,
    id::BuyerRef,
    journal::{Account, Entry, EntryKind, Line},
    money::{Money, MoneyError},
    words::journal_reason,
};
use lambda::{Problem, problem::FieldError};
use serde::{Deserialize, Serialize};
use store::{Credit, CreditOrder};
use utoipa::ToSchema;

use crate::once::Ordered;

/// How a buyer's credit stands.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = BuyerCredit)]
pub(crate) struct CreditView {
    bid: BuyerRef,
    /// What was added, less what it bought, and more what it returned; below zero, what it owes. A request that stays `unknown` or
    /// `awaiting_feedback` counts as bought at what was set aside for it, until it is known; its statement has it only then, and
    /// differs by just that.
    balance: Money,
    /// What is set aside for requests that are under way, or to be made again.
    reserved: Money,
    /// How far the balance may go below zero; none for who pays first.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Money>,
    /// What it can buy for at the moment: `balance` − `reserved` + `limit`. Below zero where an edit or a lower limit took more.
    available: Money,
}

/// A change of a buyer's credit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreditForm {
    kind: CreditKind,
    /// What the buyer paid, above zero; or by how much its credit is put right, up or down.
    pub(crate) amount: Money,
    /// Why: up to 100 characters on one line, which the journal keeps for good. No e-mail address and no phone number.
    reason: String,
}

/// Why credit changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CreditKind {
    /// The buyer has paid.
    Added,
    /// It is put right.
    Adjusted,
}

/// A change that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreditChange)]
pub(crate) struct CreditChanged {
    /// What its entry is called in the journal.
    id: String,
    /// The order, which its entry names.
    order: String,
    bid: BuyerRef,
    kind: CreditKind,
    amount: Money,
    reason: String,
}

impl CreditView {
    /// Of a buyer with this rule; no credit: nothing has moved it yet.
    pub(crate) fn new(bid: BuyerRef, rule: &CreditRule, credit: Option<Credit>) -> Result<Self, MoneyError> {
        let nothing = Money::zero(rule.currency());
        let Credit { balance: free, reserved } = credit.unwrap_or(Credit { balance: nothing, reserved: nothing });
        let limit = match rule {
            CreditRule::Prepaid { .. } => None,
            CreditRule::Limit { limit, .. } => Some(*limit),
        };
        let available = limit.map_or(Ok(free), |limit| free.add(limit))?;
        Ok(Self { bid, balance: free.add(reserved)?, reserved, limit, available })
    }
}

impl CreditForm {
    /// The reason, if nothing is wrong with the order.
    ///
    /// # Errors
    /// 422 with everything that is.
    pub(crate) fn check(&self, rule: &CreditRule) -> Result<String, Problem> {
        let mut found = Vec::new();
        let currency = rule.currency();
        if self.amount.currency != currency {
            let detail = format!("The buyer's credit is in {currency}; name the amount in it.");
            found.push(FieldError::new("amount", "wrong_currency", detail));
        }
        if !(Money { minor: self.amount.minor.saturating_abs(), ..self.amount }).is_price() {
            found.push(FieldError::new("amount", "too_large", "Nobody pays that much; check the amount."));
        }
        match self.kind {
            CreditKind::Added if self.amount.minor <= 0 => {
                let detail = "What is added is above zero; use adjusted to take something back.";
                found.push(FieldError::new("amount", "range", detail));
            }
            CreditKind::Adjusted if self.amount.minor == 0 => {
                found.push(FieldError::new("amount", "range", "An adjustment by nothing changes nothing."));
            }
            CreditKind::Added | CreditKind::Adjusted => {}
        }
        let reason =
            journal_reason("reason", &self.reason).map_err(|finding| found.push(finding.into())).unwrap_or_default();
        if found.is_empty() {
            return Ok(reason);
        }
        Err(Problem::invalid(found))
    }

    /// What it moves: credit is what the buyer is owed, so more of it stands on the credit side.
    pub(crate) fn entry(&self, bid: &BuyerRef, ordered: Ordered<'_>) -> Result<Entry, MoneyError> {
        let (kind, from) = match self.kind {
            CreditKind::Added => (EntryKind::CreditAdded, Account::Cash),
            CreditKind::Adjusted => (EntryKind::CreditAdjusted, Account::Adjustments),
        };
        let lines = vec![
            Line { account: from, minor: self.amount.minor },
            Line { account: Account::BuyerCredit(bid.clone()), minor: self.amount.neg()?.minor },
        ];
        let [order, by, reason] = [ordered.id, ordered.by, ordered.reason].map(|text| Some(text.to_owned()));
        Ok(Entry { kind, lines, by, order, reason })
    }

    pub(crate) fn changed(&self, order: &CreditOrder, bid: BuyerRef, reason: String) -> CreditChanged {
        let id = order.entry_id(&bid);
        CreditChanged { id, order: order.id.clone(), bid, kind: self.kind, amount: self.amount, reason }
    }
}
