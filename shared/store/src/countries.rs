//! The countries that the account's campaigns are for: phones without a calling code are numbers of one of them.

use std::{collections::BTreeSet, sync::Arc};

use domain::{campaign::Campaign, contact::Country};

use crate::{Error, Store};

/// Campaigns of one read, and reads: a seller has hundreds, not thousands.
const PAGE: u16 = 200;
const MAX_PAGES: usize = 5;

impl Store {
    /// Those of the first thousand campaigns, as they were at most [`crate::CACHED_FOR`] ago. Campaigns that cannot be read are left out.
    ///
    /// # Errors
    /// The table's.
    pub async fn countries(&self) -> Result<Arc<[Country]>, Error> {
        if let Some(known) = self.cache.countries.get(&()).await {
            return Ok(known);
        }
        let (mut countries, mut after) = (BTreeSet::new(), None);
        for _ in 0..MAX_PAGES {
            let page = self.records::<Campaign>(PAGE, after.as_deref()).await?;
            countries.extend(page.items.into_iter().map(|campaign| campaign.record.country));
            after = page.last;
            if after.is_none() {
                break;
            }
        }
        let countries: Arc<[Country]> = countries.into_iter().collect();
        self.cache.countries.insert((), Arc::clone(&countries)).await;
        Ok(countries)
    }
}
