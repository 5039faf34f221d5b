//! Lists of labels that are let through, and of those that are not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{intake::MAX_LABEL_CHARS, setup::Invalid};

/// Most entries of one list.
pub const MAX_ENTRIES: usize = 200;

/// Which labels are let through. Who is on both lists is not. Case makes no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowDeny {
    /// Only these, which a lead then has to name; empty: all, and leads without a label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Never these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
}

impl AllowDeny {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Whether it lets this label, or a lead without one, through.
    pub fn lets_through(&self, label: Option<&str>) -> bool {
        let Some(label) = label.map(same) else { return self.allow.is_empty() };
        let names = |list: &[String]| list.iter().any(|entry| same(entry) == label);
        !names(&self.deny) && (self.allow.is_empty() || names(&self.allow))
    }

    /// Says what is wrong with it, naming its parts below `place`.
    pub fn check(&self, place: &str, found: &mut Vec<Invalid>) {
        for (name, list) in [("allow", &self.allow), ("deny", &self.deny)] {
            if list.len() > MAX_ENTRIES {
                let detail = format!("List at most {MAX_ENTRIES}.");
                found.push(Invalid::new(format!("{place}.{name}"), "length", detail));
            }
            for (at, entry) in list.iter().enumerate().take(MAX_ENTRIES) {
                if !(1..=MAX_LABEL_CHARS).contains(&entry.trim().chars().count()) {
                    let detail = format!("Use 1 to {MAX_LABEL_CHARS} characters, as leads name it.");
                    found.push(Invalid::new(format!("{place}.{name}.{at}"), "length", detail));
                }
            }
        }
    }
}

/// A label as it is compared.
pub(crate) fn same(label: &str) -> String {
    label.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(allow: &[&str], deny: &[&str]) -> AllowDeny {
        let list = |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect();
        AllowDeny { allow: list(allow), deny: list(deny) }
    }

    #[test]
    fn who_is_denied_stays_out_and_who_is_allowed_gets_in_in_any_case() {
        for (allow, deny, label, passes) in [
            (&[][..], &[][..], Some("google"), true),
            (&[], &[], None, true),
            (&["Google"], &[], Some("google "), true),
            (&["Google"], &[], Some("bing"), false),
            (&["Google"], &[], None, false),
            (&[], &["ÜBER"], Some("über"), false),
            (&[], &["bing"], Some("google"), true),
            (&[], &["bing"], None, true),
            (&["google"], &["GOOGLE"], Some("google"), false),
        ] {
            assert_eq!(lists(allow, deny).lets_through(label), passes, "{allow:?} {deny:?} {label:?}");
        }
    }

    #[test]
    fn lists_and_their_entries_are_bounded() {
        let long = "x".repeat(MAX_LABEL_CHARS + 1);
        let many = vec!["a"; MAX_ENTRIES + 1];
        for (list, field) in [
            (lists(&["a", " "], &[]), Some("sources.allow.1")),
            (lists(&[], &[&long]), Some("sources.deny.0")),
            (lists(&many, &[]), Some("sources.allow")),
            (lists(&many[1..], &["b"]), None),
        ] {
            let mut found = Vec::new();
            list.check("sources", &mut found);
            let fields: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
            assert_eq!(fields, field.into_iter().collect::<Vec<_>>());
        }
    }
}
