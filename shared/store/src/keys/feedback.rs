//! Keys of feedback: what others have said of a lead that they got, and how far who sent one has been told of it.

use domain::id::{DeliveryRef, LeadId};

use super::Key;

/// How far who sent a lead has been told of it.
pub const TELLING: &str = "feedback";
/// What sort keys of what was said of a lead begin with, in the partitions of leads.
pub const SAID: &str = "said#";
/// Partitions of the due index that tellings stand in: not those of leads.
pub const TELLING_DUE_SHARDS: u8 = 2;

/// How far who sent a lead has been told of it.
pub fn telling(lead: LeadId) -> Key {
    Key::new(lead.to_string(), TELLING)
}

/// Partition of [`super::DUE`] for tellings.
pub fn telling_due(shard: u8) -> String {
    format!("feedback_due#{shard}")
}

/// What was said of a lead under this id: by who got it by a delivery, or, without one, by who sent it.
pub fn said(lead: LeadId, did: Option<&DeliveryRef>, id: &str) -> Key {
    let did = did.map(DeliveryRef::as_str).unwrap_or_default();
    Key::new(lead.to_string(), format!("{SAID}{did}#{id}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn every_key_of_feedback_looks_as_it_always_did() {
        let lead: LeadId = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let did = "d.1".parse().unwrap();
        let keys = [telling(lead), said(lead, Some(&did), "att_1"), said(lead, None, "att_1")];
        let looks = keys.each_ref().map(|key| (key.table(), key.sk.as_str()));
        assert_eq!(looks, [("leads", "feedback"), ("leads", "said#d.1#att_1"), ("leads", "said##att_1")]);
        assert_eq!(telling_due(1), "feedback_due#1");
    }
}
