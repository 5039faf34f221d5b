//! The end of a quarantine: the lead is let go, and claims its data like any that comes in, or it is turned away.

use domain::{
    campaign::{Campaign, QuarantineEnd},
    intake::{Claim, as_duplicate},
    lead::{Lead, Rejection},
};
use jiff::Timestamp;

use crate::{Commit, Identity, LineUpError, Store};

/// The code of leads that are turned away: to the supplier, whoever decides is a filter.
pub const TURNED_AWAY_AS: Rejection = Rejection::Filter;
/// Why a lead is turned away that nobody has decided in time.
const NOBODY_DECIDED: &str = "The lead was put aside, and nobody released it in time.";

/// What becomes of a lead in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is let go.
    Release,
    /// It is turned away for good.
    Reject {
        /// As breaking which rule.
        code: Rejection,
        /// Why.
        reason: String,
    },
}

impl From<QuarantineEnd> for Ending {
    /// As a campaign decides when the time is over.
    fn from(end: QuarantineEnd) -> Self {
        match end {
            QuarantineEnd::Release => Self::Release,
            QuarantineEnd::Reject => Self::Reject { code: TURNED_AWAY_AS, reason: NOBODY_DECIDED.to_owned() },
        }
    }
}

impl Store {
    /// Ends the quarantine of a lead. One that is let go makes its claim again and is given to whoever is next in line, all in
    /// one write; if another lead has claimed its data meanwhile, it is a duplicate, and rejected. Its messages are the caller's.
    ///
    /// # Errors
    /// [`LineUpError`]; `Illegal` with `not_quarantined` when there is nothing to end.
    pub async fn end_quarantine(
        &self,
        lead: &Lead,
        campaign: &Campaign,
        ending: &Ending,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Commit, LineUpError> {
        let after = match ending {
            Ending::Reject { code, reason } => {
                let after = lead.on_turned_away(*code, reason.clone())?;
                return Ok(self.commit(lead, &after).await?);
            }
            Ending::Release => self.give_out(&lead.on_released(now)?, campaign, now).await?,
        };
        // It may have been put aside again, as still nobody wants it: then it claims nothing, and earns nothing by this.
        let after = if after.is_for_sale() { after } else { Lead { payout: lead.payout, ..after } };
        let Some(claim) = Claim::of(&after, campaign, now).filter(|_| after.is_for_sale()) else {
            return Ok(self.commit(lead, &after).await?);
        };
        match self.commit_claiming(lead, &after, &claim, identity).await? {
            Some(commit) => Ok(commit),
            None => {
                tracing::info!(lead_id = %lead.id, "released lead is a duplicate");
                // What its supplier was told that it earns, it keeps.
                let duplicate = Lead { payout: lead.payout, ..as_duplicate(&after) };
                Ok(self.commit(lead, &duplicate).await?)
            }
        }
    }
}
