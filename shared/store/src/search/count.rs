//! How many leads are meant.

use std::time::Instant;

use super::{Bounds, Examined, LeadCount, Search, page::Page};
use crate::{Error, Identity, Store};

impl Store {
    /// How many leads are meant: all of them, or as many as can be counted within bounds; `leads` of them is the most that is counted.
    /// Where an index tells enough, no lead is read.
    ///
    /// # Errors
    /// As for [`Store::search`].
    pub async fn count_leads(
        &self,
        identity: &Identity,
        search: &Search<'_>,
        bounds: &Bounds,
    ) -> Result<(LeadCount, Examined), Error> {
        let mut walk = self.walk(identity, search, None).await?;
        if !search.query.is_decided_by(search.path, search.viewer) {
            let found = Page::new(self, *search, *bounds, walk).fill().await?;
            let count = LeadCount { leads: found.leads.len(), is_all: found.next.is_none() };
            return Ok((count, found.examined));
        }
        let (began, mut leads) = (Instant::now(), 0);
        while !walk.is_over() && leads <= bounds.leads {
            if walk.examined.entries >= bounds.max_entries || began.elapsed() >= bounds.within {
                break;
            }
            let entries = walk.round(self, (bounds.leads + 1).saturating_sub(leads)).await?;
            leads += entries.iter().filter(|(_, entry)| search.query.may_take(entry)).count();
        }
        let is_all = walk.is_over() && leads <= bounds.leads;
        Ok((LeadCount { leads: leads.min(bounds.leads), is_all }, walk.examined))
    }
}
