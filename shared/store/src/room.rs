//! Room for a lead under the caps of its campaign and of its supplier: taken before the lead is stored, and kept or given up
//! afterwards. What is left behind on the way is settled by the sweeper.

use domain::{
    campaign::Campaign,
    cap::{Cap, CapPer, Counted, Windows},
    intake::CappedBy,
    lead::Lead,
    supplier::Supplier,
    time::later,
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{Error, Reservation, Reserved, Scope, Store, reservation::of_lead};

/// By then the lead is stored, or whoever takes it in is gone: twice the time-out of a request.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Whether there is room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is, and it is taken.
    Taken(Places),
    /// There is not.
    Full {
        /// Whose cap.
        whose: CappedBy,
        /// Which of them.
        per: CapPer,
    },
}

/// The places that a lead has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    id: String,
    counted: Vec<(Scope, Counted)>,
}

/// Whether there is a cap that the lead counts against. Only what is taken in counts, and no tests.
pub(crate) fn is_capped(lead: &Lead, campaign: &Campaign, supplier: &Supplier) -> bool {
    let has_caps = !campaign.caps.is_empty() || !supplier.caps.is_empty();
    has_caps && lead.was_taken_in() && !lead.test
}

impl Store {
    /// Takes a place under each cap, by the calendar of the account's zone, or none at all. Asked again, a lead that is not
    /// stored yet finds its own places. `request` names the request that brings it in, if that may come twice.
    ///
    /// # Errors
    /// The table's; `Contended` when there is room only for an equal request, which has taken it: either that one is being
    /// answered, or nobody is there any more to settle what it took.
    pub(crate) async fn take_room(
        &self,
        lead: &Lead,
        campaign: &Campaign,
        supplier: &Supplier,
        request: Option<&str>,
        now: Timestamp,
    ) -> Result<Room, Error> {
        let zone = self.zone().await?;
        let id = of_lead(lead.id, request);
        let reservation = Reservation { id: id.clone(), lead: lead.id, lease_until: later(now, LEASE) };
        let mut places = Places { id, counted: Vec::new() };
        for (whose, scope, caps) in scopes(campaign, supplier) {
            if caps.is_empty() {
                continue;
            }
            let windows = Windows::at(caps, &zone, now);
            match self.reserve(&scope, &windows, &reservation).await {
                Ok(Reserved::Done(counted) | Reserved::Already(counted)) => places.counted.push((scope, counted)),
                // Refused now, the request would be refused for good, because of a place that may be its own.
                Ok(Reserved::Held(_)) => {
                    self.give_up_room(&places).await;
                    return Err(Error::Contended { what: "room that an equal request has taken" });
                }
                Ok(Reserved::Full { per }) => {
                    self.give_up_room(&places).await;
                    return Ok(Room::Full { whose, per });
                }
                Err(error) => {
                    // It may be taken all the same, and would be in others' way until the sweeper comes.
                    places.counted.push((scope, windows.counted()));
                    self.give_up_room(&places).await;
                    return Err(error);
                }
            }
        }
        Ok(Room::Taken(places))
    }

    /// The lead is stored: the places are its own for good.
    pub(crate) async fn keep_room(&self, places: &Places) {
        log(places, join_all(places.counted.iter().map(|(scope, _)| self.confirm(scope, &places.id))).await);
    }

    /// The lead is not taken in after all.
    pub(crate) async fn give_up_room(&self, places: &Places) {
        let given_up = places.counted.iter().map(|(scope, counted)| self.release(scope, &places.id, Some(counted)));
        log(places, join_all(given_up).await);
    }
}

fn scopes<'a>(campaign: &'a Campaign, supplier: &'a Supplier) -> [(CappedBy, Scope, &'a [Cap]); 2] {
    [
        (CappedBy::Campaign, Scope::Campaign(campaign.campid.clone()), &campaign.caps),
        (CappedBy::Supplier, Scope::Supplier(supplier.sid.clone()), &supplier.caps),
    ]
}

/// That a place cannot be settled is no reason to refuse the lead, nor to take it.
fn log(places: &Places, settled: Vec<Result<(), Error>>) {
    for error in settled.into_iter().filter_map(Result::err) {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(reservation = places.id, error, "a reservation is left to the sweeper");
    }
}
