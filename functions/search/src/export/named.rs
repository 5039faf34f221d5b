//! Leads that were named, in place of a search: read a page at a time, in the order in which they were named.

use domain::id::LeadId;
use store::{Error, LeadsFound};

use super::{App, turn::Turn};

/// The leads behind a place, which is how many of them came before. Who is gone, or deleted, is left out.
pub(super) async fn page(app: &App, named: &[LeadId], after: Option<&str>, turn: &Turn) -> Result<LeadsFound, Error> {
    let from = after.and_then(|after| after.parse().ok()).unwrap_or(0).min(named.len());
    let to = (from + turn.pace.page_leads).min(named.len());
    let ids = &named[from..to];
    let mut read = app.store.leads_at_once(ids).await?;
    let mut page = LeadsFound { next: (to < named.len()).then(|| to.to_string()), ..LeadsFound::default() };
    for lead in ids.iter().filter_map(|id| read.remove(id)) {
        match lead {
            Ok(lead) if lead.is_deleted() => {}
            Ok(lead) => page.leads.push(lead),
            Err(row) => page.unreadable.push(row),
        }
    }
    Ok(page)
}
