//! Keys of feedback: what others have said of a lead, and how far they have been told of it.

use domain::id::{DeliveryRef, LeadId};

use super::Key;

/// What sort keys begin with of how far others have been told of a lead.
pub const TELLING: &str = "feedback";
/// What sort keys of what was said of a lead begin with, in the partitions of leads.
pub const SAID: &str = "said#";
/// Partitions of the due index that tellings stand in: not those of leads.
pub const TELLING_DUE_SHARDS: u8 = 2;

/// How far who got a lead by a delivery has been told of it, or, without one, who sent it.
pub fn telling(lead: LeadId, did: Option<&DeliveryRef>) -> Key {
    let sk = did.map_or_else(|| TELLING.to_owned(), |did| format!("{TELLING}#{did}"));
    Key::new(lead.to_string(), sk)
}

/// What sort keys begin with of what was said of a lead by who got it by a delivery, or, without one, by who sent it.
pub fn said_by(did: Option<&DeliveryRef>) -> String {
    format!("{SAID}{}#", did.map(DeliveryRef::as_str).unwrap_or_default())
}

/// Partition of [`super::DUE`] for tellings.
pub fn telling_due(shard: u8) -> String {
    format!("feedback_due#{shard}")
}

/// What was said of a lead under this id: by who got it by a delivery, or, without one, by who sent it.
pub fn said(lead: LeadId, did: Option<&DeliveryRef>, id: &str) -> Key {
    Key::new(lead.to_string(), format!("{}{id}", said_by(did)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn every_key_of_feedback_looks_as_it_always_did() {
        let lead: LeadId = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let did = "d.1".parse().unwrap();
        let keys = [
            telling(lead, None),
            telling(lead, Some(&did)),
            said(lead, Some(&did), "att_1"),
            said(lead, None, "att_1"),
        ];
        assert!(keys.iter().all(|key| key.table() == "leads"));
        let looks = keys.each_ref().map(|key| key.sk.as_str());
        assert_eq!(looks, ["feedback", "feedback#d.1", "said#d.1#att_1", "said##att_1"]);
        assert_eq!(telling_due(1), "feedback_due#1");
    }
}
