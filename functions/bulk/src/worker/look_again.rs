//! A person is erased: leads of it that have come in since those of the job were written down.

use std::collections::BTreeSet;

use domain::id::LeadId;
use store::{BulkChunk, CHUNK_LEADS, Error};

use super::work::Work;
use crate::post_job::MAX_LEADS_OF_PERSON;

/// What a look comes to.
pub(super) enum Seen {
    /// More leads, which are written down.
    More,
    /// None.
    Nothing,
    /// The job is somebody else's by now, or was called off.
    NotMine,
}

/// Looks for leads that the job does not know, and writes some of them down.
pub(super) async fn look_again(work: &mut Work<'_>) -> Result<Seen, Error> {
    let (store, person) = (&work.app.store, work.job.person.clone());
    let (mut known, mut found) = (BTreeSet::<LeadId>::new(), BTreeSet::new());
    for number in 0..if person.is_empty() { 0 } else { work.job.chunks } {
        known.extend(store.bulk_chunk(work.job.id, number).await?.into_iter().flat_map(|chunk| chunk.leads));
    }
    for (channel, hash) in &person {
        store.forget_contact_of(*channel, hash).await?;
        found.extend(store.all_leads_by(*channel, hash, MAX_LEADS_OF_PERSON).await?);
    }
    let leads: Vec<LeadId> = found.difference(&known).copied().take(CHUNK_LEADS).collect();
    if leads.is_empty() {
        return Ok(Seen::Nothing);
    }
    let count = leads.len() as u64;
    if !store.put_bulk_chunk(&work.job, work.job.chunks, &BulkChunk { leads, outcomes: None }).await? {
        return Ok(Seen::NotMine);
    }
    (work.job.chunks, work.job.total) = (work.job.chunks + 1, work.job.total + count);
    Ok(if work.checkpoint().await? { Seen::More } else { Seen::NotMine })
}
