//! Reports: the numbers that leads and their money add up to, by the day on which they count.

mod column;
mod columns;
mod counts;
mod dimension;
mod filter;
mod period;
mod rows;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    column::{Column, Coverage},
    columns::Columns,
    counts::Counts,
    dimension::{Dimension, RowName},
    filter::Only,
    period::{InvalidPeriod, MAX_DAYS, MAX_DAYS_BY_MONTH, Period, Slice},
    rows::{MAX_ROWS, Report, ReportError, Row},
};
use crate::{
    id::{BuyerRef, CampaignRef, DeliveryRef, SupplierRef},
    money::Currency,
};

/// By which time something counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The day on which the lead came in.
    #[default]
    Received,
    /// The day of the sale that it is about; what is about none counts when the lead came in.
    Sold,
    /// The day on which it was booked. What is closed never changes in this view.
    Booked,
}

impl View {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Received, Self::Sold, Self::Booked];

    /// The word for it: `received`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sold => "sold",
            Self::Booked => "booked",
        }
    }
}

/// The days on which something counts, in the account's zone as it was when it was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// See [`View::Received`].
    #[serde(rename = "r")]
    pub received: Date,
    /// See [`View::Sold`].
    #[serde(rename = "s")]
    pub sold: Date,
    /// See [`View::Booked`].
    #[serde(rename = "b")]
    pub booked: Date,
}

impl Days {
    /// The day in one view.
    pub fn day(self, view: View) -> Date {
        match view {
            View::Received => self.received,
            View::Sold => self.sold,
            View::Booked => self.booked,
        }
    }
}

/// Where something counts: the finest grain of all reports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The lead's campaign.
    #[serde(rename = "c")]
    pub campid: CampaignRef,
    /// The lead's supplier.
    #[serde(rename = "s")]
    pub sid: SupplierRef,
    /// The delivery, where it is about a sale.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DeliveryRef>,
    /// The buyer that it sells to.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BuyerRef>,
    /// The currency of its money.
    #[serde(rename = "cu")]
    pub currency: Currency,
}
