//! What a report has a row for, and which row a cell of the books belongs to.

use std::str::FromStr;

use jiff::civil::Date;
use serde::Serialize;
use serde_with::DeserializeFromStr;
use utoipa::ToSchema;

use super::Place;
use crate::access::{Part, Principal};

/// What a report has a row for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, DeserializeFromStr, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Each campaign.
    Campaign,
    /// Each supplier.
    Supplier,
    /// Each buyer.
    Buyer,
    /// Each delivery.
    Delivery,
    /// Each day of the account's zone.
    Day,
    /// Each month of the account's zone.
    Month,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Campaign, Self::Supplier, Self::Buyer, Self::Delivery, Self::Day, Self::Month];

    /// The word for it, as it stands in the path: `campaign`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Supplier => "supplier",
            Self::Buyer => "buyer",
            Self::Delivery => "delivery",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// What the field with the row's name is called: `campid`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Campaign => "campid",
            Self::Supplier => "sid",
            Self::Buyer => "bid",
            Self::Delivery => "did",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Whether somebody may ask for such rows: they name what they are about.
    pub fn is_for(self, viewer: &Principal) -> bool {
        match self {
            Self::Campaign | Self::Day | Self::Month => true,
            Self::Supplier => viewer.sees(Part::Source),
            Self::Buyer | Self::Delivery => viewer.sees(Part::Deliveries),
        }
    }

    /// The row of what is counted at `place` on `day`.
    pub(super) fn row(self, day: Date, place: &Place) -> RowName {
        let of_sale = |name: Option<&str>| name.map_or(RowName::NoSale, |name| RowName::Named(name.to_owned()));
        match self {
            Self::Campaign => RowName::Named(place.campid.to_string()),
            Self::Supplier => RowName::Named(place.sid.to_string()),
            Self::Buyer => of_sale(place.bid.as_ref().map(|bid| bid.as_str())),
            Self::Delivery => of_sale(place.did.as_ref().map(|did| did.as_str())),
            Self::Day => RowName::Named(day.to_string()),
            Self::Month => RowName::Named(day.strftime("%Y-%m").to_string()),
        }
    }
}

/// The text is no dimension.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reports are by campaign, supplier, buyer, delivery, day or month")]
pub struct NoDimension;

impl FromStr for Dimension {
    type Err = NoDimension;

    fn from_str(text: &str) -> Result<Self, NoDimension> {
        Self::ALL.into_iter().find(|one| one.word() == text).ok_or(NoDimension)
    }
}

/// What a row is about. Sorts as it is listed: what belongs to no sale comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowName {
    /// A reference, a day `2026-11-05` or a month `2026-11`.
    Named(String),
    /// What is about no sale, and so about no buyer and no delivery: leads as they come in, and what is paid for these alone.
    NoSale,
}
