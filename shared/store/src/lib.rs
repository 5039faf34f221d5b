#![doc = include_str!("../README.md")]

mod admit;
mod attempt;
mod breaker;
mod bulk;
mod bulk_queue;
mod cache;
mod change;
mod chunks;
mod commit;
mod conditional;
mod consent;
mod counter;
mod countries;
mod credit;
mod dead_letters;
mod download;
mod erase;
mod error;
mod export_bucket;
mod feedback;
mod feedback_queue;
mod files;
mod find;
mod form;
mod had;
mod held;
mod identity;
mod import_bucket;
mod intake;
mod item;
mod jobs;
mod key_ring;
#[cfg(not(any(test, feature = "test-tables")))]
#[expect(unreachable_pub, reason = "tests alone may look for rows by their keys")]
mod keys;
mod lead;
mod lead_exports;
mod lead_exports_queue;
mod lead_imports;
mod lead_imports_queue;
mod ledger;
mod line;
mod mail;
mod notice;
mod notify_queue;
mod once;
mod outbox;
mod queue;
mod release;
mod reservation;
mod responder_queue;
mod responders;
mod return_bucket;
mod return_files;
mod return_files_queue;
mod returning;
mod returns;
mod room;
mod rows;
mod seal;
mod search;
mod setup;
mod share;
mod sweep;
mod turns;
mod unsubscribe;
mod upload;
mod webhook_secret;

#[cfg(any(test, feature = "test-tables"))]
pub mod keys;
#[cfg(any(test, feature = "test-tables"))]
pub mod test_tables;
#[cfg(test)]
mod tests;

pub use self::{
    attempt::{Attempt, Exchange},
    breaker::Switched,
    bulk::{BulkChunk, BulkJob, BulkJobState, BulkOutcome, BulkTally, CHUNK_LEADS, TakenJob, Wanted},
    bulk_queue::{BulkMessage, BulkQueue},
    cache::{CACHED_FOR, Cacheable},
    change::{Change, Changed},
    chunks::{ShareChunks, made_by, row_order},
    commit::Commit,
    consent::PersonConsent,
    counter::{OpenReservation, Reserved, Scope},
    credit::{Credit, CreditAdded, CreditReserved, OpenCredit},
    dead_letters::{DeadLetter, DeadLetters, Look, Redriven},
    error::{Error, Unreadable},
    export_bucket::ExportBucket,
    feedback::SaidOfLead,
    feedback_queue::{FeedbackJob, FeedbackQueue},
    files::{Files, Upload},
    find::MAX_FOUND,
    form::PresignedPost,
    identity::{Identity, RequestHash},
    import_bucket::{ImportBucket, LEAD_IMPORTS},
    intake::{Answering, Incoming, NotTakenIn, TakenIn},
    key_ring::{KeyRequest, NewKey, Revoked},
    keys::{Grain, LEAD as LEAD_ROW},
    lead::WholeLead,
    lead_exports::{EXPORT_CANCELLED, EXPORT_KEPT_FOR, ExportCheckpoint, LeadExport, LeadExportState, TakenExport},
    lead_exports_queue::{LeadExportJob, LeadExportsQueue},
    lead_imports::{
        Behind, ContentOf, ImportObject, ImportOrder, ImportWay, LeadImport, LeadImportState, MAX_LEAD_IMPORT_BYTES,
        TakenImport,
    },
    lead_imports_queue::{LeadImportJob, LeadImportsQueue},
    ledger::{
        AccountPeriod, AccountRow, Booked, BookedEvent, BrokenAt, Cell, CellId, ChunkId, CreditEvent, CreditOrder,
        DoneToLead, EditOutcome, Happened, History, MAX_CELLS, Order, OrderKind, Owner, Part, Party, Progress,
        SETTLED_AFTER, Span,
    },
    line::{Line, LineUpError},
    mail::{Mail, OutgoingMail},
    notice::{NotifyJob, Recipient, Work},
    notify_queue::NotifyQueue,
    once::{Earlier, Once, StoredAnswer},
    outbox::{Cells, DueFile, FileRows, FileState, Manifest, OutgoingFile, Posted, WrittenFile},
    queue::{DeliveryJob, DeliveryQueue, follow_ups},
    reservation::Reservation,
    responder_queue::{ResponderJob, ResponderQueue},
    responders::ResponderNumbers,
    return_bucket::{DRY_RUN, RETURNS, ReturnBucket, result_place, supplier_place, work_place},
    return_files::{
        Checkpoint, FileDecision, FileDecisionKind, FileDecisionState, MAX_RETURN_FILE_BYTES, ReturnFile,
        ReturnFileState, Taken, TakenDecision, UploadState,
    },
    return_files_queue::{ReturnFileJob, ReturnFileWork, ReturnFilesQueue},
    returning::{Claimed, Decided, Places, Returning, Standing},
    search::{Bounds, Examined, IdsFound, LeadCount, LeadsFound, Search},
    setup::{Page, Saved},
    sweep::SweepPage,
    unsubscribe::UnsubscribeToken,
    webhook_secret::{Rotated, WebhookSecret},
};
pub use domain::notice::{Notice, NoticeKind};

use aws_sdk_dynamodb::Client;

/// The tables of the installation, by their names. Of those that a function is not told of it touches none.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Leads, their attempts and markers: the only table with personal data.
    pub leads: String,
    /// Campaigns, suppliers, buyers, deliveries, keys, settings.
    pub setup: String,
    /// What has happened to money, and what it adds up to.
    pub ledger: String,
}

/// The door to everything that is kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Client,
    tables: Tables,
    cache: cache::Cache,
}

impl Store {
    /// A store over these tables.
    pub fn new(db: Client, tables: Tables) -> Self {
        Self { db, tables, cache: cache::Cache::default() }
    }

    /// Opens a connection by asking for what is not there: the handshake takes longer than any question.
    ///
    /// # Errors
    /// The table's.
    pub async fn warm(&self) -> Result<(), Error> {
        let key = item::key_attributes(keys::nothing());
        let asked = self.db.get_item().table_name(&self.tables.setup).set_key(Some(key)).send().await;
        asked.map(|_| ()).map_err(Error::service("GetItem"))
    }
}
