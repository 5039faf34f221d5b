//! Keys of the indexes that leads are listed by.

use domain::{
    id::{CampaignRef, LeadId, SupplierRef},
    lead::SoldStatus,
    time::rfc3339,
};
use jiff::Timestamp;

use super::month;

/// Index of a campaign's leads.
pub const BY_CAMPAIGN: &str = "by_campaign";
/// Index of a supplier's leads.
#[cfg(test)]
pub const BY_SUPPLIER: &str = "by_supplier";
/// Index of the leads of a sold status.
pub const BY_STATUS: &str = "by_status";
/// Index of the leads of an e-mail address.
pub const BY_EMAIL: &str = "by_email";
/// Index of the leads of a phone number.
pub const BY_PHONE: &str = "by_phone";
/// Index of the leads that wait for a time.
pub const DUE: &str = "due";

/// Partitions per month and supplier.
pub const SUPPLIER_SHARDS: u8 = 4;
/// Partitions per month and sold status: few statuses hold all leads, and a hot partition would throttle the table.
pub const STATUS_SHARDS: u8 = 8;
/// Partitions of the due index.
pub const DUE_SHARDS: u8 = 4;

/// The sort key that all lead indexes share: when it was received, and which it is.
pub fn received(id: LeadId, received: Timestamp) -> String {
    format!("{}#{id}", rfc3339(received))
}

/// Up to this sort key, leads were received before `at`.
pub fn received_before(at: Timestamp) -> String {
    rfc3339(at)
}

/// Partition of [`BY_CAMPAIGN`].
pub fn by_campaign(campid: &CampaignRef, at: Timestamp, shard: u8) -> String {
    format!("{campid}#{}#{shard}", month(at))
}

/// Partition of `BY_SUPPLIER`.
pub fn by_supplier(sid: &SupplierRef, at: Timestamp, shard: u8) -> String {
    format!("{sid}#{}#{shard}", month(at))
}

/// Partition of [`BY_STATUS`].
pub fn by_status(status: SoldStatus, at: Timestamp, shard: u8) -> String {
    format!("{}#{}#{shard}", status.word(), month(at))
}

/// Partition of [`DUE`].
pub fn due(shard: u8) -> String {
    format!("due#{shard}")
}

/// Sort key of [`DUE`].
pub fn due_at(at: Timestamp) -> String {
    rfc3339(at)
}
