//! Consent: whether a person may be written to, channel by channel, as far as it is known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{IllegalTransition, Lead};
use crate::consent::{How, Speaker, Spoken};

/// More words than this on the consent of one lead are no consent any more.
const MAX_SAID: usize = 20;

/// Whether the person of a lead may be written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Consent {
    /// By e-mail.
    pub email: ChannelConsent,
    /// By text message.
    pub sms: ChannelConsent,
}

/// Whether the person may be written to in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChannelConsent {
    /// The answer.
    pub status: ConsentStatus,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::time::optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Who said so last: `person`, or `seller` with a key or a job. Only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub by: Option<Speaker>,
    /// By what way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// What the person was told, or shown. Only the seller sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// Where it was given, as the supplier says: the lead's field `optinurl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optinurl: Option<String>,
    /// When it was given, as the supplier says: the lead's field `optindate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optindate: Option<String>,
    /// From which address, as the supplier says: the lead's field `ipaddress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipaddress: Option<String>,
}

/// Whether the person may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStatus {
    /// It may: it left this contact for that, or has said so since.
    Yes,
    /// It may not, as it has said since.
    No,
    /// It left no such contact.
    Unknown,
}

/// A way to write to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageChannel)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
}

/// What was said, after the lead came in, on whether its person may be written to. Who said it stands in the lead's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// In which way.
    #[serde(rename = "c")]
    pub channel: Channel,
    /// Whether it may.
    #[serde(rename = "y")]
    pub yes: bool,
    /// When.
    #[serde(rename = "at", with = "crate::time")]
    pub at: Timestamp,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// The word for it: `sms`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

impl Lead {
    /// From now on its person may be written to in these ways, or may not. Ways to which it left no contact, and those of which the same is
    /// known, stay as they are. `spoken` is what was said of the person.
    ///
    /// # Errors
    /// `deleted`; `no_contact` where it left none to any of them; `too_many_words`.
    pub fn on_consent_said(
        &self,
        channels: &[Channel],
        yes: bool,
        spoken: &Spoken,
        now: Timestamp,
    ) -> Result<Self, IllegalTransition> {
        self.check_not_deleted()?;
        let channels: Vec<Channel> =
            channels.iter().copied().filter(|channel| self.contact(*channel).is_some()).collect();
        if channels.is_empty() {
            let detail = "The lead has no contact that could be written to in this way.";
            return Err(IllegalTransition::new("no_contact", detail));
        }
        let mut lead = self.clone();
        let news = channels.into_iter().filter(|channel| self.may_be_written_to(*channel, spoken) != yes);
        lead.said.extend(news.map(|channel| Said { channel, yes, at: now }));
        // Whoever does not want to hear any more is never refused that, and can say it only once in between.
        if yes && lead.said.len() > MAX_SAID {
            let detail =
                format!("So much was said about the consent of the lead that it takes no more: {MAX_SAID} times.");
            return Err(IllegalTransition::new("too_many_words", detail));
        }
        Ok(lead)
    }
}

/// What is known of the consent of a lead's person: a contact that came in with the lead was left to be used, until somebody says otherwise.
pub fn consent(lead: &Lead, spoken: &Spoken) -> Consent {
    Consent { email: given(lead, Channel::Email, spoken), sms: given(lead, Channel::Sms, spoken) }
}

fn given(lead: &Lead, channel: Channel, spoken: &Spoken) -> ChannelConsent {
    let has_contact = lead.contact(channel).is_some();
    let said = |name| said(lead, name).filter(|_| has_contact).cloned();
    let status = match (has_contact, lead.may_be_written_to(channel, spoken)) {
        (false, _) => ConsentStatus::Unknown,
        (true, true) => ConsentStatus::Yes,
        (true, false) => ConsentStatus::No,
    };
    let since = lead.last_said(channel, spoken).map_or(lead.received, |(_, at)| at);
    let word = spoken.words(channel).last().filter(|word| has_contact && word.at == since);
    ChannelConsent {
        status,
        since: has_contact.then_some(since),
        by: word.map(|word| word.by.clone()),
        how: word.map(|word| word.how),
        told: word.and_then(|word| word.told.clone()),
        optinurl: said("optinurl"),
        optindate: said("optindate"),
        ipaddress: said("ipaddress"),
    }
}

fn said<'a>(lead: &'a Lead, name: &str) -> Option<&'a String> {
    lead.fields.iter().find(|(field, _)| field.as_str() == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;
    use crate::lead::tests::{at, lead};

    fn with(fields: &[(&str, &str)]) -> Lead {
        let fields = fields.iter().map(|(name, value)| (name.parse().unwrap(), (*value).to_owned())).collect();
        Lead { fields, ..lead(1) }
    }

    #[test]
    fn who_left_a_contact_may_be_written_to_there_and_nowhere_else() {
        let told = consent(
            &with(&[
                ("email", "ann@example.com"),
                ("optinurl", "https://win.example.com/"),
                ("optindate", "2026-11-01"),
                ("ipaddress", "192.0.2.1"),
            ]),
            &Spoken::default(),
        );
        assert_eq!((told.email.status, told.email.since), (ConsentStatus::Yes, Some(at(0))));
        assert_eq!(told.email.optinurl.as_deref(), Some("https://win.example.com/"));
        assert_eq!(told.email.optindate.as_deref(), Some("2026-11-01"));
        assert_eq!(told.email.ipaddress.as_deref(), Some("192.0.2.1"));
        let nothing = ChannelConsent {
            status: ConsentStatus::Unknown,
            since: None,
            by: None,
            how: None,
            told: None,
            optinurl: None,
            optindate: None,
            ipaddress: None,
        };
        assert_eq!(told.sms, nothing);
    }

    #[test]
    fn a_contact_that_nobody_can_use_is_none() {
        let told = consent(&with(&[("email", "ann at example"), ("phone1", "+447700900123")]), &Spoken::default());
        assert_eq!((told.email.status, told.sms.status), (ConsentStatus::Unknown, ConsentStatus::Yes));
    }

    #[test]
    fn what_was_said_last_holds_channel_by_channel() {
        let lead = with(&[("email", "ann@example.com"), ("phone1", "+447700900123")]);
        let status = |lead: &Lead| {
            let told = consent(lead, &Spoken::default());
            (told.email.status, told.sms.status)
        };
        let quiet = lead.on_consent_said(&Channel::ALL, false, &Spoken::default(), at(10)).unwrap();
        assert_eq!(status(&quiet), (ConsentStatus::No, ConsentStatus::No));
        assert_eq!(consent(&quiet, &Spoken::default()).sms.since, Some(at(10)));
        let mails = quiet.on_consent_said(&[Channel::Email], true, &Spoken::default(), at(20)).unwrap();
        assert_eq!(status(&mails), (ConsentStatus::Yes, ConsentStatus::No));
        assert_eq!(
            mails.on_consent_said(&[Channel::Email], true, &Spoken::default(), at(30)).unwrap(),
            mails,
            "it is so already"
        );
        let all = mails.on_consent_said(&Channel::ALL, true, &Spoken::default(), at(40)).unwrap();
        assert_eq!(all.said.len(), 4);
        assert!(Channel::ALL.into_iter().all(|channel| all.may_be_written_to(channel, &Spoken::default())));
    }

    #[test]
    fn nothing_is_said_of_a_contact_that_is_not_there_or_too_often() {
        let lead = with(&[("email", "ann@example.com")]);
        assert_eq!(
            lead.on_consent_said(&[Channel::Sms], false, &Spoken::default(), at(1)).unwrap_err().code,
            "no_contact"
        );
        assert_eq!(lead.on_consent_said(&Channel::ALL, false, &Spoken::default(), at(1)).unwrap().said.len(), 1);
        let mut often = lead;
        for second in 0..20 {
            often = often.on_consent_said(&[Channel::Email], second % 2 == 1, &Spoken::default(), at(second)).unwrap();
        }
        let quiet = often.on_consent_said(&[Channel::Email], false, &Spoken::default(), at(30)).unwrap();
        assert_eq!(
            quiet.on_consent_said(&[Channel::Email], true, &Spoken::default(), at(31)).unwrap_err().code,
            "too_many_words"
        );
    }
}
