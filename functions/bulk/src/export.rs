//! Leads that are written into a file: the job begins an export of the same leads, and is as far as that is.

use domain::{
    access::Principal,
    bulk::Action,
    id::{BulkJobId, LeadExportId, LeadId},
    query::{LeadQuery, Span},
};
use jiff::Timestamp;
use lambda::{Problem, search_form::SearchForm};
use serde_json::{Value, json};
use store::{BulkJob, BulkJobState, LeadExport, LeadExportJob, Wanted};

use crate::App;

/// Whether a job is nothing but an export. A dry run of one counts leads, as that of any other action.
pub(crate) fn is_export(job: &BulkJob) -> bool {
    matches!(job.action, Action::Export(_)) && !job.dry_run
}

/// The export of a job: whoever knows the one knows the other.
pub(crate) fn export_of(job: BulkJobId) -> LeadExportId {
    LeadExportId::from_ulid(job.ulid())
}

/// What is to be exported.
pub(crate) struct Exported {
    /// The search, and as it was asked for; of leads that are named, one without filters.
    pub(crate) search: (LeadQuery, Value),
    /// The leads, if they are named.
    pub(crate) named: Option<Vec<LeadId>>,
}

impl Exported {
    /// Of what is wanted of a job.
    pub(crate) fn of(job: &BulkJob, ids: &[LeadId]) -> Self {
        match &job.wanted {
            Wanted::Search { query, asked } => Self { search: (query.as_ref().clone(), asked.clone()), named: None },
            Wanted::Ids => {
                // Nothing is searched for.
                let query = LeadQuery::received(Span { from: job.created, until: job.created });
                Self { search: (query, json!({})), named: Some(ids.to_vec()) }
            }
        }
    }
}

/// The job as it stands in its row: nothing of it is left to its worker, and what was searched for stands in the export.
pub(crate) fn handed_over(job: BulkJob) -> BulkJob {
    let wanted = match job.wanted {
        Wanted::Ids => Wanted::Ids,
        Wanted::Search { query, asked } => {
            Wanted::Search { query: Box::new(query.without_texts()), asked: SearchForm::without_texts(asked) }
        }
    };
    BulkJob { wanted, state: BulkJobState::Done, ended_at: Some(job.created), ..job }
}

/// Begins the export of a job, unless it is begun, and returns it as it is by then.
pub(crate) async fn begun(app: &App, job: &BulkJob, exported: Exported, now: Timestamp) -> Result<LeadExport, Problem> {
    let request = job.request.clone();
    let export = LeadExport::new(export_of(job.id), Principal::Seller, exported.search, request, job.created);
    let export = match exported.named {
        Some(leads) => export.of_named(leads),
        None => export,
    };
    let begun = app.store.begin_lead_export(export).await?;
    // Whoever called the job off just before found no export to call off.
    if app.store.bulk_job(job.id).await?.is_some_and(|job| job.cancelled) {
        return app.store.cancel_lead_export(begun.id, now).await?.ok_or_else(Problem::try_again);
    }
    if begun.is_left(now) {
        app.lead_exports_queue.send(&LeadExportJob { export: begun.id }).await?;
    }
    Ok(begun)
}
