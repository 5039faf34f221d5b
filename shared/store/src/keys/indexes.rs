//! Keys of the indexes that leads are listed by.

use domain::{
    id::{CampaignRef, LeadId, SupplierRef},
    lead::SoldStatus,
    time::rfc3339,
};
use jiff::Timestamp;

/// Partitions per month and supplier, and per month and sold status: plans count by them.
pub use domain::query::{SUPPLIER_PARTS as SUPPLIER_SHARDS, status_parts as status_shards};

use super::month;

/// Behind everything that begins with the same characters: nothing in a key is greater.
const END: char = '~';

/// Index of a campaign's leads.
pub const BY_CAMPAIGN: &str = "by_campaign";
/// Index of a supplier's leads.
pub const BY_SUPPLIER: &str = "by_supplier";
/// Index of the leads of a sold status.
pub const BY_STATUS: &str = "by_status";
/// Index of the leads of an e-mail address.
pub const BY_EMAIL: &str = "by_email";
/// Index of the leads of a phone number.
pub const BY_PHONE: &str = "by_phone";
/// Index of the leads that wait for a time.
pub const DUE: &str = "due";

/// Partitions of the due index.
pub const DUE_SHARDS: u8 = 4;

/// The sort key that all lead indexes share: when it was received, and which it is.
pub fn received(id: LeadId, received: Timestamp) -> String {
    format!("{}#{id}", rfc3339(received))
}

/// The lead in such a sort key, and when it was received.
pub fn received_of(sk: &str) -> Option<(LeadId, Timestamp)> {
    let (received, id) = sk.split_once('#')?;
    Some((id.parse().ok()?, received.parse().ok()?))
}

/// Behind this sort key, leads were received later than `at`.
pub fn received_until(at: Timestamp) -> String {
    format!("{}{END}", rfc3339(at))
}

/// Up to this sort key, leads were received before `at`.
pub fn received_before(at: Timestamp) -> String {
    rfc3339(at)
}

/// Partition of [`BY_CAMPAIGN`].
pub fn by_campaign(campid: &CampaignRef, at: Timestamp, shard: u8) -> String {
    format!("{campid}#{}#{shard}", month(at))
}

/// Partition of [`BY_SUPPLIER`].
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn a_sort_key_tells_its_lead_and_lies_between_before_and_until() {
        let id: LeadId = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let at: Timestamp = "2026-11-05T10:20:30.400Z".parse().unwrap();
        let sk = received(id, at);
        assert_eq!(received_of(&sk), Some((id, at)));
        assert_eq!(received_of("2026-11-05T10:20:30.400Z"), None);
        assert!(received_before(at) < sk && sk < received_until(at));
    }
}
