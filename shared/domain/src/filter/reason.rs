//! Why a filter does not let a lead through, in words.

use std::fmt::Display;

use super::{Condition, Filter, Target};

/// Values named in a reason, so that its length is bounded.
const NAMED: usize = 10;

pub(super) fn of(filter: &Filter) -> String {
    let field = &filter.field;
    let names_nobody = filter.target() == Target::Supplier;
    match &filter.is {
        Condition::Equals { .. } | Condition::OneOf { .. } if names_nobody => {
            format!("{field} is none of those that are taken")
        }
        Condition::NotOneOf { .. } if names_nobody => format!("{field} is one of those that are not taken"),
        Condition::Equals { value } => format!("{field} is not {value}"),
        Condition::OneOf { of } => format!("{field} is none of {}", listed(of)),
        Condition::NotOneOf { of } => format!("{field} is one of {}", listed(of)),
        Condition::Range { min, max } => format!("{field} is not {}", between(min.as_ref(), max.as_ref())),
        Condition::Age { min, max } => format!("the age by {field} is not {}", between(min.as_ref(), max.as_ref())),
        Condition::PostcodePrefix { of } => format!("{field} starts with none of {}", listed(of)),
        Condition::Country { of } => format!("{field} is none of {}", listed(of)),
        Condition::Pattern { pattern } => format!("{field} does not match {}", pattern.as_str()),
    }
}

fn listed(values: &[impl Display]) -> String {
    let named = values.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn between<T: Display>(min: Option<&T>, max: Option<&T>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("{min} or more"),
        (None, Some(max)) => format!("{max} or less"),
        (None, None) => "known".to_owned(),
    }
}
