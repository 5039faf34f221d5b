//! What the seller decides about returns: read, carried out, and answered.

use domain::{
    lead::{Actor, ReturnState},
    returned::{ReturnDecision, ReturnId},
    setup::Invalid,
    words::one_line,
};
use lambda::Problem;
use serde::{Deserialize, Serialize};
use store::Decided;
use utoipa::ToSchema;

use crate::{App, problem};

/// Most characters of a reason.
const MAX_WHY: usize = 200;

/// What may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionWord {
    /// The sale is taken back.
    Approve,
    /// The sale stands, and the buyer is told why.
    Reject,
    /// A sale that was taken back stands again.
    Undo,
}

/// A decision as it was written, which is then known to make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// See [`ReturnDecision::Approve`].
    Approve {
        /// Whether the supplier gives its payout back.
        reverse_payout: Option<bool>,
    },
    /// See [`ReturnDecision::Refuse`].
    Reject(String),
    /// See [`ReturnDecision::Undo`].
    Undo(String),
}

impl Decision {
    /// The decision, with the words that go with it. `place` is where a member of it stands in the body.
    ///
    /// # Errors
    /// What is missing, or does not go with it.
    pub(crate) fn read(
        word: DecisionWord,
        reason: Option<&str>,
        reverse_payout: Option<bool>,
        place: impl Fn(&str) -> String,
    ) -> Result<Self, Invalid> {
        let why = || {
            let Some(reason) = reason else {
                return Err(Invalid::new(place("reason"), "required", "Say why, in a few words."));
            };
            one_line(&place("reason"), reason, MAX_WHY)
        };
        if word != DecisionWord::Approve && reverse_payout.is_some() {
            return Err(Invalid::new(place("reverse_payout"), "not_for_decision", "Only for approve."));
        }
        match word {
            DecisionWord::Approve if reason.is_some() => {
                Err(Invalid::new(place("reason"), "not_for_decision", "Only for reject and undo."))
            }
            DecisionWord::Approve => Ok(Self::Approve { reverse_payout }),
            DecisionWord::Reject => why().map(Self::Reject),
            DecisionWord::Undo => why().map(Self::Undo),
        }
    }

    fn as_domain(&self) -> ReturnDecision<'_> {
        match self {
            Self::Approve { reverse_payout } => ReturnDecision::Approve { reverse_payout: *reverse_payout },
            Self::Reject(why) => ReturnDecision::Refuse { why },
            Self::Undo(why) => ReturnDecision::Undo { why },
        }
    }

    /// Carries it out, as somebody's word.
    ///
    /// # Errors
    /// The tables'; it may be made again.
    pub(crate) async fn carry_out(
        &self,
        app: &App,
        id: &ReturnId,
        by: &Actor,
        correlation_id: &str,
    ) -> Result<Decided, Problem> {
        let returning = app.returning(by, correlation_id);
        let decided = returning.decide(id, self.as_domain(), lambda::now()).await.map_err(problem)?;
        if let Decided::Done(lead) = &decided {
            let state = state(lead, id).map_or("gone", ReturnState::word);
            tracing::info!(lead_id = %id.lead, did = %id.did, state, "a return was decided by the seller");
        }
        Ok(decided)
    }
}

/// Where a return stands.
pub(crate) fn state(lead: &domain::lead::Lead, id: &ReturnId) -> Option<ReturnState> {
    let sale = lead.sale(&id.did).ok()?;
    sale.returns().find(|back| back.number == id.number).map(|back| back.state)
}
