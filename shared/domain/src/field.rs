//! Lead fields: their names, the rules a campaign sets for them, and the judging of what a supplier sent.

mod date;
mod form;
mod kind;
mod name;
mod pattern;
mod postcode;
mod rule;
mod value;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::contact::Country;

pub(crate) use date::{age_on, writes_month_first};
pub use form::{check_fields, shown_name};
pub use kind::FieldKind;
pub use name::{CUSTOMARY_FIELDS, FieldName, InvalidFieldName};
pub use pattern::Pattern;

/// The longest value of any field, in characters, both as it is sent and as it is stored; rules may only be narrower.
pub const MAX_VALUE_CHARS: usize = 1_000;

/// What a campaign asks of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// The field, a customary one or the campaign's own.
    pub name: FieldName,
    /// What its value must be.
    pub kind: FieldKind,
    /// Whether a lead without it is refused.
    #[serde(default)]
    pub required: bool,
}

/// What the judging of values depends on besides the rule.
#[derive(Clone, Copy, Debug)]
pub struct FieldContext {
    /// The campaign's country: whose phones, postcodes and way of writing dates are meant.
    pub country: Country,
    /// The day for which ages are judged; intake gives the day of the account's zone on which the lead came in.
    pub today: Date,
}

/// One thing wrong with a field; the detail says what is expected and never repeats the value, which may be personal
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct FieldProblem {
    /// The field as it was named by the caller.
    pub field: String,
    /// Stable code for programs: `required`, `too_long`, `not_an_email`, …
    #[schema(value_type = String)]
    pub code: &'static str,
    /// A sentence that says what to do.
    pub detail: String,
}

impl FieldRule {
    /// Whether the rule itself makes sense, judged when a campaign is saved.
    pub fn validate_rule(&self) -> Result<(), FieldProblem> {
        rule::validate(&self.name, &self.kind).map_err(|refusal| refusal.about(self.name.as_str()))
    }

    /// Judges one value and returns it in the form that is stored, compared and delivered. Blanks around it are
    /// dropped; the empty string stands for an absent value and is returned for one that may be absent.
    pub fn check(&self, raw: &str, ctx: &FieldContext) -> Result<String, FieldProblem> {
        let value = raw.trim();
        if value.is_empty() {
            return if self.required {
                Err(Refusal::new("required", "Give a value for this field.").about(self.name.as_str()))
            } else {
                Ok(String::new())
            };
        }
        value::normalise(&self.kind, value, ctx).map_err(|refusal| refusal.about(self.name.as_str()))
    }
}

/// A problem before it is known which field has it.
#[derive(Debug)]
struct Refusal {
    code: &'static str,
    detail: String,
}

impl Refusal {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    fn about(self, field: impl Into<String>) -> FieldProblem {
        FieldProblem { field: field.into(), code: self.code, detail: self.detail }
    }
}

#[cfg(test)]
mod tests;
