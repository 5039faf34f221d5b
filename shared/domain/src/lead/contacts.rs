//! By what the person behind a lead is known: the e-mail address and the phone that leads are found by.

use super::Lead;
use crate::contact::{Country, Email, Phone};

impl Lead {
    /// The person's e-mail address. A lead that was rejected has it as it was sent; what cannot be read then is none.
    pub fn email(&self) -> Option<Email> {
        Email::parse(self.fields.get("email")?).ok()
    }

    /// The person's first phone, `phone1`, likewise.
    pub fn phone(&self) -> Option<Phone> {
        read_phone(self.fields.get("phone1")?, self.country)
    }
}

/// A phone as a lead has it. One that is in its form already is not judged again: a newer numbering plan may not know its range.
pub(crate) fn read_phone(value: &str, country: Country) -> Option<Phone> {
    value.parse().or_else(|_| Phone::parse(value, country)).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

    use super::*;
    use crate::lead::tests::lead;

    fn with(name: &str, value: &str) -> Lead {
        let fields = [(name.parse().unwrap(), value.to_owned())].into();
        Lead { fields, ..lead(1) }
    }

    #[test]
    fn what_was_normalised_is_taken_as_it_is_and_what_was_not_is_read() {
        let email = |value| with("email", value).email().map(|email| email.to_string());
        assert_eq!(email("jo@example.com").as_deref(), Some("jo@example.com"));
        assert_eq!(email(" Jo@Example.COM ").as_deref(), Some("jo@example.com"));
        let phone = |value| with("phone1", value).phone().map(|phone| phone.to_string());
        assert_eq!(phone("+442079460018").as_deref(), Some("+442079460018"));
        assert_eq!(phone("020 7946 0018").as_deref(), Some("+442079460018"));
        assert_eq!(phone("+1 202-555-0123").as_deref(), Some("+12025550123"));
    }

    #[test]
    fn a_stored_phone_whose_range_no_plan_knows_stays_a_phone() {
        assert_eq!(with("phone1", "+4410000000").phone().unwrap().as_str(), "+4410000000");
    }

    #[test]
    fn what_cannot_be_read_is_none_and_other_phones_are_not_the_first() {
        assert_eq!(with("email", "jo at example").email(), None);
        assert_eq!(with("phone1", "call me").phone(), None);
        assert_eq!(with("phone2", "+442079460018").phone(), None);
        assert_eq!((lead(1).email(), lead(1).phone()), (None, None));
    }
}
