//! Who was the last to do something to a lead: people, by their keys and files. What it does by itself leaves no name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};

use super::Lead;
use crate::{
    access::Principal,
    id::{BulkJobId, KeyId, ReturnFileId, is_webhook_id},
};

/// How many jobs a lead remembers. One that is carried out again finds itself there, unless so many others came between.
const MAX_JOBS: usize = 20;

/// Somebody who does something to a lead: `seller key root`, `buyer#b1 return-file rfile_01J…`.
#[derive(Clone, Debug, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub struct Actor {
    /// Whose word it is.
    pub principal: Principal,
    /// By what it was given.
    pub via: Via,
}

/// By what somebody says what is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A request with this key.
    Key(KeyId),
    /// This file of returns.
    ReturnFile(ReturnFileId),
    /// This bulk job.
    Job(BulkJobId),
    /// What somebody who got the lead has said of it, by the id of that.
    Feedback(String),
}

/// The text names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an actor is a role, `key`, `return-file`, `job` or `feedback`, and an id, with blanks between them")]
pub struct UnknownActor;

impl UnknownActor {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "unknown_actor"
    }
}

/// Who wrote a version of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// Who.
    #[serde(rename = "b")]
    pub by: Actor,
    /// Which version: of a later one it says nothing.
    #[serde(rename = "v")]
    pub version: u64,
}

impl Actor {
    /// Whoever asks with a key.
    pub fn with_key(principal: &Principal, key: &KeyId) -> Self {
        Self { principal: principal.clone(), via: Via::Key(key.clone()) }
    }

    /// Whoever gave a file of returns in, or decided about one.
    pub fn with_file(principal: Principal, file: ReturnFileId) -> Self {
        Self { principal, via: Via::ReturnFile(file) }
    }

    /// Whoever got a lead, by what it says of it.
    pub fn with_feedback(principal: Principal, id: &str) -> Self {
        Self { principal, via: Via::Feedback(id.to_owned()) }
    }

    /// The seller, by a bulk job.
    pub fn with_job(job: BulkJobId) -> Self {
        Self { principal: Principal::Seller, via: Via::Job(job) }
    }
}

impl Lead {
    /// The lead as it is written by somebody: its next version. It remembers the job, if that is who writes it.
    #[must_use]
    pub fn touched_by(self, by: &Actor) -> Self {
        let touched = Some(Touch { by: by.clone(), version: self.version + 1 });
        let mut lead = Self { touched, ..self };
        if let Via::Job(job) = by.via
            && !lead.was_changed_by(job)
        {
            lead.jobs.push(job);
            let forgotten = lead.jobs.len().saturating_sub(MAX_JOBS);
            lead.jobs.drain(..forgotten);
        }
        lead
    }

    /// Whether this job has changed it.
    pub fn was_changed_by(&self, job: BulkJobId) -> bool {
        self.jobs.contains(&job)
    }

    /// Who wrote it as it is; none: it came to be so by itself.
    pub fn last_touch(&self) -> Option<&Actor> {
        self.touched.as_ref().filter(|touched| touched.version == self.version).map(|touched| &touched.by)
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.principal.tag();
        match &self.via {
            Via::Key(key) => write!(f, "{role} key {key}"),
            Via::ReturnFile(file) => write!(f, "{role} return-file {file}"),
            Via::Job(job) => write!(f, "{role} job {job}"),
            Via::Feedback(id) => write!(f, "{role} feedback {id}"),
        }
    }
}

impl FromStr for Actor {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        let mut parts = text.splitn(3, ' ');
        let mut next = || parts.next().ok_or(UnknownActor);
        let principal = Principal::of_tag(next()?).ok_or(UnknownActor)?;
        let via = match (next()?, next()?) {
            ("key", id) => Via::Key(id.parse().map_err(|_| UnknownActor)?),
            ("return-file", id) => Via::ReturnFile(id.parse().map_err(|_| UnknownActor)?),
            ("job", id) => Via::Job(id.parse().map_err(|_| UnknownActor)?),
            ("feedback", id) if is_webhook_id(id) => Via::Feedback(id.to_owned()),
            _ => return Err(UnknownActor),
        };
        Ok(Self { principal, via })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ulid::Ulid;

    use super::*;
    use crate::lead::tests::{at, lead};

    fn job(number: u128) -> BulkJobId {
        BulkJobId::from_ulid(Ulid(number))
    }

    #[test]
    fn a_lead_remembers_the_last_jobs_that_changed_it_each_once() {
        let mut lead = lead(1).touched_by(&Actor::with_key(&Principal::Seller, &KeyId::root()));
        assert!(lead.jobs.is_empty());
        for number in [1, 1, 2, 1] {
            lead = lead.touched_by(&Actor::with_job(job(number)));
        }
        assert_eq!(lead.jobs, [job(1), job(2)]);
        for number in 3..=MAX_JOBS as u128 + 1 {
            lead = lead.touched_by(&Actor::with_job(job(number)));
        }
        assert_eq!(lead.jobs.len(), MAX_JOBS);
        assert!(!lead.was_changed_by(job(1)) && lead.was_changed_by(job(2)));
    }

    #[test]
    fn an_actor_is_known_by_its_text_and_nobody_by_any_other() {
        let key: KeyId = "k1".parse().unwrap();
        let buyer = Principal::Buyer { bid: "b.1".parse().unwrap() };
        let file = ReturnFileId::from_ulid(Ulid(7));
        for (actor, text) in [
            (Actor::with_key(&Principal::Seller, &key), "seller key k1"),
            (Actor::with_key(&buyer, &key), "buyer#b.1 key k1"),
            (Actor::with_file(buyer.clone(), file), "buyer#b.1 return-file rfile_00000000000000000000000007"),
            (Actor::with_feedback(buyer.clone(), "att_1"), "buyer#b.1 feedback att_1"),
            (Actor::with_job(job(8)), "seller job bulk_00000000000000000000000008"),
        ] {
            assert_eq!((actor.to_string().as_str(), text.parse()), (text, Ok(actor)));
        }
        for text in ["", "seller", "seller key", "seller key K1", "seller file x", "nobody key k1", "seller key k1 k2"]
        {
            assert_eq!(text.parse::<Actor>(), Err(UnknownActor), "{text}");
        }
    }

    #[test]
    fn who_touched_a_version_has_not_touched_the_next() {
        let by = Actor::with_key(&Principal::Seller, &KeyId::root());
        let touched = lead(1).touched_by(&by);
        assert_eq!(touched.last_touch(), None, "it is not written yet");
        let written = Lead { version: touched.version + 1, ..touched };
        assert_eq!(written.last_touch(), Some(&by));
        let later = written.on_swept(at(9));
        assert_eq!(Lead { version: later.version + 1, ..later }.last_touch(), None);
    }
}
