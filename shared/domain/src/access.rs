//! Who may do what: API keys, their roles, whose data a role reaches, and what of it is shown.

mod asking;
mod sight;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{asking::NotAsked, sight::Part};
use crate::{
    id::{BuyerRef, KeyId, SupplierRef},
    lead::Lead,
};

/// Active keys that one principal may have: the one in use, and the one it is being replaced with.
pub const MAX_ACTIVE_KEYS: usize = 2;

/// Whom a key speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "role", rename_all = "snake_case", deny_unknown_fields)]
pub enum Principal {
    /// The agency itself: everything.
    Seller,
    /// One supplier: its own leads.
    Supplier {
        /// Which.
        sid: SupplierRef,
    },
    /// One buyer: the leads it was sold.
    Buyer {
        /// Which.
        bid: BuyerRef,
    },
}

impl Principal {
    /// One word for keys and logs: `seller`, `supplier#s1`, `buyer#b1`.
    pub fn tag(&self) -> String {
        match self {
            Self::Seller => "seller".to_owned(),
            Self::Supplier { sid } => format!("supplier#{sid}"),
            Self::Buyer { bid } => format!("buyer#{bid}"),
        }
    }

    /// Whose [`tag`](Self::tag) this is.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split_once('#') {
            None => (tag == "seller").then_some(Self::Seller),
            Some(("supplier", sid)) => sid.parse().ok().map(|sid| Self::Supplier { sid }),
            Some(("buyer", bid)) => bid.parse().ok().map(|bid| Self::Buyer { bid }),
            Some((_, _)) => None,
        }
    }

    /// Whether a lead is its own: a supplier's that it sent, a buyer's that it bought.
    pub fn may_read(&self, lead: &Lead) -> bool {
        match self {
            Self::Seller => true,
            Self::Supplier { sid } => lead.sid == *sid,
            Self::Buyer { bid } => lead.sales().any(|(_, delivery, _)| delivery.bid.as_ref() == Some(bid)),
        }
    }
}

/// An API key as kept: never the secret, only its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its public part.
    pub id: KeyId,
    /// Whom it speaks for.
    pub principal: Principal,
    /// What the seller calls it.
    pub label: String,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_sha256: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub created: Timestamp,
    /// From then on it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything.
    pub fn is_active(&self) -> bool {
        self.revoked.is_none()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_tag_tells_whose_it_is_and_no_other_text_does() {
        let (sid, bid) = ("s-1".parse().unwrap(), "b.1".parse().unwrap());
        for principal in [Principal::Seller, Principal::Supplier { sid }, Principal::Buyer { bid }] {
            assert_eq!(Principal::of_tag(&principal.tag()), Some(principal));
        }
        for text in ["", "Seller", "supplier", "supplier#", "supplier#a b", "seller#s1", "buyer#b1#b2"] {
            assert_eq!(Principal::of_tag(text), None, "{text}");
        }
    }
}
