//! `POST /v1/lead-exports`: a search that is to become a file.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{access::Principal, id::LeadExportId, query::LeadQuery};
use jiff::Timestamp;
use lambda::{
    Problem,
    auth::Caller,
    body::{ApiJson, IdempotencyKey, marked_replayed},
    search_form::{Meaning, SearchForm},
};
use serde::{Deserialize, Serialize};
use store::{LeadExport, LeadExportJob};
use utoipa::ToSchema;

use super::export_view::ExportView;
use crate::App;

/// What is to be exported.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeadExportForm)]
pub(crate) struct ExportForm {
    /// Which leads: the filters of `GET /v1/leads`; without any, those of a year.
    #[serde(default)]
    search: SearchForm,
}

/// Export leads
///
/// Writes every lead that the search finds into a CSV file, newest first: those that have come in by now, each as it is when it is its
/// turn, with what the caller may see of it, and all fields. Up to 2,000,000 leads. `GET /v1/lead-exports/{id}` says how far it is, and leads
/// to the file, which is kept for a week.
///
/// With the same `Idempotency-Key` the same export is answered again; one that is still `queued`, or that nobody is at any more, is put into the queue once more.
#[utoipa::path(
    post,
    path = "/v1/lead-exports",
    tag = "leads",
    params(("Idempotency-Key" = Option<String>, Header, description = "Marks a repeated request; see the answer's Idempotency-Replayed.")),
    request_body = ExportForm,
    responses((status = 202, description = "It is queued.", body = ExportView), Problem),
    security(("key" = []))
)]
pub(crate) async fn post_export(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    key: IdempotencyKey,
    ApiJson(form): ApiJson<ExportForm>,
) -> Result<Response, Problem> {
    let now = lambda::now();
    let query = query_of(&app, &form.search, &principal, now).await?;
    let asked = serde_json::to_value(&form.search).map_err(|error| Problem::broken(&error))?;
    let request = app.identity.request(&asked.to_string());

    let id = LeadExportId::from_ulid(key.named("lead_export", &principal, &app.identity));
    let export = LeadExport::new(id, principal, (query, asked), request, now);

    let begun = app.store.begin_lead_export(export.clone()).await?;
    if begun.request != export.request || begun.caller != export.caller {
        return Err(Problem::idempotency_key_reused());
    }
    if begun.is_left(now) {
        app.lead_exports_queue.send(&LeadExportJob { export: id }).await?;
    }
    let answer = (StatusCode::ACCEPTED, Json(ExportView::new(&begun, None, now))).into_response();
    Ok(marked_replayed(answer, begun != export))
}

/// What the form means, to whom asks.
async fn query_of(app: &App, form: &SearchForm, caller: &Principal, now: Timestamp) -> Result<LeadQuery, Problem> {
    let zone = app.store.zone().await?;
    let countries = if form.has_national_phones() { Some(app.store.countries().await?) } else { None };
    let meaning = Meaning { zone: &zone, countries: countries.as_deref().unwrap_or_default(), now };
    form.query(caller, &meaning).map_err(|not| not.in_body("search"))
}
