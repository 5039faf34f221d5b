//! What all set-up records have in common: a reference, a version, whether they are active, and a check.

use serde::{Serialize, de::DeserializeOwned};

use crate::words::one_line;

/// One thing that is wrong with a set-up record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Invalid {
    /// The field, with dots and indexes for nested ones: `fields.2.pattern`.
    pub field: String,
    /// Stable code for programs.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub detail: String,
}

impl Invalid {
    /// A finding about `field`.
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }
}

/// The kinds of set-up records; each is a partition of the set-up table and a route of the set-up API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// [`Campaign`](crate::campaign::Campaign)
    Campaign,
    /// [`Supplier`](crate::supplier::Supplier)
    Supplier,
    /// [`Buyer`](crate::buyer::Buyer)
    Buyer,
    /// [`Delivery`](crate::delivery::Delivery)
    Delivery,
    /// [`Responder`](crate::responder::Responder)
    Responder,
}

impl Kind {
    /// The word for people and keys: `campaign`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Supplier => "supplier",
            Self::Buyer => "buyer",
            Self::Delivery => "delivery",
            Self::Responder => "responder",
        }
    }
}

/// A pointer from one set-up record to another, which must exist when the record is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The field that holds the reference.
    pub field: String,
    /// What it points to.
    pub kind: Kind,
    /// The reference itself.
    pub reference: String,
}

/// A record of the set-up table, addressed by the reference that its owner chose.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Which partition it lives in.
    const KIND: Kind;
    /// The reference its owner chose; never changes.
    fn reference(&self) -> &str;
    /// Whether it takes part in new business.
    fn is_active(&self) -> bool;
    /// Takes it out of (or back into) new business; what it did before stays readable.
    fn set_active(&mut self, active: bool);
    /// Everything that is wrong with it by itself.
    fn check(&self) -> Vec<Invalid>;
    /// The records it points to.
    fn links(&self) -> Vec<Link>;
    /// Fills in secrets that the API never shows and a replacing record therefore leaves out. Returns those that it does not
    /// fill in, as they were meant for another place.
    #[must_use = "a record without its secrets is not to be saved"]
    fn keep_secrets_of(&mut self, _stored: &Self) -> Vec<Invalid> {
        Vec::new()
    }
    /// Takes out the secrets, for showing.
    fn without_secrets(self) -> Self {
        self
    }
}

/// A record with the version that `If-Match` names.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    /// As it is stored, secrets included.
    pub record: T,
    /// Starts at 1 and grows with every replacement.
    pub version: u64,
}

/// Finds a name that is empty, too long to show, or more than a line.
pub(crate) fn check_name(name: &str, found: &mut Vec<Invalid>) {
    found.extend(one_line("name", name, 200).err());
}

/// Records are active unless they say otherwise.
pub(crate) fn active_by_default() -> bool {
    true
}
