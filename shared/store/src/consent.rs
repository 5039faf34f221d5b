//! What people said on whether they may be written to: a row for each contact, under its keyed hash.
//!
//! The contact itself stands in the row only so that a list can be taken elsewhere, and goes when a lead with it is deleted; the words stay, as
//! a no has to hold for whoever comes back.

use domain::{
    consent::{Contact, Spoken, Word, Words},
    lead::{Channel, Lead},
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Identity, Page, Store,
    conditional::{Conditional, Written},
    item::{from_item, key_attributes, key_of, number, readable, text, to_item},
    keys::{self, Key},
    rows::rows,
};

/// How often a row is tried that others write as well.
const TRIES: usize = 8;

/// What one person said, of one way to write to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonConsent {
    /// In which way.
    pub channel: Channel,
    /// The keyed hash of the contact.
    pub hash: String,
    /// The address or the number; none: a lead with it was deleted.
    pub contact: Option<String>,
    /// What was said.
    pub words: Words,
}

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    /// The channel.
    n: Channel,
    /// The contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    c: Option<String>,
    /// The words.
    w: Words,
    /// How often it was written.
    v: u64,
}

impl From<Row> for PersonConsent {
    fn from(Row { sk, n, c, w, .. }: Row) -> Self {
        Self { channel: n, hash: sk, contact: c, words: w }
    }
}

impl Store {
    /// What was said of the person of a lead, as it is now.
    ///
    /// # Errors
    /// The table's.
    pub async fn spoken(&self, lead: &Lead, identity: &Identity) -> Result<Spoken, Error> {
        self.spoken_of(lead, identity, true).await
    }

    /// The same at half the price, as it was a moment ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn spoken_a_moment_ago(&self, lead: &Lead, identity: &Identity) -> Result<Spoken, Error> {
        self.spoken_of(lead, identity, false).await
    }

    async fn spoken_of(&self, lead: &Lead, identity: &Identity, consistent: bool) -> Result<Spoken, Error> {
        let keys = Channel::ALL.into_iter().filter_map(|channel| Some(identity.consent_key(&lead.contact(channel)?)));
        let found = rows(self.db.batch_get_item(), &self.tables.leads, keys, consistent).await?;
        let mut spoken = Spoken::default();
        for item in found {
            let row: Row = from_item(item)?;
            match row.n {
                Channel::Email => spoken.email = row.w,
                Channel::Sms => spoken.sms = row.w,
            }
        }
        Ok(spoken)
    }

    /// Writes down what was said of a person. Said once more it changes nothing.
    ///
    /// # Errors
    /// The table's; then nobody knows whether it is written. `Contended` when others kept writing it.
    pub async fn say(&self, contact: &Contact, word: &Word, identity: &Identity) -> Result<(), Error> {
        self.say_by(contact.channel(), &identity.consent_key(contact).sk, Some(contact.as_str()), word).await
    }

    /// The same of whose contact nothing is known but its hash.
    ///
    /// # Errors
    /// As for [`Store::say`].
    pub async fn say_by(&self, channel: Channel, hash: &str, contact: Option<&str>, word: &Word) -> Result<(), Error> {
        self.say_if(channel, hash, contact, |words| words.with(word.clone())).await.map(|_| ())
    }

    /// Writes down that a person may be written to, unless it has said no beyond what was `seen`. False: it has, and the no stays the last word.
    ///
    /// # Errors
    /// As for [`Store::say`].
    pub(crate) async fn say_yes(
        &self,
        contact: &Contact,
        word: &Word,
        seen: &Words,
        identity: &Identity,
    ) -> Result<bool, Error> {
        let hash = identity.contact(contact);
        let decide = |there: &Words| if there.has_no_beyond(seen) { None } else { there.with(word.clone()) };
        let (words, is_news) = self.say_if(contact.channel(), &hash, Some(contact.as_str()), decide).await?;
        Ok(is_news || !words.has_no_beyond(seen))
    }

    /// Writes down what `decide` makes of what was said before, on what is there when it is written; none: it is no news. Gives what was
    /// said up to now, and whether that is news.
    ///
    /// # Errors
    /// As for [`Store::say`].
    pub async fn say_if(
        &self,
        channel: Channel,
        hash: &str,
        contact: Option<&str>,
        decide: impl Fn(&Words) -> Option<Words>,
    ) -> Result<(Words, bool), Error> {
        let key = keys::consent(channel, hash);
        for _ in 0..TRIES {
            let there = self.consent_row(&key).await?;
            let (before, version, known) = match there {
                Some(row) => (row.w, row.v, row.c),
                None => (Words::default(), 0, None),
            };
            let contact = contact.map(str::to_owned).or_else(|| known.clone());
            let news = decide(&before);
            let is_news = news.is_some();
            // Who it is may be news where what was said is not; of whom nothing was said there is no row.
            let names = contact != known && before.last().is_some();
            let Some(words) = news.or_else(|| names.then(|| before.clone())) else { return Ok((before, false)) };
            let row = Row { pk: key.pk.clone(), sk: key.sk.clone(), n: channel, c: contact, w: words, v: version + 1 };
            if self.put_consent(&row).await? {
                return Ok((row.w, is_news));
            }
        }
        Err(Error::Contended { what: "what a person said" })
    }

    /// What was said of whoever is written to by this; none: nothing.
    ///
    /// # Errors
    /// The table's.
    pub async fn person_consent(&self, contact: &Contact, identity: &Identity) -> Result<Option<PersonConsent>, Error> {
        Ok(self.consent_row(&identity.consent_key(contact)).await?.map(PersonConsent::from))
    }

    /// Forgets who it was that said something; that it was said stays.
    ///
    /// # Errors
    /// As for [`Store::say`].
    pub async fn forget_contact(&self, contact: &Contact, identity: &Identity) -> Result<(), Error> {
        self.forget_contact_of(contact.channel(), &identity.contact(contact)).await
    }

    /// The same of whose contact nothing is known but its hash.
    ///
    /// # Errors
    /// As for [`Store::say`].
    pub async fn forget_contact_of(&self, channel: Channel, hash: &str) -> Result<(), Error> {
        let key = keys::consent(channel, hash);
        for _ in 0..TRIES {
            let Some(row) = self.consent_row(&key).await? else { return Ok(()) };
            let words = row.w.without_texts();
            if row.c.is_none() && words == row.w {
                return Ok(());
            }
            if self.put_consent(&Row { c: None, w: words, v: row.v + 1, ..row }).await? {
                return Ok(());
            }
        }
        Err(Error::Contended { what: "what a person said" })
    }

    /// Up to `limit` people of one channel of whom something was said, by their hashes, from behind `after`, which is the `last` of another
    /// page. A page may have fewer, and another one follow.
    ///
    /// # Errors
    /// The table's.
    pub async fn consents(
        &self,
        channel: Channel,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<PersonConsent>, Error> {
        let part = after.and_then(|after| after.get(..1)).unwrap_or(keys::CONSENT_PARTS[0]);
        let got = self
            .db
            .query()
            .table_name(&self.tables.leads)
            .key_condition_expression("pk = :pk AND sk > :after")
            .expression_attribute_values(":pk", text(keys::consents(channel, part)))
            .expression_attribute_values(":after", text(after.unwrap_or(part)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(Error::service("Query"))?;
        let more_here = got.last_evaluated_key.as_ref().map(|key| key_of(key).sk);
        let next_part = || keys::CONSENT_PARTS.iter().find(|next| **next > part).map(|next| (*next).to_owned());
        let last = more_here.or_else(next_part);
        let (items, unreadable) = readable::<Row>(got.items.unwrap_or_default());
        Ok(Page { items: items.into_iter().map(PersonConsent::from).collect(), unreadable, last })
    }

    async fn consent_row(&self, key: &Key) -> Result<Option<Row>, Error> {
        let get = self.db.get_item().table_name(&self.tables.leads).set_key(Some(key_attributes(key.clone())));
        let got = get.consistent_read(true).send().await.map_err(Error::service("GetItem"))?;
        got.item.map(from_item).transpose()
    }

    /// False: somebody else has written it.
    async fn put_consent(&self, row: &Row) -> Result<bool, Error> {
        let put = self.db.put_item().table_name(&self.tables.leads).set_item(Some(to_item(row)?));
        let put = put
            .condition_expression("attribute_not_exists(pk) OR v = :before")
            .expression_attribute_values(":before", number(row.v - 1));
        Ok(matches!(put.written().await?, Written::Done(_)))
    }
}

impl Identity {
    /// By which what was said of a person is found.
    pub fn contact(&self, contact: &Contact) -> String {
        match contact {
            Contact::Email(email) => self.email(email.as_str()),
            Contact::Sms(phone) => self.phone(phone.as_str()),
        }
    }

    fn consent_key(&self, contact: &Contact) -> Key {
        keys::consent(contact.channel(), &self.contact(contact))
    }
}
