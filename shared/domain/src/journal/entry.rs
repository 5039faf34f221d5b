//! Entries: what an event moves between accounts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::ToSchema;

use crate::id::{BuyerRef, CampaignRef, SupplierRef};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A buyer bought a lead, and its supplier earned what comes with that.
    Sale,
    /// A supplier earned something without a sale.
    Payout,
    /// A sale was taken back.
    Return,
    /// A payout was taken back.
    PayoutReversal,
    /// A return was undone: the sale stands again.
    ReturnUndone,
    /// A payout was given again with that.
    PayoutRestored,
    /// The price of a sale was changed.
    RevenueEdit,
    /// A payout was changed.
    PayoutEdit,
    /// A buyer paid for credit.
    CreditAdded,
    /// A buyer's credit was put right.
    CreditAdjusted,
}

/// The same word as in JSON: `sale`.
impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Where money is, or is owed; in text `buyer_receivable:b1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr)]
pub enum Account {
    /// What a buyer owes.
    BuyerReceivable(BuyerRef),
    /// What a buyer has paid in advance, or may still buy for; below zero it is owed to the buyer.
    BuyerCredit(BuyerRef),
    /// What a campaign brings; below zero, as income is.
    Revenue(CampaignRef),
    /// What a campaign's leads cost.
    PayoutCost(CampaignRef),
    /// What a supplier is owed; below zero, as debts are.
    SupplierPayable(SupplierRef),
    /// Money that came in from buyers.
    Cash,
    /// Corrections that no business stands behind.
    Adjustments,
}

/// The text names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account is a word, and for most a reference, such as buyer_receivable:b1")]
pub struct UnknownAccount;

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuyerReceivable(bid) => write!(f, "buyer_receivable:{bid}"),
            Self::BuyerCredit(bid) => write!(f, "buyer_credit:{bid}"),
            Self::Revenue(campid) => write!(f, "revenue:{campid}"),
            Self::PayoutCost(campid) => write!(f, "payout_cost:{campid}"),
            Self::SupplierPayable(sid) => write!(f, "supplier_payable:{sid}"),
            Self::Cash => f.write_str("cash"),
            Self::Adjustments => f.write_str("adjustments"),
        }
    }
}

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let (word, reference) = text.split_once(':').unwrap_or((text, ""));
        match word {
            "buyer_receivable" => reference.parse().map(Self::BuyerReceivable).map_err(|_| UnknownAccount),
            "buyer_credit" => reference.parse().map(Self::BuyerCredit).map_err(|_| UnknownAccount),
            "revenue" => reference.parse().map(Self::Revenue).map_err(|_| UnknownAccount),
            "payout_cost" => reference.parse().map(Self::PayoutCost).map_err(|_| UnknownAccount),
            "supplier_payable" => reference.parse().map(Self::SupplierPayable).map_err(|_| UnknownAccount),
            "cash" if reference.is_empty() => Ok(Self::Cash),
            "adjustments" if reference.is_empty() => Ok(Self::Adjustments),
            _ => Err(UnknownAccount),
        }
    }
}

/// What an entry moves on one account: debits are positive, credits negative, in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The account.
    #[serde(rename = "a")]
    pub account: Account,
    /// How much.
    #[serde(rename = "m")]
    pub minor: i64,
}

/// What an event moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What happened.
    #[serde(rename = "k")]
    pub kind: EntryKind,
    /// What is moved; adds up to nothing.
    #[serde(rename = "l")]
    pub lines: Vec<Line>,
    /// Who did it, if a person or a program of the seller's did.
    #[serde(rename = "by", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The order that it was made by: one order may make many entries. None where a lead's own way made it.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Why, in their words, or a return's reason code.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Entry {
    /// An entry that moves `minor` from the second account to the first.
    pub(crate) fn moving(kind: EntryKind, minor: i64, to: Account, from: Account) -> Self {
        Self { kind, lines: Vec::new(), by: None, order: None, reason: None }.and(minor, to, from)
    }

    /// And as much more between two others.
    #[must_use]
    pub(crate) fn and(mut self, minor: i64, to: Account, from: Account) -> Self {
        self.lines.push(Line { account: to, minor });
        self.lines.push(Line { account: from, minor: -minor });
        self
    }

    /// Whether its lines add up to nothing, as they must.
    pub fn is_balanced(&self) -> bool {
        self.lines.iter().map(|line| i128::from(line.minor)).sum::<i128>() == 0
    }

    /// What it moves on the accounts of a buyer, in minor units: what the buyer owes more.
    pub fn owed_by(&self, buyer: &BuyerRef) -> i64 {
        self.sum(|account| match account {
            Account::BuyerReceivable(bid) | Account::BuyerCredit(bid) => bid == buyer,
            Account::Revenue(_)
            | Account::PayoutCost(_)
            | Account::SupplierPayable(_)
            | Account::Cash
            | Account::Adjustments => false,
        })
    }

    /// What it moves on the account of a supplier, in minor units: what the supplier is owed more.
    pub fn owed_to(&self, supplier: &SupplierRef) -> i64 {
        -self.sum(|account| match account {
            Account::SupplierPayable(sid) => sid == supplier,
            Account::BuyerReceivable(_)
            | Account::BuyerCredit(_)
            | Account::Revenue(_)
            | Account::PayoutCost(_)
            | Account::Cash
            | Account::Adjustments => false,
        })
    }

    fn sum(&self, counts: impl Fn(&Account) -> bool) -> i64 {
        self.lines.iter().filter(|line| counts(&line.account)).map(|line| line.minor).sum()
    }
}
