//! A bulk job, as it is shown.

use std::collections::BTreeMap;

use domain::{
    id::{BulkJobId, KeyId, LeadExportId},
    money::Money,
    responder::Count,
    time::rfc3339,
};
use jiff::Timestamp;
use lambda::search_form::SearchForm;
use serde::Serialize;
use serde_json::Value;
use store::{
    BulkJob, BulkJobState, EXPORT_CANCELLED, EXPORT_KEPT_FOR, LeadExport, LeadExportState, ResponderNumbers, Wanted,
};
use utoipa::ToSchema;

/// Somebody has called it off, and it is not noticed yet.
const CANCELLING: &str = "cancelling";
/// Nobody has begun with the leads.
const SELECTING: &str = "selecting";
/// The file is not kept any more.
const EXPIRED: &str = "expired";

/// Something that is done to many leads.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BulkJob)]
pub(crate) struct JobView {
    job_id: BulkJobId,
    /// The key that asked for it.
    key_id: KeyId,
    #[schema(value_type = String, example = "update_payout")]
    action: &'static str,
    /// What the action takes; once the job is over, without `told`, `comment` and the `reason` of `reject`, as these may name a person.
    #[schema(value_type = Object)]
    params: Value,
    /// Only what would be done is looked at.
    dry_run: bool,
    /// What was searched for, without `q` and `field` once the leads are written down, as these may name a person; absent: the leads were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchForm>,
    /// `selecting` while its leads are looked for and none is changed, `running`, `done`; `cancelling`, `cancelled`; `failed`; of an export
    /// `expired`, once its file is not kept any more.
    #[schema(value_type = String, example = "running")]
    state: &'static str,
    created_at: String,
    /// When it last got further.
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// Leads that it is about, as far as they are found.
    total: u64,
    /// Leads that may be meant, and are left out, as they cannot be read; absent: none.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false)]
    unreadable: u64,
    /// Those that it is through with.
    done: u64,
    /// Those that were changed, or would be.
    changed: u64,
    /// Those that are left as they are, as they do not allow it, or that turn out to be duplicates when they are released.
    skipped: u64,
    /// How many of these, by the code of why.
    skipped_for: BTreeMap<String, u64>,
    /// Those that should have been changed, and could not be.
    failed: u64,
    /// What was moved, or would be: each currency by itself.
    moved: Vec<MovedView>,
    /// Of `send_message`, what has become of its messages by now; only one job alone has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<MessagesView>,
    /// Of `export`, the export of leads that it has begun: `GET /v1/lead-exports/{id}` leads to its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    export_id: Option<LeadExportId>,
    /// Why no lead was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<JobFailureView>,
}

/// What has become of messages.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BulkMessages)]
struct MessagesView {
    /// Not sent yet: their turn, the day, or the mail service is waited for.
    waiting: u64,
    /// Taken by the mail service or the gateway.
    sent: u64,
    failed: u64,
    /// Nobody knows whether they were sent; they are not sent again.
    unknown: u64,
    /// Not sent, as what held when they were ordered does no more, by why: `unsubscribed`, say.
    stopped: BTreeMap<&'static str, u64>,
}

/// By how much something grows; less than zero where it shrinks.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BulkMoved)]
struct MovedView {
    /// What buyers owe.
    revenue: Money,
    /// What suppliers are owed.
    payout: Money,
}

/// Why a job came to nothing.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BulkJobFailure)]
struct JobFailureView {
    /// `too_many`.
    code: String,
    detail: String,
}

impl JobView {
    pub(crate) fn new(job: &BulkJob) -> Self {
        let failure = match &job.state {
            BulkJobState::Failed { code, detail } => {
                Some(JobFailureView { code: code.clone(), detail: detail.clone() })
            }
            BulkJobState::Selecting | BulkJobState::Running | BulkJobState::Done | BulkJobState::Cancelled => None,
        };
        let search = match &job.wanted {
            Wanted::Ids => None,
            // What an older version of the form allowed is left out rather than hide the job.
            Wanted::Search { asked, .. } => Some(serde_json::from_value(asked.clone()).unwrap_or_default()),
        };
        let params = serde_json::to_value(&job.action).ok().and_then(|action| action.get("params").cloned());
        let moved = job.tally.moved.iter().map(|moved| MovedView { revenue: moved.revenue, payout: moved.payout });
        Self {
            job_id: job.id,
            key_id: job.by.clone(),
            action: job.action.word(),
            params: params.unwrap_or_default(),
            dry_run: job.dry_run,
            search,
            state: if job.cancelled && !job.state.is_over() { CANCELLING } else { job.state.word() },
            created_at: rfc3339(job.created),
            updated_at: rfc3339(job.updated),
            ended_at: job.ended_at.map(rfc3339),
            total: job.total,
            unreadable: job.unreadable,
            done: job.tally.done(),
            changed: job.tally.changed,
            skipped: job.tally.skipped,
            skipped_for: job.tally.skipped_for.clone(),
            failed: job.tally.failed,
            moved: moved.collect(),
            messages: None,
            export_id: None,
            failure,
        }
    }

    /// The same, as far as its export is by now; none: it is not begun, or not known any more.
    pub(crate) fn with_export(self, id: LeadExportId, export: Option<&LeadExport>, now: Timestamp) -> Self {
        let Some(export) = export else {
            if self.state == BulkJobState::Cancelled.word() {
                return self;
            }
            let is_news = self.created_at > rfc3339(now - EXPORT_KEPT_FOR);
            return Self { state: if is_news { SELECTING } else { EXPIRED }, ended_at: None, ..self };
        };
        let (state, failure) = match &export.state {
            LeadExportState::Queued => (SELECTING, None),
            LeadExportState::Running => (BulkJobState::Running.word(), None),
            LeadExportState::Done if export.kept_until().is_some_and(|until| until <= now) => (EXPIRED, None),
            LeadExportState::Done => (BulkJobState::Done.word(), None),
            LeadExportState::Failed { code, .. } if code == EXPORT_CANCELLED => (BulkJobState::Cancelled.word(), None),
            LeadExportState::Failed { code, detail } => {
                ("failed", Some(JobFailureView { code: code.clone(), detail: detail.clone() }))
            }
        };
        Self {
            state,
            updated_at: rfc3339(export.updated),
            ended_at: export.ended_at.map(rfc3339),
            total: export.rows,
            unreadable: export.unreadable,
            done: export.rows,
            export_id: Some(id),
            failure,
            ..self
        }
    }

    /// The same, with what has become of its messages.
    pub(crate) fn with_messages(self, numbers: &ResponderNumbers) -> Self {
        Self { messages: Some(MessagesView::new(numbers)), ..self }
    }
}

impl MessagesView {
    fn new(numbers: &ResponderNumbers) -> Self {
        let mut stopped = BTreeMap::new();
        for (count, number) in numbers.iter() {
            match count {
                Count::Stopped(reason) => *stopped.entry(reason.word()).or_default() += number,
                Count::Skipped(_, reason) => *stopped.entry(reason.word()).or_default() += number,
                Count::Joined | Count::Finished | Count::Sent(_) | Count::Failed(_) | Count::Unknown(_) => {}
            }
        }
        Self {
            waiting: numbers.active(),
            sent: numbers.of(Count::Sent(0)),
            failed: numbers.of(Count::Failed(0)),
            unknown: numbers.of(Count::Unknown(0)),
            stopped,
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
