//! Consent of a person, whichever leads it came with: what was said on whether it may be written to, by whom, how, and what it was told.
//!
//! A person is known by a [`Contact`]. A contact that came in with a lead was left to be used; from then on what was said last holds, for
//! all leads with that contact. Words are kept under a keyed hash of the contact, so that a no outlives the leads, and says of whom to
//! nobody who does not have the contact.

mod news;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

use crate::{
    contact::{Email, Phone},
    lead::{Actor, Channel, Lead, UnknownActor},
};

/// Words of one person that are kept, the last ones.
const MAX_WORDS: usize = 20;
/// What a person was told may have so many characters.
pub const MAX_TOLD_CHARS: usize = 500;

/// By what a person is written to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contact {
    /// E-mail.
    Email(Email),
    /// Text messages.
    Sms(Phone),
}

/// What was said on whether a person may be written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Whether it may.
    #[serde(rename = "y")]
    pub yes: bool,
    /// When.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
    /// Who said it.
    #[serde(rename = "by")]
    pub by: Speaker,
    /// By what way.
    #[serde(rename = "h")]
    pub how: How,
    /// What the person was told, or what it was shown when it said so.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

/// Who said whether a person may be written to.
#[derive(Clone, Debug, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub enum Speaker {
    /// Whoever has the mail that it was sent.
    Person,
    /// Somebody with a key, or a job of the seller.
    Actor(Actor),
}

/// By what way it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A bulk job.
    Bulk,
    /// A list of people.
    List,
    /// The page behind the link in a message.
    Page,
    /// The button of a mail program.
    OneClick,
}

/// What was said of one person, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words(Vec<Word>);

/// What was said of the person of a lead, by each of its contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// By its e-mail address.
    pub email: Words,
    /// By its phone.
    pub sms: Words,
}

impl How {
    /// The word for it: `one_click`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::List => "list",
            Self::Page => "page",
            Self::OneClick => "one_click",
        }
    }
}

impl Contact {
    /// In which way it is written to.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Sms(_) => Channel::Sms,
        }
    }

    /// The address, or the number in E.164.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Sms(phone) => phone.as_str(),
        }
    }
}

impl Words {
    /// With one more; none: it is there already, or the same was said last by the same. A word that comes late takes the place that its time gives it.
    #[must_use]
    pub fn with(&self, word: Word) -> Option<Self> {
        let is_said_again = |last: &Word| last.by == word.by && last.yes == word.yes && last.at <= word.at;
        if self.0.contains(&word) || self.last().is_some_and(is_said_again) {
            return None;
        }
        let place = self.0.iter().take_while(|before| before.at <= word.at).count();
        let mut words = self.0.clone();
        words.insert(place, word);
        if words.len() > MAX_WORDS {
            // One that only says once more what was said before tells least.
            let again = words.windows(2).position(|pair| matches!(pair, [a, b] if a.yes == b.yes));
            words.remove(again.unwrap_or(0));
        }
        Some(Self(words))
    }

    /// Without those of one speaker: what was known before it spoke.
    fn not_by(&self, speaker: &Speaker) -> Self {
        Self(self.0.iter().filter(|word| word.by != *speaker).cloned().collect())
    }

    /// All of them, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &Word> {
        self.0.iter()
    }

    /// The last one, which holds.
    pub fn last(&self) -> Option<&Word> {
        self.0.last()
    }

    /// Without what the person was told, which may name it.
    #[must_use]
    pub fn without_texts(&self) -> Self {
        Self(self.0.iter().map(|word| Word { told: None, ..word.clone() }).collect())
    }
}

impl Spoken {
    /// What was said by others than this speaker, who may have begun to say something, and died.
    #[must_use]
    pub fn not_by(&self, speaker: &Speaker) -> Self {
        Self { email: self.email.not_by(speaker), sms: self.sms.not_by(speaker) }
    }

    /// What was said in one way.
    pub fn words(&self, channel: Channel) -> &Words {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        }
    }
}

impl Lead {
    /// By what its person is written to in this way.
    pub fn contact(&self, channel: Channel) -> Option<Contact> {
        match channel {
            Channel::Email => self.email().map(Contact::Email),
            Channel::Sms => self.phone().map(Contact::Sms),
        }
    }

    /// Whether its person may be written to in this way: what was said last holds, of the person or by way of this lead.
    pub fn may_be_written_to(&self, channel: Channel, spoken: &Spoken) -> bool {
        self.contact(channel).is_some() && self.last_said(channel, spoken).is_none_or(|(yes, _)| yes)
    }

    /// What was said last by way of this lead, and when.
    pub fn last_said_here(&self, channel: Channel) -> Option<(bool, Timestamp)> {
        self.said.iter().rev().find(|said| said.channel == channel).map(|said| (said.yes, said.at))
    }

    pub(crate) fn last_said(&self, channel: Channel, spoken: &Spoken) -> Option<(bool, Timestamp)> {
        let own = self.last_said_here(channel);
        let persons = spoken.words(channel).last().map(|word| (word.yes, word.at));
        // Both were written together; the person's is the later one where only one of them was.
        own.into_iter().chain(persons).max_by_key(|(_, at)| *at)
    }
}

impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person => f.write_str("person"),
            Self::Actor(actor) => actor.fmt(f),
        }
    }
}

impl FromStr for Speaker {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        if text == "person" { Ok(Self::Person) } else { text.parse().map(Self::Actor) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use proptest::prelude::*;

    use super::*;
    use crate::lead::tests::{at, lead};

    fn word(yes: bool, seconds: i64) -> Word {
        Word { yes, at: at(seconds), by: Speaker::Person, how: How::Page, told: Some("no more mails".to_owned()) }
    }

    /// Each by another speaker.
    fn by(speaker: usize, word: Word) -> Word {
        Word { by: format!("seller key k{speaker}").parse().unwrap(), ..word }
    }

    fn words(of: &[(bool, i64)]) -> Words {
        of.iter().fold(Words::default(), |words, (yes, at)| words.with(word(*yes, *at)).unwrap_or(words))
    }

    #[test]
    fn what_was_said_last_holds_and_the_same_again_is_no_news() {
        let no = words(&[(false, 10)]);
        assert_eq!((no.with(word(false, 10)), no.with(word(false, 20))), (None, None));
        let yes = no.with(word(true, 20)).unwrap();
        assert!(yes.last().unwrap().yes);
        assert_eq!(yes.with(word(false, 5)).unwrap().last(), yes.last(), "it comes late");
        let seller = Word { by: "seller key k1".parse().unwrap(), ..word(false, 30) };
        assert_eq!(no.with(seller).unwrap().with(word(true, 20)).unwrap().last().unwrap().at, at(30));
        assert_eq!(yes.without_texts().last().unwrap().told, None);
    }

    #[test]
    fn a_person_has_said_it_for_all_its_leads_and_a_later_word_for_one_is_later() {
        let fields = [("email".parse().unwrap(), "ann@example.com".to_owned())].into();
        let lead = Lead { fields, ..lead(1) };
        let no = Spoken { email: words(&[(false, 10)]), sms: Words::default() };
        assert!(lead.may_be_written_to(Channel::Email, &Spoken::default()));
        assert!(!lead.may_be_written_to(Channel::Email, &no));
        assert!(!lead.may_be_written_to(Channel::Sms, &Spoken::default()), "it left no number");
        let again = lead.on_consent_said(&[Channel::Email], true, &no, at(20)).unwrap();
        assert!(again.may_be_written_to(Channel::Email, &no));
        let never = Spoken { email: words(&[(false, 30)]), ..no };
        assert!(!again.may_be_written_to(Channel::Email, &never));
    }

    #[test]
    fn a_speaker_is_known_by_its_text() {
        for text in ["person", "seller key k1"] {
            assert_eq!(text.parse::<Speaker>().unwrap().to_string(), text);
        }
        assert_eq!("nobody".parse::<Speaker>(), Err(UnknownActor));
    }

    proptest! {
        #[test]
        fn what_was_said_last_holds_whatever_the_order_in_which_words_come(
            said in proptest::collection::vec((any::<bool>(), 0_i64..100), 0..60),
        ) {
            let words = said.iter().enumerate().fold(Words::default(), |words, (speaker, (yes, at))| {
                words.with(by(speaker, word(*yes, *at))).unwrap_or(words)
            });
            prop_assert!(words.0.len() <= MAX_WORDS);
            prop_assert!(words.0.is_sorted_by_key(|word| word.at));
            // Whatever came, nobody is taken to have said what nobody said last.
            if let Some(latest) = said.iter().map(|(_, at)| *at).max() {
                let last: Vec<bool> = said.iter().filter(|(_, at)| *at == latest).map(|(yes, _)| *yes).collect();
                prop_assert!(last.contains(&words.last().unwrap().yes));
            }
        }
    }
}
