//! The sandboxed language of what a delivery sends: text with `{{ lead.email | lower }}` and `{% if … %}`.

mod escape;
mod filters;
mod sample;
mod scan;
mod values;

use std::{collections::BTreeSet, io, sync::LazyLock};

use minijinja::{Environment, ErrorKind, Value, syntax::SyntaxConfig, value::Serde};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    escape::{Escaping, xml_text},
    values::lead_values,
};
use crate::field::{CUSTOMARY_FIELDS, FieldName};

/// The longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 8 * 1024;
/// The longest value a template may make, in bytes.
pub const MAX_OUTPUT_BYTES: usize = 64 * 1024;
/// Steps of one rendering. There are no loops, so a template of the largest size needs fewer.
const FUEL: u64 = 20_000;

/// The names that every template may use besides the fields of the lead.
pub const FIXED_NAMES: &[&str] =
    &["lead.id", "lead.received", "attempt.id", "attempt.number", "attempt.at", "campaign", "supplier", "source"];

/// Why a template cannot be saved or rendered. No sentence repeats a value of the lead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The template is longer than [`MAX_TEMPLATE_BYTES`].
    #[error("The template is too long; use at most {MAX_TEMPLATE_BYTES} bytes.")]
    TooLong,
    /// The text is no template.
    #[error("The template cannot be read, line {line}: {detail}.")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        detail: String,
    },
    /// A part of the language that values do not need.
    #[error("{used} is not available in templates; use {instead}.")]
    NotAvailable {
        /// The part that was used.
        used: String,
        /// What there is.
        instead: String,
    },
    /// A name that no lead of the campaign has.
    #[error("There is no {name}{hint}")]
    UnknownName {
        /// The name.
        name: String,
        /// The end of the sentence, with the nearest known name where one is near.
        hint: String,
    },
    /// The template makes something else than its content type says, whatever the lead.
    #[error("With made-up values the template makes no body of its content type: {detail}.")]
    NotWellFormed {
        /// What is wrong.
        detail: String,
    },
    /// The value is longer than [`MAX_OUTPUT_BYTES`].
    #[error("The template makes a value of more than {MAX_OUTPUT_BYTES} bytes.")]
    OutputTooLarge,
    /// The template takes too many steps.
    #[error("The template takes too many steps.")]
    TooManySteps,
    /// An operation does not fit this lead's values.
    #[error("The template cannot be applied to this lead, line {line}: {reason}.")]
    Unfit {
        /// Line, from 1.
        line: usize,
        /// The kind of error.
        reason: String,
    },
}

impl TemplateError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "template_too_long",
            Self::Syntax { .. } => "template_syntax",
            Self::NotAvailable { .. } => "template_not_available",
            Self::UnknownName { .. } => "template_unknown_name",
            Self::NotWellFormed { .. } => "template_not_well_formed",
            Self::OutputTooLarge => "template_output_too_large",
            Self::TooManySteps => "template_too_many_steps",
            Self::Unfit { .. } => "template_unfit",
        }
    }
}

/// A template of one value, in the syntax of Jinja: `{{ name | filter }}` and `{% if name %}…{% endif %}`, nothing
/// else.
///
/// An absent field is the empty string. Of single values nothing is escaped: how they are encoded is the request's
/// business; a whole body is escaped as its content type asks for. There are no loops, assignments, macros, functions or
/// `*`, no maps, and lists only to look something up (`lead.c1 in ['a', 'b']`), so a value cannot grow beyond a multiple of
/// what goes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "{{ lead.firstname }} {{ lead.lastname | upper }}")]
pub struct ValueTemplate(String);

impl From<&str> for ValueTemplate {
    fn from(source: &str) -> Self {
        Self(source.to_owned())
    }
}

impl ValueTemplate {
    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, if it is the same for every lead: nothing but text, without tags.
    pub fn fixed_text(&self) -> Option<&str> {
        let has_tags = ["{{", "{%", "{#"].iter().any(|tag| self.0.contains(tag));
        (!has_tags).then_some(&self.0)
    }

    /// Judges the template when a delivery is saved and its campaign's fields are not at hand: every `lead.<field
    /// name>` is taken for a field.
    pub fn check(&self) -> Result<(), TemplateError> {
        self.check_knowing(&[])
    }

    /// The same where these names are known, too.
    pub(crate) fn check_knowing(&self, more: &[&str]) -> Result<(), TemplateError> {
        let is_field = |name: &str| name.strip_prefix("lead.").is_some_and(|field| field.parse::<FieldName>().is_ok());
        let known = known_names(&[]).into_iter().chain(more.iter().map(|name| (*name).to_owned())).collect();
        self.check_names(&known, is_field)
    }

    /// The same where other names are known besides the fields of a lead than deliveries have.
    pub(crate) fn check_with(&self, names: &[&str]) -> Result<(), TemplateError> {
        let is_field = |name: &str| name.strip_prefix("lead.").is_some_and(|field| field.parse::<FieldName>().is_ok());
        self.check_names(&names.iter().map(|name| (*name).to_owned()).collect(), is_field)
    }

    /// Judges the template against the names that the leads of its campaign have; see [`known_names`].
    pub fn check_against(&self, known: &BTreeSet<String>) -> Result<(), TemplateError> {
        self.check_names(known, |_| false)
    }

    /// Judges the template of a whole body: as [`Self::check_knowing`], and by what it makes of made-up values.
    pub(crate) fn check_body(&self, more: &[&str], escaping: Escaping) -> Result<(), TemplateError> {
        self.check_knowing(more)?;
        let used = self.compile(escaping)?.undeclared_variables(true);
        for values in sample::values(used) {
            match self.render_body(&values, escaping) {
                Ok(body) => escaping.check_body(&body)?,
                // Another lead's values may fit.
                Err(TemplateError::Unfit { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The value for one lead; `values` is an object with `lead`, `attempt`, `campaign`, `supplier`, `source`.
    pub fn render(&self, values: &serde_json::Value) -> Result<String, TemplateError> {
        self.render_body(values, Escaping::Plain)
    }

    /// The whole body for one lead, with its values escaped.
    pub fn render_body(&self, values: &serde_json::Value, escaping: Escaping) -> Result<String, TemplateError> {
        let template = self.compile(escaping)?;
        let mut output = BoundedOutput::default();
        let rendered = template.render_captured_to(Value::from(Serde(values)), &mut output).map(drop);
        if output.overflowed {
            return Err(TemplateError::OutputTooLarge);
        }
        rendered.map_err(|error| {
            if error.kind() == ErrorKind::OutOfFuel {
                return TemplateError::TooManySteps;
            }
            // Only the kind: the full message may repeat a value.
            TemplateError::Unfit { line: error.line().unwrap_or(1), reason: error.kind().to_string() }
        })?;
        let text = String::from_utf8(output.bytes)
            .map_err(|_| TemplateError::Unfit { line: 1, reason: "the value is not text".to_owned() })?;
        escaping.finish(text)
    }

    fn check_names(&self, known: &BTreeSet<String>, is_known: impl Fn(&str) -> bool) -> Result<(), TemplateError> {
        let used: BTreeSet<String> = self.compile(Escaping::Plain)?.undeclared_variables(true).into_iter().collect();
        let unknown = used.into_iter().find(|name| !known.contains(name) && !is_known(name));
        unknown.map_or(Ok(()), |name| {
            let near = known.iter().min_by_key(|known| strsim::osa_distance(&name, known));
            let near = near.filter(|known| strsim::osa_distance(&name, known) <= 3);
            let hint = near.map_or_else(|| ".".to_owned(), |near| format!("; did you mean {near}?"));
            Err(TemplateError::UnknownName { name, hint })
        })
    }

    fn compile(&self, escaping: Escaping) -> Result<minijinja::Template<'_, '_>, TemplateError> {
        if self.0.len() > MAX_TEMPLATE_BYTES {
            return Err(TemplateError::TooLong);
        }
        scan::refuse_unavailable(&self.0)?;
        escaping.check_source(&self.0)?;
        SANDBOX.template_from_named_str(escaping.name(), &self.0).map_err(|error| TemplateError::Syntax {
            line: error.line().unwrap_or(1),
            detail: error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
        })
    }
}

/// The names that templates of a campaign may use: the fixed ones, the customary fields, and the campaign's own.
pub fn known_names<'a>(own_fields: impl IntoIterator<Item = &'a FieldName>) -> BTreeSet<String> {
    let own = own_fields.into_iter().map(FieldName::as_str);
    let fields = CUSTOMARY_FIELDS.iter().copied().chain(own).map(|field| format!("lead.{field}"));
    FIXED_NAMES.iter().map(|name| (*name).to_owned()).chain(fields).collect()
}

static SANDBOX: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut sandbox = Environment::empty();
    filters::add(&mut sandbox);
    sandbox.set_fuel(Some(FUEL));
    // Jinja drops a line end at the end of a template; a value is sent as it was written.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        sandbox.set_syntax(syntax);
    }
    sandbox.set_formatter(|output, state, value| escape::write(output, state.name(), value));
    sandbox
});

/// Bytes up to [`MAX_OUTPUT_BYTES`].
#[derive(Default)]
struct BoundedOutput {
    bytes: Vec<u8>,
    overflowed: bool,
}

impl io::Write for BoundedOutput {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + chunk.len() > MAX_OUTPUT_BYTES {
            self.overflowed = true;
            return Err(io::Error::other("the value is too large"));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
