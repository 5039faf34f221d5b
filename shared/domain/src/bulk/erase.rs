//! People are forgotten: all leads of a person are deleted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, delete::deleted};
use crate::{
    consent::Contact,
    contact::{Email, Phone},
    lead::Lead,
    setup::Invalid,
};

/// All leads of a person are deleted. Who it is, is never kept with the order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BulkErase)]
pub struct Erase {
    /// Its e-mail address.
    #[serde(skip_serializing)]
    pub email: Option<String>,
    /// Its phone, with the country's code: `+44…`.
    #[serde(skip_serializing)]
    pub phone: Option<String>,
}

impl Erase {
    pub(super) fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if self.email.is_none() && self.phone.is_none() {
            found.push(Invalid::new(
                "email",
                "required",
                "Say who is to be erased: an e-mail address, a phone, or both.",
            ));
        }
        if let Some(email) = &self.email
            && let Err(error) = Email::parse(email)
        {
            found.push(Invalid::new("email", error.code(), error.to_string()));
        }
        if let Some(phone) = &self.phone
            && phone.parse::<Phone>().is_err()
        {
            let detail = "Write the phone with the code of its country, such as +442079460018.";
            found.push(Invalid::new("phone", "phone", detail));
        }
        found
    }

    /// By what the person is known.
    pub fn contacts(&self) -> Vec<Contact> {
        let email = self.email.as_deref().and_then(|email| Email::parse(email).ok()).map(Contact::Email);
        let phone = self.phone.as_deref().and_then(|phone| phone.parse().ok()).map(Contact::Sms);
        email.into_iter().chain(phone).collect()
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        deleted(lead, ordered)
    }
}
