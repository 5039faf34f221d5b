//! A file that is only tried: each row is judged as it would be, and nothing is written. What earlier rows would have taken is
//! remembered here.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

use domain::{
    id::{DeliveryRef, LeadId},
    lead::Lead,
    returned::{Claim, Judgement, ReturnId, ReturnOutcome, Room, ShareOf, View, judge},
};
use jiff::civil::Date;
use store::{Claimed, LineUpError, Standing, Store};

/// What the rows so far would have done.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// The row that would have taken a sale back.
    taken: Mutex<HashMap<(LeadId, DeliveryRef), u64>>,
    /// Places under the shares of returns of months that would be taken.
    places: Mutex<HashMap<Date, u32>>,
}

impl Trial {
    /// What the claim of a row would come to.
    pub(crate) async fn claim(
        &self,
        store: &Store,
        standing: &Standing<'_>,
        lead: Lead,
        claim: &Claim<'_>,
        row: u64,
    ) -> Result<Claimed, LineUpError> {
        let mut room = None;
        loop {
            let view = View {
                zone: standing.zone,
                reasons: standing.reasons,
                room: room.as_ref(),
                came: standing.came,
                now: standing.now,
            };
            match judge(&lead, claim, &view)? {
                Judgement::NeedsRoom(of) => room = Some(self.room(store, of).await?),
                Judgement::Unchanged { outcome, id, detail } => {
                    return Ok(Claimed { outcome, id, detail: Some(detail), lead: Some(lead) });
                }
                Judgement::Change { after, outcome, id } => {
                    if let Some(earlier) = self.taken_by(&id, row) {
                        let detail = Some(format!("Row {earlier} of this file is about the same sale."));
                        let outcome = ReturnOutcome::AlreadyReturned;
                        return Ok(Claimed { outcome, id: None, detail, lead: Some(lead) });
                    }
                    if let Some(room) = room {
                        self.take_place(&room);
                    }
                    return Ok(Claimed { outcome, id: Some(id), detail: None, lead: Some(*after) });
                }
            }
        }
    }

    /// The row that has the sale already; if there is none, this one has it now.
    fn taken_by(&self, id: &ReturnId, row: u64) -> Option<u64> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.entry((id.lead, id.did.clone())) {
            Entry::Occupied(earlier) if *earlier.get() != row => Some(*earlier.get()),
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(row);
                None
            }
        }
    }

    /// As it would be by now: the places of a month are the same ones, of whatever share of it a sale may come back.
    async fn room(&self, store: &Store, of: ShareOf) -> Result<Room, store::Error> {
        let month = of.month;
        let found = store.share_seen(of).await?;
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let more = places.get(&month).copied().unwrap_or(0);
        Ok(Room { taken: found.taken.saturating_add(more), ..found })
    }

    fn take_place(&self, room: &Room) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        *places.entry(room.of.month).or_default() += 1;
    }
}
