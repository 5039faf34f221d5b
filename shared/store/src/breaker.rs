//! Circuit breakers: a row per delivery that has failed lately, and none for all others.
//!
//! Failures in a row are counted over all workers, without asking whether others had answers meanwhile: a worker hears
//! of failures within five seconds, and whoever then has an answer forgets them. So a breaker opens after as many
//! failures, none of whose workers has had an answer since. A count whose own answer was lost may be made twice.
//!
//! Whoever dies leaves a row from which the next one goes on. Enough failures that opened nothing do so with the next
//! one; a try without an answer ends with its lease; and the notice of a pause, whose id is that of the pause, is put
//! when it begins and again by each try. The table forgets a row that nobody has written for a week.

mod row;

use std::time::Duration;

use domain::{
    delivery::{Breaker, Delivery, OnFailure, Pass, Pause},
    id::DeliveryRef,
    time::later,
};
use jiff::{SignedDuration, Timestamp};

use self::row::{Write, forgotten, instant};
use crate::{Error, Notice, Store, conditional::Written, item::number};

/// Others' failures are heard of within this time; one's own at once.
pub(crate) const HEARD_WITHIN: Duration = Duration::from_secs(5);
/// How often a failure is judged anew when the row turns out to be another than was known.
const TRIES: usize = 3;
/// Whoever could not find out whether it may try asks again after this time.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// What a request has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// The delivery is paused.
    Paused(Pause),
    /// The one that tried has failed too: it is paused for longer.
    PausedAgain(Pause),
    /// It answers again, and was paused until now.
    Resumed(Pause),
}

impl Store {
    /// Whether a request of the delivery may go out now; [`Pass::Probe`]: this one may try, and until `lease_until`
    /// nobody else. In doubt about who tries, nobody does.
    ///
    /// # Errors
    /// The table's; then nothing is known of the delivery.
    pub async fn pass(&self, did: &DeliveryRef, now: Timestamp, lease_until: Timestamp) -> Result<Pass, Error> {
        let known = self.breaker(did).await?;
        match known.pass(now) {
            pass @ (Pass::Free | Pass::Blocked(_)) => Ok(pass),
            Pass::Probe => Ok(self.take_probe(did, now, lease_until).await.unwrap_or_else(|error| {
                tracing::warn!(%did, error = &error as &dyn std::error::Error, "nobody may try a paused delivery yet");
                Pass::Blocked(later(now, ASK_AGAIN_AFTER))
            })),
        }
    }

    /// Notes a request of the delivery that failed.
    ///
    /// # Errors
    /// The table's; the failure may be counted or not.
    pub async fn note_failure(&self, delivery: &Delivery, now: Timestamp) -> Result<Option<Switched>, Error> {
        let (did, rule) = (&delivery.did, &delivery.breaker);
        let mut known = self.breaker(did).await?;
        for _ in 0..TRIES {
            known = match known.on_failure(rule, now) {
                OnFailure::Ignore => return Ok(None),
                OnFailure::Count => match self.count_failure(did, now).await? {
                    Written::Done(Breaker::Closed { failures }) if rule.opens_after(failures) => {
                        return self.open_breaker(delivery, failures, now).await;
                    }
                    Written::Done(_) => return Ok(None),
                    Written::Refused(found) => found,
                },
                OnFailure::PauseAgain { ended, longer } => match self.pause_again(did, ended, &longer, now).await? {
                    Written::Done(_) => return Ok(Some(Switched::PausedAgain(longer))),
                    Written::Refused(found) => found,
                },
            };
        }
        Ok(None)
    }

    /// Notes an answer to a request of the delivery, whatever it says. Writes nothing where nothing has failed.
    ///
    /// # Errors
    /// The table's; the breaker may be closed or not.
    pub async fn note_answer(&self, did: &DeliveryRef, now: Timestamp) -> Result<Option<Switched>, Error> {
        if !self.breaker(did).await?.ends_by_answer(now) {
            return Ok(None);
        }
        match self.forget_failures(did, now).await? {
            Some(Breaker::Open(pause)) => Ok(Some(Switched::Resumed(pause))),
            Some(Breaker::Closed { .. }) | None => Ok(None),
        }
    }

    async fn take_probe(&self, did: &DeliveryRef, now: Timestamp, lease_until: Timestamp) -> Result<Pass, Error> {
        let write = Write {
            update: "SET p = :lease, x = :x",
            only_if: "u <= :now AND (attribute_not_exists(p) OR p <= :now)",
            values: vec![(":lease", instant(lease_until)), (":now", instant(now)), (":x", forgotten(now))],
        };
        Ok(match self.write_breaker(did, write).await? {
            Written::Done(taken) => {
                if let Breaker::Open(pause) = taken {
                    self.tell_of_pause(did, &pause).await;
                }
                Pass::Probe
            }
            Written::Refused(found) => match found.pass(now) {
                pass @ (Pass::Free | Pass::Blocked(_)) => pass,
                Pass::Probe => Pass::Blocked(later(now, ASK_AGAIN_AFTER)),
            },
        })
    }

    async fn count_failure(&self, did: &DeliveryRef, now: Timestamp) -> Result<Written<Breaker>, Error> {
        let write = Write {
            update: "ADD n :one SET x = :x",
            only_if: "attribute_not_exists(u)",
            values: vec![(":one", number(1)), (":x", forgotten(now))],
        };
        self.write_breaker(did, write).await
    }

    /// Opens the breaker, unless an answer came meanwhile, or another worker was first.
    pub(crate) async fn open_breaker(
        &self,
        delivery: &Delivery,
        failures: u32,
        now: Timestamp,
    ) -> Result<Option<Switched>, Error> {
        let pause = delivery.breaker.first_pause(failures, now);
        let write = Write {
            update: "SET o = :since, u = :until, k = :pause, x = :x",
            only_if: "attribute_not_exists(u) AND n >= :failures",
            values: vec![
                (":since", instant(pause.since)),
                (":until", instant(pause.until)),
                (":pause", number(pause.pause_s)),
                (":failures", number(delivery.breaker.after_failures)),
                (":x", forgotten(now)),
            ],
        };
        match self.write_breaker(&delivery.did, write).await? {
            Written::Done(_) => {
                self.tell_of_pause(&delivery.did, &pause).await;
                Ok(Some(Switched::Paused(pause)))
            }
            Written::Refused(_) => Ok(None),
        }
    }

    /// Begins a longer pause after the one that ended then, once.
    async fn pause_again(
        &self,
        did: &DeliveryRef,
        ended: Timestamp,
        longer: &Pause,
        now: Timestamp,
    ) -> Result<Written<Breaker>, Error> {
        let write = Write {
            update: "SET u = :until, k = :pause, x = :x REMOVE p",
            only_if: "u = :ended",
            values: vec![
                (":until", instant(longer.until)),
                (":pause", number(longer.pause_s)),
                (":ended", instant(ended)),
                (":x", forgotten(now)),
            ],
        };
        self.write_breaker(did, write).await
    }

    /// Tells the seller of a pause. Telling it again changes nothing, so whoever tries tells it too.
    async fn tell_of_pause(&self, did: &DeliveryRef, pause: &Pause) {
        let notice = Notice::delivery_paused(did, pause.since, pause.until, pause.failures);
        if let Err(error) = self.put_notice(&notice).await {
            tracing::warn!(%did, error = &error as &dyn std::error::Error, "the notice of a pause was not written");
        }
    }
}
