//! Names of things: ids that we make (prefixed ULIDs, key ids) and references that their owners choose.

use std::{fmt, str::FromStr};

use serde_with::{DeserializeFromStr, SerializeDisplay};
use ulid::Ulid;
use utoipa::ToSchema;

/// Most characters of a [`KeyId`].
const KEY_ID_MAX_CHARS: usize = 32;
/// Most characters of a reference that an owner chose.
const REFERENCE_MAX_CHARS: usize = 40;

/// The text is not one of the ids that this system makes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct InvalidId {
    expected: &'static str,
}

impl InvalidId {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_id"
    }
}

/// The text cannot be a reference of a record of the set-up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a {thing} reference has 1 to {REFERENCE_MAX_CHARS} characters, letters A-Z and a-z, digits, dot, underscore and \
     hyphen, and starts with a letter or digit"
)]
pub struct InvalidReference {
    thing: &'static str,
}

impl InvalidReference {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "invalid_reference"
    }
}

macro_rules! prefixed_ulid {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(SerializeDisplay, DeserializeFromStr, ToSchema)]
        #[schema(value_type = String, example = $example)]
        pub struct $name(Ulid);

        impl $name {
            /// The id with this ULID; the caller brings the time and the randomness.
            pub const fn from_ulid(ulid: Ulid) -> Self {
                Self(ulid)
            }

            /// The ULID without the prefix; its first 48 bits are the time of creation in milliseconds.
            pub const fn ulid(self) -> Ulid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Reads the id; the prefix must be exact, the ULID may be in either case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix).and_then(read_ulid).map(Self).ok_or(InvalidId {
                    expected: concat!("the id must be ", $prefix, " followed by a ULID of 26 characters"),
                })
            }
        }
    };
}

prefixed_ulid!(
    /// A lead: `lead_01J…`, in order of its making.
    LeadId,
    "lead_",
    "lead_01JCXV5A8M3Q4R5S6T7V8W9XYZ"
);
prefixed_ulid!(
    /// One request of a delivery for one lead: `att_01J…`, made before the request is sent.
    AttemptId,
    "att_",
    "att_01JCXV5A8M3Q4R5S6T7V8W9XYZ"
);
prefixed_ulid!(
    /// A file of returns: `rfile_01J…`.
    ReturnFileId,
    "rfile_",
    "rfile_01JCXV5A8M3Q4R5S6T7V8W9XYZ"
);
prefixed_ulid!(
    /// Something that is done to many leads: `bulk_01J…`.
    BulkJobId,
    "bulk_",
    "bulk_01JCXV5A8M3Q4R5S6T7V8W9XYZ"
);
prefixed_ulid!(
    /// A search whose leads are written into a file: `lexp_01J…`.
    LeadExportId,
    "lexp_",
    "lexp_01JCXV5A8M3Q4R5S6T7V8W9XYZ"
);
prefixed_ulid!(
    /// A file of leads: `limp_01J…`.
    LeadImportId,
    "limp_",
    "limp_01JCXV5A8M3Q4R5S6T7V8W9XYZ"
);

/// The public part of an access key: 1 to 32 characters `a-z0-9`, a ULID in lower case or the fixed `root`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z0-9]{1,32}$", example = "01jcxv5a8m3q4r5s6t7v8w9xyz")]
pub struct KeyId(String);

impl KeyId {
    /// The id of a key made now; the caller brings the time and the randomness.
    pub fn from_ulid(ulid: Ulid) -> Self {
        Self(ulid.to_string().to_ascii_lowercase())
    }

    /// The id of the key that the installation itself is set up with.
    pub fn root() -> Self {
        Self("root".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if allowed && (1..=KEY_ID_MAX_CHARS).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { expected: "a key id has 1 to 32 characters, lower-case letters a-z and digits" })
        }
    }
}

/// Whether a text can be the id of a webhook: what is signed is put together with dots, so there is none in it.
pub fn is_webhook_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'.' | b'#');
    (1..=128).contains(&text.len()) && text.bytes().all(is_plain)
}

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $thing:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay, DeserializeFromStr, ToSchema)]
        #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", example = $example)]
        pub struct $name(String);

        impl $name {
            /// The reference as text, in the case its owner wrote.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidReference;

            fn from_str(text: &str) -> Result<Self, InvalidReference> {
                if is_reference(text) { Ok(Self(text.to_owned())) } else { Err(InvalidReference { thing: $thing }) }
            }
        }
    };
}

reference!(
    /// A campaign's reference (`campid`), locked once a lead uses it.
    CampaignRef,
    "campaign",
    "SOLAR-UK"
);
reference!(
    /// A supplier's reference (`sid`).
    SupplierRef,
    "supplier",
    "acme-media"
);
reference!(
    /// A buyer's reference (`bid`).
    BuyerRef,
    "buyer",
    "bright-solar"
);
reference!(
    /// A delivery's reference (`did`).
    DeliveryRef,
    "delivery",
    "bright-solar-crm"
);

reference!(
    /// What an installation of this system calls itself before others: the same for ever, and telling nothing.
    InstallationId,
    "installation",
    "9f86d081884c7d659a2feaa0c55ad015"
);

impl InstallationId {
    /// The id that follows from a hash.
    pub fn from_hash(hash: [u8; 16]) -> Self {
        Self(hex::encode(hash))
    }
}

reference!(
    /// A responder's reference (`rid`).
    ResponderRef,
    "responder",
    "solar-welcome"
);

impl ResponderRef {
    /// The bulk job whose message it stands for; none: it is a responder's own. No responder may be called like a job.
    pub fn job(&self) -> Option<BulkJobId> {
        self.0.parse().ok()
    }
}

/// Under this name a bulk job writes to people, as a responder does.
impl From<BulkJobId> for ResponderRef {
    fn from(job: BulkJobId) -> Self {
        Self(job.to_string())
    }
}

/// Reads a ULID that is spelled as we would spell it, but for case. The decoder alone wraps values that do not fit into
/// 128 bits round, so two texts would name one lead.
fn read_ulid(text: &str) -> Option<Ulid> {
    let ulid = text.is_ascii().then(|| Ulid::from_string(text).ok()).flatten()?;
    ulid.to_string().eq_ignore_ascii_case(text).then_some(ulid)
}

/// The key separator `#` is not among the characters, so no reference can reach into another partition.
fn is_reference(text: &str) -> bool {
    text.len() <= REFERENCE_MAX_CHARS
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_carries_its_prefix_and_comes_back_from_its_text() {
        let id = LeadId::from_ulid(Ulid::from_parts(1_731_000_000_000, 42));
        let text = id.to_string();
        assert!(text.starts_with("lead_01J"), "{text}");
        assert_eq!(text.parse::<LeadId>().unwrap(), id);
        assert_eq!(serde_json::to_value(id).unwrap(), serde_json::json!(text));
    }

    #[test]
    fn an_id_in_lower_case_is_the_same_id() {
        let id = AttemptId::from_ulid(Ulid::from_parts(1_731_000_000_000, 42));
        let lower = id.to_string().to_ascii_lowercase();
        assert_eq!(lower.parse::<AttemptId>().unwrap(), id);
    }

    #[test]
    fn an_id_of_another_kind_or_with_another_length_is_refused() {
        let attempt = AttemptId::from_ulid(Ulid::nil()).to_string();
        let error = attempt.parse::<LeadId>().unwrap_err();
        assert_eq!(error.code(), "invalid_id");
        assert!(error.to_string().contains("lead_"), "{error}");
        for text in ["", "lead_", "lead_01J", "lead_é0000000000000000000000000", "LEAD_00000000000000000000000000"] {
            assert!(text.parse::<LeadId>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<LeadId>("\"lead_1\"").is_err());
    }

    #[test]
    fn a_ulid_beyond_128_bits_is_refused_instead_of_wrapped() {
        assert!("lead_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<LeadId>().is_ok());
        assert!("lead_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<LeadId>().is_err());
    }

    #[test]
    fn a_key_id_is_a_lower_case_ulid_or_root() {
        let made = KeyId::from_ulid(Ulid::max());
        assert_eq!(made.as_str(), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!("root".parse::<KeyId>().unwrap(), KeyId::root());
        for text in ["", "Root", "a_b", "a#b", "é", &"a".repeat(33)] {
            assert!(text.parse::<KeyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_reference_may_not_hold_the_key_separator_or_start_with_a_sign() {
        for text in ["a", "A.b_c-9", "9", &"x".repeat(40)] {
            assert_eq!(text.parse::<CampaignRef>().unwrap().as_str(), text);
        }
        for text in ["", "a#b", "-a", ".a", "_a", "a b", "é", "a/b", &"x".repeat(41)] {
            assert!(text.parse::<CampaignRef>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<BuyerRef>("\"a#b\"").is_err());
    }

    #[test]
    fn the_error_of_a_reference_says_what_is_allowed() {
        let error = "a b".parse::<DeliveryRef>().unwrap_err();
        assert_eq!(error.code(), "invalid_reference");
        assert!(error.to_string().contains("delivery reference has 1 to 40"), "{error}");
    }

    proptest! {
        #[test]
        fn every_ulid_survives_the_way_through_text_and_keeps_its_order(a: u128, b: u128) {
            let (one, other) = (LeadId::from_ulid(Ulid(a)), LeadId::from_ulid(Ulid(b)));
            prop_assert_eq!(one.to_string().parse::<LeadId>(), Ok(one));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }
    }
}
