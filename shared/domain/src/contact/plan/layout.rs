//! How numbers are written within their country.

use phonenumber::metadata::{Format, Metadata};
use regex_syntax::{
    ParserBuilder,
    hir::{Hir, HirKind},
};

use super::{Untold, pattern::Pattern};

/// How some of a plan's numbers are written within the country.
pub(super) struct Layout {
    pub(super) leading: Option<Pattern>,
    pub(super) pattern: Pattern,
    /// With `$1` and so on for the groups of the pattern.
    written: String,
    /// There is another way of writing them, for those that are dialled through a carrier.
    pub(super) names_carrier: bool,
}

impl Layout {
    pub(super) fn new(of: &'static Metadata, format: &'static Format) -> Self {
        Self {
            leading: format.leading_digits().last().map(|leading| Pattern::new(leading.as_str())),
            pattern: Pattern::new(format.pattern().as_str()),
            written: with_prefix(of, format).unwrap_or_else(|| format.format().to_owned()),
            names_carrier: format.domestic_carrier().is_some(),
        }
    }

    /// Whether it keeps a number's digits, at most with the prefix before them.
    pub(super) fn is_plain(&self, prefix: &str) -> bool {
        let Some(groups) = groups(self.pattern.source).filter(|_| self.leading.is_some() && !self.names_carrier) else {
            return false;
        };
        let in_order: String = (1..=groups).map(|group| format!("${group}")).collect();
        let written: String = self.written.chars().filter(|sign| matches!(sign, '$' | '0'..='9')).collect();
        written == in_order || written.strip_prefix(prefix) == Some(&in_order)
    }

    /// The digits of a number that is written like this.
    pub(super) fn digits(&self, national: &str) -> Result<String, Untold> {
        let regex = self.pattern.regex().filter(|_| self.pattern.is_whole(national)).ok_or(Untold)?;
        Ok(regex.replace(national, &self.written).chars().filter(char::is_ascii_digit).collect())
    }
}

/// The number of groups of a pattern that is nothing but groups, one behind the other.
fn groups(pattern: &str) -> Option<usize> {
    let pattern = ParserBuilder::new().ignore_whitespace(true).build().parse(pattern).ok()?;
    let parts =
        if let HirKind::Concat(parts) = pattern.kind() { parts.as_slice() } else { std::slice::from_ref(&pattern) };
    let is_group = |part: &Hir| matches!(part.kind(), HirKind::Capture(_));
    let count = pattern.properties().explicit_captures_len();
    (parts.iter().all(is_group) && parts.len() == count).then_some(count)
}

/// With the plan's own prefix before the first group, or around it, where the format asks for one.
fn with_prefix(of: &Metadata, format: &Format) -> Option<String> {
    let (rule, plain) = (format.national_prefix()?, format.format());
    let first = plain.match_indices('$').map(|(at, _)| &plain[at..]).find_map(|group| group.get(..2))?;
    let rule = rule.replace("$NP", of.national_prefix().unwrap_or_default()).replace("$FG", first);
    Some(plain.replacen(first, &rule.replace("$CC", ""), 1))
}
