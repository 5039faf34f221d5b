//! Whether filters make sense, judged when they are saved.

use std::cmp::Ordering;

use super::{Condition, Filter, Limit, Target};
use crate::{id::SupplierRef, setup::Invalid};

/// Most filters of a delivery or a campaign.
pub const MAX_FILTERS: usize = 50;
/// Most values of one filter.
const MAX_VALUES: usize = 100;
/// Most characters of one value.
const MAX_VALUE_CHARS: usize = 100;
/// Most characters of a postcode's beginning.
const MAX_PREFIX_CHARS: usize = 10;

/// Says what is wrong with a list of filters, naming them below `place`.
pub fn check(filters: &[Filter], place: &str, found: &mut Vec<Invalid>) {
    if filters.len() > MAX_FILTERS {
        found.push(Invalid::new(place, "length", format!("Use at most {MAX_FILTERS} filters.")));
    }
    for (at, filter) in filters.iter().enumerate().take(MAX_FILTERS) {
        filter.check(&format!("{place}.{at}"), found);
    }
}

impl Filter {
    /// Says what is wrong with it, naming its parts below `place`. Whether its campaigns have the field is not known here;
    /// see [`Filter::names`].
    pub fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        if let Some((part, code, detail)) = self.is.flaw().or_else(|| self.misuse()) {
            found.push(Invalid::new(format!("{place}.is.{part}"), code, detail));
        }
    }

    /// What suppliers cannot be asked.
    fn misuse(&self) -> Option<Flaw> {
        if self.target() != Target::Supplier {
            return None;
        }
        let is_reference = |value: &String| value.parse::<SupplierRef>().is_ok();
        let (part, right) = match &self.is {
            Condition::Equals { value } => ("value", is_reference(value)),
            Condition::OneOf { of } | Condition::NotOneOf { of } => ("of", of.iter().all(is_reference)),
            Condition::Range { .. }
            | Condition::Age { .. }
            | Condition::PostcodePrefix { .. }
            | Condition::Country { .. }
            | Condition::Pattern { .. } => {
                let detail = "Suppliers are told by their references: use equals, one_of or not_one_of.";
                return Some(("type", "unfit", detail.to_owned()));
            }
        };
        (!right).then(|| (part, "invalid_reference", "Name suppliers by their references.".to_owned()))
    }
}

/// Part, code, and what to do.
type Flaw = (&'static str, &'static str, String);

impl Condition {
    fn flaw(&self) -> Option<Flaw> {
        match self {
            Self::Equals { value } => texts("value", std::slice::from_ref(value)),
            Self::OneOf { of } | Self::NotOneOf { of } => count(of).or_else(|| texts("of", of)),
            Self::Range { min, max } => limits(min.as_ref(), max.as_ref(), Limit::compare_to),
            Self::Age { min, max } => limits(min.as_ref(), max.as_ref(), |min, max| Some(min.cmp(max))),
            Self::PostcodePrefix { of } => count(of).or_else(|| prefixes(of)),
            Self::Country { of } => count(of),
            Self::Pattern { pattern } => pattern.flaw().map(|detail| ("pattern", "bad_pattern", detail)),
        }
    }
}

fn count<T>(values: &[T]) -> Option<Flaw> {
    let right = (1..=MAX_VALUES).contains(&values.len());
    (!right).then(|| ("of", "length", format!("List 1 to {MAX_VALUES} values.")))
}

fn texts(part: &'static str, values: &[String]) -> Option<Flaw> {
    let is_right =
        |value: &String| !value.is_empty() && value.trim() == value && value.chars().count() <= MAX_VALUE_CHARS;
    let detail = || format!("Write each value with 1 to {MAX_VALUE_CHARS} characters and without blanks around it.");
    (!values.iter().all(is_right)).then(|| (part, "length", detail()))
}

fn prefixes(values: &[String]) -> Option<Flaw> {
    let is_right = |prefix: &String| {
        (1..=MAX_PREFIX_CHARS).contains(&prefix.len())
            && prefix.trim() == prefix
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-'))
    };
    let detail = || format!("Write each beginning with 1 to {MAX_PREFIX_CHARS} letters, digits, blanks and dashes.");
    (!values.iter().all(is_right)).then(|| ("of", "not_a_postcode", detail()))
}

fn limits<T>(min: Option<&T>, max: Option<&T>, compare: impl Fn(&T, &T) -> Option<Ordering>) -> Option<Flaw> {
    let flaw = |part, code, detail: &str| Some((part, code, detail.to_owned()));
    match (min, max) {
        (None, None) => flaw("min", "required", "Give a min, a max, or both."),
        (Some(_), None) | (None, Some(_)) => None,
        (Some(min), Some(max)) => match compare(min, max) {
            None => flaw("max", "bad_range", "Use two numbers, or two days."),
            Some(Ordering::Greater) => flaw("max", "bad_range", "min must not be greater than max."),
            Some(Ordering::Less | Ordering::Equal) => None,
        },
    }
}
