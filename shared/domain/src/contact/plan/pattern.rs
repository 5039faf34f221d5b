//! Patterns of a plan, each compiled once.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// What numbers begin with. Compiled when it is first asked, and kept.
pub(super) struct Pattern {
    pub(super) source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The pattern, which every plan has right.
    pub(super) fn regex(&self) -> Option<&Regex> {
        let anchored = || format!("^(?:{})", self.source);
        // Of all digits only ASCII ones are ever asked about, and their classes are small.
        let compile = || RegexBuilder::new(&anchored()).ignore_whitespace(true).unicode(false).build().ok();
        self.compiled.get_or_init(compile).as_ref()
    }

    pub(super) fn is_before(&self, digits: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(digits))
    }

    pub(super) fn is_whole(&self, digits: &str) -> bool {
        self.end(digits) == Some(digits.len())
    }

    /// Behind what it matches.
    pub(super) fn end(&self, digits: &str) -> Option<usize> {
        Some(self.regex()?.find(digits)?.end())
    }

    /// Behind what it matches, and whether the last group is in it; all of it is one where there are no others.
    pub(super) fn last_group(&self, digits: &str) -> Option<(usize, bool)> {
        let regex = self.regex()?;
        if regex.captures_len() == 1 {
            return self.end(digits).map(|end| (end, true));
        }
        let groups = regex.captures(digits)?;
        Some((groups.get(0)?.end(), groups.get(groups.len() - 1).is_some()))
    }
}
