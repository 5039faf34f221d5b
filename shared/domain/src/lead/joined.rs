//! Responders that a lead has joined, and bulk jobs that write to its person: that it is so is written here first, and all else follows from it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IllegalTransition, Lead};
use crate::id::{BulkJobId, ResponderRef};

/// More responders than this are no correspondence any more.
pub const MAX_JOINED: usize = 20;
/// Messages of bulk jobs that a lead knows of; the earliest is forgotten first, and what became of it stands beside the lead.
pub(crate) const MAX_MESSAGES: usize = 20;

/// That a lead has joined a responder, or is to have the message of a bulk job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Which; or the job.
    #[serde(rename = "r")]
    pub rid: ResponderRef,
    /// For the how manieth time, from 1.
    #[serde(rename = "n", default = "first", skip_serializing_if = "is_first")]
    pub number: u16,
    /// When: its steps are counted from here, and not from when the lead came in.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// Somebody put it there; otherwise it joined as it was approved.
    #[serde(rename = "h", default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

impl Lead {
    /// It joins a responder, from now on.
    ///
    /// # Errors
    /// `deleted`; `not_for_sale` unless it is approved, and no test; `too_many_responders`.
    pub fn on_joined(&self, rid: &ResponderRef, by_hand: bool, now: Timestamp) -> Result<Self, IllegalTransition> {
        self.check_may_have_messages()?;
        if self.joined.iter().filter(|joined| !joined.is_message()).count() >= MAX_JOINED {
            let detail = format!("The lead has joined responders {MAX_JOINED} times, and joins no more.");
            return Err(IllegalTransition::new("too_many_responders", detail));
        }
        let number = self.last_joined(rid).map_or(1, |last| last.number.saturating_add(1));
        let mut lead = self.clone();
        lead.joined.push(Joined { rid: rid.clone(), number, at: now, by_hand });
        Ok(lead)
    }

    /// A bulk job writes to its person.
    ///
    /// # Errors
    /// As for [`Self::on_joined`], but for `too_many_responders`; `unchanged`: that job does so already.
    pub fn on_message(&self, job: BulkJobId, now: Timestamp) -> Result<Self, IllegalTransition> {
        self.check_may_have_messages()?;
        let rid = ResponderRef::from(job);
        if self.last_joined(&rid).is_some() {
            return Err(IllegalTransition::new("unchanged", "The job writes to its person already."));
        }
        let mut lead = self.clone();
        lead.joined.push(Joined { rid, number: first(), at: now, by_hand: true });
        let mut too_many = lead.joined.iter().filter(|one| one.is_message()).count().saturating_sub(MAX_MESSAGES);
        lead.joined.retain(|one| {
            let is_forgotten = too_many > 0 && one.is_message();
            too_many -= usize::from(is_forgotten);
            !is_forgotten
        });
        Ok(lead)
    }

    fn check_may_have_messages(&self) -> Result<(), IllegalTransition> {
        self.check_not_deleted()?;
        if self.is_for_sale() {
            return Ok(());
        }
        let word = if self.test { "a test" } else { self.approval.word() };
        let detail = format!("The lead is {word}; only people of approved leads are written to.");
        Err(IllegalTransition::new("not_for_sale", detail))
    }

    /// The last time that it joined this responder.
    pub fn last_joined(&self, rid: &ResponderRef) -> Option<&Joined> {
        self.joined.iter().rev().find(|joined| joined.rid == *rid)
    }

    /// What it has joined since it was as it is in `before`; none: since it came in.
    pub fn joined_since(&self, before: Option<&Self>) -> impl Iterator<Item = &Joined> {
        // Places say nothing, as the earliest messages are forgotten.
        self.joined.iter().filter(move |one| !before.is_some_and(|lead| lead.joined.contains(one)))
    }
}

impl Joined {
    /// Whether it is the message of a bulk job.
    pub fn is_message(&self) -> bool {
        self.rid.job().is_some()
    }
}

fn first() -> u16 {
    1
}

fn is_first(number: &u16) -> bool {
    *number == 1
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;
    use crate::lead::tests::{at, lead};

    #[test]
    fn each_time_that_a_lead_joins_has_its_number_and_its_own_time() {
        let (one, other) = ("welcome".parse().unwrap(), "winback".parse().unwrap());
        let lead = lead(1).on_joined(&one, false, at(5)).unwrap().on_joined(&other, true, at(6)).unwrap();
        let again = lead.on_joined(&one, true, at(7)).unwrap();
        let told: Vec<_> = again.joined.iter().map(|one| (one.rid.as_str(), one.number, one.at, one.by_hand)).collect();
        assert_eq!(told, [("welcome", 1, at(5), false), ("winback", 1, at(6), true), ("welcome", 2, at(7), true)]);
        assert_eq!(again.joined_since(Some(&lead)).collect::<Vec<_>>(), [&again.joined[2]]);
        assert_eq!(serde_json::to_value(&again.joined[0]).unwrap()["n"], serde_json::Value::Null);
    }

    #[test]
    fn of_the_messages_of_bulk_jobs_the_last_ones_are_known_and_they_are_no_responders() {
        let job = |number: usize| BulkJobId::from_ulid(ulid::Ulid(number as u128));
        let mut lead = lead(1).on_joined(&"welcome".parse().unwrap(), false, at(1)).unwrap();
        for number in 1..=MAX_MESSAGES + 1 {
            let after = lead.on_message(job(number), at(2)).unwrap();
            assert_eq!(after.on_message(job(number), at(3)).unwrap_err().code, "unchanged");
            let news: Vec<_> = after.joined_since(Some(&lead)).map(|one| one.rid.job()).collect();
            assert_eq!(news, [Some(job(number))]);
            lead = after;
        }
        assert_eq!(lead.joined.len(), 1 + MAX_MESSAGES);
        assert!(lead.last_joined(&job(1).into()).is_none() && lead.last_joined(&job(2).into()).is_some());
        for again in 2..=MAX_JOINED {
            lead = lead.on_joined(&"welcome".parse().unwrap(), true, at(again as i64)).unwrap();
        }
        assert_eq!(lead.on_joined(&"other".parse().unwrap(), true, at(9)).unwrap_err().code, "too_many_responders");
        assert!(lead.on_message(job(99), at(9)).is_ok());
    }

    #[test]
    fn tests_and_leads_that_are_not_approved_join_nothing_nor_does_one_too_often() {
        let rid = "welcome".parse().unwrap();
        for odd in [Lead { test: true, ..lead(1) }, lead(1).on_quarantined("odd".to_owned(), None).unwrap()] {
            assert_eq!(odd.on_joined(&rid, true, at(1)).unwrap_err().code, "not_for_sale");
            let job = BulkJobId::from_ulid(ulid::Ulid(1));
            assert_eq!(odd.on_message(job, at(1)).unwrap_err().code, "not_for_sale");
        }
        let mut lead = lead(1);
        for _ in 0..MAX_JOINED {
            lead = lead.on_joined(&rid, true, at(1)).unwrap();
        }
        assert_eq!(lead.on_joined(&rid, true, at(2)).unwrap_err().code, "too_many_responders");
    }
}
