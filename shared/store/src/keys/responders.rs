//! Keys of responders: how far leads are in them, when that is to be looked at, and what it all comes to.

use domain::id::{LeadId, ResponderRef};

use super::Key;

/// What sort keys of enrolments begin with, in the partitions of leads.
pub const ENROLMENT: &str = "responder#";
/// Partitions of the due index that enrolments stand in: not those of leads.
pub const ENROLMENT_DUE_SHARDS: u8 = 2;
/// Rows that the numbers of a responder are spread over, as many leads may move them at the same time.
pub const NUMBER_SLOTS: u8 = 8;

/// How far a lead is in a responder, for the how manieth time.
pub fn enrolment(lead: LeadId, rid: &ResponderRef, number: u16) -> Key {
    Key::new(lead.to_string(), format!("{ENROLMENT}{rid}#{number:05}"))
}

/// What the sort key of an enrolment says.
pub fn enrolment_of(sk: &str) -> Option<(ResponderRef, u16)> {
    let (rid, number) = sk.strip_prefix(ENROLMENT)?.split_once('#')?;
    Some((rid.parse().ok()?, number.parse().ok()?))
}

/// Partition of [`super::DUE`] for enrolments.
pub fn enrolment_due(shard: u8) -> String {
    format!("responder_due#{shard}")
}

/// The numbers of a responder, in one of its slots.
pub fn responder_numbers(rid: &ResponderRef, slot: u8) -> Key {
    Key::new(all_responder_numbers(rid), slot.to_string())
}

/// The partition of a responder's numbers.
pub fn all_responder_numbers(rid: &ResponderRef) -> String {
    format!("responder_numbers#{rid}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn every_key_of_responders_looks_as_it_always_did_and_says_what_it_is_of() {
        let (lead, rid) = ("lead_01JD3QZ8000000000000000003".parse().unwrap(), "wel.come-1".parse().unwrap());
        let key = enrolment(lead, &rid, 2);
        assert_eq!((key.table(), key.sk.as_str()), ("leads", "responder#wel.come-1#00002"));
        assert_eq!(enrolment_of(&key.sk), Some((rid.clone(), 2)));
        for sk in ["lead", "attempt#d1#00001", "responder#", "responder#x", "responder#x#y"] {
            assert_eq!(enrolment_of(sk), None, "{sk}");
        }
        let numbers = responder_numbers(&rid, 7);
        assert_eq!(
            (numbers.table(), numbers.pk.as_str(), numbers.sk.as_str()),
            ("setup", "responder_numbers#wel.come-1", "7")
        );
        assert_eq!(enrolment_due(1), "responder_due#1");
    }
}
