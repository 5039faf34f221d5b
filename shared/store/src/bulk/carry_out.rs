//! What was planned for a lead, done: in one write, with what follows from it.

use domain::{
    bulk::{Change, Refusal, Then},
    campaign::Campaign,
    lead::{Actor, IllegalTransition, Lead},
};
use jiff::Timestamp;

use crate::{Commit, Identity, LineUpError, Store};

impl Store {
    /// Writes what was planned for a lead as it is in `lead`, by whoever wants it. Its messages are the caller's.
    ///
    /// # Errors
    /// [`LineUpError`].
    pub async fn carry_out(
        &self,
        lead: &Lead,
        change: Change,
        by: &Actor,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Commit, LineUpError> {
        let Change { after, then } = change;
        let mut said = Vec::new();
        let after = match then {
            Then::Nothing => *after,
            Then::Erase if self.waits_for_file(lead).await? => return Err(in_a_file()),
            Then::Erase => return Ok(self.commit_deletion(lead, *after, Some(by), identity).await?),
            Then::Say { contacts, word, seen } => {
                // First, as a no that is said twice does no harm, and one that is lost does.
                for contact in &contacts {
                    if !word.yes {
                        self.say(contact, &word, identity).await?;
                    } else if !self.say_yes(contact, &word, seen.words(contact.channel()), identity).await? {
                        return Err(has_said_no());
                    }
                }
                said = contacts;
                *after
            }
            Then::WriteOnce(job, contact) => {
                if !self.gets_it_by(job, &contact, lead.id, identity, now).await? {
                    return Err(by_another_lead());
                }
                *after
            }
            Then::OfferAgain(did) => self.offered_again(lead, *after, &did, now).await?,
            Then::JoinAgain(rid, number) => {
                // What is not there yet follows from the lead, and has not begun.
                if self.enrolment(lead.id, &rid, number).await?.is_none_or(|last| last.is_active()) {
                    return Err(in_it_already());
                }
                *after
            }
            Then::EndQuarantine(ending) => {
                let campaign = self.cached::<Campaign>(lead.campid.as_str()).await?;
                let campaign = campaign.ok_or_else(no_campaign)?;
                return self.end_quarantine(lead, &campaign, (&ending, Some(by)), identity, now).await;
            }
        };
        let commit = self.commit(lead, &after.touched_by(by), identity).await?;
        // Whoever deleted the lead meanwhile has forgotten who it was before that was said.
        if commit.is_of_deleted() {
            for contact in &said {
                self.forget_contact(contact, identity).await?;
            }
        }
        Ok(commit)
    }
}

fn in_a_file() -> LineUpError {
    let detail =
        "A file for its buyer, with this lead in it, is not written yet. Order the same again once the file is there.";
    LineUpError::Illegal(IllegalTransition { code: "in_a_file", detail: detail.to_owned() })
}

fn no_campaign() -> LineUpError {
    let detail = "The campaign of the lead is not there any more.".to_owned();
    LineUpError::Illegal(IllegalTransition { code: "no_campaign", detail })
}

fn has_said_no() -> LineUpError {
    let Refusal { code, detail } = Refusal::superseded();
    LineUpError::Illegal(IllegalTransition { code, detail })
}

fn by_another_lead() -> LineUpError {
    let detail = "Its person gets the message of this job by way of another lead.".to_owned();
    LineUpError::Illegal(IllegalTransition { code: "same_person", detail })
}

fn in_it_already() -> LineUpError {
    let detail = "The lead is in this responder, and not through with it.".to_owned();
    LineUpError::Illegal(IllegalTransition { code: "already_active", detail })
}
