//! Values in a body of the seller's own making: escaped, so that each stays one value whatever stands in it.

use minijinja::{Error, ErrorKind, Output, Value, value::ValueKind};
use percent_encoding::utf8_percent_encode;
use roxmltree::{Document, ParsingOptions};
use serde::de::IgnoredAny;
use serde_json::StreamDeserializer;

use super::{
    MAX_OUTPUT_BYTES, TemplateError,
    filters::{RESERVED, shown},
};

/// Around a JSON value, until it is known whether it stands in quotes. In JSON no value can have them in itself.
const VALUE_BEGINS: char = '\u{1}';
const VALUE_ENDS: char = '\u{2}';

/// How the values of a template are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaping {
    /// Not at all.
    Plain,
    /// As JSON: within quotes the inside of a string, elsewhere a whole value.
    Json,
    /// The same, in a body that may hold several JSON texts: one a line, or one after another.
    JsonLines,
    /// As text or an attribute.
    Xml,
    /// The same.
    Html,
    /// Percent-encoded.
    Form,
    /// Nobody knows how, so there are no values.
    Unknown,
}

impl Escaping {
    /// What a content type asks for.
    pub fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (kind, sub) = essence.split_once('/').unwrap_or_default();
        let family = sub.rsplit_once('+').map_or(sub, |(_, family)| family);
        match (kind, family) {
            (_, "json") => Self::Json,
            (_, "xml") => Self::Xml,
            (_, "html") => Self::Html,
            (_, "x-www-form-urlencoded") => Self::Form,
            ("text", "plain") => Self::Plain,
            // x-ndjson, jsonl, json-seq, x-json and whatever else goes by that name.
            (_, _) if sub.contains("json") => Self::JsonLines,
            (_, _) => Self::Unknown,
        }
    }

    /// The name under which a template is compiled, which tells the formatter.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::JsonLines => "json_lines",
            Self::Xml => "xml",
            Self::Html => "html",
            Self::Form => "form",
            Self::Unknown => "unknown",
        }
    }

    fn named(name: &str) -> Self {
        [Self::Plain, Self::Json, Self::JsonLines, Self::Xml, Self::Html, Self::Form]
            .into_iter()
            .find(|one| one.name() == name)
            .unwrap_or(Self::Unknown)
    }

    fn is_json(self) -> bool {
        match self {
            Self::Json | Self::JsonLines => true,
            Self::Plain | Self::Xml | Self::Html | Self::Form | Self::Unknown => false,
        }
    }

    /// Why a template cannot be escaped so.
    pub(super) fn check_source(self, source: &str) -> Result<(), TemplateError> {
        let (used, instead) = if self.is_json() && source.contains([VALUE_BEGINS, VALUE_ENDS]) {
            ("A control character", "\\u and four digits")
        } else if self == Self::Unknown && source.contains("{{") {
            ("A value in a body of this content type", "a type of JSON, XML, HTML or forms, or text/plain")
        } else {
            return Ok(());
        };
        Err(TemplateError::NotAvailable { used: used.to_owned(), instead: instead.to_owned() })
    }

    /// Whether a body of this kind can be read.
    pub(super) fn check_body(self, body: &str) -> Result<(), TemplateError> {
        let flaw = match self {
            // Pages need not be well-formed; nobody but a browser reads them.
            Self::Plain | Self::Form | Self::Html | Self::Unknown => None,
            Self::JsonLines => json_lines_flaw(body),
            Self::Json => serde_json::from_str::<IgnoredAny>(body).err().map(|error| error.to_string()),
            Self::Xml => {
                // What is sent may well name its document type (cXML does).
                let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
                Document::parse_with_options(body.trim_start(), options).err().map(|error| error.to_string())
            }
        };
        flaw.map_or(Ok(()), |detail| Err(TemplateError::NotWellFormed { detail }))
    }

    /// The rendered text as it is sent.
    pub(super) fn finish(self, text: String) -> Result<String, TemplateError> {
        match self {
            Self::Json | Self::JsonLines => quoted(&text),
            Self::Plain | Self::Xml | Self::Html | Self::Form | Self::Unknown => Ok(text),
        }
    }
}

/// What is wrong with JSON texts, one after another. Before each there may be the sign that RFC 7464 puts there.
fn json_lines_flaw(body: &str) -> Option<String> {
    let body = body.replace('\u{1e}', " ");
    let texts: StreamDeserializer<'_, _, IgnoredAny> = serde_json::Deserializer::from_str(&body).into_iter();
    texts.filter_map(Result::err).map(|error| error.to_string()).next()
}

/// Writes one value; `name` is that of the template.
pub(super) fn write(output: &mut Output<'_>, name: &str, value: &Value) -> Result<(), Error> {
    let text = shown(value);
    if text.len() > MAX_OUTPUT_BYTES {
        // It does not fit in any case, and escaped it would be longer.
        return output.write_str(&text).map_err(Error::from);
    }
    let escaped = match Escaping::named(name) {
        Escaping::Plain => text,
        Escaping::Json | Escaping::JsonLines => format!("{VALUE_BEGINS}{}{VALUE_ENDS}", json(value, text)),
        Escaping::Xml | Escaping::Html => xml(&text)?,
        Escaping::Form => utf8_percent_encode(&text, RESERVED).to_string(),
        Escaping::Unknown => {
            return Err(Error::new(ErrorKind::InvalidOperation, "a body of this type takes no values"));
        }
    };
    output.write_str(&escaped).map_err(Error::from)
}

/// Truths and numbers as they are, everything else as a string.
fn json(value: &Value, text: String) -> String {
    let is_number = || value.is_number() && serde_json::from_str::<serde_json::Number>(&text).is_ok();
    if value.kind() == ValueKind::Bool {
        value.is_true().to_string()
    } else if is_number() {
        text
    } else {
        serde_json::Value::String(text).to_string()
    }
}

/// A text as XML writes it, in an element or an attribute.
///
/// # Errors
/// When it has a character that XML 1.0 cannot carry in any form (2.2).
pub fn xml_text(text: &str) -> Option<String> {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // As they are, readers would turn them into other blanks.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(sign))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return None,
            _ => escaped.push(sign),
        }
    }
    Some(escaped)
}

fn xml(text: &str) -> Result<String, Error> {
    xml_text(text).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "XML cannot carry a control character"))
}

/// Takes the marks off: a value within quotes loses its own, one outside of them keeps them.
fn quoted(marked: &str) -> Result<String, TemplateError> {
    let mut finished = String::with_capacity(marked.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = marked;
    while let Some(sign) = rest.chars().next() {
        rest = &rest[sign.len_utf8()..];
        match sign {
            VALUE_BEGINS if escaped => {
                let detail = "a value cannot follow a backslash".to_owned();
                return Err(TemplateError::NotWellFormed { detail });
            }
            VALUE_BEGINS => {
                let (value, after) = rest.split_once(VALUE_ENDS).unwrap_or((rest, ""));
                let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                finished.push_str(inside.filter(|_| in_string).unwrap_or(value));
                rest = after;
            }
            _ => {
                in_string ^= sign == '"' && !escaped;
                escaped = in_string && sign == '\\' && !escaped;
                finished.push(sign);
            }
        }
    }
    Ok(finished)
}
