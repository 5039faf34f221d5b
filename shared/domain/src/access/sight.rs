//! Who sees what of a lead that is theirs to read, and of the money that follows from it. Every view, list, report and file
//! asks here; none has an answer of its own.

use std::borrow::Cow;

use super::Principal;
use crate::{
    finder::Activity,
    journal::Account,
    lead::{Lead, LeadDelivery},
    money::{Money, MoneyError},
};

/// Something that not everybody sees who may read the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Where leads are from: supplier, sub-supplier, source.
    Source,
    /// The lead in another campaign that one was made from.
    Transfer,
    /// Why a lead was put aside.
    QuarantineReason,
    /// How many leads came in, and what became of them by themselves.
    LeadCounts,
    /// How often leads were sold and returned.
    SaleCounts,
    /// Which deliveries and buyers have them, and every request. To a buyer, its own alone.
    Deliveries,
    /// Which deliveries a lead has not reached, and why.
    NotReached,
    /// What leads to the log lines of a request. Suppliers may choose it.
    CorrelationId,
    /// What buyers pay. To a buyer, what it pays itself.
    Revenue,
    /// What suppliers earn.
    Payout,
    /// What is left of the one after the other, and whatever tells both.
    Profit,
    /// The seller's orders about money: whose, which, and why.
    Orders,
}

impl Principal {
    /// Whether a part of what it may read is shown to it. The seller sees everything.
    #[rustfmt::skip]
    pub fn sees(&self, part: Part) -> bool {
        let (supplier, buyer) = match part {
            //                        its supplier, its buyers
            Part::Source           => (true,        false),
            Part::Transfer         => (false,       false),
            Part::QuarantineReason => (false,       false),
            Part::LeadCounts       => (true,        false),
            Part::SaleCounts       => (true,        true),
            Part::Deliveries       => (false,       true),
            Part::NotReached       => (false,       false),
            Part::CorrelationId    => (false,       false),
            Part::Revenue          => (false,       true),
            Part::Payout           => (true,        false),
            Part::Profit           => (false,       false),
            Part::Orders           => (false,       false),
        };
        match self {
            Self::Seller => true,
            Self::Supplier { .. } => supplier,
            Self::Buyer { .. } => buyer,
        }
    }

    /// Whether it is told that something has happened to a lead. The seller is told everything.
    #[rustfmt::skip]
    pub fn sees_activity(&self, activity: Activity) -> bool {
        let (supplier, buyer) = match activity {
            //                           its supplier, its buyers
            Activity::Redelivered     => (false,       true),
            Activity::Returned        => (true,        true),
            Activity::ReturnRequested => (false,       true),
            Activity::ReturnRefused   => (false,       true),
            Activity::ReturnUndone    => (true,        true),
            Activity::PayoutUpdated   => (true,        false),
            Activity::RevenueUpdated  => (false,       true),
            Activity::Quarantined     => (true,        false),
            Activity::Released        => (true,        false),
            Activity::Unsubscribed    => (true,        true),
            Activity::Resubscribed    => (true,        true),
            Activity::Feedback        => (false,       true),
            Activity::JoinedResponder => (false,       false),
            Activity::MessageOrdered  => (false,       false),
        };
        match self {
            Self::Seller => true,
            Self::Supplier { .. } => supplier,
            Self::Buyer { .. } => buyer,
        }
    }

    /// Whether a delivery of a lead is shown to it.
    pub fn sees_delivery(&self, delivery: &LeadDelivery) -> bool {
        self.sees(Part::Deliveries) && self.is_told_by(delivery)
    }

    /// Whether what is moved on an account is shown to it: a supplier and a buyer have their own.
    pub fn sees_account(&self, account: &Account) -> bool {
        match (self, account) {
            (Self::Seller, _) => true,
            (Self::Supplier { sid }, Account::SupplierPayable(owner)) => owner == sid,
            (Self::Buyer { bid }, Account::BuyerReceivable(owner) | Account::BuyerCredit(owner)) => owner == bid,
            (
                Self::Supplier { .. },
                Account::BuyerReceivable(_)
                | Account::BuyerCredit(_)
                | Account::Revenue(_)
                | Account::PayoutCost(_)
                | Account::Cash
                | Account::Adjustments,
            )
            | (
                Self::Buyer { .. },
                Account::SupplierPayable(_)
                | Account::Revenue(_)
                | Account::PayoutCost(_)
                | Account::Cash
                | Account::Adjustments,
            ) => false,
        }
    }

    /// The lead whose statuses are told to it: to a buyer, as if it were the only one.
    pub fn told_of<'a>(&self, lead: &'a Lead) -> Cow<'a, Lead> {
        if lead.deliveries.values().all(|delivery| self.is_told_by(delivery)) {
            return Cow::Borrowed(lead);
        }
        let mut told = lead.clone();
        told.deliveries.retain(|_, delivery| self.is_told_by(delivery));
        Cow::Owned(told)
    }

    /// What of the price of a lead is shown to it: all that buyers pay, or what it pays itself.
    ///
    /// # Errors
    /// When the sum cannot be held.
    pub fn revenue_of(&self, lead: &Lead) -> Result<Option<Money>, MoneyError> {
        match self {
            Self::Seller => lead.revenue().map(Some),
            Self::Supplier { .. } => Ok(None),
            Self::Buyer { bid } => lead.revenue_from(bid).map(Some),
        }
    }

    /// A buyer hears nothing of others; what became of a lead in the end, its supplier hears of all.
    fn is_told_by(&self, delivery: &LeadDelivery) -> bool {
        match self {
            Self::Seller | Self::Supplier { .. } => true,
            Self::Buyer { bid } => delivery.bid.as_ref() == Some(bid),
        }
    }
}
