//! Every key of every table: the only place that builds them.
//!
//! | read or write | how | cost |
//! |---|---|---|
//! | take a lead in | transaction: lead row + claim marker (+ idempotency marker) | 4 WRU (+ 2), and 1 per index that lists it: campaign, supplier, status, and e-mail and phone if sent |
//! | a lead | get `lead_…` / `lead` | 1 RRU per 4 KB; 0.5 for the sweeper, which reads up to 100 at once, eventually |
//! | a lead with its attempts | query `lead_…`, consistent | 1 RRU per 4 KB |
//! | a step of a lead | conditional update of its row | 1 WRU; + 2 when the sold status moves; + 1 or 2 when its due time comes or goes |
//! | an attempt's answer | put `lead_…` / `attempt#did#n` | 1 WRU per KB of answer |
//! | leads of a campaign, supplier or status, newest first | query `by_campaign`, `by_supplier`, `by_status`, per month and shard; get up to 100 leads at once, eventually | 0.5 RRU per 4 KB of each shard: some 25 entries; and 0.5 for each lead |
//! | leads of a person | query `by_email`, `by_phone` with a keyed hash, for all time | 0.5 RRU; and 0.5 for each lead |
//! | leads of a delivery or a buyer, or to which something has happened | query `did#…`, `bid#…`, `activity#…`, `dstat#…` of the ledger, per month, from the end of ten minutes or of a day on | 0.5 RRU per 4 KB: some 60 leads, where they came in together; and 0.5 for each lead |
//! | how many leads there are of each place | as a report, by month; cached for ten minutes | 0.5 RRU per 4 KB, 16 RRU at least |
//! | leads whose time has come | query `due`, per shard, up to now | 0.5 RRU per 4 KB |
//! | a set-up record | get `campaign` / `campid`, and so on, consistent; cached | 1 RRU per 4 KB, per 30 s |
//! | a buyer that takes nobody twice is offered a lead | put `had#bid#hash` / `had`, conditional | 1 WRU; if there is one, 1 RRU and 1 WRU more |
//! | who is behind its share | get `turns#campid` / `turns`, consistent | 1 RRU |
//! | a turn is taken | update of the same row, without a condition | 1 WRU |
//! | a place under caps is taken | conditional update of `counter#delivery#did` / `counter`, and so on | 1 WRU per KB of the row: 1 up to some eight open reservations; 1 more when windows are forgotten, at most once an hour |
//! | it is kept, or taken back | conditional update of the same row | 1 WRU; 1 RRU more where nobody knows its windows |
//! | it is given back with a step of a lead | transaction: the lead + the same row | 4 WRU, instead of the step's 1 |
//! | a lead is put aside after all | transaction: the lead + its claim marker gone | 4 WRU, instead of the step's 1 |
//! | a lead is released from quarantine | transaction: the lead + its claim marker | 4 WRU; if that is another's, one refused transaction and 1 |
//! | credit is set aside, if so much is left | conditional update of `credit#bid` / `credit` | 1 WRU per KB of the row: 1 up to some eight open reservations; nothing for a buyer without a credit rule |
//! | it is taken, or given back | conditional update of the same row | 1 WRU |
//! | it moves with a step of a lead: a return, an edit, a late refusal or price | transaction: the lead + the same row | 4 WRU, instead of the step's 1; one refused transaction and 1 more if its reservation is open still |
//! | little is left | update of the same row twice, and a notice | 3 WRU, once until credit is added |
//! | credit is added, or put right | transaction: the same row + `credit#bid` / `added#id`, and what goes with it | 4 WRU, and 1 RRU for the balance |
//! | who has caps or credit | query `campaign`, `supplier`, `delivery`, `buyer`, eventually, every five minutes | 0.5 RRU per 4 KB |
//! | places and credit that nobody has settled | get up to 100 of these rows at once, eventually | 0.5 RRU per 4 KB |
//! | whether a delivery is paused | get `breaker#did` / `breaker`, eventually; cached for 5 s, also that there is none | 0.5 RRU |
//! | a request fails | update of the same row, if it is not paused | 1 WRU; 2 more where a pause begins, with its notice |
//! | a request is answered | nothing, or a delete of the same row where others have failed | 0 WRU, or 1 |
//! | one lead tries a paused delivery | conditional update of the same row, and its notice again | 2 WRU; 1 more where it fails |
//! | a row for a file | transaction: `outbox#did#name` / `row#…` + a marker by lead, delivery and round + a check that the file is open | 6 WRU; 2 more where a worker first hears of a file |
//! | files that have closed | query `outbox`, up to now, consistent | 1 RRU per 4 KB, each 15 min |
//! | a file is closed, written and cleared | its manifest three times, its 16 guards, its rows read and deleted | 20 WRU, and for each row 1 WRU and 1 RRU per 4 KB |
//! | a key | get `key` / id, consistent; cached | 1 RRU per 30 s |
//! | a key is made or revoked | transaction: the key + its owner's ring, `key_ring` / owner | 4 WRU; a revocation reads the key first, 1 RRU |
//! | a key is made once | get `key_request` / caller and hash, consistent; the transaction with its marker | 1 RRU, 6 WRU |
//! | a notice | put `notice#yyyymm` / time and id, if it is new | 1 WRU |
//! | a notice that is sent somewhere | transaction: the same + `unsent` / due time, which comes and goes with each step of it | 4 WRU; 4 to 6 for each step, at least two a way |
//! | something that happens in thousands is told | get `open_group` / owner and kind, consistent; transaction: up to 80 markers `told#…` + their items, `group#id` / name + a check that the group is open | 1 RRU; 2 WRU each and 2 per KB of items, 2 for the check; 4 where a group is opened |
//! | a group is closed and told | delete from `open_group`; query `group#id`; transaction: the notice, `unsent` twice | 7 WRU, 1 RRU per 4 KB of items |
//! | notices and groups whose time has come | query `unsent`, up to now, each minute | 0.5 RRU per 4 KB |
//! | the secrets of somebody's webhooks | get `webhook_secret` / owner, consistent | 1 RRU for each webhook |
//! | an event is booked | put `lead_…` / `event#name`, if it is new | 1 WRU; 1 refused and 1 RRU for the chunk's row if it is not |
//! | a batch of events is counted | transaction: `booked#day` / id + for each place a cell by day and by month, `cube#all#yyyymm#slot` / campaign, day, place and shard, and where the three views differ one in each, `cube#view#…` + for each party `account#…` / day, kind, currency and shard | 2 WRU each, a chunk row 2 per KB: up to 0.4 for each lead of a hundred that are sold |
//! | an order to edit leads' money, or to return leads | get `edits#seller#hash` / `edits`, consistent; put it, if it is new; update it in the end | 1 RRU, 2 WRU, and 2 WRU per KB that is said of each part |
//! | events that nobody counted are taken over | put the void chunk's row, update of each event | 1 WRU, 1 for each event; 1 RRU |
//! | a step goes on a lead's history | query the last of `lead_…` / `history#n`, eventually; put the next, if its place is free | 0.5 RRU and 1 WRU; if it comes again, 1 RRU per 4 KB of its history |
//! | what is booked of a lead, and its history | query `lead_…` of the ledger, consistent | 1 RRU per 4 KB |
//! | rows that leads are found by | put `did#…#yyyymm`, `bid#…#yyyymm` / newest and hash, and so on: a row of up to 100 per batch, list and ten minutes or day; put `bref#bid#hash` / lead for each name that a buyer gives | 1 WRU per KB: 0.6 for ten leads; 1 for each name |
//! | rows that a return is found by | put `returns#all#yyyymm` / when it was asked for, lead, number and delivery, and so on; at a later step the list of its state alone, and a delete from that of its last | 4 WRU; 2 for each later step |
//! | returns, newest first | query `returns#…`, per month | 0.5 RRU per 4 KB: some 30 returns; and 0.5 for each lead |
//! | a return takes a place under its buyer's share, or gives it back | transaction: the lead + `returned#bid` / `yyyymm` | 4 WRU, instead of the step's 1; 1 RRU, and those of the buyer's account of that month |
//! | a file of returns sets places aside under its buyer's share | query `returned#bid`, consistent, by each worker; conditional update of `returned#bid` / `yyyymm` where a batch needs some, and at each checkpoint; the rows' leads alone | 1 RRU; 1 WRU for up to 256 rows, and 1 for each checkpoint; the step's 1 for each row |
//! | a file of returns comes | transaction: `return_file#id` / `file` + `return_files#all#yyyymm`, `return_files#buyer#…` / when and id; put `return_content#bid` / hash, if it is new | 7 WRU |
//! | it is read, or decided | get the same row, consistent; conditional put of it, every few seconds | 1 RRU per 4 KB; 1 WRU per KB: up to some ten |
//! | files of returns, newest first | query `return_files#…`, per month; get up to 100 at once | 0.5 RRU per 4 KB: some 60 lines; and of each file |
//! | a search is to be exported | transaction: `export#id` / `export`, if it is new + `exports#caller` / when and id | 4 WRU and 4 per KB of its filters |
//! | it is worked on | get the same row, consistent; conditional put of it, every three seconds and with each part of 5 MiB | 1 RRU per 4 KB; 1 WRU per KB: up to some ten |
//! | exports, newest first | query `exports#…`; get up to 100 at once | 0.5 RRU per 4 KB: some 50 lines; and of each export |
//! | a bulk job is asked for | transaction: `bulk_job#id` / `job` + `bulk_jobs` / when and id + `bulk_job#key#hash` / `key`, if it is new, where the request has a key; put `bulk_job#id` / `leads#n` for each hundred that are named | 6 WRU and 4 per KB of its filters; 4 for a hundred leads |
//! | it is worked on | get the same row, consistent; conditional put of it, every three seconds; for each hundred leads put `leads#n`, get it, put it with what became of them; get up to 100 leads at once | 1 RRU per 4 KB; 1 WRU per KB: 4 for a hundred leads, and up to ten with why they are left as they are; 0.5 RRU for each lead |
//! | a person is to have the message of a bulk job | put `bulk_job#id#hash` / `person`, if it is new or by the same lead | 1 WRU |
//! | bulk jobs, newest first | query `bulk_jobs`; get up to 100 at once | 0.5 RRU per 4 KB: some 50 lines; and of each job |
//! | whether a person may be written to | get `consent#email#h` / hash, and `consent#sms#h` / hash, consistent | 1 RRU for each contact |
//! | a person says whether it may | get the same row, consistent; conditional put of it | 1 RRU, 1 WRU; 2 up to some eight words |
//! | people who said so | query `consent#email#h`, 16 of these one after the other | 0.5 RRU per 4 KB: some 20 people |
//! | a lead is deleted | who said something is forgotten; a step of the lead, with its entries by e-mail and phone; get its markers and rows in files; query `lead_…`, delete what is found, update the marker of its request; the same once more after twenty minutes, and a last step | 2 to 6 WRU; 1 for each row that goes; 3 RRU and 1 per 4 KB of attempts, twice |
//! | somebody says something of a lead that it got | get `lead_…` / `said#did#id`, consistent; get the lead, and a step of it; put the same row | 2 RRU; the step's, and 1 WRU |
//! | who sent a lead is told of it | get the lead and `lead_…` / `feedback`, consistent; conditional put of that, before and after the request | 2 RRU; 2 WRU, and 2 as its place in `due` comes and goes |
//! | what is to be told again | query `due`, `feedback_due#shard`, up to now, each minute | 0.5 RRU per 4 KB for each of two |
//! | a file of leads is announced | transaction: `import#id` / `import` + `imports` and `imports#sid` / when and id | 6 WRU |
//! | it is read | get the same row, consistent; conditional put of it, with each step of ten seconds at least; put `import_content#sid#campid` / hash, if it is new; each row as a lead that is taken in with an idempotency key | 1 RRU; 1 WRU per KB: up to some five; 1 WRU |
//! | files of leads, newest first | query `imports`, `imports#sid`; get up to 100 at once | 0.5 RRU per 4 KB: some 60 lines; and of each file |
//! | leads for the rows of a file | query `by_email`, `by_phone`, or `bref#bid#hash`; get up to 100 leads at once, consistent | 0.5 RRU for each lookup; 1 RRU per 4 KB of each lead |
//! | a lead's events | query `lead_…`, from `event#` on, consistent | 1 RRU per 4 KB |
//! | a lead joins a responder | conditional update of its row; transaction: `lead_…` / `responder#rid#n`, if it is new + `responder_numbers#rid` / slot | 5 WRU, and 1 for its place in `due` |
//! | a step of a responder | get the lead and `responder#rid#n`, consistent; conditional put of that; the message; transaction: the same + `responder_numbers#rid` / slot | 2 RRU; 5 WRU, and 2 as its place in `due` moves |
//! | it is put off until it is day, or tried again | conditional put of `responder#rid#n` | 1 WRU, and 2 for `due`; before a try 1 more |
//! | enrolments whose time has come | query `due`, `responder_due#shard`, up to now, each minute | 0.5 RRU per 4 KB for each of two |
//! | which responders leads join as they are approved | query `responder`; cached | 0.5 RRU per 4 KB, per 30 s |
//! | the numbers of a responder | query `responder_numbers#rid` | 0.5 RRU per 4 KB |
//! | a page of the journal | query `booked#day`, 25 chunks at once; get its entries | 0.5 RRU per 4 KB of chunks, 0.5 for each entry |
//! | a report | query all 16 slots of `cube#all#…` and `cube#view#…`, by month of days or year of months, of all campaigns or one; up to 200,000 cells | 0.5 RRU per 4 KB: some 45 cells; 16 RRU at least |
//! | a statement | query `account#…`, up to its last day | 0.5 RRU per 4 KB |
//! | a day of an account is compared | query `account#…`, that day | 0.5 RRU |
//! | how far a reconciliation is | get `reconciliation` / `progress`, consistent; conditional put, once a minute | 1 RRU; 1 WRU |
//! | leads of a campaign that came in within some time | query `by_campaign`, per month and shard | 0.5 RRU per 4 KB |
//! | notices, newest first | query `notice#yyyymm`, per month, four at most | 0.5 RRU per 4 KB |
//!
//! What whole paths cost is asserted by `tests/tests/budgets`.

mod bulk;
mod consent;
mod exports;
mod feedback;
mod files;
mod imports;
mod indexes;
mod ledger;
mod notices;
mod responders;
mod returns;

use domain::{
    access::Principal,
    campaign::Campaign,
    id::{BuyerRef, CampaignRef, DeliveryRef, KeyId, LeadId},
    setup::Kind,
};
use jiff::{Timestamp, tz::TimeZone};
use ulid::Ulid;

pub use self::{
    bulk::*, consent::*, exports::*, feedback::*, files::*, imports::*, indexes::*, ledger::*, notices::*,
    responders::*, returns::*,
};
use crate::Scope;

/// The primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    /// The table that it is of, for people. The partition keys of leads stand in two of them.
    pub(crate) fn table(&self) -> &'static str {
        let (kind, rest) = self.pk.split_once('#').unzip();
        match kind.unwrap_or(&self.pk) {
            "campaign" | "supplier" | "buyer" | "delivery" | "responder" | "settings" | "key" | "key_ring"
            | "key_request" | OPEN_GROUPS | UNSENT | WEBHOOK_SECRETS
                if rest.is_none() =>
            {
                "setup"
            }
            "turns" | "counter" | "credit" | "breaker" | "notice" | "group" | "told" | "returned"
            | "responder_numbers" => "setup",
            "once" | "claim" | "had" | "outbox" | "filed" | "export" | "exports" | "bulk_job" | "consent"
            | "import" | "imports" | "import_content" => "leads",
            BULK_JOBS => "leads",
            lead if lead.starts_with("lead_") && ![EVENTS, HISTORY].iter().any(|of| self.sk.starts_with(of)) => "leads",
            _ => "ledger",
        }
    }

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

/// The sort key of the marker of an idempotency key.
pub const ONCE: &str = "once";

/// The marker of an idempotency key, by its hash.
pub fn once(principal: &Principal, key_hash: &str) -> Key {
    Key::new(format!("once#{}#{key_hash}", principal.tag()), ONCE)
}

/// The marker of a lead's identifying data, by its hash.
pub fn claim(campid: &CampaignRef, data_hash: &str) -> Key {
    Key::new(format!("claim#{campid}#{data_hash}"), "claim")
}

/// The marker of what a buyer has had, by the hash of its data.
pub fn had(bid: &BuyerRef, data_hash: &str) -> Key {
    Key::new(format!("had#{bid}#{data_hash}"), "had")
}

/// A set-up record.
pub fn record(kind: Kind, reference: &str) -> Key {
    Key::new(kind.word(), reference)
}

/// Who is behind its share of a campaign's leads.
pub fn turns(campid: &CampaignRef) -> Key {
    Key::new(format!("turns#{campid}"), "turns")
}

/// What a delivery, a campaign or a supplier has used up of its caps.
pub fn counter(scope: &Scope) -> Key {
    Key::new(format!("counter#{}#{}", scope.word(), scope.reference()), "counter")
}

/// What is left of a buyer's credit.
pub fn credit(bid: &BuyerRef) -> Key {
    Key::new(format!("credit#{bid}"), "credit")
}

/// The marker of credit that was added, or put right, under an id.
pub fn credit_added(bid: &BuyerRef, id: &str) -> Key {
    Key::new(format!("credit#{bid}"), format!("added#{id}"))
}

/// The circuit breaker of a delivery that has failed lately.
pub fn breaker(did: &DeliveryRef) -> Key {
    Key::new(format!("breaker#{did}"), "breaker")
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

/// A lead's shard among `count`: calculated from its id, so that nothing has to be remembered.
pub fn shard(id: LeadId, count: u8) -> u8 {
    ulid_shard(id.ulid(), count)
}

/// The same for what has no name of its own but a ULID.
pub fn ulid_shard(id: Ulid, count: u8) -> u8 {
    u8::try_from(id.0 % u128::from(count.max(1))).unwrap_or(0)
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

    use domain::{
        id::{BulkJobId, LeadExportId, LeadImportId, SupplierRef},
        lead::{Channel, SoldStatus},
    };

    use super::*;

    #[test]
    fn every_key_looks_as_it_always_did() {
        let id: LeadId = "lead_01JD3QZ8000000000000000003".parse().unwrap();
        let at: Timestamp = "2026-11-05T10:20:30.400Z".parse().unwrap();
        let (campid, did) = ("solar".parse().unwrap(), "d1".parse().unwrap());
        let sid: SupplierRef = "s1".parse().unwrap();
        let keys = [
            ("lead", lead(id)),
            ("attempt", attempt(id, &did, 7)),
            ("once", once(&Principal::Supplier { sid: "s1".parse().unwrap() }, "abc")),
            ("claim", claim(&campid, "abc")),
            ("had", had(&"b1".parse().unwrap(), "abc")),
            ("file_manifest", file_manifest(&did, "2026-11-06")),
            ("file_row", file_row(&did, "2026-11-06", id, 1)),
            ("file_guard", file_guard(&did, "2026-11-06", shard(id, FILE_GUARDS))),
            ("file_marker", file_marker(id, &did, 1)),
            ("consent", consent(Channel::Sms, "0abc")),
            ("file_due", file_due(at, &did, "2026-11-06")),
            ("lead_export", lead_export(LeadExportId::from_ulid(id.ulid()))),
            ("listed_lead_export", listed_lead_export(&Principal::Seller, at, LeadExportId::from_ulid(id.ulid()))),
            ("bulk_job", bulk_job(BulkJobId::from_ulid(id.ulid()))),
            ("bulk_key", bulk_key("abc")),
            ("bulk_chunk", bulk_chunk(BulkJobId::from_ulid(id.ulid()), 7)),
            ("bulk_person", bulk_person(BulkJobId::from_ulid(id.ulid()), "abc")),
            ("listed_bulk_job", listed_bulk_job(at, BulkJobId::from_ulid(id.ulid()))),
            ("lead_import", lead_import(LeadImportId::from_ulid(id.ulid()))),
            ("listed_lead_import", listed_lead_import(None, at, LeadImportId::from_ulid(id.ulid()))),
            ("suppliers_lead_import", listed_lead_import(Some(&sid), at, LeadImportId::from_ulid(id.ulid()))),
            ("import_content", import_content(&sid, &campid, "abc")),
            ("record", record(Kind::Campaign, "solar")),
            ("turns", turns(&campid)),
            ("counter", counter(&Scope::Delivery(did.clone()))),
            ("credit", credit(&"b1".parse().unwrap())),
            ("credit_added", credit_added(&"b1".parse().unwrap(), "abc")),
            ("breaker", breaker(&did)),
            ("settings", settings()),
            ("key", key(&KeyId::root())),
            ("key_ring", key_ring(&Principal::Seller)),
            ("key_request", key_request(&KeyId::root(), "abc")),
            ("by_campaign", Key::new(by_campaign(&campid, at, 0), received(id, at))),
            ("by_supplier", Key::new(by_supplier(&sid, at, shard(id, SUPPLIER_SHARDS)), received(id, at))),
            (
                "by_status",
                Key::new(by_status(SoldStatus::Open, at, shard(id, status_shards(SoldStatus::Open))), received(id, at)),
            ),
            ("due", Key::new(due(shard(id, DUE_SHARDS)), due_at(at))),
        ];
        for (at, (name, key)) in keys.iter().enumerate().take_while(|(_, (name, _))| *name != "by_campaign") {
            assert_eq!(key.table(), if at < 22 { "leads" } else { "setup" }, "{name}");
        }
        let lines: Vec<String> = keys.iter().map(|(name, key)| format!("{name}: {} / {}", key.pk, key.sk)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
