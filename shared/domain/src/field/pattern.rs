//! Regular expressions as set-up data: kept as text, compiled once when first needed.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::Refusal;

/// The longest pattern, in characters.
const MAX_CHARS: usize = 500;
/// Bytes of a compiled pattern. `\w{40}` takes about 0.5 MB; a campaign's patterns live in a function's memory.
const COMPILED_MAX_BYTES: usize = 1 << 20;

/// A regular expression in the syntax of Rust's `regex` (no look-around, no back references), which runs in linear
/// time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
    /// The same, not bound to the whole of a text.
    within: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the whole value matches; false as well for a pattern that does not compile, which set-up refuses.
    pub(crate) fn matches_whole(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| self.compile().ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(value))
    }

    /// What it finds first in a text: the first of its groups that takes part, else all that matches.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let compiled = self.within.get_or_init(|| build(&self.source).ok());
        let found = compiled.as_ref()?.captures(text)?;
        found.iter().skip(1).flatten().next().or_else(|| found.get(0)).map(|found| found.as_str())
    }

    /// What is wrong with it, as a sentence.
    pub(crate) fn flaw(&self) -> Option<String> {
        self.validate().err().map(|refusal| refusal.detail)
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        if self.source.chars().count() > MAX_CHARS {
            return Err(Refusal::new("bad_pattern", format!("Use a pattern of at most {MAX_CHARS} characters.")));
        }
        // First alone: `a)|(b` compiles only together with the brackets that anchor it.
        build(&self.source).and_then(|_| self.compile()).map(drop).map_err(|error| {
            let detail = if matches!(error, regex::Error::CompiledTooBig(_)) {
                "The pattern grows too large; use smaller repetitions.".to_owned()
            } else {
                format!("The pattern is no regular expression: {error}.")
            };
            Refusal::new("bad_pattern", detail)
        })
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        build(&format!("^(?:{})$", self.source))
    }
}

fn build(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(COMPILED_MAX_BYTES).build()
}

impl PartialSchema for Pattern {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A regular expression, without look-around and back references."))
            .max_length(Some(MAX_CHARS))
            .examples(["[A-Z]{2}[0-9]{6}"])
            .into()
    }
}

impl ToSchema for Pattern {}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl From<String> for Pattern {
    fn from(source: String) -> Self {
        Self { source, compiled: OnceLock::new(), within: OnceLock::new() }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.source
    }
}
