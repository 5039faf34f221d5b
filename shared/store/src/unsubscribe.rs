//! What a message tells its reader to answer with: a token that says who is meant without naming anybody, and the answer in its lead.

use domain::{
    consent::{Contact, Spoken},
    id::LeadId,
    lead::{Channel, Lead},
};
use jiff::Timestamp;

use crate::{Commit, Error, Identity, Store};

/// What tokens are sealed for, so that nothing else that is sealed is one.
const SEALED_FOR: &str = "unsubscribe";
/// How often a lead is tried that others write as well.
const TRIES: usize = 10;

/// Whoever has it may say whether a person is to be written to: that person, by way of the message that it came with. It is good for ever,
/// and when its lead is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// How the message came.
    pub channel: Channel,
    /// The keyed hash of the contact that it was sent to.
    pub hash: String,
    /// The lead that it was sent about.
    pub lead: LeadId,
}

impl Identity {
    /// The token of a message to a person about its lead. None: the secret of the installation is unusable.
    pub fn unsubscribe_token(&self, contact: &Contact, lead: LeadId) -> Option<String> {
        self.seal(SEALED_FOR, &format!("{}#{}#{lead}", contact.channel().word(), self.contact(contact)))
    }

    /// What a token says; none: this installation has given no such token.
    pub fn unsubscribe_of(&self, token: &str) -> Option<UnsubscribeToken> {
        let text = self.unseal(SEALED_FOR, token)?;
        let mut parts = text.splitn(3, '#');
        let (word, hash, lead) = (parts.next()?, parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let channel = Channel::ALL.into_iter().find(|channel| channel.word() == word)?;
        Some(UnsubscribeToken { channel, hash, lead })
    }
}

impl UnsubscribeToken {
    /// By what its message was sent, if the lead is still the one it was about, with that contact.
    pub fn contact(&self, lead: &Lead, identity: &Identity) -> Option<Contact> {
        let contact = lead.contact(self.channel).filter(|_| !lead.is_deleted() && lead.id == self.lead)?;
        (identity.contact(&contact) == self.hash).then_some(contact)
    }
}

impl Store {
    /// Writes what was said of a lead's person into the lead, with the time at which it was said, so that its history tells. Nothing is
    /// written where the lead says so already, or takes no more words. Says whether the lead is still there with its data by then.
    ///
    /// # Errors
    /// The table's; `Contended` when others kept writing the lead.
    pub async fn say_in_lead(&self, lead: Lead, channel: Channel, yes: bool, at: Timestamp) -> Result<bool, Error> {
        let (id, mut lead) = (lead.id, lead);
        for _ in 0..TRIES {
            // Decided on what the lead itself says: that the person's row has it by now is why it is to be said here.
            let after = match lead.on_consent_said(&[channel], yes, &Spoken::default(), at) {
                Ok(after) if after != lead => after,
                Ok(_) => return self.has_data(id).await,
                Err(refused) => {
                    tracing::info!(lead_id = %lead.id, code = refused.code, "what its person said is not in the lead");
                    return self.has_data(id).await;
                }
            };
            match self.commit_alone(&lead, &after).await? {
                Commit::Done(_) | Commit::Repeated(_) => return Ok(true),
                Commit::Stale(None) => return Ok(false),
                Commit::Stale(Some(now)) => lead = *now,
            }
        }
        Err(Error::Contended { what: "a lead" })
    }

    async fn has_data(&self, id: LeadId) -> Result<bool, Error> {
        Ok(self.lead(id).await?.is_some_and(|lead| !lead.is_tombstone()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use domain::contact::{Email, Phone};
    use ulid::Ulid;

    use super::*;

    fn identity(secret: &str) -> Identity {
        Identity::new(secret.to_owned().into())
    }

    #[test]
    fn a_token_says_who_is_meant_to_nobody_but_the_installation() {
        let lead = LeadId::from_ulid(Ulid(1));
        let ann = Contact::Email(Email::parse("ann@example.com").unwrap());
        let phone = Contact::Sms("+447700900123".parse::<Phone>().unwrap());
        let identity = identity("a secret of tests");
        for contact in [ann, phone] {
            let token = identity.unsubscribe_token(&contact, lead).unwrap();
            let told = identity.unsubscribe_of(&token).unwrap();
            let hash = identity.contact(&contact);
            assert_eq!(told, UnsubscribeToken { channel: contact.channel(), hash, lead });
            assert!(token.len() < 250 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
            assert!(!token.contains(&told.hash) && !token.contains(&hex::encode(contact.as_str())));
        }
    }

    #[test]
    fn what_is_no_token_of_this_installation_says_nothing() {
        let lead = LeadId::from_ulid(Ulid(1));
        let ann = Contact::Email(Email::parse("ann@example.com").unwrap());
        let mine = identity("a secret of tests");
        let others = identity("another").unsubscribe_token(&ann, lead).unwrap();
        let token = mine.unsubscribe_token(&ann, lead).unwrap();
        let cursor = mine.seal("leads seller", &format!("email#00#{lead}")).unwrap();
        let odd = ["fax#00#lead_x", "email#00", ""].map(|text| mine.seal(SEALED_FOR, text).unwrap());
        let cut = token[..token.len() - 2].to_owned();
        for text in [others, cursor, cut, String::new(), "../x".to_owned()].into_iter().chain(odd) {
            assert_eq!(mine.unsubscribe_of(&text), None, "{text}");
        }
    }
}
