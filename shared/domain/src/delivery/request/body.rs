//! How the fields of a request are written: as JSON, a form, a query, XML, or by a template of the seller's own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FIELDS, RequestRule};
use crate::{
    setup::Invalid,
    template::{Escaping, ValueTemplate},
};

/// Where findings about the body are.
const BODY: &str = "channel.request.body";

/// How deep fields may nest.
const MAX_DEPTH: usize = 10;

/// How the fields of a request are written. Kinds without settings are empty structs, because serde would otherwise
/// accept settings that they do not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
pub enum BodyFormat {
    /// A JSON object of strings. A dot in the name of a field nests.
    Json {},
    /// `application/x-www-form-urlencoded`.
    Form {},
    /// In the query of the URL, without a body.
    Query {},
    /// XML with an element for each field. A dot in the name of a field nests.
    Xml {
        /// The name of the root element.
        root: String,
    },
    /// A body of the seller's own making. Values are escaped as the content type asks for.
    Template {
        /// Such as `application/soap+xml`. For values in the text: a type of JSON, XML, HTML or forms, or `text/plain`.
        content_type: String,
        /// The template of the whole body. In JSON a value outside of quotes brings its own.
        text: ValueTemplate,
    },
}

impl Default for BodyFormat {
    fn default() -> Self {
        Self::Json {}
    }
}

impl BodyFormat {
    /// The `Content-Type` of the body; none without one.
    pub fn content_type(&self) -> Option<&str> {
        match self {
            Self::Json {} => Some("application/json"),
            Self::Form {} => Some("application/x-www-form-urlencoded"),
            Self::Query {} => None,
            Self::Xml { .. } => Some("application/xml"),
            Self::Template { content_type, .. } => Some(content_type),
        }
    }

    /// Its template, with the place of that.
    pub(super) fn template(&self) -> Option<(String, &ValueTemplate)> {
        match self {
            Self::Template { text, .. } => Some((format!("{BODY}.text"), text)),
            Self::Json {} | Self::Form {} | Self::Query {} | Self::Xml { .. } => None,
        }
    }

    fn nests(&self) -> bool {
        match self {
            Self::Json {} | Self::Xml { .. } => true,
            Self::Form {} | Self::Query {} | Self::Template { .. } => false,
        }
    }
}

impl RequestRule {
    pub(super) fn check_body(&self, more: &[&str], found: &mut Vec<Invalid>) {
        match &self.body {
            BodyFormat::Json {} | BodyFormat::Form {} | BodyFormat::Query {} => {}
            BodyFormat::Xml { root } => {
                if !is_xml_name(root) {
                    found.push(Invalid::new(format!("{BODY}.root"), "xml_name", XML_NAME));
                }
            }
            BodyFormat::Template { content_type, text } => {
                check_content_type(content_type, found);
                if let Err(error) = text.check_body(more, Escaping::of(content_type)) {
                    found.push(Invalid::new(format!("{BODY}.text"), error.code(), error.to_string()));
                }
                if !self.fields.is_empty() {
                    let detail = "A template is the whole body, so these fields would not be sent: put them into it.";
                    found.push(Invalid::new(FIELDS, "not_sent", detail));
                }
            }
        }
    }

    /// Where names with dots are paths, no path may end where another goes on.
    pub(super) fn check_fields(&self, found: &mut Vec<Invalid>) {
        let nests = self.body.nests();
        let is_xml = matches!(self.body, BodyFormat::Xml { .. });
        for name in self.fields.keys() {
            let place = format!("{FIELDS}.{name}");
            let depth = name.split('.').count();
            if name.is_empty() || name.len() > 200 || nests && (depth > MAX_DEPTH || name.split('.').any(str::is_empty))
            {
                let detail = "A field has a name of 1 to 200 bytes, and where dots nest so have its parts, up to 10.";
                found.push(Invalid::new(place, "name", detail));
                continue;
            }
            if is_xml && !name.split('.').all(is_xml_name) {
                found.push(Invalid::new(place, "xml_name", XML_NAME));
                continue;
            }
            let mut objects = name.match_indices('.').map(|(at, _)| &name[..at]);
            if let Some(value) = objects.find(|object| nests && self.fields.contains_key(*object)) {
                let detail = format!("{value} is a field of its own, so it cannot hold others as well; rename one.");
                found.push(Invalid::new(place, "nesting", detail));
            }
        }
    }
}

const XML_NAME: &str =
    "The name of an element starts with a letter or _, and has letters, digits, - and _; xml is not its beginning.";

/// Names that every XML reader takes (XML 1.0, 2.3), without a namespace, as nothing would declare it.
fn is_xml_name(name: &str) -> bool {
    let starts = |first: char| first.is_ascii_alphabetic() || first == '_';
    let reserved = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"));
    let fits = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
    name.starts_with(starts) && name.len() <= 100 && name.chars().all(fits) && !reserved
}

fn check_content_type(content_type: &str, found: &mut Vec<Invalid>) {
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let token = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !part.is_empty() && part.bytes().all(fits)
    };
    let is_type = essence.trim().split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    if !is_type || content_type.len() > 200 || !parameters.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let detail = "Use a media type such as application/json or text/xml.";
        found.push(Invalid::new(format!("{BODY}.content_type"), "content_type", detail));
    }
    let charset = parameters.to_ascii_lowercase();
    let charset = charset.split(';').find_map(|one| one.trim().strip_prefix("charset=").map(str::to_owned));
    if charset.is_some_and(|charset| charset.trim_matches('"') != "utf-8") {
        found.push(Invalid::new(format!("{BODY}.content_type"), "charset", "Requests are written in UTF-8."));
    }
}
