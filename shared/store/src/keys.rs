//! Every key of every table: the only place that builds them.
//!
//! | read or write | how | cost |
//! |---|---|---|
//! | take a lead in | transaction: lead row + claim marker (+ idempotency marker) | 4 WRU (+ 2), and 1 per index that lists it: campaign, supplier, status, and e-mail and phone if sent |
//! | a lead | get `lead_…` / `lead` | 1 RRU per 4 KB; 0.5 for the sweeper, which reads up to 100 at once, eventually |
//! | a lead with its attempts | query `lead_…`, consistent | 1 RRU per 4 KB |
//! | a step of a lead | conditional update of its row | 1 WRU; + 2 when the sold status moves; + 1 or 2 when its due time comes or goes |
//! | an attempt's answer | put `lead_…` / `attempt#did#n` | 1 WRU per KB of answer |
//! | leads of a campaign, supplier or status, newest first | query `by_campaign`, `by_supplier`, `by_status`, per month and shard | 0.5 RRU per 4 KB |
//! | leads of a person | query `by_email`, `by_phone` with a keyed hash | 0.5 RRU |
//! | leads whose time has come | query `due`, per shard, up to now | 0.5 RRU per 4 KB |
//! | a set-up record | get `campaign` / `campid`, and so on, consistent; cached | 1 RRU per 4 KB, per 30 s |
//! | a key | get `key` / id, consistent; cached | 1 RRU per 30 s |
//! | a key is made or revoked | transaction: the key + its owner's ring, `key_ring` / owner | 4 WRU; a revocation reads the key first, 1 RRU |
//! | a key is made once | get `key_request` / caller and hash, consistent; the transaction with its marker | 1 RRU, 6 WRU |
//!
//! What whole paths cost is asserted by `tests/tests/budgets`.

use domain::{
    access::Principal,
    campaign::Campaign,
    id::{CampaignRef, DeliveryRef, KeyId, LeadId, SupplierRef},
    lead::SoldStatus,
    setup::Kind,
    time::rfc3339,
};
use jiff::{Timestamp, tz::TimeZone};

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

/// Partitions per month and supplier.
pub const SUPPLIER_SHARDS: u8 = 4;
/// Partitions per month and sold status: few statuses hold all leads, and a hot partition would throttle the table.
pub const STATUS_SHARDS: u8 = 8;
/// Partitions of the due index.
pub const DUE_SHARDS: u8 = 4;

/// The primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

/// The sort key of a lead's own row.
pub const LEAD: &str = "lead";

/// A lead's own row.
pub fn lead(id: LeadId) -> Key {
    Key::new(id.to_string(), LEAD)
}

/// The answer to one request of a delivery.
pub fn attempt(id: LeadId, did: &DeliveryRef, number: u32) -> Key {
    Key::new(id.to_string(), format!("attempt#{did}#{number:05}"))
}

/// The marker of an idempotency key, by its hash.
pub fn once(principal: &Principal, key_hash: &str) -> Key {
    Key::new(format!("once#{}#{key_hash}", principal.tag()), "once")
}

/// The marker of a lead's identifying data, by its hash.
pub fn claim(campid: &CampaignRef, data_hash: &str) -> Key {
    Key::new(format!("claim#{campid}#{data_hash}"), "claim")
}

/// A set-up record.
pub fn record(kind: Kind, reference: &str) -> Key {
    Key::new(kind.word(), reference)
}

/// The account's settings.
pub fn settings() -> Key {
    Key::new("settings", "account")
}

/// No item has it.
pub fn nothing() -> Key {
    Key::new("nothing", "nothing")
}

/// The partition of all keys.
pub const KEYS: &str = "key";

/// A key.
pub fn key(id: &KeyId) -> Key {
    Key::new(KEYS, id.as_str())
}

/// The active keys of one principal.
pub fn key_ring(principal: &Principal) -> Key {
    Key::new("key_ring", principal.tag())
}

/// The marker of a request that made a key, by the hash of its idempotency key.
pub fn key_request(caller: &KeyId, hash: &str) -> Key {
    Key::new("key_request", format!("{caller}#{hash}"))
}

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

/// A lead's shard among `count`: calculated from its id, so that nothing has to be remembered.
pub fn shard(id: LeadId, count: u8) -> u8 {
    let random = id.ulid().0 % u128::from(count.max(1));
    u8::try_from(random).unwrap_or(0)
}

/// A lead's shard in its campaign's index.
pub fn campaign_shard(campaign: &Campaign, id: LeadId, at: Timestamp) -> u8 {
    shard(id, campaign.shards_on(domain::time::utc_day(at)))
}

/// `yyyymm`, UTC.
fn month(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m").to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;

    #[test]
    fn every_key_looks_as_it_always_did() {
        let id: LeadId = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let at: Timestamp = "2026-11-05T10:20:30.400Z".parse().unwrap();
        let (campid, sid, did) = ("solar".parse().unwrap(), "s1".parse().unwrap(), "d1".parse().unwrap());
        let keys = [
            ("lead", lead(id)),
            ("attempt", attempt(id, &did, 7)),
            ("once", once(&Principal::Supplier { sid: "s1".parse().unwrap() }, "abc")),
            ("claim", claim(&campid, "abc")),
            ("record", record(Kind::Campaign, "solar")),
            ("settings", settings()),
            ("key", key(&KeyId::root())),
            ("key_ring", key_ring(&Principal::Seller)),
            ("key_request", key_request(&KeyId::root(), "abc")),
            ("by_campaign", Key::new(by_campaign(&campid, at, 0), received(id, at))),
            ("by_supplier", Key::new(by_supplier(&sid, at, shard(id, SUPPLIER_SHARDS)), received(id, at))),
            ("by_status", Key::new(by_status(SoldStatus::Open, at, shard(id, STATUS_SHARDS)), received(id, at))),
            ("due", Key::new(due(shard(id, DUE_SHARDS)), due_at(at))),
        ];
        let lines: Vec<String> = keys.iter().map(|(name, key)| format!("{name}: {} / {}", key.pk, key.sk)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
