//! Answers to leads: the one that is given, kept and given again, and those to requests that were answered before.

use domain::{campaign::LiveRule, lead::Lead};
use jiff::Timestamp;
use lambda::problem::Problem;
use store::{Admitted, Once, StoredAnswer};

use crate::{App, receipt::LeadReceipt};

/// A lead that has been answered.
pub(crate) struct Taken {
    /// The answer, to be given byte for byte.
    pub(crate) answer: StoredAnswer,
    /// It was given before.
    pub(crate) replayed: bool,
    /// The place of the lead that it was given to, if the key of a whole batch found it.
    pub(crate) place: Option<usize>,
    /// The lead, if it is new and stored.
    pub(crate) lead: Option<Box<Lead>>,
    /// Its campaign wants it sold while the supplier waits.
    pub(crate) live: Option<LiveRule>,
    /// Its messages have been sent, or what they ask for is done.
    pub(crate) is_on_its_way: bool,
}

impl Taken {
    /// An answer, to a lead that is not stored.
    pub(crate) fn with_answer(answer: StoredAnswer, replayed: bool, place: Option<usize>) -> Self {
        Self { answer, replayed, place, lead: None, live: None, is_on_its_way: false }
    }

    /// A new answer, to a lead that is not stored.
    pub(crate) fn without_lead(receipt: &LeadReceipt) -> Result<Self, Problem> {
        Ok(Self::with_answer(answer(receipt)?, false, None))
    }
}

/// What is not kept uses no idempotency key up; but where the same request was answered before, that answer stands.
pub(crate) async fn answer_without_lead(
    app: &App,
    receipt: &LeadReceipt,
    once: Option<&Once>,
    now: Timestamp,
) -> Result<Taken, Problem> {
    let before = match once {
        Some(once) => answered_before(app, once, now).await?,
        None => None,
    };
    before.map_or_else(|| Taken::without_lead(receipt), Ok)
}

/// The answer that `once` was given before.
pub(crate) async fn answered_before(app: &App, once: &Once, now: Timestamp) -> Result<Option<Taken>, Problem> {
    match app.dispatcher.store.replay(once, &app.dispatcher.identity, now).await? {
        Some(Admitted::Replayed { answer, place }) => Ok(Some(Taken::with_answer(answer, true, place))),
        Some(Admitted::KeyReused) => Err(key_reused()),
        Some(Admitted::UnderWay) => Err(under_way()),
        Some(Admitted::Stored | Admitted::Duplicate { .. }) | None => Ok(None),
    }
}

/// 422: the supplier's mistake that would otherwise look like a replay.
pub(crate) fn key_reused() -> Problem {
    Problem::unprocessable(
        "idempotency_key_reused",
        "This Idempotency-Key came with another body before; use a new key for a new request.",
    )
}

/// 409: only the first of two equal requests at the same time sells the lead.
pub(crate) fn under_way() -> Problem {
    Problem::conflict(
        "request_under_way",
        "The first request with this Idempotency-Key is being answered at this moment; send it again in half a minute.",
    )
}

/// A receipt in the form in which it is given and kept.
pub(crate) fn answer(receipt: &LeadReceipt) -> Result<StoredAnswer, Problem> {
    let body = serde_json::to_string(receipt).map_err(|error| Problem::broken(&error))?;
    Ok(StoredAnswer { status: receipt.http_status(), body })
}
