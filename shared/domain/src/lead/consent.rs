//! Consent: whether a person may be written to, channel by channel, as far as it is known.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Lead;

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
    /// It may: it left this contact for that.
    Yes,
    /// It left no such contact.
    Unknown,
}

/// What is known of the consent of a lead's person: a contact that came in with the lead was left to be used.
pub fn consent(lead: &Lead) -> Consent {
    Consent { email: given(lead, lead.email().is_some()), sms: given(lead, lead.phone().is_some()) }
}

fn given(lead: &Lead, has_contact: bool) -> ChannelConsent {
    let said = |name| said(lead, name).filter(|_| has_contact).cloned();
    ChannelConsent {
        status: if has_contact { ConsentStatus::Yes } else { ConsentStatus::Unknown },
        since: has_contact.then_some(lead.received),
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
        let told = consent(&with(&[
            ("email", "ann@example.com"),
            ("optinurl", "https://win.example.com/"),
            ("optindate", "2026-11-01"),
            ("ipaddress", "192.0.2.1"),
        ]));
        assert_eq!((told.email.status, told.email.since), (ConsentStatus::Yes, Some(at(0))));
        assert_eq!(told.email.optinurl.as_deref(), Some("https://win.example.com/"));
        assert_eq!(told.email.optindate.as_deref(), Some("2026-11-01"));
        assert_eq!(told.email.ipaddress.as_deref(), Some("192.0.2.1"));
        let nothing = ChannelConsent {
            status: ConsentStatus::Unknown,
            since: None,
            optinurl: None,
            optindate: None,
            ipaddress: None,
        };
        assert_eq!(told.sms, nothing);
    }

    #[test]
    fn a_contact_that_nobody_can_use_is_none() {
        let told = consent(&with(&[("email", "ann at example"), ("phone1", "+447700900123")]));
        assert_eq!((told.email.status, told.sms.status), (ConsentStatus::Unknown, ConsentStatus::Yes));
    }
}
