//! From lead to lead until there are no more, or the time is up.

use std::time::Duration;

use domain::{export::Sheet, query::plan};
use store::{Bounds, Error, LeadExport, LeadsFound, Search};

use super::{App, begin::columns, named, turn::Turn, work::Work};

/// What may be done for a page: short enough that an export says every few seconds how far it is.
const MAX_ENTRIES: usize = 20_000;
const MAX_READ: usize = 2_000;
const WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before a page is looked for again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];

/// Goes on with an export to its end, or hands it on.
pub(super) async fn carry_on(app: &App, export: LeadExport, turn: Turn) -> Result<(), Error> {
    let Some(export) = with_columns(app, export).await? else { return Ok(()) };
    let (caller, query, named) = (export.caller.clone(), export.query.clone(), export.named.clone());
    let (own_fields, zone) = (export.own_fields.clone().unwrap_or_default(), app.store.zone().await?);
    let sheet = Sheet::new(&caller, &zone, &own_fields);
    let mut work = Work::resume(app, turn, export, &sheet).await?;
    if work.has_all() {
        return work.end().await;
    }
    let (known, _) = app.store.known_leads(&query, turn.now()).await?;
    let plan = plan(&query, &known);
    let search = Search { query: &query, viewer: &caller, path: &plan.path };
    loop {
        let page = match &named {
            Some(named) => named::page(app, named, work.after(), &turn).await?,
            None => page(app, &search, work.after(), &turn).await?,
        };
        work.take(page, &sheet);
        if work.is_too_much() {
            return work.fail().await;
        }
        if work.has_all() {
            return work.end().await;
        }
        if turn.is_over() {
            return work.hand_on().await;
        }
        if !work.keep().await? {
            return Ok(());
        }
    }
}

/// The export with its columns; none: it is somebody else's by now.
async fn with_columns(app: &App, export: LeadExport) -> Result<Option<LeadExport>, Error> {
    if export.own_fields.is_some() {
        return Ok(Some(export));
    }
    let own_fields = Some(columns(&app.store, &export.query, &export.caller).await?);
    let after = LeadExport { own_fields, ..export.clone() };
    app.store.save_lead_export(&export, after).await
}

/// The leads behind a place. Tables that are asked too much of come round.
async fn page(app: &App, search: &Search<'_>, after: Option<&str>, turn: &Turn) -> Result<LeadsFound, Error> {
    let leads = turn.pace.page_leads;
    let bounds = Bounds { leads, max_entries: MAX_ENTRIES, max_read: MAX_READ.max(leads), within: WITHIN };
    let mut pauses = PAUSES.iter();
    loop {
        match app.store.search(&app.identity, search, after, &bounds).await {
            Err(error @ (Error::Service { .. } | Error::Contended { .. })) if !turn.is_over() => {
                let Some(pause) = pauses.next() else { return Err(error) };
                tracing::warn!(error = &error as &dyn std::error::Error, "a page is looked for again");
                tokio::time::sleep(*pause).await;
            }
            found => return found,
        }
    }
}
