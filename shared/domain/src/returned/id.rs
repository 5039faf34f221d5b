//! What a return is called: it can be found by its name alone.

use std::{fmt, str::FromStr};

use serde_with::{DeserializeFromStr, SerializeDisplay};

use crate::id::{DeliveryRef, LeadId};

const PREFIX: &str = "return_";

/// A return: `return_01J….1.d1` – the ULID of its lead, which return of the sale it is, and the delivery that was sold through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr)]
pub struct ReturnId {
    /// The lead.
    pub lead: LeadId,
    /// Which return of the sale, from 1.
    pub number: u8,
    /// The delivery.
    pub did: DeliveryRef,
}

/// The text is not what a return is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a return is return_, a ULID of 26 characters, a number and a delivery, with dots between them")]
pub struct InvalidReturnId;

impl InvalidReturnId {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_id"
    }
}

impl fmt::Display for ReturnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}.{}.{}", self.lead.ulid(), self.number, self.did)
    }
}

impl FromStr for ReturnId {
    type Err = InvalidReturnId;

    fn from_str(text: &str) -> Result<Self, InvalidReturnId> {
        let mut parts = text.strip_prefix(PREFIX).ok_or(InvalidReturnId)?.splitn(3, '.');
        let mut next = || parts.next().ok_or(InvalidReturnId);
        let lead: LeadId = format!("lead_{}", next()?).parse().map_err(|_| InvalidReturnId)?;
        let number = next()?;
        let did = next()?.parse().map_err(|_| InvalidReturnId)?;
        let id = Self { lead, number: number.parse().map_err(|_| InvalidReturnId)?, did };
        // One return has one name: no sign and no zero before the number.
        (id.number.to_string() == number && id.number > 0).then_some(id).ok_or(InvalidReturnId)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use ulid::Ulid;

    use super::*;

    #[test]
    fn a_return_has_one_name_whatever_its_delivery_is_called() {
        let id = ReturnId { lead: LeadId::from_ulid(Ulid(7)), number: 12, did: "a.1.b".parse().unwrap() };
        assert_eq!(id.to_string(), "return_00000000000000000000000007.12.a.1.b");
        assert_eq!(id.to_string().parse(), Ok(id));
        for number in ["0", "01", "+1", "", "256", "x"] {
            let text = format!("return_00000000000000000000000007.{number}.d1");
            assert_eq!(text.parse::<ReturnId>(), Err(InvalidReturnId), "{text}");
        }
        for text in ["", "return_1.1.d1", "lead_00000000000000000000000007.1.d1", "return_00000000000000000000000007.1"]
        {
            assert_eq!(text.parse::<ReturnId>(), Err(InvalidReturnId), "{text}");
        }
    }
}
