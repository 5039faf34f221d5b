//! The fields of a lead in the form that the delivery asks for.

use std::collections::BTreeMap;

use domain::{
    delivery::BodyFormat,
    template::{Escaping, xml_text},
};
use serde_json::{Map, Value};

use super::RenderError;

/// Where the fields went.
#[derive(Default)]
pub(super) struct Written {
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

pub(super) fn write(
    format: &BodyFormat,
    fields: BTreeMap<String, String>,
    values: &Value,
) -> Result<Written, RenderError> {
    let body = match format {
        BodyFormat::Query {} => return Ok(Written { query: fields, ..Written::default() }),
        BodyFormat::Json {} => Value::Object(nested(fields)?).to_string(),
        BodyFormat::Form {} => form(&fields),
        BodyFormat::Xml { root } => xml(root, &nested(fields)?)?,
        BodyFormat::Template { content_type, text } => text
            .render_body(values, Escaping::of(content_type))
            .map_err(|source| RenderError::Template { name: "body".to_owned(), source })?,
    };
    Ok(Written { body: body.into_bytes(), ..Written::default() })
}

/// `{"contact.email": "x"}` as `{"contact": {"email": "x"}}`.
fn nested(fields: BTreeMap<String, String>) -> Result<Map<String, Value>, RenderError> {
    let mut root = Map::new();
    for (name, value) in fields {
        let collision = || RenderError::Nesting { name: name.clone() };
        let (path, last) = name.rsplit_once('.').map_or((None, name.as_str()), |(path, last)| (Some(path), last));
        let mut object = &mut root;
        for step in path.into_iter().flat_map(|path| path.split('.')) {
            let inner = object.entry(step).or_insert_with(|| Value::Object(Map::new()));
            object = inner.as_object_mut().ok_or_else(collision)?;
        }
        if object.insert(last.to_owned(), Value::String(value)).is_some() {
            return Err(collision());
        }
    }
    Ok(root)
}

fn form(fields: &BTreeMap<String, String>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn xml(root: &str, fields: &Map<String, Value>) -> Result<String, RenderError> {
    let mut document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    write_element(root, fields, &mut document)?;
    Ok(document)
}

/// An element with one element for each field. Names are those that were checked when the delivery was saved.
fn write_element(name: &str, fields: &Map<String, Value>, document: &mut String) -> Result<(), RenderError> {
    document.push_str(&format!("<{name}>"));
    for (inner, value) in fields {
        if let Value::Object(fields) = value {
            write_element(inner, fields, document)?;
        } else {
            let text = xml_text(value.as_str().unwrap_or_default());
            let text = text.ok_or_else(|| RenderError::Xml { name: inner.clone() })?;
            document.push_str(&format!("<{inner}>{text}</{inner}>"));
        }
    }
    document.push_str(&format!("</{name}>"));
    Ok(())
}
