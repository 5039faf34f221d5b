//! The columns of reports: who sees which, and where one has nothing to say.

use crate::access::{Part, Principal};

/// One column. What it says stands at the field of [`Columns`](super::Columns) of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `leads`
    Leads,
    /// `valid`
    Valid,
    /// `invalid`
    Invalid,
    /// `pending`
    Pending,
    /// `approved`
    Approved,
    /// `rejected`
    Rejected,
    /// `sold`
    Sold,
    /// `returns`
    Returns,
    /// `return_pct`
    ReturnPct,
    /// `contacted`
    Contacted,
    /// `not_reached`
    NotReached,
    /// `converted`
    Converted,
    /// `converted_value`
    ConvertedValue,
    /// `payable`
    Payable,
    /// `payout`
    Payout,
    /// `revenue`
    Revenue,
    /// `profit`
    Profit,
    /// `cpl`
    Cpl,
    /// `rpl`
    Rpl,
}

/// What the numbers of a row cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Everything: leads, and what came of them.
    All,
    /// Sales alone, as of one buyer or delivery.
    Sales,
    /// All but sales: leads as they come in, and what is paid for these alone.
    NoSale,
}

impl Column {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 19] = [
        Self::Leads,
        Self::Valid,
        Self::Invalid,
        Self::Pending,
        Self::Approved,
        Self::Rejected,
        Self::Sold,
        Self::Returns,
        Self::ReturnPct,
        Self::Contacted,
        Self::NotReached,
        Self::Converted,
        Self::ConvertedValue,
        Self::Payable,
        Self::Payout,
        Self::Revenue,
        Self::Profit,
        Self::Cpl,
        Self::Rpl,
    ];

    /// Its name: `return_pct`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Sold => "sold",
            Self::Returns => "returns",
            Self::ReturnPct => "return_pct",
            Self::Contacted => "contacted",
            Self::NotReached => "not_reached",
            Self::Converted => "converted",
            Self::ConvertedValue => "converted_value",
            Self::Payable => "payable",
            Self::Payout => "payout",
            Self::Revenue => "revenue",
            Self::Profit => "profit",
            Self::Cpl => "cpl",
            Self::Rpl => "rpl",
        }
    }

    /// Those that somebody may see, in order.
    pub fn seen_by(viewer: &Principal) -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| column.is_for(viewer)).collect()
    }

    /// Whether somebody may see it.
    pub(super) fn is_for(self, viewer: &Principal) -> bool {
        viewer.sees(match self {
            Self::Leads | Self::Valid | Self::Invalid | Self::Pending | Self::Approved | Self::Rejected => {
                Part::LeadCounts
            }
            Self::Sold | Self::Returns | Self::ReturnPct => Part::SaleCounts,
            Self::Payable | Self::Payout | Self::Cpl => Part::Payout,
            // What a buyer makes of its leads is between it and the seller.
            Self::Contacted | Self::NotReached | Self::Converted | Self::ConvertedValue | Self::Revenue => {
                Part::Revenue
            }
            // Revenue per lead tells a supplier the price, and a buyer how many leads there are.
            Self::Profit | Self::Rpl => Part::Profit,
        })
    }

    /// Whether it says something of what is covered. A lead is of no buyer until it is sold, and may be of several then: so
    /// what is counted in leads is not split by buyer, and only the whole tells what became of them.
    pub(super) fn is_of(self, coverage: Coverage) -> bool {
        let (sales, no_sale) = match self {
            Self::Leads | Self::Valid | Self::Invalid => (false, true),
            Self::Pending | Self::Approved | Self::Rejected | Self::Payable | Self::Cpl | Self::Rpl => (false, false),
            Self::Sold
            | Self::Returns
            | Self::ReturnPct
            | Self::Contacted
            | Self::NotReached
            | Self::Converted
            | Self::ConvertedValue
            | Self::Revenue => (true, false),
            Self::Payout | Self::Profit => (true, true),
        };
        match coverage {
            Coverage::All => true,
            Coverage::Sales => sales,
            Coverage::NoSale => no_sale,
        }
    }
}
