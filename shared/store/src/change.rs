//! A change of a lead that is decided on what is there: when others write the lead meanwhile, it is decided anew.

use domain::lead::{Actor, Lead};

use crate::{Commit, Error, Identity, Store, share::PlaceFrom};

/// Writers of one lead are few; who loses this often is better told to come again.
const TRIES: u32 = 10;

/// A change that is being made; see [`Store::change`].
#[derive(Debug)]
pub struct Change<'a> {
    store: &'a Store,
    identity: &'a Identity,
    lead: Lead,
    place: PlaceFrom,
    by: Option<Actor>,
    tries: u32,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// It is written; this is the lead now.
    Done(Box<Lead>),
    /// Others have written the lead: it is another one by now, on which to decide again.
    Stale,
    /// The lead is gone.
    Gone,
}

impl<'a> Change<'a> {
    pub(crate) fn new(store: &'a Store, identity: &'a Identity, lead: Lead) -> Self {
        Self { store, identity, lead, place: PlaceFrom::Share, by: None, tries: 0 }
    }

    /// The same, made by somebody: the lead says so. None: it comes about by itself.
    #[must_use]
    pub fn by(self, by: Option<&Actor>) -> Self {
        Self { by: by.cloned(), ..self }
    }

    /// The lead that it is to be decided on.
    pub fn lead(&self) -> &Lead {
        &self.lead
    }

    /// The same, when there is nothing to change.
    pub fn into_lead(self) -> Lead {
        self.lead
    }

    /// Says where the place comes from that it takes under a buyer's share of returns, if it takes one.
    pub(crate) fn take_place(&mut self, from: PlaceFrom) {
        self.place = from;
    }

    /// Writes what was decided, as [`Store::commit`] does.
    ///
    /// # Errors
    /// As for [`Store::commit`]; `Contended` also when others kept writing the lead.
    pub async fn to(&mut self, after: Lead) -> Result<Changed, Error> {
        let after = match &self.by {
            Some(by) => after.touched_by(by),
            None => after,
        };
        match Box::pin(self.store.commit_placed(&self.lead, after, self.place, self.identity)).await? {
            Commit::Done(after) | Commit::Repeated(after) => return Ok(Changed::Done(after)),
            Commit::Stale(None) => return Ok(Changed::Gone),
            Commit::Stale(Some(now)) => self.lead = *now,
        }
        self.tries += 1;
        if self.tries < TRIES { Ok(Changed::Stale) } else { Err(Error::Contended { what: "a lead" }) }
    }
}
