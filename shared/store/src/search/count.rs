//! How many leads are meant, and which: where an index tells enough, no lead is read.

use std::time::Instant;

use super::{Bounds, Examined, IdsFound, LeadCount, Search, page::Page, walk::before};
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

    /// The ids of the leads that are meant, as [`Store::search`] finds them.
    ///
    /// # Errors
    /// As for [`Store::search`].
    pub async fn lead_ids(
        &self,
        identity: &Identity,
        search: &Search<'_>,
        after: Option<&str>,
        bounds: &Bounds,
    ) -> Result<IdsFound, Error> {
        let mut walk = self.walk(identity, search, after).await?;
        if !search.query.is_decided_by(search.path, search.viewer) {
            let found = Page::new(self, *search, *bounds, walk).fill().await?;
            let ids = found.leads.iter().map(|lead| lead.id).collect();
            return Ok(IdsFound { ids, unreadable: found.unreadable.len(), next: found.next });
        }
        let (began, mut entries) = (Instant::now(), Vec::new());
        while !walk.is_over() && entries.len() <= bounds.leads {
            // Whoever may do nothing would never get anywhere.
            let is_enough = walk.examined.entries >= bounds.max_entries || began.elapsed() >= bounds.within;
            if is_enough && walk.examined.calls > 0 {
                break;
            }
            let round = walk.round(self, (bounds.leads + 1).saturating_sub(entries.len())).await?;
            entries.extend(round.into_iter().filter(|(_, entry)| search.query.may_take(entry)));
        }
        let next = match entries.get(bounds.leads) {
            Some((left_out, _)) => Some(before(left_out)),
            None => (!walk.is_over()).then(|| walk.position().to_owned()),
        };
        let ids = entries.into_iter().take(bounds.leads).map(|(_, entry)| entry.lead).collect();
        Ok(IdsFound { ids, unreadable: 0, next })
    }
}
