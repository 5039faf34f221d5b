//! Answers to leads: the one that is given, kept and given again, and those to requests that were answered before.

use domain::{campaign::LiveRule, lead::Lead};
use jiff::Timestamp;
use lambda::problem::Problem;
use store::{Earlier, Once, StoredAnswer};

use crate::{App, receipt::LeadReceipt};

/// A lead that has been answered.
pub(crate) struct Taken {
    /// The answer, to be given byte for byte.
    pub(crate) answer: StoredAnswer,
    pub(crate) about: About,
}

/// What an answer is about.
pub(crate) enum About {
    /// A lead that is new and stored.
    New {
        /// As it is stored.
        lead: Box<Lead>,
        /// Its campaign wants it sold while the supplier waits.
        live: Option<LiveRule>,
    },
    /// A lead of which nothing is stored.
    NotKept {
        /// Why: the code of its receipt.
        code: i32,
    },
    /// A lead of an earlier request.
    Earlier {
        /// Its place, if the key of a whole batch found it.
        place: Option<usize>,
    },
}

impl Taken {
    /// A new answer, to a lead of which nothing is stored.
    pub(crate) fn not_kept(receipt: &LeadReceipt) -> Result<Self, Problem> {
        let answer = answer(receipt).map_err(|error| Problem::broken(&error))?;
        Ok(Self { answer, about: About::NotKept { code: receipt.code } })
    }

    /// The answer that an earlier request was given.
    pub(crate) fn earlier(earlier: Earlier) -> Result<Self, Problem> {
        match earlier {
            Earlier::Answered { answer, place } => Ok(Self { answer, about: About::Earlier { place } }),
            Earlier::KeyReused => Err(Problem::idempotency_key_reused()),
            Earlier::UnderWay => Err(under_way()),
        }
    }

    /// The lead, if it is new and stored.
    pub(crate) fn new_lead(&self) -> Option<&Lead> {
        match &self.about {
            About::New { lead, .. } => Some(lead),
            About::NotKept { .. } | About::Earlier { .. } => None,
        }
    }

    /// Whether the answer was given before.
    pub(crate) fn is_replayed(&self) -> bool {
        matches!(self.about, About::Earlier { .. })
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
    before.map_or_else(|| Taken::not_kept(receipt), Ok)
}

/// The answer that `once` was given before.
pub(crate) async fn answered_before(app: &App, once: &Once, now: Timestamp) -> Result<Option<Taken>, Problem> {
    let earlier = app.dispatcher.store.replay(once, &app.dispatcher.identity, now).await?;
    earlier.map(Taken::earlier).transpose()
}

/// 409: only the first of two equal requests at the same time sells the lead.
fn under_way() -> Problem {
    Problem::conflict(
        "request_under_way",
        "The first request with this Idempotency-Key is being answered at this moment; send it again in half a minute.",
    )
}

/// A receipt in the form in which it is given and kept.
pub(crate) fn answer(receipt: &LeadReceipt) -> serde_json::Result<StoredAnswer> {
    Ok(StoredAnswer { status: receipt.http_status(), body: serde_json::to_string(receipt)? })
}
