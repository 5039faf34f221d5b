//! Leads that join responders: by themselves as they are approved, and those that somebody has put there.

use domain::{
    id::{CampaignRef, LeadId, ResponderRef},
    lead::Lead,
};
use store::{Error, ResponderJob};

use crate::App;

/// What a change of a lead means for responders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Joins {
    /// It is approved from now on, and may join those of its campaign.
    Approved(LeadId, CampaignRef),
    /// It has been put into one.
    ByHand(LeadId, ResponderRef, u16),
}

impl Joins {
    pub(crate) fn of(before: Option<&Lead>, after: &Lead) -> Vec<Self> {
        let is_approved = after.is_for_sale() && !before.is_some_and(Lead::is_for_sale);
        let approved = is_approved.then(|| Self::Approved(after.id, after.campid.clone()));
        // Who has it join by itself goes on with it by itself.
        let by_hand = after.joined_since(before).filter(|joined| joined.by_hand);
        let by_hand = by_hand.map(|joined| Self::ByHand(after.id, joined.rid.clone(), joined.number));
        approved.into_iter().chain(by_hand).collect()
    }
}

/// Sends a message for each. What comes again is sent again, which does no harm.
pub(crate) async fn send(app: &App, joins: Vec<Joins>) -> Result<(), Error> {
    let Some(responder_queue) = &app.responder_queue else { return Ok(()) };
    let mut jobs = Vec::new();
    for one in joins {
        match one {
            Joins::Approved(lead, campid) => {
                // Nothing of it is read but this, which is cached.
                let responders = app.store.joined_on_approval(&campid).await?;
                jobs.extend(responders.into_iter().map(|rid| ResponderJob::Join { lead, rid }));
            }
            Joins::ByHand(lead, rid, number) => jobs.push(ResponderJob::Next { lead, rid, number }),
        }
    }
    // None at all, mostly; then nothing is sent.
    responder_queue.send(&jobs).await
}
