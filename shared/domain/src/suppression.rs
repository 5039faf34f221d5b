//! Lists of people who may not be written to, or may again, as somebody brings them: what an entry says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    consent::{Contact, MAX_TOLD_CHARS},
    contact::{ContactError, Country, Email, Phone},
    lead::Channel,
    setup::Invalid,
    time::to_millis,
    words::one_line,
};

/// Most entries of one list.
pub const MAX_ENTRIES: usize = 1_000;

/// A person, and whether it may be written to.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SuppressionEntry {
    /// In which way; in each for which it names a contact, without it.
    pub channel: Option<Channel>,
    /// The person's e-mail address.
    pub email: Option<String>,
    /// The person's phone: international, or as it is dialled within `country`.
    pub phone: Option<String>,
    /// The country of a phone that is not international, as two letters.
    pub country: Option<String>,
    /// Whether it may be written to; not, without it.
    pub status: SuppressionStatus,
    /// When the person said so; now, without it. A `yes` has to say when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// What the person was told, for whoever asks later.
    pub told: Option<String>,
}

/// Whether somebody may be written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionStatus {
    /// It may not.
    #[default]
    No,
    /// It may.
    Yes,
}

/// What an entry says, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// Of whom: one or two.
    pub contacts: Vec<Contact>,
    /// Whether it may be written to.
    pub yes: bool,
    /// When that was said, if it says so.
    pub at: Option<Timestamp>,
    /// What the person was told.
    pub told: Option<String>,
}

impl SuppressionStatus {
    /// Of a word.
    pub fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

impl SuppressionEntry {
    /// What it says; `country` is that of phones whose entry names none.
    ///
    /// # Errors
    /// The first thing that is wrong with it. Never repeats what it holds.
    pub fn read(&self, country: Option<Country>, now: Timestamp) -> Result<Suppressed, Invalid> {
        let contacts = self.contacts(country)?;
        let (yes, at) = (self.status == SuppressionStatus::Yes, self.at.map(to_millis));
        if at.is_some_and(|at| at > now) {
            return Err(Invalid::new("at", "in_future", "Nobody has said that yet; use a time that is past."));
        }
        if yes && at.is_none() {
            let detail = "Say when the person agreed, so that what it says later is not overruled.";
            return Err(Invalid::new("at", "required", detail));
        }
        let told = self.told.as_deref().map(|told| one_line("told", told, MAX_TOLD_CHARS)).transpose()?;
        Ok(Suppressed { contacts, yes, at, told })
    }

    /// By what its person is written to, as far as the entry is about it.
    ///
    /// # Errors
    /// What is wrong with it, or that there is none.
    pub fn contacts(&self, country: Option<Country>) -> Result<Vec<Contact>, Invalid> {
        let is_about = |channel: Channel| self.channel.is_none_or(|about| about == channel);
        let wrong = |field: &str| {
            let field = field.to_owned();
            move |error: ContactError| Invalid::new(&field, error.code(), error.to_string())
        };
        let mut contacts = Vec::new();
        if let Some(email) = named(self.email.as_deref()).filter(|_| is_about(Channel::Email)) {
            contacts.push(Contact::Email(Email::parse(email).map_err(wrong("email"))?));
        }
        if let Some(phone) = named(self.phone.as_deref()).filter(|_| is_about(Channel::Sms)) {
            let own = named(self.country.as_deref()).map(str::parse).transpose().map_err(wrong("country"))?;
            contacts.push(Contact::Sms(read_phone(phone, own.or(country))?));
        }
        if contacts.is_empty() {
            let (field, detail) = match self.channel {
                None => ("", "Name an e-mail address or a phone."),
                Some(Channel::Email) => ("email", "Name the e-mail address."),
                Some(Channel::Sms) => ("phone", "Name the phone."),
            };
            return Err(Invalid::new(field, "required", detail));
        }
        Ok(contacts)
    }
}

fn named(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn read_phone(text: &str, country: Option<Country>) -> Result<Phone, Invalid> {
    let wrong = |error: ContactError| Invalid::new("phone", error.code(), error.to_string());
    let is_international = text.starts_with(['+', '(']) || text.starts_with("00");
    let Some(country) = country.or_else(|| "GB".parse().ok().filter(|_| is_international)) else {
        let detail = "Write the phone with + and its calling code, or name its country.";
        return Err(Invalid::new("country", "required", detail));
    };
    // One that leads came with counts, also where no plan of today has it.
    Phone::parse(text, country).or_else(|error| text.parse().map_err(|_| error)).map_err(wrong)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::lead::tests::at;

    fn entry(email: &str, phone: &str) -> SuppressionEntry {
        SuppressionEntry { email: Some(email.to_owned()), phone: Some(phone.to_owned()), ..SuppressionEntry::default() }
    }

    fn read(entry: &SuppressionEntry) -> Result<Vec<String>, String> {
        let read = entry.read(None, at(100)).map_err(|wrong| format!("{}:{}", wrong.field, wrong.code))?;
        Ok(read.contacts.iter().map(|contact| contact.as_str().to_owned()).collect())
    }

    #[test]
    fn an_entry_is_about_each_contact_that_it_names_unless_it_says_about_which() {
        let both = entry(" Ann@Example.com ", "+44 20 7946 0018");
        assert_eq!(read(&both).unwrap(), ["ann@example.com", "+442079460018"]);
        let sms = SuppressionEntry { channel: Some(Channel::Sms), ..both };
        assert_eq!(read(&sms).unwrap(), ["+442079460018"]);
        let no = sms.read(None, at(100)).unwrap();
        assert_eq!((no.yes, no.at, no.told), (false, None, None));
    }

    #[test]
    fn a_phone_is_read_as_its_country_writes_it() {
        let national = entry("", "020 7946 0018");
        assert_eq!(read(&national), Err("country:required".to_owned()));
        let here = SuppressionEntry { country: Some("GB".to_owned()), ..national.clone() };
        assert_eq!(read(&here).unwrap(), ["+442079460018"]);
        assert_eq!(national.read(Some("GB".parse().unwrap()), at(1)).unwrap().contacts.len(), 1);
        assert_eq!(read(&entry("", "+447700900123")).unwrap(), ["+447700900123"], "it is one of films");
        assert_eq!(read(&entry("", "0044 20 7946 0018")).unwrap(), ["+442079460018"]);
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_said_without_repeating_it() {
        let ann = entry("ann@example.com", "");
        for (wrong, found) in [
            (entry("", " "), ":required"),
            (entry("ann at example", ""), "email:not_an_email"),
            (entry("", "+1 23"), "phone:phone_too_short"),
            (SuppressionEntry { channel: Some(Channel::Sms), ..ann.clone() }, "phone:required"),
            (SuppressionEntry { at: Some(at(101)), ..ann.clone() }, "at:in_future"),
            (SuppressionEntry { status: SuppressionStatus::Yes, ..ann.clone() }, "at:required"),
            (SuppressionEntry { told: Some("x".repeat(501)), ..ann.clone() }, "told:length"),
            (SuppressionEntry { country: Some("Britain".to_owned()), ..entry("", "1") }, "country:not_a_country"),
        ] {
            assert_eq!(read(&wrong), Err(found.to_owned()));
            let detail = wrong.read(None, at(100)).unwrap_err().detail;
            assert!(!detail.contains("ann") && !detail.contains("Britain"), "{detail}");
        }
        let yes = SuppressionEntry { status: SuppressionStatus::Yes, at: Some(at(9)), ..ann };
        assert!(yes.read(None, at(100)).unwrap().yes);
    }
}
