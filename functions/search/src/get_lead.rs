//! `GET /v1/leads/{id}`: one lead, with what became of it.

use axum::{Json, extract::State};
use domain::{access::Part, campaign::Campaign, id::LeadId};
use futures::future::try_join;
use lambda::{auth::Caller, http::Named, journal::posted, problem::Problem};

use store::{BrokenAt, WholeLead};

use crate::{
    App,
    history_view::HistoryView,
    lead_view::{LeadView, Shown},
};

/// Read a lead
///
/// With its record, approval, sales, deliveries, attempts, money, the entries of the journal about it, and its history: what happened to it,
/// and what was done to it, when and by whom. Suppliers and buyers see their own leads, without the others' money.
#[utoipa::path(
    get, path = "/v1/leads/{id}", tag = "leads",
    security(("key" = [])),
    params(("id" = String, Path, description = "The lead's id")),
    responses(
        (status = 200, description = "The lead", body = LeadView),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none, or it is not yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_lead(
    State(app): State<App>,
    Caller { principal, .. }: Caller,
    Named(id): Named<LeadId>,
) -> Result<Json<LeadView>, Problem> {
    let not_found = || Problem::not_found("lead");
    let (found, (booked, kept)) =
        try_join(app.store.whole_lead(id), app.store.lead_entries_and_history(id, &app.identity)).await?;
    let WholeLead { lead, attempts, enrolments, said, tellings } = found.ok_or_else(not_found)?;
    if !principal.may_read(&lead) {
        return Err(not_found());
    }
    // Cached for 30 seconds, and of no use to others.
    let campaign = match principal.sees(Part::NotReached) {
        true => app.store.cached_if_readable::<Campaign>(lead.campid.as_str()).await?,
        false => None,
    };
    let spoken = app.store.spoken_a_moment_ago(&lead, &app.identity).await?;
    let journal = booked.iter().filter_map(posted).filter_map(|entry| entry.seen_by(&principal)).collect();
    if let Some(BrokenAt(entry)) = kept.broken {
        tracing::error!(lead_id = %id, entry, "the history of a lead is not what was written");
    }
    let history = HistoryView::new(&lead, &attempts, &kept, &principal);
    let view = LeadView::new(
        &lead,
        Shown { attempts, journal, history, spoken, enrolments, said, tellings },
        campaign.as_deref(),
        &principal,
    )
    .map_err(|error| Problem::broken(&error))?;
    Ok(Json(view))
}
