//! From what was heard of a request to what becomes of the delivery.

use jiff::{SignedDuration, Timestamp};

use crate::{
    answer::{Answer, Verdict},
    delivery::Delivery,
    lead::{Clearing, LeadDelivery, Outcome},
    money::Currency,
    time::later,
    words::bounded,
};

/// After this long, the seller is asked to decide an unknown delivery.
pub const UNKNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);
/// A buyer that took a lead without deciding has this long to say whether it buys it, unless its delivery says otherwise.
pub const FEEDBACK_WITHIN: SignedDuration = SignedDuration::from_hours(72);

/// What was heard of a request, or that none was needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// Taken without an answer: nobody was asked.
    Taken {
        /// What the other side calls it, where it has a name for it.
        reference: Option<String>,
    },
    /// Refused, by somebody who answers in words of our own.
    Refused {
        /// Why.
        reason: String,
    },
    /// An answer, which the delivery's rules are to read.
    Answered {
        /// As it came.
        answer: Answer<'a>,
        /// Seconds that `Retry-After` asks for.
        retry_after_s: Option<u32>,
    },
    /// Nothing, and for certain no byte of it reached the buyer.
    NotSent {
        /// What went wrong.
        reason: String,
        /// Whether trying again can help.
        worth_retrying: bool,
    },
    /// Nothing, and the buyer may have taken the lead.
    NoAnswer {
        /// What went wrong.
        reason: String,
    },
}

impl Delivery {
    /// Decides what becomes of the request that `asked` has written down, at the price that was agreed then.
    /// `jitter_permille` (0 to 1,000) spreads the retries.
    pub fn outcome_of(
        &self,
        heard: &Heard<'_>,
        asked: &LeadDelivery,
        currency: Currency,
        jitter_permille: u16,
        now: Timestamp,
    ) -> Outcome {
        let (agreed, attempts) = (asked.agreed.price.unwrap_or(self.price), asked.attempts_in_round);
        let retry = |reason: String, delay: SignedDuration| {
            if self.retry.allows_more_after(attempts) {
                Outcome::Retry { reason, due: later(now, delay) }
            } else {
                Outcome::Failed { reason }
            }
        };
        let by_schedule = |after_s| self.retry.delay(attempts, jitter_permille, after_s);
        match heard {
            Heard::Taken { reference } => {
                Outcome::Accepted { price: agreed, reference: reference.clone(), redirect_url: None }
            }
            Heard::Refused { reason } => Outcome::Rejected { reason: bounded(reason) },
            // Nobody was bothered, and what stood in the way is mostly gone the next moment.
            Heard::NotSent { reason, worth_retrying: true } if attempts <= 1 => {
                retry(bounded(reason), SignedDuration::ZERO)
            }
            Heard::NotSent { reason, worth_retrying: true } => retry(bounded(reason), by_schedule(None)),
            Heard::NotSent { reason, worth_retrying: false } => Outcome::Failed { reason: bounded(reason) },
            Heard::NoAnswer { reason } => self.unknown(bounded(reason), attempts, jitter_permille, now),
            Heard::Answered { answer, retry_after_s } => match self.meaning(answer, asked, currency) {
                Verdict::Accepted { price, reference, redirect_url } => {
                    let price = price.filter(|_| asked.bid.is_some()).unwrap_or(agreed);
                    Outcome::Accepted { price, reference, redirect_url }
                }
                Verdict::Rejected { reason } | Verdict::Duplicate { reason } | Verdict::Unrecognised { reason } => {
                    Outcome::Rejected { reason }
                }
                Verdict::Pending { reference } => {
                    Outcome::Pending { reference, deadline: later(now, self.feedback_within()) }
                }
                Verdict::Retry { reason } => retry(reason, by_schedule(*retry_after_s)),
                Verdict::Unclear { reason } => self.unknown(reason, u32::MAX, jitter_permille, now),
                Verdict::NoAnswer { reason } => self.unknown(reason, attempts, jitter_permille, now),
            },
        }
    }

    /// What an answer means to this request. Of one that was made before, the buyer may know the lead, or be at it still; and no
    /// price is taken that the campaign does not sell for.
    fn meaning(&self, answer: &Answer<'_>, asked: &LeadDelivery, currency: Currency) -> Verdict {
        // It was set up anew while the answer was on its way.
        let Some(rules) = self.answer() else {
            return Verdict::Unclear { reason: "an answer came, and the delivery reads none any more".to_owned() };
        };
        match rules.read(answer, currency).verdict {
            Verdict::Duplicate { reason } if asked.state.is_in_doubt() => Verdict::Unclear { reason },
            Verdict::Unrecognised { reason } if asked.state.is_in_doubt() => Verdict::NoAnswer { reason },
            Verdict::Accepted { price: Some(price), .. }
                if asked.agreed.least.is_some_and(|least| price.minor < least.minor) =>
            {
                let reason = format!("the buyer accepted at {}, which is less than the least revenue", price.amount());
                Verdict::Unclear { reason }
            }
            verdict @ (Verdict::Accepted { .. }
            | Verdict::Rejected { .. }
            | Verdict::Duplicate { .. }
            | Verdict::Unrecognised { .. }
            | Verdict::Pending { .. }
            | Verdict::Retry { .. }
            | Verdict::Unclear { .. }
            | Verdict::NoAnswer { .. }) => verdict,
        }
    }

    /// Nobody knows whether the buyer has the lead. One that recognises a repeated request is asked again.
    pub fn unknown(&self, reason: String, attempts: u32, jitter_permille: u16, now: Timestamp) -> Outcome {
        let clearing = if self.is_idempotent() && self.retry.allows_more_after(attempts) {
            Clearing::ByRepeat(later(now, self.retry.delay(attempts, jitter_permille, None)))
        } else {
            Clearing::without_repeat(now)
        };
        Outcome::Unknown { reason, clearing }
    }
}

#[cfg(test)]
mod tests;
