//! Filters: which leads a delivery or a campaign takes, by their fields and by who sent them.

mod check;
mod condition;
mod limit;
mod reason;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    check::{MAX_FILTERS, check},
    condition::Condition,
    limit::{InvalidLimit, Limit},
};
use crate::{contact::Country, field::FieldName, id::SupplierRef};

/// What is asked of one field. A lead without the field is let through only by `not_one_of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// A field of the lead; or `supplier` (its reference), `ssid` or `source`. A lead that does not name its `country` is
    /// of its campaign's.
    pub field: FieldName,
    /// What its value must be.
    pub is: Condition,
}

/// A lead as filters see it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its fields, in the form that is stored.
    pub fields: &'a BTreeMap<FieldName, String>,
    /// Its campaign's country.
    pub country: Country,
    /// Who sent it.
    pub sid: &'a SupplierRef,
    /// Whom that one had it from.
    pub ssid: Option<&'a str>,
    /// Where it was found.
    pub source: Option<&'a str>,
    /// The day for which ages are judged.
    pub today: Date,
}

impl Filter {
    /// Whether it lets the lead through.
    pub fn lets_through(&self, subject: &Subject<'_>) -> bool {
        match self.value(subject).filter(|value| !value.is_empty()) {
            Some(value) => self.is.holds(value, self.target(), subject.today),
            None => self.is.lets_absence_through(),
        }
    }

    /// The fields of the lead that it looks at, which its campaign must have.
    pub fn names(&self) -> impl Iterator<Item = &FieldName> {
        let is_field = matches!(self.target(), Target::Field | Target::Country | Target::Source);
        is_field.then_some(&self.field).into_iter()
    }

    /// Why a lead that it does not let through is not let through, without anything that the lead holds: "postcode starts
    /// with none of LS, BD". Suppliers are not named, for other suppliers may read it.
    pub fn reason(&self) -> String {
        reason::of(self)
    }

    fn target(&self) -> Target {
        match self.field.as_str() {
            "supplier" => Target::Supplier,
            "ssid" => Target::SubSupplier,
            "source" => Target::Source,
            "country" => Target::Country,
            _ => Target::Field,
        }
    }

    fn value<'a>(&self, subject: &'a Subject<'_>) -> Option<&'a str> {
        let field = subject.fields.get(&self.field).map(String::as_str);
        match self.target() {
            Target::Supplier => Some(subject.sid.as_str()),
            Target::SubSupplier => subject.ssid,
            Target::Source => subject.source.or(field),
            Target::Country => field.or(Some(subject.country.as_str())),
            Target::Field => field,
        }
    }
}

/// What the name in a filter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Supplier,
    SubSupplier,
    Source,
    Country,
    Field,
}
