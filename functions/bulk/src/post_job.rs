//! `POST /v1/bulk`: something that is to be done to many leads.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    access::Principal,
    consent::Contact,
    id::{BulkJobId, LeadId},
    lead::Channel,
    query::{LeadQuery, Span},
    time::later,
};
use jiff::Timestamp;
use lambda::{
    Problem,
    auth::Seller,
    body::{ApiJson, IdempotencyKey, marked_replayed},
    search_form::{Meaning, SearchForm},
};
use store::{BulkChunk, BulkJob, BulkJobState, BulkMessage, BulkTally, CHUNK_LEADS, EXPORT_KEPT_FOR, Wanted};

use crate::{
    App,
    bulk_form::{BulkForm, Meant},
    export::{self, Exported, export_of, handed_over, is_export},
    job_view::JobView,
    named, shown,
};

/// Leads of one person that are erased by one job.
pub(crate) const MAX_LEADS_OF_PERSON: usize = 10_000;

/// Do something to many leads
///
/// To those that are named, or to all that a search finds of those that have come in by now; they are written down before the first of them
/// is changed. Each lead is changed by itself: one that does not allow it is skipped, and says why. `GET /v1/bulk/{id}` says how far it is, and
/// `GET /v1/bulk/{id}/outcomes` what became of each lead. With `dry_run`, both say what would be done to
/// each lead by itself: of a message, that each lead of a person would get it, of which in earnest one does.
///
/// Safe to send again with the same `Idempotency-Key`: the same job is answered, as it is by then; one that nobody is at is put into the
/// queue once more. No job changes a lead twice.
#[utoipa::path(
    post,
    path = "/v1/bulk",
    tag = "bulk",
    params(("Idempotency-Key" = Option<String>, Header, description = "Marks a repeated request; see the answer's Idempotency-Replayed.")),
    request_body = BulkForm,
    responses((status = 202, description = "It is queued.", body = JobView), Problem),
    security(("key" = []))
)]
pub(crate) async fn post_job(
    State(app): State<App>,
    Seller(caller): Seller,
    key: IdempotencyKey,
    ApiJson(form): ApiJson<BulkForm>,
) -> Result<Response, Problem> {
    let now = lambda::now();
    let (action, meant) = form.read(&app.store.cached_settings().await?.return_reasons)?;
    named::check(&app.store, &action).await?;
    let (wanted, ids, person) = match meant {
        Meant::Ids(ids) => (Wanted::Ids, ids, Vec::new()),
        Meant::Search(form) => (wanted(&app, &form, &caller.principal, now).await?, Vec::new(), Vec::new()),
        Meant::Person(person) => (Wanted::Ids, leads_of(&app, &person).await?, person),
    };
    let says = serde_json::to_string(&form).map_err(|error| Problem::broken(&error))?;
    let job = BulkJob {
        id: BulkJobId::from_ulid(lambda::new_draw()),
        by: caller.key_id.clone(),
        request: app.identity.request(&says),
        action,
        wanted,
        person: known_by(&app, person.iter().filter(|_| !form.dry_run)),
        dry_run: form.dry_run,
        created: now,
        updated: now,
        state: BulkJobState::Selecting,
        cancelled: false,
        total: 0,
        unreadable: 0,
        tally: BulkTally::default(),
        after: None,
        chunks: 0,
        chunks_done: 0,
        ended_at: None,
        lease_until: None,
        holder: 0,
        version: 1,
    };

    let exported = is_export(&job).then(|| Exported::of(&job, &ids));
    let job = if exported.is_some() { handed_over(job) } else { job };

    // Of whoever has no lead, too; first, as a request that fails here is made again, and a job without its message would stand still.
    for contact in person.iter().filter(|_| !form.dry_run) {
        app.store.forget_contact(contact, &app.identity).await?;
    }
    let named = key.0.map(|key| app.identity.idempotency_key(&format!("bulk {} {key}", caller.principal.tag())));
    let begun = app.store.begin_bulk_job(job.clone(), named.as_deref()).await?;
    if begun.request != job.request {
        return Err(Problem::idempotency_key_reused());
    }
    let is_repeated = begun != job;
    if let Some(exported) = exported {
        see_to_export(&app, &begun, exported, now).await?;
    }
    let begun = if begun.is_unwritten() { written(&app, begun, &ids).await? } else { begun };
    if !begun.state.is_over() && begun.lease_until.is_none_or(|until| until <= now) {
        app.bulk_queue.send(&BulkMessage { job: begun.id }).await?;
    }
    tracing::info!(job_id = %begun.id, action = begun.action.word(), dry_run = begun.dry_run, is_repeated, "a bulk job is queued");
    let answer = (StatusCode::ACCEPTED, Json(shown::one(&app.store, &begun, now).await?)).into_response();
    Ok(marked_replayed(answer, is_repeated))
}

/// Sees to the export of a job. Asked for once more when its file is gone, or it was called off, it is answered, and not begun anew.
async fn see_to_export(app: &App, job: &BulkJob, exported: Exported, now: Timestamp) -> Result<(), Problem> {
    if job.cancelled {
        // Whoever called the job off may have come before the export was there, and who put it there may have died since.
        app.store.cancel_lead_export(export_of(job.id), now).await?;
    } else if later(job.created, EXPORT_KEPT_FOR) > now {
        export::begun(app, job, exported, now).await?;
    }
    Ok(())
}

/// What the search means, as of now.
async fn wanted(app: &App, form: &SearchForm, caller: &Principal, now: Timestamp) -> Result<Wanted, Problem> {
    let zone = app.store.zone().await?;
    let countries = if form.has_national_phones() { Some(app.store.countries().await?) } else { None };
    let meaning = Meaning { zone: &zone, countries: countries.as_deref().unwrap_or_default(), now };
    let query = form.query(caller, &meaning).map_err(|not| not.in_body("search"))?;
    let received = Span { until: query.received.until.min(now), ..query.received };
    let asked = serde_json::to_value(form).map_err(|error| Problem::broken(&error))?;
    Ok(Wanted::Search { query: Box::new(LeadQuery { received, ..query }), asked })
}

/// By what leads of the person are found that come in meanwhile.
fn known_by<'a>(app: &App, person: impl Iterator<Item = &'a Contact>) -> Vec<(Channel, String)> {
    person.map(|contact| (contact.channel(), app.identity.contact(contact))).collect()
}

/// All leads of a person, each once.
async fn leads_of(app: &App, person: &[Contact]) -> Result<Vec<LeadId>, Problem> {
    let mut leads = BTreeSet::new();
    for contact in person {
        leads.extend(app.store.all_leads_of(contact, &app.identity, MAX_LEADS_OF_PERSON).await?);
    }
    if leads.len() > MAX_LEADS_OF_PERSON {
        let detail =
            format!("The person has more than {MAX_LEADS_OF_PERSON} leads. Delete most of them by a search first.");
        return Err(Problem::unprocessable("too_many", detail));
    }
    Ok(leads.into_iter().collect())
}

/// The job with its leads written down. Whoever dies before that is followed by the same request, and not by a worker.
async fn written(app: &App, job: BulkJob, ids: &[LeadId]) -> Result<BulkJob, Problem> {
    let mut chunks = 0;
    for leads in ids.chunks(CHUNK_LEADS) {
        let chunk = BulkChunk { leads: leads.to_vec(), outcomes: None };
        // Those that a worker has been at since are the same leads.
        app.store.put_bulk_chunk(&job, chunks, &chunk).await?;
        chunks += 1;
    }
    let after = BulkJob { state: BulkJobState::Running, total: ids.len() as u64, chunks, ..job.clone() };
    match app.store.save_bulk_job(&job, after).await? {
        Some(job) => Ok(job),
        // The same request has done it beside this one.
        None => {
            let there = app.store.bulk_job(job.id).await?.filter(|there| !there.is_unwritten());
            there.ok_or_else(Problem::try_again)
        }
    }
}
